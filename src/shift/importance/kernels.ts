/** Gaussian kernels at some current rows: the model of the density ratio that uLSIF and KLIEP share. */
import { UsageError } from '../../core/index.js'
import { Generator } from '../../tensor/index.js'
import { shuffled } from '../draw.js'
import type { Matrix } from './matrix.js'

export interface KernelOptions {
  /** Kernels, at current rows drawn without replacement. Default 100, or all current rows. */
  kernels?: number
  /** Widths to choose from, in the unit of columns by their deviation. Default 9 from 0.1 to 10 times the median distance to a centre, evenly in logarithms. */
  sigmas?: readonly number[]
  /** Draws the centres. Default 0. */
  seed?: number
}

/** Rows drawn as centres; all of them where they are no more than `kernels`. */
export function centresOf(op: string, { n, d, x }: Matrix, { kernels = 100, seed = 0 }: KernelOptions): Matrix {
  if (!Number.isInteger(kernels) || kernels < 1)
    throw new UsageError(`${op}: ${kernels} kernels; expected a whole number from 1 on.`)
  if (n <= kernels) return { n, d, x }
  const places = shuffled(n, new Generator(seed)).subarray(0, kernels)
  const centres = new Float64Array(kernels * d)
  places.forEach((place, k) => {
    centres.set(x.subarray(place * d, place * d + d), k * d)
  })
  return { n: kernels, d, x: centres }
}

/** Squared distances [rows, centres]. */
export function distancesOf(rows: Matrix, centres: Matrix): Float64Array {
  const { n, d, x } = rows
  const b = centres.n
  const out = new Float64Array(n * b)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < b; k++) {
      let sum = 0
      for (let j = 0; j < d; j++) {
        const off = x[i * d + j]! - centres.x[k * d + j]!
        sum += off * off
      }
      out[i * b + k] = sum
    }
  return out
}

/** exp(-distance^2 / (2 sigma^2)). */
export function gaussian(squares: Float64Array, sigma: number): Float64Array {
  const scale = -0.5 / (sigma * sigma)
  return squares.map((one) => Math.exp(scale * one))
}

/** The widths to try. */
export function sigmasOf(op: string, squares: readonly Float64Array[], given: readonly number[] | undefined): number[] {
  if (given) {
    for (const one of given) if (!(one > 0)) throw new UsageError(`${op}: sigma ${one}; expected a positive number.`)
    if (given.length === 0) throw new UsageError(`${op}: no sigmas; expected one at least.`)
    return [...given]
  }
  const all = Float64Array.from(squares.flatMap((some) => Array.from(some.filter((one) => one > 0)))).sort()
  // Where all rows are equal any width will do.
  const median = all.length === 0 ? 1 : Math.sqrt(all[Math.floor(all.length / 2)]!)
  return Array.from({ length: 9 }, (_, i) => median * 10 ** (-1 + i / 4))
}

/** Phi alpha, Phi [n, b]. */
export function ratiosOf(phi: Float64Array, alpha: Float64Array): Float64Array {
  const b = alpha.length
  const out = new Float64Array(phi.length / b)
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < b; k++) sum += phi[i * b + k]! * alpha[k]!
    out[i] = sum
  }
  return out
}
