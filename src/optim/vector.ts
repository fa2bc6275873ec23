/** Vectors of float64 as typed arrays: what methods with a history of vectors compute with. Lengths are trusted. */

/** <x, y>, in four partial sums: less rounding than one, and the sums do not wait for each other. */
export function dot(x: Float64Array, y: Float64Array): number {
  const n = x.length
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < n; i += 4) {
    a += x[i]! * y[i]!
    b += x[i + 1]! * y[i + 1]!
    c += x[i + 2]! * y[i + 2]!
    d += x[i + 3]! * y[i + 3]!
  }
  for (; i < n; i++) a += x[i]! * y[i]!
  return a + b + (c + d)
}

/** y += alpha x. */
export function axpy(alpha: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i]! += alpha * x[i]!
}

/** x + alpha y, new. */
export function plus(x: Float64Array, alpha: number, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) out[i] = x[i]! + alpha * y[i]!
  return out
}

/** x - y, new. */
export const minus = (x: Float64Array, y: Float64Array): Float64Array => plus(x, -1, y)

/** alpha x, new. */
export const times = (alpha: number, x: Float64Array): Float64Array => x.map((value) => alpha * value)

/** Largest magnitude; NaN where there is one. */
export function largest(x: Float64Array): number {
  let most = 0
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!)
    if (!(size <= most)) most = size
    if (Number.isNaN(size)) return size
  }
  return most
}

/** ||x||_2 without overflow or underflow. */
export function length(x: Float64Array): number {
  const plain = Math.sqrt(dot(x, x))
  if (plain > 1e-140 && plain < 1e150) return plain
  const scale = largest(x)
  if (!(scale > 0 && scale < Infinity)) return scale
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2
  return scale * Math.sqrt(sum)
}

/** Place of the first element that is not finite, or -1. */
export const firstNonFinite = (x: Float64Array): number => x.findIndex((value) => !Number.isFinite(value))
