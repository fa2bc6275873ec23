/** Norms of gradients: of each, of all as one vector, and where one is not finite. */
import { inert, NumericalError, showShape } from '../../core/index.js'
import { neural } from '../../kernels/index.js'
import type { Norm } from '../../norms/index.js'
import { ruleOf } from '../../norms/internal.js'
import { noGrad, norm as normOf, reshape, type Tensor } from '../../tensor/index.js'
import { describe, kernels, tidy, together, typeCode, view } from '../../tensor/internal.js'
import { changing, type NamedParameter } from '../params.js'
import { isSure, knownSquares, noteSquares } from '../tally.js'

/** A parameter that has a gradient. */
export interface WithGradient extends NamedParameter {
  readonly grad: Tensor
}

/** Parameters that have gradients. */
export function withGradients(parameters: readonly NamedParameter[]): WithGradient[] {
  const found: WithGradient[] = []
  for (const { name, value } of parameters) if (value.grad !== null) found.push({ name, value, grad: value.grad })
  return found
}

/** The Euclidean length: quickly, or where squares leave the range of the type by ever more careful ways. */
export function lengthOf(x: Tensor): number {
  const type = x.dtype as 'f32' | 'f64'
  let sum = knownSquares(x)
  if (sum === null || (type === 'f32' && !isSure(sum))) {
    const from = together(x)
    const fused = neural(kernels())
    sum = fused[`squares_${type}`](from.pointer, from.size)
    if (type === 'f32' && !isSure(sum)) sum = fused.sumSquares_f32(from.size, from.pointer)
    if (from === x) noteSquares(x, sum)
    else from.dispose()
  }
  if (sum > 1e-280 && sum < Infinity) return Math.sqrt(sum)
  return sum === 0 && type === 'f32' ? 0 : tidy(() => noGrad(() => normOf(x).item()))
}

/** Norm of each gradient, and of all: as one vector; for norms of matrices, which have no lists, the largest. */
export function measured(norm: Norm, grads: readonly Tensor[]): { each: number[]; all: number } {
  const { order, ...rule } = ruleOf(norm)
  const isVector = !('matrix' in rule) && !('shaped' in rule)
  const each = grads.map((g) => (order === 2 ? lengthOf(g) : tidy(() => noGrad(() => norm.value(asMatrix(norm, g)).item())))) // biome-ignore format: one line
  if (isVector && order === undefined) return { each, all: tidy(() => noGrad(() => norm.value(grads).item())) }
  return { each, all: combined(each, isVector ? order! : order === 2 ? 2 : Infinity) }
}

/** A vector as one column where the norm is one of matrices. */
export function asMatrix(norm: Norm, x: Tensor): Tensor {
  return 'matrix' in ruleOf(norm) && x.rank < 2 ? reshape(x, [x.size, 1]) : x
}

/** The lp norm of norms. */
function combined(lengths: readonly number[], p: number): number {
  let largest = 0
  for (const one of lengths) if (!(one <= largest)) largest = one
  if (p === Infinity || largest === 0 || !Number.isFinite(largest)) return largest
  let sum = 0
  for (const one of lengths) sum += (one / largest) ** p
  return largest * sum ** (1 / p)
}

/** The first gradient that is not finite. */
export function firstNonFinite(list: readonly WithGradient[]): (WithGradient & { readonly at: number }) | null {
  for (const one of list) {
    const from = together(one.grad)
    const at = kernels().array.firstNonfinite(typeCode[from.dtype], from.size, from.pointer)
    if (from !== one.grad) from.dispose()
    if (at >= 0) return { ...one, at }
  }
  return null
}

/** The error that names a parameter whose gradient is not finite. */
export function nonFiniteError(op: string, { name, grad, at }: WithGradient & { readonly at: number }): NumericalError {
  const value = tidy(() => view(together(grad))[at])
  const place: number[] = []
  for (let axis = grad.rank - 1, rest = at; axis >= 0; axis--) {
    place.unshift(rest % grad.shape[axis]!)
    rest = Math.floor(rest / grad.shape[axis]!)
  }
  return new NumericalError(
    'non-finite',
    `${op}: the gradient of '${inert(name)}', ${describe(grad)}, holds ${value} at ${showShape(place)}; expected finite numbers. Try a smaller lr, or nonFinite: 'skip'.`,
  )
}

/** Multiplies a gradient in place. */
export function scaleBy(grad: Tensor, factor: number): void {
  changing(grad, (pointer) => neural(kernels())[`scale_${grad.dtype as 'f32' | 'f64'}`](grad.size, pointer, factor))
}
