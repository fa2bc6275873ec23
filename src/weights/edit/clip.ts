/** `clip`: onto a norm ball, each tensor, each row, or the whole model; and the textbook's loop that is called clipping. */
import { inert, plural, UsageError } from '../../core/index.js'
import { edits, roundedDown } from '../../kernels/index.js'
import { l2, linf, type Norm, parseNorm, type Regularizer } from '../../norms/index.js'
import { articleRewrite } from './article.js'
import { clipTo, l1Threshold, l2Factor, projectWhole, rowIntoL2, scaleBy, shrinkBy, valuesAt } from './balls.js'
import { impossible } from './options.js'
import { rewriteRows } from './rows.js'
import { largestIn, largestOf, quantileIn, quantileOf } from './sizes.js'
import type { Chosen, Edit, EditContext, EditOptions, Rewrite } from './types.js'

/** What is one vector: each tensor, each row (what leads to one output), or all chosen tensors together. */
export type Per = 'tensor' | 'row' | 'model'

/** How large the ball is: exactly one of `max`, `fraction`, `quantile`, and `norm` with `radius`. */
export interface ClipOptions extends EditOptions {
  /** No element larger than this in magnitude. */
  max?: number | undefined
  /** No element larger than this fraction of the largest magnitude, 0 to 1. */
  fraction?: number | undefined
  /** No element larger than this quantile of the magnitudes, 0 to 1: the least size that at least this share of them does not exceed. */
  quantile?: number | undefined
  /** The ball's norm, by name (`l2`, `spectral`, `lp(3)`, see `parseNorm`) or as an object. Any with a projection. */
  norm?: string | Norm | Regularizer | undefined
  radius?: number | undefined
  /** What the ball is for; `tensor` by default. */
  per?: Per | undefined
  /** `ball` (the default) projects. `article`, with `fraction` t: where |w| >= t max|W|, t sign(w) is written (not t max|W|). */
  rule?: 'ball' | 'article' | undefined
}

/** Options that were checked: one way to say how large. */
type Size =
  | { readonly kind: 'max' | 'fraction' | 'quantile' | 'article'; readonly value: number }
  | { readonly kind: 'norm'; readonly value: number; readonly norm: Regularizer }

/** The edit that `clip` runs. Throws UsageError for impossible options. */
export function clipEdit(options: ClipOptions): Edit {
  const size = sizeOf(options)
  const per = options.per ?? 'tensor'
  if (!['tensor', 'row', 'model'].includes(per)) throw impossible('clip', 'per', per, 'one of tensor, row, model')
  if (size.kind === 'article' && per !== 'tensor')
    throw new UsageError(`clip: rule article is for whole tensors; got per ${per}. Try leaving per out.`)
  const named = size.kind === 'norm' ? { norm: size.norm.name, radius: size.value } : { [size.kind === 'article' ? 'fraction' : size.kind]: size.value } // biome-ignore format: one line
  return {
    command: 'clip',
    record: { ...named, ...(per === 'tensor' ? {} : { per }), ...(size.kind === 'article' ? { rule: 'article' } : {}) },
    async plan(context) {
      const { chosen } = context
      if (per === 'model') return planModel(context, size)
      const planned = new Map<Chosen, Rewrite>()
      for (const one of chosen)
        planned.set(one, await (per === 'row' ? rowRewrite(one, size) : planTensor(context, one, size)))
      return planned
    },
  }
}

function sizeOf(options: ClipOptions): Size {
  const { max, fraction, quantile, norm, radius, rule = 'ball' } = options
  const given = Object.entries({ max, fraction, quantile, norm }).filter(([, value]) => value !== undefined)
  if (given.length !== 1)
    throw new UsageError(
      `clip: ${given.length === 0 ? 'how large the ball is is not said' : `${plural(given.length, 'size')} are given (${given.map(([name]) => name).join(', ')})`}; expected exactly one of max, fraction, quantile, and norm with radius.`,
    )
  if (rule !== 'ball' && rule !== 'article') throw impossible('clip', 'rule', rule, 'ball or article')
  if (rule === 'article' && fraction === undefined)
    throw new UsageError('clip: rule article goes with fraction. Try fraction: 0.1.')
  if ((norm === undefined) !== (radius === undefined))
    throw new UsageError(`clip: ${norm === undefined ? 'a radius without its norm' : 'a norm without its radius'}. Try norm l2 with radius 1.`) // biome-ignore format: one line
  const [name, value] = given[0] as ['max' | 'fraction' | 'quantile' | 'norm', unknown]
  if (name === 'norm') {
    const ball = normOf(norm!)
    if (typeof radius !== 'number' || !Number.isFinite(radius) || radius < 0)
      throw impossible('clip', 'radius', radius, 'a number of at least 0')
    return { kind: 'norm', value: radius, norm: ball }
  }
  const most = name === 'max' ? Number.MAX_VALUE : 1
  if (typeof value !== 'number' || !(value >= 0 && value <= most))
    throw impossible('clip', name, value, name === 'max' ? 'a number of at least 0' : 'a number from 0 to 1')
  return { kind: rule === 'article' ? 'article' : name, value }
}

