/** Matrices of well-known linear maps: rotations, scalings, convolutions; Toeplitz and Vandermonde matrices. */
import { arange, concat, flip, indexSelect, pow, reshape, slice, tensor, unsqueeze, zeros } from '../tensor/index.js'
import { asReal, describe, diagonal, empty, type Real, type Tensor, tidy, UsageError, view } from './support.js'

export interface RotationOptions {
  /** f64 by default. */
  dtype?: Real
  /** Of a rotation in space: the axis it turns about, right-handed, of any length but 0. */
  axis?: readonly number[]
  /** Of a rotation in n dimensions: their number, and the two that turn, the first toward the second. */
  n?: number
  plane?: readonly [number, number]
}

/**
 * The rotation by `angle` radians: of the plane [2, 2], counter-clockwise; about `axis` in space [3, 3] (Rodrigues); or in one `plane` of `n`
 * dimensions [n, n] (Givens).
 *
 * @example
 * rotation(Math.PI / 2) // [[0, -1], [1, 0]]
 */
export function rotation(angle: number, options: RotationOptions = {}): Tensor {
  const { dtype = 'f64', axis, n = 2, plane = [0, 1] } = options
  if (!Number.isFinite(angle)) throw new UsageError(`rotation: angle ${angle}; expected a finite number of radians.`)
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  if (axis !== undefined) return about(axis, c, s, dtype)
  const [i, j] = plane
  if (![i, j].every((one) => Number.isInteger(one) && one >= 0 && one < n) || i === j)
    throw new UsageError(
      `rotation: plane [${plane.join(', ')}] in ${n} dimensions; expected two different ones from 0 to ${n - 1}.`,
    )
  const values = new Float64Array(n * n)
  for (let k = 0; k < n; k++) values[k * n + k] = k === i || k === j ? c : 1
  values[i * n + j] = -s
  values[j * n + i] = s
  return tensor(values, { shape: [n, n], dtype })
}

/** c I + s [u]x + (1 - c) u u^T for the unit vector u. */
function about(axis: readonly number[], c: number, s: number, dtype: Real): Tensor {
  const length = Math.hypot(...axis)
  if (axis.length !== 3 || !(length > 0 && length < Number.POSITIVE_INFINITY))
    throw new UsageError(`rotation: axis [${axis.join(', ')}]; expected three finite numbers that are not all 0.`)
  const [x, y, z] = axis.map((one) => one / length) as [number, number, number]
  // 1 - cos without cancellation for small angles.
  const t = c > 0 ? (s * s) / (1 + c) : 1 - c
  const rows = [
    [c + t * x * x, t * x * y - s * z, t * x * z + s * y],
    [t * x * y + s * z, c + t * y * y, t * y * z - s * x],
    [t * x * z - s * y, t * y * z + s * x, c + t * z * z],
  ]
  return tensor(rows, { dtype })
}

/** The map that multiplies coordinate i by `factors[i]`: [n] -> [n, n]. Gradient: the diagonal's. */
export function scaling(factors: Tensor): Tensor {
  return tidy(() => {
    const x = asReal('scaling', factors)
    if (x.rank !== 1) throw new UsageError(`scaling: ${describe(x)}; expected a vector of factors.`)
    return diagonal(x)
  })
}

/**
 * The matrix that is constant along diagonals, with first column c [m] and first row r [n] (its first element is not read; c by default). Gradient:
 * summed along diagonals.
 *
 * @example
 * toeplitz(tensor([1, 2]), tensor([1, 5, 6])) // [[1, 5, 6], [2, 1, 5]]
 */
export function toeplitz(c: Tensor, r: Tensor = c): Tensor {
  for (const one of [c, r])
    if (one.rank !== 1 || one.size === 0)
      throw new UsageError(`toeplitz: ${describe(one)}; expected a vector of at least one element.`)
  return tidy(() => {
    const [m, n] = [c.size, r.size]
    const values = concat([flip(c), slice(r, { start: 1 })])
    const index = empty('i32', [m * n])
    const places = view(index)
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) places[i * n + j] = m - 1 - i + j
    return reshape(indexSelect(values, index), [m, n])
  })
}

/**
 * Convolution with `kernel` [k] as a linear operator on vectors of n: a Toeplitz matrix whose product with x is their convolution. `mode`: `full`
 * [n + k - 1, n], `same` [max(n, k), n] (its middle), `valid` [|n - k| + 1, n] (where they overlap wholly). Gradient: to the kernel.
 *
 * @example
 * convolutionMatrix(tensor([1, -1]), 3) // [[1, 0, 0], [-1, 1, 0], [0, -1, 1], [0, 0, -1]]
 */
export function convolutionMatrix(kernel: Tensor, n: number, mode: 'full' | 'same' | 'valid' = 'full'): Tensor {
  if (kernel.rank !== 1 || kernel.size === 0 || !Number.isInteger(n) || n < 1)
    throw new UsageError(
      `convolutionMatrix: ${describe(kernel)} on vectors of ${n}; expected a vector of at least one element, and a whole number from 1 on.`,
    )
  if (!['full', 'same', 'valid'].includes(mode))
    throw new UsageError(`convolutionMatrix: mode ${JSON.stringify(mode)}; expected 'full', 'same' or 'valid'.`)
  return tidy(() => {
    const k = kernel.size
    const cut = mode === 'full' ? 0 : Math.min(n, k) - 1
    const top = mode === 'same' ? Math.floor(cut / 2) : cut
    const rows = n + k - 1 - (mode === 'same' ? cut : 2 * cut)
    // Element 0 of what is selected from stands for what lies outside the kernel.
    const padded = concat([zeros([1], { dtype: kernel.dtype }), kernel])
    const index = empty('i32', [rows * n])
    const places = view(index)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < n; j++) {
        const lag = i + top - j
        places[i * n + j] = lag >= 0 && lag < k ? lag + 1 : 0
      }
    return reshape(indexSelect(padded, index), [rows, n])
  })
}

/** Vandermonde matrix of x [m]: powers n - 1, ..., 1, 0 as columns (n = m by default), or 0, 1, ... with `increasing`. Gradient: to x. */
export function vander(x: Tensor, n: number = x.size, options: { increasing?: boolean } = {}): Tensor {
  if (x.rank !== 1 || !Number.isInteger(n) || n < 0)
    throw new UsageError(`vander: ${describe(x)} and ${n} columns; expected a vector and a whole number from 0 on.`)
  return tidy(() => {
    const powers = arange(n).to(asReal('vander', x).dtype)
    return pow(unsqueeze(asReal('vander', x), 1), options.increasing ? powers : flip(powers))
  })
}
