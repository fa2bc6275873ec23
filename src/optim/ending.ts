/** How a minimization can end: one table of what each outcome means and what to try next; and the options that all methods share. */
import { NumericalError, UsageError } from '../core/index.js'

/**
 * | outcome | meaning |
 * |---|---|
 * | `converged` | the gradient (or what takes its place) is within its tolerance |
 * | `small-step` | the last good step changed the unknowns by less than its tolerance |
 * | `small-reduction` | the last good step lowered the loss by less than its tolerance |
 * | `iteration-limit` | `maxIterations` are used up |
 * | `stalled` | no step along the direction lowers the loss, or rounding hides that it does |
 * | `non-finite` | the loss or a derivative is NaN or infinite where the method cannot step back |
 * | `unbounded` | the loss falls without end |
 * | `infeasible` | no point satisfies the constraints |
 *
 * The first three are success.
 */
export const minimizeOutcomes = [
  'converged',
  'small-step',
  'small-reduction',
  'iteration-limit',
  'stalled',
  'non-finite',
  'unbounded',
  'infeasible',
] as const
export type MinimizeOutcome = (typeof minimizeOutcomes)[number]

const meanings: Readonly<Record<MinimizeOutcome, { readonly what: string; readonly hint: string }>> = {
  converged: { what: 'the tolerance is met', hint: '' },
  'small-step': { what: 'the step is within its tolerance', hint: '' },
  'small-reduction': { what: 'the reduction is within its tolerance', hint: '' },
  'iteration-limit': {
    what: 'the iteration limit is reached',
    hint: 'Try a larger maxIterations, looser tolerances, or another start.',
  },
  stalled: { what: 'no step lowers the loss', hint: 'Try another start, or unknowns of similar size.' },
  'non-finite': { what: 'the loss is not finite', hint: 'Try another start.' },
  unbounded: { what: 'the loss falls without end', hint: 'Try a penalty, or constraints.' },
  infeasible: { what: 'no point satisfies the constraints', hint: 'Try to loosen those that the certificate names.' },
}

export const isSuccess = (outcome: MinimizeOutcome): boolean =>
  outcome === 'converged' || outcome === 'small-step' || outcome === 'small-reduction'

/** What is told after every iteration. */
export interface MinimizeProgress {
  readonly iteration: number
  readonly value: number
  /** Largest element of the gradient, or what takes its place. */
  readonly gradientNorm: number
  /** Length of the step that was taken. */
  readonly stepNorm: number
}

/** What every method takes. */
export interface MinimizeOptions {
  maxIterations?: number
  signal?: AbortSignal
  onIteration?: (progress: MinimizeProgress) => void
  /** `false`: no NumericalError; see `outcome` of the result. */
  check?: boolean
}

/** Why a method ended, with what is special about this case. */
export interface MinimizeEnding {
  readonly outcome: MinimizeOutcome
  /** A clause that replaces the outcome's general one. */
  readonly detail?: string
}

/** The sentence of an ending; null for success. */
export function sentence(op: string, { outcome, detail }: MinimizeEnding, iterations: number): string | null {
  if (isSuccess(outcome)) return null
  const { what, hint } = meanings[outcome]
  return `${op}: ${detail ?? what}, after ${iterations} iteration${iterations === 1 ? '' : 's'}. ${hint}`
}

/** Throws what a failed ending stands for unless `check` is false. Returns its sentence. */
export function settle(op: string, ending: MinimizeEnding, iterations: number, check = true): string | null {
  const message = sentence(op, ending, iterations)
  if (message !== null && check) throw new NumericalError(ending.outcome, message)
  return message
}

/** A whole number of at least `least`. */
export function checkCount(op: string, name: string, value: number, least = 0): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new UsageError(`${op}: ${name} is ${value}; expected a whole number from ${least} on.`)
}

/** A finite number of at least 0 (above 0 with `strictly`). */
export function checkNumber(op: string, name: string, value: number, strictly = false): void {
  if (typeof value !== 'number' || !(strictly ? value > 0 : value >= 0) || value === Infinity)
    throw new UsageError(`${op}: ${name} is ${value}; expected a finite number ${strictly ? 'above 0' : 'from 0 on'}.`)
}
