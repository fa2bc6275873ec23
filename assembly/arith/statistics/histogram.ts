/**
 * The histogram of binary exponents in a state: totals (f64, one each biased exponent), true exponents of subnormals (f64, one each fraction
 * bit), then four interleaved u32 tables, so that equal neighbours do not wait for one another.
 */
import { bump, histogramAt, pendingAt } from './state'

// @ts-ignore: decorator
@inline
export function bins<T>(): usize {
  return sizeof<T>() == 4 ? 256 : 2048
}

// @ts-ignore: decorator
@inline
function fractionBits<T>(): usize {
  return sizeof<T>() == 4 ? 23 : 52
}

// @ts-ignore: decorator
@inline
function subnormalsAt<T>(): usize {
  return histogramAt + bins<T>() * 8
}

// @ts-ignore: decorator
@inline
export function tablesAt<T>(): usize {
  return subnormalsAt<T>() + 64 * 8
}

export function realStateBytes<T>(): u32 {
  return <u32>(tablesAt<T>() + 4 * bins<T>() * 4)
}

// @ts-ignore: decorator
@inline
export function tick(table: usize, offset: usize): void {
  store<u32>(table + offset, load<u32>(table + offset) + 1)
}

// @ts-ignore: decorator
@inline
export function addToTotal(state: usize, bin: usize, count: u32): void {
  bump(state, histogramAt + bin * 8, <f64>count)
}

/** Elements so far in one bin of all four tables. */
export function binOf<T>(state: usize, bin: usize): u32 {
  const at = state + tablesAt<T>() + bin * 4
  const step = bins<T>() * 4
  return load<u32>(at) + load<u32>(at + step) + (load<u32>(at + 2 * step) + load<u32>(at + 3 * step))
}

/** Moves the tables' counts to the totals. */
export function flush<T>(state: usize): void {
  store<f64>(state, 0, pendingAt)
  for (let bin: usize = 0; bin < bins<T>(); bin++) {
    const count = binOf<T>(state, bin)
    if (count > 0) addToTotal(state, bin, count)
  }
  memory.fill(state + tablesAt<T>(), 0, 4 * bins<T>() * 4)
}

/** Adds another state's flushed histogram. */
export function mergeHistogram<T>(state: usize, other: usize): void {
  for (let at = histogramAt; at < tablesAt<T>(); at += 8) bump(state, at, load<f64>(other + at))
}

/** Adds `n` subnormals of f32 with these bits. */
export function addSubnormals(state: usize, bits: u32, n: f64): void {
  bump(state, subnormalsAt<f32>() + (31 - <usize>clz(bits)) * 8, n)
}

/** Puts subnormals in the bins of their true exponents, one for each place of the fraction's highest bit. */
export function placeSubnormals<T>(state: usize, from: usize, n: u32): void {
  for (; n > 0; n--, from += sizeof<T>()) {
    let bits: u64
    if (sizeof<T>() == 4) bits = load<u32>(from) & 0x7fffffff
    else bits = load<u64>(from) & 0x7fffffffffffffff
    if (bits == 0 || bits >>> fractionBits<T>() != 0) continue
    bump(state, subnormalsAt<T>() + (63 - <usize>clz(bits)) * 8, 1)
  }
}

/** Integers beyond 2^53 round on their way to f64, some up to the next power of two: moves those back to the bin of what they are. */
export function unroundExponents<T>(state: usize, from: usize, n: u32): void {
  for (; n > 0; n--, from += 8) {
    const x = load<T>(from)
    const size = isSigned<T>() ? <u64>abs<i64>(<i64>x) : <u64>x
    if (size >>> 53 == 0) continue
    const stored = <usize>(reinterpret<u64>(<f64>size) >>> 52)
    const exact: usize = 1023 + 63 - <usize>clz(size)
    if (stored == exact) continue
    bump(state, histogramAt + stored * 8, -1)
    bump(state, histogramAt + exact * 8, 1)
  }
}
