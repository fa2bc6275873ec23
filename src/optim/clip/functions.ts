/** `clipGradNorm_` and `clipGradValue_`, as PyTorch has them, by any norm. */
import { UsageError } from '../../core/index.js'
import { edits } from '../../kernels/index.js'
import { l2, type Norm } from '../../norms/index.js'
import { ruleOf } from '../../norms/internal.js'
import { Tensor } from '../../tensor/index.js'
import { checkOptions, kernels } from '../../tensor/internal.js'
import { changing, type NamedParameter, named, type Parameters } from '../params.js'
import { firstNonFinite, measured, nonFiniteError, scaleBy, withGradients } from './lengths.js'

/** Parameters, as a list or one alone. */
function parametersOf(op: string, parameters: Parameters | Tensor): NamedParameter[] {
  return named(op, parameters instanceof Tensor ? [parameters] : parameters)
}

export interface ClipGradNormOptions {
  /** `l2`. */
  readonly norm?: Norm | undefined
  /** Throws where the norm is NaN or infinite, in place of gradients that become NaN; false. */
  readonly errorIfNonfinite?: boolean | undefined
}

/** What gradients are multiplied by so that their norm is at most `max`: as PyTorch for l1, l2, lp and linf, exactly max / norm for others. */
export function clipFactor(norm: Norm, length: number, max: number): number {
  const rule = ruleOf(norm)
  const isEntrywise = rule.order !== undefined && !('matrix' in rule) && !('shaped' in rule)
  const factor = isEntrywise ? max / (length + 1e-6) : max / length
  // NaN passes on, as in PyTorch.
  return Math.min(factor, 1)
}

/**
 * Multiplies all gradients by min(1, maxNorm / (norm + 1e-6)), where norm is that of all gradients as one vector; returns it. Exactly PyTorch's
 * `clip_grad_norm_` for `l1`, `l2`, `lp(p)` and `linf`; other norms of vectors have no 1e-6. For norms of matrices it is the largest norm of a gradient,
 * seen as [shape[0], rest], vectors as one column. Gradients that are not there are passed over.
 *
 * Throws UsageError for a maxNorm that is negative or NaN, NumericalError naming the parameter with `errorIfNonfinite`.
 *
 * @example
 * clipGradNorm_(model.namedParameters(), 1)
 */
export function clipGradNorm_(
  parameters: Parameters | Tensor,
  maxNorm: number,
  options: ClipGradNormOptions = {},
): number {
  checkOptions('clipGradNorm_', options, ['norm', 'errorIfNonfinite'])
  const { norm = l2, errorIfNonfinite = false } = options
  if (!(maxNorm >= 0)) throw new UsageError(`clipGradNorm_: maxNorm ${maxNorm}; expected a number from 0 on.`)
  const list = withGradients(parametersOf('clipGradNorm_', parameters))
  if (list.length === 0) return 0
  const { all } = measured(norm, list.map(({ grad }) => grad)) // biome-ignore format: one line
  if (errorIfNonfinite && !Number.isFinite(all)) {
    const found = firstNonFinite(list)
    if (found !== null) throw nonFiniteError('clipGradNorm_', found)
  }
  const factor = clipFactor(norm, all, maxNorm)
  if (factor !== 1) for (const { grad } of list) scaleBy(grad, factor)
  return all
}

/** Every element of every gradient held between -clipValue and clipValue. NaN stays. PyTorch's `clip_grad_value_`. */
export function clipGradValue_(parameters: Parameters | Tensor, clipValue: number): void {
  if (!(clipValue >= 0)) throw new UsageError(`clipGradValue_: clipValue ${clipValue}; expected a number from 0 on.`)
  for (const { grad } of withGradients(parametersOf('clipGradValue_', parameters))) clampGrad(grad, clipValue)
}

/** Holds a gradient between bounds, in place. */
export function clampGrad(grad: Tensor, bound: number): void {
  const { clip_f32, clip_f64 } = edits(kernels())
  changing(grad, (pointer) => (grad.dtype === 'f64' ? clip_f64 : clip_f32)(pointer, grad.size, bound, pointer))
}

/** The name of the first parameter whose gradient holds NaN or infinity; null where all are finite. */
export function nonFiniteGradient(parameters: Parameters): string | null {
  return firstNonFinite(withGradients(named('nonFiniteGradient', parameters)))?.name ?? null
}