function normOf(norm: string | Regularizer): Regularizer {
  if (typeof norm === 'string') return parseNorm(norm)
  if (typeof norm?.project === 'function') return norm
  throw impossible('clip', 'norm', inert(typeof norm), 'a name or a norm')
}

/** The L-infinity ball is that of `max`, the Frobenius norm is l2 of the elements. */
function plainOf(norm: Regularizer): 'linf' | 'l2' | 'l1' | null {
  if (norm === linf || norm.name === 'linf') return 'linf'
  if (norm === l2 || norm.name === 'l2' || norm.name === 'frobenius') return 'l2'
  return norm.name === 'l1' ? 'l1' : null
}

const shown = (value: number): string => String(Number(value.toPrecision(6)))

async function planTensor(context: EditContext, one: Chosen, size: Size): Promise<Rewrite> {
  const { value } = size
  if (size.kind === 'article') return articleRewrite('clip', value, await largestOf(context, [one]))
  if (size.kind !== 'norm') return bounded(await boundOf(context, [one], size), size)
  const plain = plainOf(size.norm)
  if (plain === 'linf') return clipTo(value, `magnitudes of at most ${shown(value)}`, { bound: value })
  if (plain === 'l2') return scaled(await l2Factor(context, [one], value), value)
  if (plain === 'l1') return shrunk(await l1Threshold(context, [one], value), value)
  return projectWhole(size.norm, value, undefined, `onto the ball ${size.norm.name} <= ${shown(value)}`, {})
}

async function planModel(context: EditContext, size: Size): Promise<Map<Chosen, Rewrite>> {
  const { chosen } = context
  const all = (rewrite: Rewrite): Map<Chosen, Rewrite> => new Map(chosen.map((one) => [one, rewrite]))
  if (size.kind !== 'norm') return all(bounded(await boundOf(context, chosen, size), size))
  const { value, norm } = size
  const plain = plainOf(norm)
  if (plain === 'linf') return all(clipTo(value, `magnitudes of at most ${shown(value)}`, { bound: value }))
  if (plain === 'l2') return all(scaled(await l2Factor(context, chosen, value), value))
  if (plain === 'l1') return all(shrunk(await l1Threshold(context, chosen, value), value))
  throw new UsageError(`clip: per model is for l1, l2 and linf, which are sums over all tensors; got ${norm.name}. Try per tensor.`) // biome-ignore format: one line
}

/** What `max`, `fraction` and `quantile` come to. */
async function boundOf(context: EditContext, tensors: readonly Chosen[], { kind, value }: Size): Promise<number> {
  if (kind === 'fraction') return value * (await largestOf(context, tensors))
  return kind === 'quantile' ? quantileOf(context, tensors, value) : value
}

function bounded(bound: number, { kind, value }: Size): Rewrite {
  const why = kind === 'fraction' ? ` (${value} of the largest)` : kind === 'quantile' ? ` (quantile ${value})` : ''
  return clipTo(bound, `magnitudes of at most ${shown(bound)}${why}`, { bound })
}

function scaled({ factor, size }: { factor: number; size: number }, radius: number): Rewrite {
  const note =
    factor === 1 ? `already in the ball: l2 ${shown(size)}` : `scaled by ${shown(factor)} to l2 ${shown(radius)}`
  return scaleBy(factor, note, { factor, norm: size })
}

function shrunk({ threshold, size }: { threshold: number; size: number }, radius: number): Rewrite {
  const note =
    threshold === 0
      ? `already in the ball: l1 ${shown(size)}`
      : `magnitudes less ${shown(threshold)}, to l1 ${shown(radius)}`
  return shrinkBy(threshold, note, { threshold, norm: size })
}

/** Each row by itself. */
function rowRewrite(one: Chosen, size: Size): Rewrite {
  const { kind, value } = size
  if (kind === 'max') return clipTo(value, `magnitudes of at most ${shown(value)}`, { bound: value })
  if (kind === 'norm') {
    const plain = plainOf(size.norm)
    if (plain === 'linf') return clipTo(value, `magnitudes of at most ${shown(value)}`, { bound: value })
    const note = `each row onto the ball ${size.norm.name} <= ${shown(value)}`
    if (plain === 'l2')
      return rewriteRows(one, (kernels, type, storage, row, length) => rowIntoL2(kernels, type, storage, row, length, value), note) // biome-ignore format: one line
    return projectWhole(size.norm, value, rowAxes(one), note, {})
  }
  return rewriteRows(
    one,
    (kernels, type, storage, row, length) => {
      const bound =
        kind === 'fraction'
          ? value * largestIn(valuesAt(kernels, type, row, length))
          : quantileIn(kernels, type, row, length, value)
      edits(kernels)[`clip_${type}`](row, length, roundedDown(kernels, bound, storage), row)
    },
    `each row to magnitudes of at most ${kind === 'fraction' ? `${value} of its largest` : `its quantile ${value}`}`,
  )
}

/** The axes that make up a row. */
function rowAxes({ entry, outAxis }: Chosen): number[] {
  return [...entry.shape.keys()].filter((axis) => axis !== outAxis)
}
