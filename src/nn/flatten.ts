/** Axes made one, and one made several. */
import { UsageError } from '../core/index.js'
import { reshape, type Tensor } from '../tensor/index.js'
import { checkAxis, count, describe, type Shape } from '../tensor/internal.js'
import { Module } from './module.js'

/**
 * Makes the axes `startAxis` (1) to `endAxis` (-1) one: [n, c, h, w] -> [n, c h w]. A view where that is possible.
 *
 * @example
 * new Flatten().forward(zeros([2, 3, 4])).shape // [2, 12]
 */
export class Flatten extends Module {
  constructor(
    readonly startAxis = 1,
    readonly endAxis = -1,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    const start = checkAxis('Flatten', this.startAxis, x.shape)
    const end = checkAxis('Flatten', this.endAxis, x.shape)
    if (start > end)
      throw new UsageError(`Flatten: axes ${this.startAxis} to ${this.endAxis} of ${describe(x)}; the first is behind the last.`) // biome-ignore format: one line
    const { shape } = x
    return reshape(x, [...shape.slice(0, start), count(shape.slice(start, end + 1)), ...shape.slice(end + 1)])
  }
}

/**
 * Makes one axis several, of which one may be -1: what is left.
 *
 * @example
 * new Unflatten(1, [3, -1]).forward(zeros([2, 12])).shape // [2, 3, 4]
 */
export class Unflatten extends Module {
  constructor(
    readonly axis: number,
    readonly sizes: Shape,
  ) {
    super()
    if (!Array.isArray(sizes) || sizes.length === 0)
      throw new UsageError('Unflatten: no sizes; expected a list of them.')
  }

  forward(x: Tensor): Tensor {
    const at = checkAxis('Unflatten', this.axis, x.shape)
    const length = x.shape[at]!
    const open = this.sizes.indexOf(-1)
    const rest = count(this.sizes.filter((_, i) => i !== open))
    const sizes = open < 0 ? this.sizes : this.sizes.with(open, rest === 0 ? 0 : length / rest)
    if (count(sizes) !== length || !sizes.every(Number.isInteger))
      throw new UsageError(`Unflatten: axis ${this.axis} of ${describe(x)} into [${this.sizes.join(', ')}]; expected sizes whose product is ${length}.`) // biome-ignore format: one line
    return reshape(x, [...x.shape.slice(0, at), ...sizes, ...x.shape.slice(at + 1)])
  }
}
