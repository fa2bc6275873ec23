/** Constraints: sets that parameters are put back into after a step. */
import { UsageError } from '../core/index.js'
import { l0, l1, l2, parseNorm, type Regularizer, rank } from '../norms/index.js'
import { add, min, mul, noGrad, sub, type Tensor, to } from '../tensor/index.js'
import { checkOptions, tidy, view } from '../tensor/internal.js'
import { type Along, checkAlong, moveTo, seenAlong, showAbout } from './along.js'
import { type Choice, concerning, named, type Parameters, selected } from './params.js'
import type { Constraint } from './types.js'

/** Sets that are no balls. */
export type SetName = 'nonnegative' | 'simplex' | 'unit' | 'rank' | 'sparsity'

export interface ConstraintOptions {
  /** Of the ball; of `simplex` the sum and of `unit` the length (1); of `rank` the largest rank. */
  readonly radius?: number | undefined
  /** The parameters it is about, by globs over their names or a test; all that are given. */
  readonly on?: Choice | undefined
  /** Applied after every so many steps; 1. */
  readonly every?: number | undefined
  /** The whole tensor, each unit (row) or each input feature by itself; `units` for `simplex` and `unit`, else `whole`. */
  readonly along?: Along | undefined
  /** Of `sparsity`: the share of elements that is zero. */
  readonly share?: number | undefined
  /** Of `sparsity`: the share grows from 0 after step `from` (0) to itself at step `to` (from), by 1 - (1 - t)³. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Nearest points of one parameter at a step. */
type Projection = (x: Tensor, options: { readonly axis?: readonly number[] | undefined }, step: number) => Tensor

/**
 * Puts parameters into a set after each step: the ball of any regularizer (`l2` along units is the max-norm constraint, `spectral` with radius 1 keeps a
 * layer from lengthening anything), or `nonnegative`, `simplex` (rows from 0 on that sum to the radius), `unit` (rows of that length), `rank`, `sparsity` (the
 * smallest elements become 0). Names of norms are read by `parseNorm`. Points are nearest in Frobenius distance; a row of zeros becomes the first unit
 * vector under `unit`. A kernel is seen as [out, rest], a vector as one column.
 *
 * Throws UsageError for options that cannot be, globs that match nothing, and parameters that do not fit; `apply` throws NumericalError where a parameter is
 * not finite. Source of the schedule of `sparsity`: Zhu & Gupta 2017, "To prune, or not to prune".
 *
 * @example
 * constraint(l2, model.namedParameters(), { radius: 3, along: 'units', on: '*weight' }) // max-norm
 * constraint('sparsity', model.namedParameters(), { share: 0.5, from: 100, to: 1000, on: '*weight' })
 */
export function constraint(
  kind: Regularizer | SetName | (string & {}),
  parameters: Parameters,
  options: ConstraintOptions = {},
): Constraint {
  checkOptions('constraint', options, ['radius', 'on', 'every', 'along', 'share', 'from', 'to'])
  const { on, every = 1 } = options
  if (!Number.isSafeInteger(every) || every < 1)
    throw new UsageError(`constraint: every ${String(every)}; expected a whole number from 1 on.`)
  const chosen = selected('constraint', named('constraint', parameters), on)
  if (chosen.length === 0) throw new UsageError('constraint: no parameter passes the test of `on`.')
  const along = options.along ?? (kind === 'simplex' || kind === 'unit' ? 'units' : 'whole')
  const { regularizer, written, project } = setOf(kind, options)
  checkAlong('constraint', regularizer, chosen, along)
  const apply = (step: number): number => {
    if (step % every !== 0) return 0
    let squares = 0
    for (const one of chosen)
      squares += concerning('constraint on', one, () => moved(one.value, regularizer, along, project, step)) ** 2
    return Math.sqrt(squares)
  }
  const name = `${written} (${showAbout(on, along)}${every === 1 ? '' : `, every ${every}`})`
  return { name, parameters: chosen, every, apply }
}

function moved(
  value: Tensor,
  regularizer: Regularizer | null,
  along: Along,
  project: Projection,
  step: number,
): number {
  return tidy(() =>
    noGrad(() => {
      const { x, options } = seenAlong(regularizer, value, along)
      return moveTo(value, project(x, options, step))
    }),
  )
}

interface Target {
  readonly regularizer: Regularizer | null
  readonly written: string
  readonly project: Projection
}

function setOf(kind: Regularizer | string, options: ConstraintOptions): Target {
  const { radius } = options
  const only = (...names: string[]): void => {
    for (const name of ['radius', 'share', 'from', 'to'] as const)
      if (options[name] !== undefined && !names.includes(name))
        throw new UsageError(`constraint: ${name} of ${typeof kind === 'string' ? kind : kind.name}, which has none.`)
  }
  if (kind !== 'sparsity') only('radius')
  if (kind === 'nonnegative') {
    only()
    return { regularizer: null, written: 'nonnegative', project: (x) => x.maximum(0) }
  }
  if (kind === 'simplex') {
    const size = positive('simplex', radius ?? 1)
    return { regularizer: l1, written: size === 1 ? 'simplex' : `simplex(${size})`, project: (x, { axis }) => ontoSimplex(x, size, axis) } // biome-ignore format: one line
  }
  if (kind === 'unit') {
    const size = positive('unit', radius ?? 1)
    return { regularizer: l2, written: size === 1 ? 'unit' : `l2 = ${size}`, project: (x, { axis }) => ontoSphere(x, size, axis) } // biome-ignore format: one line
  }
  if (kind === 'sparsity') return sparsity(options, only)
  const ball = kind === 'rank' ? rank : typeof kind === 'string' ? parseNorm(kind) : kind
  if (radius === undefined || !(radius >= 0 && radius < Infinity))
    throw new UsageError(`constraint: radius ${String(radius)} of ${ball.name}; expected a finite number from 0 on.`)
  return { regularizer: ball, written: `${ball.name} <= ${radius}`, project: (x, along) => ball.project(x, radius, along) } // biome-ignore format: one line
}

function positive(kind: string, radius: number): number {
  if (radius > 0 && radius < Infinity) return radius
  throw new UsageError(`constraint: radius ${String(radius)} of ${kind}; expected a finite number above 0.`)
}

/** x shifted so that all is positive and sums to the radius or more, where the nearest point of the simplex is that of the l1 ball. */
function ontoSimplex(x: Tensor, radius: number, axis: readonly number[] | undefined): Tensor {
  const wide = to(x, 'f64')
  const over = axis === undefined ? {} : { axis: [...axis] }
  const least = min(wide, { ...over, keepDims: true })
  const n = wide.size / Math.max(1, least.size)
  const shifted = add(sub(wide, least), radius / n)
  return to(l1.project(shifted, radius, over), x.dtype)
}

/** x / ||x|| times the radius; zeros become the first unit vector. */
function ontoSphere(x: Tensor, radius: number, axis: readonly number[] | undefined): Tensor {
  const over = axis === undefined ? {} : { axis }
  const out = l2.steepest(x, over)
  const lengths = l2.value(x, over)
  if (lengths.toArray().includes(0)) fillFirst(out, lengths, axis)
  return mul(out, radius)
}

/** Puts a 1 at the first place of slices of length 0. `out` is contiguous. */
function fillFirst(out: Tensor, lengths: Tensor, axis: readonly number[] | undefined): void {
  const zero = lengths.toArray()
  const at = axis === undefined ? -1 : out.shape.findIndex((_, one) => !axis.includes(one))
  const elements = view(out)
  for (let i = 0; i < zero.length; i++) if (zero[i] === 0) elements[at < 0 ? 0 : i * out.strides[at]!] = 1
}

function sparsity(options: ConstraintOptions, only: (...names: string[]) => void): Target {
  only('share', 'from', 'to')
  const { share, from = 0, to: end = from } = options
  if (share === undefined || !(share >= 0 && share <= 1))
    throw new UsageError(`constraint: share ${String(share)} of sparsity; expected a number from 0 to 1.`)
  if (!(from >= 0) || !(end >= from))
    throw new UsageError(`constraint: sparsity from step ${from} to ${end}; expected 0 <= from <= to.`)
  const project: Projection = (x, along, step) => {
    const done = step >= end ? 1 : step <= from ? 0 : (step - from) / (end - from)
    const now = share * (1 - (1 - done) ** 3)
    const n = along.axis === undefined ? x.size : along.axis.reduce((size, at) => size * x.shape[at]!, 1)
    return l0.project(x, n - halfEven(now * n), along)
  }
  const over = end === from ? '' : `, steps ${from} to ${end}`
  return { regularizer: l0, written: `sparsity ${share}${over}`, project }
}

/** Rounded, halves to the even neighbour. */
function halfEven(x: number): number {
  const low = Math.floor(x)
  return x - low === 0.5 ? low + (low % 2) : Math.round(x)
}
