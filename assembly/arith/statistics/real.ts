/**
 * The pass over f32 and f64, block by block: one loop gives every figure, and what is rare shows in its results and is looked at again: NaN
 * and infinities, zeros and subnormals, values near the ends of float64.
 */
import { bf16_f32, f16_f32 } from '../convert'
import { blockScratch, pairTables, vectorScratch } from '../scratch'
import { countCodes } from './codes'
import { binOf, bins, flush, placeSubnormals } from './histogram'
import { measureF32, measureF64, measurePairsF32 } from './loops'
import { smallInPairs } from './pairs'
import { bump, pendingAt, raiseZone, scaleOf, zerosAt, zoneAt, zoneFor } from './state'
import { acquire, codesBF16, codesF16, pairsF32, release } from './tables'
import { blockElements, compact, countZeros, joinBlock, least, most, squares, sweep } from './sums'

/** Tells zeros from subnormals among `n` elements of which `small` have the lowest exponent. */
export function sortSmall<T>(state: usize, from: usize, n: u32, small: u32): void {
  const zeros = countZeros<T>(from, n)
  bump(state, zerosAt, zeros)
  if (zeros < small) placeSubnormals<T>(state, from, n)
}

function blockF32(state: usize, from: usize, n: u32, paired: bool): void {
  if (paired) measurePairsF32(state, from, n)
  else measureF32(state, from, n)
  // Finite elements have a finite sum of squares.
  if (!(squares < Infinity)) {
    n = compact<f32>(state, from, n, blockScratch)
    from = blockScratch
    if (n == 0) return
    sweep<f32>(from, n, 0, 1)
  }
  joinBlock<f32>(state, from, n, 1)
}

function blockF64(state: usize, from: usize, n: u32): void {
  const smallBefore = binOf<f64>(state, 0)
  const specialBefore = binOf<f64>(state, bins<f64>() - 1)
  measureF64(state, from, n)
  const small = binOf<f64>(state, 0) - smallBefore
  if (small > 0) sortSmall<f64>(state, from, n, small)
  if (binOf<f64>(state, bins<f64>() - 1) != specialBefore) {
    n = compact<f64>(state, from, n, blockScratch)
    from = blockScratch
    if (n == 0) return
    sweep<f64>(from, n, 0, 1)
  }
  const largest = max(-least, most)
  const zone = zoneFor(largest)
  if (zone > load<f64>(state, zoneAt)) raiseZone(state, zone)
  const scale = scaleOf(load<f64>(state, zoneAt))
  if (scale != 1 && largest > 0) sweep<f64>(from, n, 0, scale)
  joinBlock<f64>(state, from, n, scale)
}

/**
 * Reads the first lines of every page of the next block. Processors fetch ahead within a page only, so that each new page would cost the
 * whole latency of memory; so many at once cost it once.
 */
function touch(from: usize, bytes: usize): void {
  let sink: u32 = 0
  for (let at: usize = 0; at + 128 <= bytes; at += 4096)
    sink ^= load<u32>(from + at, 0) ^ load<u32>(from + at, 64)
  store<u32>(vectorScratch, sink)
}

/** Below so many elements at once, counting what is small costs more than pairs save. */
const worthPairs: u32 = 4096

export function updateF32(state: usize, from: usize, count: u32): void {
  const paired = count >= worthPairs && acquire(state, pairsF32, count)
  store<f64>(state, 0, zoneAt)
  let small = 0 - binOf<f32>(state, 0)
  if (paired) small -= smallInPairs(pairTables)
  addPending<f32>(state, count)
  for (let done: u32 = 0; done < count; ) {
    const n = min(count - done, blockElements)
    touch(from + (<usize>(done + n) << 2), <usize>min(count - done - n, blockElements) << 2)
    blockF32(state, from + (<usize>done << 2), n, paired)
    done += n
  }
  small += binOf<f32>(state, 0)
  if (paired) small += smallInPairs(pairTables)
  if (small > 0) sortSmall<f32>(state, from, count, small)
}

/** f16 or bf16: by their codes when there are many, else as f32. */
export function update16(state: usize, from: usize, count: u32, half: bool): void {
  store<f64>(state, 0, zoneAt)
  if (acquire(state, half ? codesF16 : codesBF16, count)) {
    countCodes(pairTables, from, count)
    return
  }
  addPending<f32>(state, count)
  // The other half of the scratch block is for what masks leave.
  const block = blockScratch + (<usize>blockElements << 2)
  for (let done: u32 = 0; done < count; ) {
    const n = min(count - done, blockElements)
    if (half) f16_f32(from + (<usize>done << 1), n, block)
    else bf16_f32(from + (<usize>done << 1), n, block)
    let small = 0 - binOf<f32>(state, 0)
    blockF32(state, block, n, false)
    small += binOf<f32>(state, 0)
    if (small > 0) sortSmall<f32>(state, block, n, small)
    done += n
  }
}

export function updateF64(state: usize, from: usize, count: u32): void {
  addPending<f64>(state, count)
  for (let done: u32 = 0; done < count; ) {
    const n = min(count - done, blockElements)
    touch(from + (<usize>(done + n) << 3), <usize>min(count - done - n, blockElements) << 3)
    blockF64(state, from + (<usize>done << 3), n)
    done += n
  }
}

/** Empties the 32-bit tables before they could overflow. */
export function addPending<T>(state: usize, count: u32): void {
  if (load<f64>(state, pendingAt) + <f64>count > 4294967295.0) flush<T>(state)
  bump(state, pendingAt, <f64>count)
}

/** Moves every count to the totals. */
export function flushF32(state: usize): void {
  release(state)
  flush<f32>(state)
}
