/** What is done with any norm: scaling into a ball, the dual's steepest step, distance. */
import { UsageError } from '../core/index.js'
import { sub, type Tensor } from '../tensor/index.js'
import { tidy, view } from '../tensor/internal.js'
import type { AlongOptions, Norm, Operand, Regularizer, ValueOptions } from './norm.js'
import { apply, checkSize, ruleOf } from './regularizer.js'
import { scaleRows } from './rows.js'

const unchanged = [1, 1] as const

/**
 * x min(1, radius / ||x||): into the ball without a change of direction, as gradient clipping does; for `l2` this is the projection. With a list
 * one factor for all. Off the tape. Throws as `project` does.
 *
 * @example
 * rescale(linf, tensor([3, 6]), 2) // [1, 2]
 */
export function rescale(norm: Norm, x: Tensor, radius: number, options?: AlongOptions): Tensor
export function rescale(norm: Norm, x: readonly Tensor[], radius: number): Tensor[]
export function rescale(norm: Norm, x: Operand, radius: number, options: AlongOptions = {}): Tensor | Tensor[] {
  checkSize('rescale', 'radius', radius)
  const rule = ruleOf(norm)
  return apply('rescale', rule, x, options, (X) =>
    scaleRows(
      X,
      Array.from(view(rule.value(X)), (length) => (length > radius ? [radius, length] : unchanged)),
    ),
  )
}

/**
 * ||g||* steepest(g), the steepest step with the dual's length: the y that maximizes <y, g> - 1/2 ||y||^2. `sharp(l2, g)` is g itself. Off the
 * tape. Throws as `steepest` does.
 *
 * @example
 * sharp(linf, tensor([3, -1])) // [4, -4]
 */
export function sharp(norm: Norm, g: Tensor, options?: AlongOptions): Tensor
export function sharp(norm: Norm, g: readonly Tensor[]): Tensor[]
export function sharp(norm: Norm, g: Operand, options: AlongOptions = {}): Tensor | Tensor[] {
  const rule = ruleOf(norm)
  return apply('sharp', rule, g, options, (G) =>
    scaleRows(
      rule.steepest(G),
      Array.from(view(rule.dual().value(G)), (length) => [length, 1] as const),
    ),
  )
}

/**
 * ||x - y||, of tensors that broadcast, or of lists of equally many. Differentiable as `value` is.
 *
 * @example
 * distance(l1, tensor([1, 2]), tensor([2, 4])) // 3
 */
export function distance(norm: Regularizer, x: Operand, y: Operand, options: ValueOptions = {}): Tensor {
  return tidy(() => norm.value(difference(x, y), options))
}

function difference(x: Operand, y: Operand): Operand {
  if (!Array.isArray(x) && !Array.isArray(y)) return sub(x as Tensor, y as Tensor)
  const [a, b] = [x, y] as [readonly Tensor[], readonly Tensor[]]
  if (!Array.isArray(x) || !Array.isArray(y) || a.length !== b.length)
    throw new UsageError(
      `distance: ${counted(x)} and ${counted(y)}; expected two tensors, or two lists of equally many.`,
    )
  return a.map((one, i) => sub(one, b[i]!))
}

const counted = (x: Operand): string => (Array.isArray(x) ? `a list of ${x.length}` : 'one tensor')
