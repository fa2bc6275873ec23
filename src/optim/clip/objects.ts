/** Clipping as objects that `fit` applies before each step. */
import { UsageError } from '../../core/index.js'
import { neural } from '../../kernels/index.js'
import { l2, linf, type Norm } from '../../norms/index.js'
import { checkOptions, kernels, together } from '../../tensor/internal.js'
import { type Choice, changing, type NamedParameter, selected } from '../params.js'
import type { Clipped, GradientClip } from '../types.js'
import { clampGrad, clipFactor } from './functions.js'
import { firstNonFinite, measured, nonFiniteError, scaleBy, type WithGradient, withGradients } from './lengths.js'

/** What happens when a gradient holds NaN or infinity: `error` throws NumericalError naming the parameter, `skip` leaves gradients as they are and says so. */
export type NonFinite = 'error' | 'skip'

const policies: readonly NonFinite[] = ['error', 'skip']

function checkPolicy(op: string, value: NonFinite): void {
  if (!policies.includes(value))
    throw new UsageError(`${op}: nonFinite '${String(value)}'; expected ${policies.join(' or ')}.`)
}

function checkPositive(op: string, what: string, value: number): void {
  if (!(value > 0)) throw new UsageError(`${op}: ${what} ${String(value)}; expected a number above 0.`)
}

/** What a step is told where nothing was done. */
const untouched = (norm: number, nonFinite: string | null): Clipped => ({ norm, scale: nonFinite === null ? 1 : null, clipped: false, nonFinite }) // biome-ignore format: one line

/** Norms of gradients, and the policy for those that have none. */
function lengths(
  op: string,
  norm: Norm,
  list: readonly WithGradient[],
  policy: NonFinite,
): { each: number[]; all: number; nonFinite: string | null } {
  const found = measured(norm, list.map(({ grad }) => grad)) // biome-ignore format: one line
  if (Number.isFinite(found.all)) return { ...found, nonFinite: null }
  const bad = firstNonFinite(list)
  if (bad !== null && policy === 'error') throw nonFiniteError(op, bad)
  return { ...found, nonFinite: bad?.name ?? null }
}

export interface ClipByNormOptions {
  /** `l2`. */
  readonly norm?: Norm | undefined
  readonly max: number
  /** All gradients as one vector, or each by itself; `model`. */
  readonly per?: 'model' | 'parameter' | undefined
  /** `error`. */
  readonly nonFinite?: NonFinite | undefined
}

/**
 * `clipGradNorm_` as an object; with `per: 'parameter'` each gradient into a ball of its own. `max: Infinity` only measures and looks for gradients that
 * are not finite. Throws UsageError for options that cannot be.
 *
 * @example
 * const clip = clipByNorm({ max: 1, nonFinite: 'skip' })
 */
export function clipByNorm(options: ClipByNormOptions): GradientClip {
  checkOptions('clipByNorm', options, ['norm', 'max', 'per', 'nonFinite'])
  const { norm = l2, max, per = 'model', nonFinite: policy = 'error' } = options
  checkPositive('clipByNorm', 'max', max)
  checkPolicy('clipByNorm', policy)
  if (per !== 'model' && per !== 'parameter')
    throw new UsageError(`clipByNorm: per '${String(per)}'; expected 'model' or 'parameter'.`)
  const name = `${norm.name} <= ${max}${per === 'model' ? '' : ' (each)'}`
  const apply = (parameters: readonly NamedParameter[]): Clipped => {
    const list = withGradients(parameters)
    const { each, all, nonFinite } = lengths('clipByNorm', norm, list, policy)
    if (nonFinite !== null) return untouched(all, nonFinite)
    let clipped = false
    let scale = 1
    for (const [i, { grad }] of list.entries()) {
      scale = clipFactor(norm, per === 'model' ? all : each[i]!, max)
      if (scale === 1) continue
      scaleBy(grad, scale)
      clipped = true
    }
    return { norm: all, scale: per === 'model' || !clipped ? scale : null, clipped, nonFinite: null }
  }
  return { name, apply }
}

/** Every element of every gradient held between -value and value. The norm that is told is linf's. */
export function clipByValue(options: {
  readonly value: number
  readonly nonFinite?: NonFinite | undefined
}): GradientClip {
  checkOptions('clipByValue', options, ['value', 'nonFinite'])
  const { value, nonFinite: policy = 'error' } = options
  checkPositive('clipByValue', 'value', value)
  checkPolicy('clipByValue', policy)
  const apply = (parameters: readonly NamedParameter[]): Clipped => {
    const list = withGradients(parameters)
    const { each, all, nonFinite } = lengths('clipByValue', linf, list, policy)
    if (nonFinite !== null || all <= value) return untouched(all, nonFinite)
    for (const [i, { grad }] of list.entries()) if (each[i]! > value) clampGrad(grad, value)
    return { norm: all, scale: null, clipped: true, nonFinite: null }
  }
  return { name: `linf <= ${value} (by value)`, apply }
}

