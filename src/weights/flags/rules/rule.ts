/** What a rule sees, and what rules share. */
import type { StorageType } from '../../../core/index.js'
import { isStack } from '../../measure/lines.js'
import type { Flag, Severity, TensorFigures } from '../../types.js'
import type { Thresholds } from '../table.js'

export interface Subject {
  readonly figures: TensorFigures
  readonly storage: StorageType
  /** Share of 8-bit codes at the ends of their range; null for wider types. */
  readonly saturated: number | null
  readonly thresholds: Thresholds
}

export type Rule = (subject: Subject) => Flag[]

const weightKinds: ReadonlySet<string> = new Set([
  'linear',
  'conv',
  'convTranspose',
  'embedding',
  'norm',
  'recurrent',
  'attention',
  'unknown',
])

/** A matrix or kernel that a network learns: what scale, dead lines and ranks are judged on. */
export function isWeight({ group, kind, shape }: TensorFigures): boolean {
  return group === 'model' && weightKinds.has(kind) && kind !== 'norm' && shape.filter((size) => size > 1).length >= 2
}

/** A weight through which a signal is multiplied, so that its fan-in sets its scale. */
export function isMap(figures: TensorFigures): boolean {
  const { kind, shape } = figures
  // A table [1, n, ...] of unknown purpose has no outputs to count inputs of.
  return isWeight(figures) && kind !== 'embedding' && (kind !== 'unknown' || shape[0]! > 1)
}

/** Inputs that each output sums over. */
export function fanIn({ count, shape, outAxis, kind }: TensorFigures): number {
  const outputs = shape[outAxis ?? 0] ?? 1
  // Experts and directions in front each have inputs of their own.
  const stack = isStack(kind, shape) && outAxis !== 0 && outAxis !== null ? shape[0]! : 1
  return count / Math.max(1, outputs * stack)
}

/** A flag; a warning about a tensor whose purpose is not known is information. */
export function flag({ kind }: TensorFigures, code: string, severity: Severity, message: string): Flag {
  return { code, severity: kind === 'unknown' && severity === 'warning' ? 'info' : severity, message }
}

/** Three significant digits. */
export function show(value: number): string {
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(3)))
}

export function percent(share: number): string {
  return `${show(100 * share)} %`
}
