/** f16 and bf16 by counting their 65,536 codes: all figures follow from the counts. */
import { widenHalf } from '../half'
import { addSubnormals, addToTotal } from './histogram'
import { accumulate, bump, joinDeviations, l1At, nanAt, negInfAt, posInfAt, squaresAt, sumAt, zerosAt } from './state'
import { extend } from './sums'

// @ts-ignore: decorator
@inline
function valueOf(code: u32, half: bool): f32 {
  return half ? f32x4.extract_lane(widenHalf(i32x4.splat(code)), 0) : reinterpret<f32>(code << 16)
}

/** Counts 16-bit codes in `table`. Four zeros are counted at once, since equal neighbours wait for one another. */
export function countCodes(table: usize, from: usize, n: u32): void {
  let zeros: u32 = 0
  for (; n >= 4; n -= 4, from += 8) {
    const w = load<u64>(from)
    if (w == 0) {
      zeros += 4
      continue
    }
    tick(table + (<usize>(w << 2) & 0x3fffc))
    tick(table + (<usize>(w >>> 14) & 0x3fffc))
    tick(table + (<usize>(w >>> 30) & 0x3fffc))
    tick(table + (<usize>(w >>> 46) & 0x3fffc))
  }
  for (; n > 0; n--, from += 2) tick(table + (<usize>load<u16>(from) << 2))
  store<u32>(table, load<u32>(table) + zeros)
}

// @ts-ignore: decorator
@inline
function tick(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

// Sums over the finite codes of a table.
let finite: f64 = 0
let total: f64 = 0

/** Adds what needs no mean to the state. */
function addPlain(state: usize, table: usize, half: bool): void {
  finite = 0
  total = 0
  for (let group: u32 = 0; group < 65536; group += 4) {
    if (!v128.any_true(v128.load(table + (<usize>group << 2)))) continue
    for (let code = group; code < group + 4; code++) {
      const count = load<u32>(table + (<usize>code << 2))
      if (count > 0) addCode(state, valueOf(code, half), count)
    }
  }
}

function addCode(state: usize, value: f32, count: u32): void {
  const n = <f64>count
  const bits = reinterpret<u32>(value) & 0x7fffffff
  if (bits >= 0x7f800000) {
    bump(state, bits > 0x7f800000 ? nanAt : value > 0 ? posInfAt : negInfAt, n)
    return
  }
  finite += n
  extend(state, value, value)
  if (bits == 0) {
    bump(state, zerosAt, n)
    return
  }
  if (bits >>> 23 == 0) addSubnormals(state, bits, n)
  else addToTotal(state, bits >>> 23, count)
  // Exact products: at most 31 bits of count, 11 of the value.
  const x = <f64>value
  total += n * x
  accumulate(state, sumAt, n * x)
  accumulate(state, l1At, n * abs(x))
  accumulate(state, squaresAt, n * (x * x))
}

/** Moves the counts of a table to `state`, and leaves the table empty. */
export function foldCodes(state: usize, table: usize, half: bool): void {
  addPlain(state, table, half)
  const mean = finite > 0 ? total / finite : 0
  let deviation: f64 = 0, squares: f64 = 0
  for (let row: u32 = 0; row < 65536; row += 256) {
    let rowDeviation: f64 = 0, rowSquares: f64 = 0
    for (let group = row; group < row + 256; group += 4) {
      const at = table + (<usize>group << 2)
      if (!v128.any_true(v128.load(at))) continue
      for (let code = group; code < group + 4; code++) {
        const value = valueOf(code, half)
        if (!(abs(value) < Infinity)) continue
        const n = <f64>load<u32>(table + (<usize>code << 2))
        const d = <f64>value - mean
        rowDeviation += n * d
        rowSquares += n * (d * d)
      }
      v128.store(at, i32x4.splat(0))
    }
    deviation += rowDeviation
    squares += rowSquares
  }
  if (finite > 0) joinDeviations(state, finite, mean, deviation, max(0, squares - deviation * (deviation / finite)))
}
