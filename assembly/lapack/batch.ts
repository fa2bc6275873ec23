/**
 * Rotations of neighbouring rows, collected over many sweeps and then applied a narrow strip of columns at a time, so that the strip stays
 * in cache for all of them (in the spirit of Van Zee, van de Geijn & Quintana-Orti 2014). A batch lies in memory:
 * i32 sweeps, i32 rotations, then {i32 first pair, i32 step, i32 count, i32 unused} a sweep, then {f64 c, f64 s} a rotation.
 */

/** Sweeps in a batch. */
const maxSweeps: i32 = 64
const header: usize = 16
const sweepBytes: usize = 16
/** Bytes of a strip's row: four vectors. */
const stripBytes: usize = 64

/** Bytes of a batch for matrices of n rows, its strip included. */
// @ts-ignore: decorator
@inline
export function batchBytes(n: i32): usize {
  return header + <usize>maxSweeps * sweepBytes + <usize>maxSweeps * <usize>n * 16 + <usize>(n + 1) * stripBytes
}

// @ts-ignore: decorator
@inline
function rotationsOf(batch: usize): usize {
  return batch + header + <usize>maxSweeps * sweepBytes
}

/** Empties a batch. */
export function clearBatch(batch: usize): void {
  store<i32>(batch, 0)
  store<i32>(batch, 0, 4)
}

/** True when no further sweep fits. */
export function isFull(batch: usize): bool {
  return load<i32>(batch) >= maxSweeps
}

/** Opens a sweep whose first rotation is of rows `pair` and `pair + 1`; each next pair is `step` further. */
export function beginSweep(batch: usize, pair: i32, step: i32): void {
  const sweeps = load<i32>(batch)
  const entry = batch + header + <usize>sweeps * sweepBytes
  store<i32>(entry, pair)
  store<i32>(entry, step, 4)
  store<i32>(entry, 0, 8)
  store<i32>(batch, sweeps + 1)
}

/** Adds a rotation to the open sweep: x, y become c x + s y, c y - s x. */
export function pushRotation(batch: usize, c: f64, s: f64): void {
  const entry = batch + header + <usize>(load<i32>(batch) - 1) * sweepBytes
  store<i32>(entry, load<i32>(entry, 8) + 1, 8)
  const rotations = load<i32>(batch, 4)
  const to = rotationsOf(batch) + <usize>rotations * 16
  store<f64>(to, c)
  store<f64>(to, s, 8)
  store<i32>(batch, rotations + 1, 4)
}

/** Applies a batch to the rows of Z [n, columns] and empties it. */
export function applyBatch(batch: usize, n: i32, columns: i32, z: usize, ldz: i32): void {
  const sweeps = load<i32>(batch)
  if (sweeps == 0) return
  const row = <usize>ldz * 8
  const strip = (rotationsOf(batch) + <usize>maxSweeps * <usize>n * 16 + 63) & ~63
  let low = n, high = 0
  for (let k = 0; k < sweeps; k++) {
    const entry = batch + header + <usize>k * sweepBytes
    const first = load<i32>(entry)
    const last = first + load<i32>(entry, 4) * (load<i32>(entry, 8) - 1)
    low = min(low, min(first, last))
    high = max(high, max(first, last) + 2)
  }
  const width = 8
  for (let j = 0; j < columns; j += width) {
    const bytes = <usize>min(width, columns - j) * 8
    const from = z + <usize>j * 8
    for (let i = low; i < high; i++) memory.copy(strip + <usize>i * stripBytes, from + <usize>i * row, bytes)
    let rotation = rotationsOf(batch)
    for (let k = 0; k < sweeps; k++) {
      const entry = batch + header + <usize>k * sweepBytes
      const count = load<i32>(entry, 8)
      if (load<i32>(entry, 4) > 0) sweepDown(strip, load<i32>(entry), count, rotation)
      else sweepUp(strip, load<i32>(entry), count, rotation)
      rotation += <usize>count * 16
    }
    for (let i = low; i < high; i++) memory.copy(from + <usize>i * row, strip + <usize>i * stripBytes, bytes)
  }
  clearBatch(batch)
}

/** Rotates pairs first, first + 1, ...: the lower row of a pair stays in registers. */
function sweepDown(strip: usize, first: i32, count: i32, rotation: usize): void {
  let at = strip + <usize>first * stripBytes
  let x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48)
  for (let k = 0; k < count; k++) {
    const c = v128.load64_splat(rotation), s = v128.load64_splat(rotation, 8)
    const y0 = v128.load(at, 64), y1 = v128.load(at, 80), y2 = v128.load(at, 96), y3 = v128.load(at, 112)
    v128.store(at, f64x2.add(f64x2.mul(c, x0), f64x2.mul(s, y0)))
    v128.store(at, f64x2.add(f64x2.mul(c, x1), f64x2.mul(s, y1)), 16)
    v128.store(at, f64x2.add(f64x2.mul(c, x2), f64x2.mul(s, y2)), 32)
    v128.store(at, f64x2.add(f64x2.mul(c, x3), f64x2.mul(s, y3)), 48)
    x0 = f64x2.sub(f64x2.mul(c, y0), f64x2.mul(s, x0))
    x1 = f64x2.sub(f64x2.mul(c, y1), f64x2.mul(s, x1))
    x2 = f64x2.sub(f64x2.mul(c, y2), f64x2.mul(s, x2))
    x3 = f64x2.sub(f64x2.mul(c, y3), f64x2.mul(s, x3))
    at += stripBytes
    rotation += 16
  }
  v128.store(at, x0)
  v128.store(at, x1, 16)
  v128.store(at, x2, 32)
  v128.store(at, x3, 48)
}

/** Rotates pairs first, first - 1, ...: the upper row of a pair stays in registers. */
function sweepUp(strip: usize, first: i32, count: i32, rotation: usize): void {
  let at = strip + <usize>first * stripBytes
  let y0 = v128.load(at, 64), y1 = v128.load(at, 80), y2 = v128.load(at, 96), y3 = v128.load(at, 112)
  for (let k = 0; k < count; k++) {
    const c = v128.load64_splat(rotation), s = v128.load64_splat(rotation, 8)
    const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48)
    v128.store(at, f64x2.sub(f64x2.mul(c, y0), f64x2.mul(s, x0)), 64)
    v128.store(at, f64x2.sub(f64x2.mul(c, y1), f64x2.mul(s, x1)), 80)
    v128.store(at, f64x2.sub(f64x2.mul(c, y2), f64x2.mul(s, x2)), 96)
    v128.store(at, f64x2.sub(f64x2.mul(c, y3), f64x2.mul(s, x3)), 112)
    y0 = f64x2.add(f64x2.mul(c, x0), f64x2.mul(s, y0))
    y1 = f64x2.add(f64x2.mul(c, x1), f64x2.mul(s, y1))
    y2 = f64x2.add(f64x2.mul(c, x2), f64x2.mul(s, y2))
    y3 = f64x2.add(f64x2.mul(c, x3), f64x2.mul(s, y3))
    at -= stripBytes
    rotation += 16
  }
  v128.store(at, y0, 64)
  v128.store(at, y1, 80)
  v128.store(at, y2, 96)
  v128.store(at, y3, 112)
}
