/** Residuals as a function of a vector, with their Jacobian and its products, from a function on tensors or a closure over parameters. */
import { UsageError } from '../../core/index.js'
import { enableGrad, noGrad, type Tensor, zeros } from '../../tensor/index.js'
import { checkTensor, describe, gradientsOf, isFloat, tidy, together, view } from '../../tensor/internal.js'
import type { Flat } from '../flat.js'

/** Residuals with derivatives at a point. */
export interface ResidualPoint {
  readonly residuals: Float64Array
  /** J [m, n], row by row. */
  jacobian(): Float64Array
  /** J v. */
  times(v: Float64Array): Float64Array
  /** Jᵀ u. */
  transposed(u: Float64Array): Float64Array
}

export interface ResidualProblem {
  readonly n: number
  /** Residuals at x, without derivatives; also within `at`. */
  residuals(x: Float64Array): Float64Array
  /** Calls `work` with the residuals' model at x; what was recorded for it is freed afterwards. */
  at<R>(x: Float64Array, work: (point: ResidualPoint) => R): R
}

const valuesOf = (r: Tensor): Float64Array => tidy(() => Float64Array.from(view(together(r)) as Float64Array))

/** The residuals that `compute` gives from the variables in `flat`, which it changes. */
export function problemOf(op: string, flat: Flat, compute: () => Tensor): ResidualProblem {
  const checked = (r: Tensor): Tensor => {
    checkTensor(op, r)
    if (isFloat(r.dtype) && r.size > 0) return r
    throw new UsageError(`${op}: the function gives ${describe(r)}; expected residuals in f32 or f64, at least one.`)
  }
  const at = <R>(x: Float64Array, work: (point: ResidualPoint) => R): R => {
    flat.write(x)
    return tidy(() => work(pointOf(flat, checked(enableGrad(compute)))))
  }
  const residuals = (x: Float64Array): Float64Array => flat.during(x, () => tidy(() => valuesOf(checked(noGrad(compute))))) // biome-ignore format: one line
  return { n: flat.n, residuals, at }
}

/** An element of a tensor is 1, the others are 0. */
function unit(like: Tensor, at: number): Tensor {
  const out = zeros(like.shape, { dtype: like.dtype })
  view(out)[at] = 1
  return out
}

function filled(like: Tensor, values: Float64Array): Tensor {
  const out = zeros(like.shape, { dtype: like.dtype })
  view(out).set(values)
  return out
}

function pointOf(flat: Flat, r: Tensor): ResidualPoint {
  const { tensors: variables, n } = flat
  const m = r.size
  const residuals = valuesOf(r)
  const pull = (u: Tensor): Float64Array =>
    r.requiresGrad ? flat.gather(gradientsOf([r], [u], variables, { retainGraph: true })) : new Float64Array(n)
  let forward: Forward | null = null
  // Recorded in the scope of the point, which outlives the single products.
  const push = (v: Float64Array): Float64Array => {
    forward ??= forwardOf(r, variables)
    return tidy(() => forward!(flat.scatter(v)))
  }
  const jacobian = (): Float64Array => {
    const J = new Float64Array(m * n)
    if (m <= n)
      for (let i = 0; i < m; i++) J.set(tidy(() => pull(unit(r, i))), i * n) // biome-ignore format: one line
    else {
      const direction = new Float64Array(n)
      for (let j = 0; j < n; j++) {
        direction[j] = 1
        const column = push(direction)
        direction[j] = 0
        for (let i = 0; i < m; i++) J[i * n + j] = column[i]!
      }
    }
    return J
  }
  return { residuals, jacobian, times: push, transposed: (u) => tidy(() => pull(filled(r, u))) }
}

type Forward = (directions: readonly Tensor[]) => Float64Array

/** v -> J v: w -> Jᵀ w is linear, and its transpose is J, so that the products are reverse passes too (as in `jvp`). */
function forwardOf(r: Tensor, variables: readonly Tensor[]): Forward {
  const none: Forward = () => new Float64Array(r.size)
  if (!r.requiresGrad) return none
  const w = zeros(r.shape, { dtype: r.dtype })
  w.requiresGrad = true
  const pulled = enableGrad(() => gradientsOf([r], [w], variables, { createGraph: true }))
  const parts = pulled.flatMap((part, i) => (part?.requiresGrad ? [{ part, i }] : []))
  if (parts.length === 0) return none
  const outputs = parts.map(({ part }) => part)
  return (directions) => {
    const seeds = parts.map(({ i }) => directions[i]!)
    const [product] = gradientsOf(outputs, seeds, [w], { retainGraph: true })
    return product ? valuesOf(product) : new Float64Array(r.size)
  }
}
