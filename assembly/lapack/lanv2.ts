/**
 * A real 2 by 2 matrix to standard Schur form by one rotation (Bai & Demmel 1993; LAPACK's lanv2): either upper triangular, or with equal
 * diagonal elements and off-diagonal ones of opposite sign.
 */

/** Results of the last `lanv2`: [a b; c d] = [cosine sine; -sine cosine] M [cosine -sine; sine cosine]. */
export let a: f64 = 0
export let b: f64 = 0
export let c: f64 = 0
export let d: f64 = 0
export let cosine: f64 = 1
export let sine: f64 = 0
/** Eigenvalues a +- i `imaginary`, when that is not 0; else a and d. */
export let imaginary: f64 = 0

const epsilon: f64 = 2.220446049250313e-16

// @ts-ignore: decorator
@inline
function signOf(x: f64): f64 {
  return copysign<f64>(1, x)
}

/** sqrt(x^2 + y^2) without overflow. */
export function length(x: f64, y: f64): f64 {
  const larger = Math.max(Math.abs(x), Math.abs(y)), smaller = Math.min(Math.abs(x), Math.abs(y))
  if (larger == 0) return 0
  const ratio = smaller / larger
  return larger * Math.sqrt(1 + ratio * ratio)
}

export function lanv2(m00: f64, m01: f64, m10: f64, m11: f64): void {
  a = m00
  b = m01
  c = m10
  d = m11
  cosine = 1
  sine = 0
  imaginary = 0
  if (c == 0) return
  if (b == 0) {
    // Lower triangular: exchange.
    cosine = 0
    sine = 1
    a = m11
    d = m00
    b = -m10
    c = 0
    return
  }
  if (a != d || signOf(b) == signOf(c)) rotate()
  if (c != 0) imaginary = Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c))
}

function rotate(): void {
  const difference = a - d
  const p = 0.5 * difference
  const larger = Math.max(Math.abs(b), Math.abs(c))
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * signOf(b) * signOf(c)
  const unit = Math.max(Math.abs(p), larger)
  const discriminant = (p / unit) * p + (larger / unit) * smaller
  if (discriminant >= 4 * epsilon * unit) {
    // Two real eigenvalues, well apart.
    const z = p + copysign<f64>(Math.sqrt(unit) * Math.sqrt(discriminant), p)
    a = d + z
    d -= (larger / z) * smaller
    const size = length(c, z)
    cosine = z / size
    sine = c / size
    b -= c
    c = 0
    return
  }
  // Complex, or nearly equal: make the diagonal elements equal.
  const sigma = b + c
  const size = length(sigma, difference)
  cosine = Math.sqrt(0.5 * (1 + Math.abs(sigma) / size))
  sine = -(p / (size * cosine)) * signOf(sigma)
  const aa = a * cosine + b * sine, bb = b * cosine - a * sine
  const cc = c * cosine + d * sine, dd = d * cosine - c * sine
  a = aa * cosine + cc * sine
  b = bb * cosine + dd * sine
  c = cc * cosine - aa * sine
  d = dd * cosine - bb * sine
  const middle = 0.5 * (a + d)
  a = middle
  d = middle
  if (c == 0) return
  if (b == 0) {
    b = -c
    c = 0
    const old = cosine
    cosine = -sine
    sine = old
    return
  }
  if (signOf(b) != signOf(c)) return
  // Real after all: one more rotation makes it triangular.
  const rootB = Math.sqrt(Math.abs(b)), rootC = Math.sqrt(Math.abs(c))
  const half = copysign<f64>(rootB * rootC, c)
  const inverse = 1 / Math.sqrt(Math.abs(b + c))
  a = middle + half
  d = middle - half
  b -= c
  c = 0
  const second = rootB * inverse, other = rootC * inverse
  const old = cosine
  cosine = old * second - sine * other
  sine = old * other + sine * second
}
