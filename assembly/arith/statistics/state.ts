/**
 * What a pass has gathered so far. Sums are kept as high and low parts, and squared deviations in the coordinates of a fixed shift near the
 * first values, so that neither 10^8 elements nor a mean far above the spread costs digits. All but counts, minimum and maximum are of
 * x * 2^(-600 zone): `zone` is 0 unless squares of the largest element would leave the range of float64.
 */

// Byte offsets. Everything is f64, since counts beyond 2^32 are exact in it.
export const finiteAt: usize = 0
export const zerosAt: usize = 8
export const nanAt: usize = 16
export const posInfAt: usize = 24
export const negInfAt: usize = 32
export const minAt: usize = 40
export const maxAt: usize = 48
/** High parts; each low part follows. */
export const sumAt: usize = 56
export const l1At: usize = 72
export const squaresAt: usize = 88
/** Sum of x - shift. */
export const deviationAt: usize = 104
/** Sum of squared deviations from the mean. */
export const m2At: usize = 120
export const shiftAt: usize = 136
export const zoneAt: usize = 144
/** Elements counted in the histogram's 32-bit tables and not yet in its totals. */
export const pendingAt: usize = 152
/** Where the histogram begins. */
export const histogramAt: usize = 192

export function initState(state: usize, bytes: u32): void {
  memory.fill(state, 0, bytes)
  store<f64>(state, Infinity, minAt)
  store<f64>(state, -Infinity, maxAt)
  store<f64>(state, -1, zoneAt)
}

// @ts-ignore: decorator
@inline
export function bump(state: usize, at: usize, by: f64): void {
  store<f64>(state + at, load<f64>(state + at) + by)
}

/** Adds to a high and low part without losing a bit of the sum (Knuth's two-sum). */
export function accumulate(state: usize, at: usize, x: f64): void {
  const high = load<f64>(state + at)
  const sum = high + x
  const part = sum - high
  store<f64>(state + at, sum)
  bump(state, at + 8, high - (sum - part) + (x - part))
}

// @ts-ignore: decorator
@inline
export function both(state: usize, at: usize): f64 {
  return load<f64>(state + at) + load<f64>(state + at, 8)
}

/**
 * Joins `n` > 0 elements whose deviations from `shift` sum to `deviation` and from their own mean to the squares `m2` (Chan, Golub & LeVeque
 * 1983). Means are compared in shifted coordinates, where they are small.
 */
export function joinDeviations(state: usize, n: f64, shift: f64, deviation: f64, m2: f64): void {
  const before = load<f64>(state, finiteAt)
  if (before == 0) store<f64>(state, shift, shiftAt)
  const offset = shift - load<f64>(state, shiftAt)
  if (before > 0) {
    const delta = offset + deviation / n - both(state, deviationAt) / before
    accumulate(state, m2At, delta * delta * (before * (n / (before + n))))
  }
  accumulate(state, m2At, m2)
  accumulate(state, deviationAt, deviation)
  accumulate(state, deviationAt, n * offset)
  store<f64>(state, before + n, finiteAt)
}

/** 2^(-600 zone). */
export function scaleOf(zone: f64): f64 {
  // 2^600 and its inverse.
  return zone == 0 ? 1 : zone > 0 ? 2.409919865102884e-181 : 4.149515568880993e180
}

function rescale(state: usize, at: usize, factor: f64): void {
  store<f64>(state + at, load<f64>(state + at) * factor)
  store<f64>(state + at, load<f64>(state + at, 8) * factor, 8)
}

/** Moves the sums to a higher zone. */
export function raiseZone(state: usize, zone: f64): void {
  for (let steps = zone - load<f64>(state, zoneAt); steps > 0; steps--) {
    const factor = scaleOf(1)
    rescale(state, sumAt, factor)
    rescale(state, l1At, factor)
    rescale(state, deviationAt, factor)
    // Twice, since the factor's square is below all of float64.
    for (let twice = 0; twice < 2; twice++) {
      rescale(state, squaresAt, factor)
      rescale(state, m2At, factor)
    }
    store<f64>(state, load<f64>(state, shiftAt) * factor, shiftAt)
  }
  store<f64>(state, zone, zoneAt)
}

/** The zone for values up to `largest`: squares of n < 2^60 such values stay in range, and those that vanish do not matter beside the largest's. */
export function zoneFor(largest: f64): f64 {
  // 2^480 and 2^-400.
  return largest >= 3.1217485503159922e144 ? 1 : largest < 3.8725919148493183e-121 ? -1 : 0
}

/** Adds the sums of another pass (its histogram apart), as if its elements had come here. `other` is left as it was but for its zone. */
export function mergeSums(state: usize, other: usize): void {
  for (let at = zerosAt; at <= negInfAt; at += 8) bump(state, at, load<f64>(other + at))
  store<f64>(state, min(load<f64>(state, minAt), load<f64>(other, minAt)), minAt)
  store<f64>(state, max(load<f64>(state, maxAt), load<f64>(other, maxAt)), maxAt)
  const n = load<f64>(other, finiteAt)
  if (n == 0) return
  const zone = max(load<f64>(state, zoneAt), load<f64>(other, zoneAt))
  raiseZone(state, zone)
  raiseZone(other, zone)
  for (let at = sumAt; at <= squaresAt; at += 16) {
    accumulate(state, at, load<f64>(other + at))
    bump(state, at + 8, load<f64>(other + at, 8))
  }
  joinDeviations(state, n, load<f64>(other, shiftAt), both(other, deviationAt), both(other, m2At))
}