export interface AdaptiveClipOptions {
  /** How long a unit's gradient may be, relative to its weights; 0.01. */
  readonly clipping?: number | undefined
  /** Weights shorter than this count as so long; 1e-3. */
  readonly eps?: number | undefined
  /** The parameters it is about; all. */
  readonly on?: Choice | undefined
  readonly nonFinite?: NonFinite | undefined
}

/**
 * Cuts the gradient of each unit (row of [shape[0], rest]; a vector as a whole) to `clipping` times the length of the unit's weights. The last layer is
 * commonly left out (`on`). Source: Brock, De, Smith & Simonyan 2021, "High-performance large-scale image recognition without normalization".
 */
export function adaptiveClip(options: AdaptiveClipOptions = {}): GradientClip {
  checkOptions('adaptiveClip', options, ['clipping', 'eps', 'on', 'nonFinite'])
  const { clipping = 0.01, eps = 1e-3, on, nonFinite: policy = 'error' } = options
  checkPositive('adaptiveClip', 'clipping', clipping)
  checkPositive('adaptiveClip', 'eps', eps)
  checkPolicy('adaptiveClip', policy)
  const apply = (parameters: readonly NamedParameter[]): Clipped => {
    const { all, nonFinite } = lengths('adaptiveClip', l2, withGradients(parameters), policy)
    if (nonFinite !== null) return untouched(all, nonFinite)
    let many = 0
    for (const { value, grad } of withGradients(selected('adaptiveClip', parameters, on))) {
      const rows = grad.rank < 2 ? 1 : grad.shape[0]!
      const weights = together(value)
      changing(grad, (g) => {
        const clip = neural(kernels())[`clipUnits_${grad.dtype as 'f32' | 'f64'}`]
        many += clip(rows, grad.size / Math.max(1, rows), weights.pointer, g, clipping, eps)
      })
      if (weights !== value) weights.dispose()
    }
    return { norm: all, scale: many > 0 ? null : 1, clipped: many > 0, nonFinite: null }
  }
  return { name: `adaptive(${clipping})`, apply }
}

export interface QuantileClipOptions {
  /** `l2`. */
  readonly norm?: Norm | undefined
  /** 0.9. */
  readonly quantile?: number | undefined
  /** So many norms are remembered; 1000. */
  readonly window?: number | undefined
  readonly nonFinite?: NonFinite | undefined
}

/**
 * Rescales gradients to the `quantile` of their recent norms, this step's among them, where they are longer. State: the norms. Norms that are not finite
 * are not remembered. Source: Seetharaman et al. 2020, "AutoClip", with a window.
 */
export function quantileClip(options: QuantileClipOptions = {}): GradientClip {
  checkOptions('quantileClip', options, ['norm', 'quantile', 'window', 'nonFinite'])
  const { norm = l2, quantile = 0.9, window = 1000, nonFinite: policy = 'error' } = options
  if (!(quantile > 0 && quantile <= 1))
    throw new UsageError(`quantileClip: quantile ${quantile}; expected a number above 0, up to 1.`)
  if (!Number.isSafeInteger(window) || window < 1)
    throw new UsageError(`quantileClip: window ${window}; expected a whole number from 1 on.`)
  checkPolicy('quantileClip', policy)
  let recent: number[] = []
  const apply = (parameters: readonly NamedParameter[]): Clipped => {
    const list = withGradients(parameters)
    const { all, nonFinite } = lengths('quantileClip', norm, list, policy)
    if (nonFinite !== null) return untouched(all, nonFinite)
    recent.push(all)
    if (recent.length > window) recent.shift()
    const most = quantileOf(recent, quantile)
    if (all <= most) return untouched(all, null)
    const scale = most / all
    for (const { grad } of list) scaleBy(grad, scale)
    return { norm: all, scale, clipped: true, nonFinite: null }
  }
  return {
    name: `${norm.name} <= quantile(${quantile})`,
    apply,
    state: () => ({ recent: [...recent] }),
    restore(state) {
      const { recent: saved } = state
      if (!Array.isArray(saved)) throw new UsageError('quantileClip: the state has no list of recent norms.')
      recent = saved.slice(-window)
    },
  }
}

/** Between neighbours along a line, as NumPy's `quantile`. */
function quantileOf(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  const next = sorted[Math.min(low + 1, sorted.length - 1)]!
  return sorted[low]! + (at - low) * (next - sorted[low]!)
}
