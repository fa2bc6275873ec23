/** Losses of the group lasso, with what block coordinate descent asks of them. They hold the fit and change with it. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { axpy, dot } from '../vector.js'
import { type Design, targetsOf } from './data.js'
import type { PathOptions } from './types.js'

export interface GroupLoss {
  readonly outputs: number
  /** Loss of W = 0 without intercept; 1 where that is 0. */
  readonly atZero: number
  /** The loss's second derivative along a change D of a group's coefficients is at most this times bound ||D||^2. */
  readonly curvature: number
  /** Derivative with respect to features' coefficients, [features * outputs]. */
  gradient(features: readonly number[]): Float64Array
  /** Adds a change of features' coefficients to the fit. */
  move(features: readonly number[], change: Float64Array): void
  /** Takes the intercept one step, or all the way. Centred regression has none to take. */
  stepIntercept(): void
  settleIntercept(): void
  intercepts(): Float64Array
  /** Loss minus the dual value at the residual times `shrink`. */
  primalMinusDual(shrink: number): number
}

/** 1/(2n) ||Y - XW||^2, of centred columns. */
export function squaredLoss(op: string, design: Design, y: Tensor, options: PathOptions): GroupLoss {
  const { n, columns } = design
  const targets = targetsOf(op, y, n, options)
  const { outputs } = targets
  const rests = targets.columns.map((column) => column.slice())
  const whole = targets.columns.reduce((sum, column) => sum + dot(column, column), 0) / 2 / n
  return {
    outputs,
    atZero: whole || 1,
    curvature: 1 / n,
    gradient: (features) => {
      const out = new Float64Array(features.length * outputs)
      for (const [i, j] of features.entries())
        for (let o = 0; o < outputs; o++) out[i * outputs + o] = -dot(columns[j]!, rests[o]!) / n
      return out
    },
    move: (features, change) => {
      for (const [i, j] of features.entries())
        for (let o = 0; o < outputs; o++) axpy(-change[i * outputs + o]!, columns[j]!, rests[o]!)
    },
    stepIntercept: () => undefined,
    settleIntercept: () => undefined,
    intercepts: () => targets.means,
    primalMinusDual: (shrink) => {
      let sum = 0
      for (const [o, rest] of rests.entries())
        sum += 0.5 * (1 + shrink * shrink) * dot(rest, rest) - shrink * dot(rest, targets.columns[o]!)
      return sum / n
    },
  }
}

/** Numbers of classes from a tensor [n]. */
function classesOf(op: string, y: Tensor, n: number): { labels: Int32Array; count: number } {
  const [column] = targetsOf(op, y, n, { intercept: false }, false).columns
  const at = column!.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < 65536))
  if (at >= 0)
    throw new UsageError(`${op}: y holds ${column![at]} at row ${at}; expected numbers of classes from 0 on.`)
  const labels = Int32Array.from(column!)
  const count = labels.reduce((most, one) => Math.max(most, one), 0) + 1
  if (count < 2) throw new UsageError(`${op}: y holds one class only; expected at least two.`)
  return { labels, count }
}

/** Mean cross-entropy of softmax(XW + b). The Hessian of a row's loss is at most (I - 11ᵀ/K) / 2 (Boehning 1992). */
export function classLoss(op: string, design: Design, y: Tensor, options: PathOptions): GroupLoss {
  const { n, columns } = design
  const { labels, count: K } = classesOf(op, y, n)
  const hasIntercept = options.intercept ?? true
  const b = new Float64Array(K)
  // Class by class: logits XW (without b), and softmax minus the label's indicator.
  const logits = Array.from({ length: K }, () => new Float64Array(n))
  const excess = Array.from({ length: K }, () => new Float64Array(n))
  let isFresh = false
  let value = 0
  const refresh = (): void => {
    if (isFresh) return
    isFresh = true
    value = 0
    for (let i = 0; i < n; i++) {
      let top = -Infinity
      for (let c = 0; c < K; c++) top = Math.max(top, logits[c]![i]! + b[c]!)
      let sum = 0
      for (let c = 0; c < K; c++) sum += excess[c]![i] = Math.exp(logits[c]![i]! + b[c]! - top) // biome-ignore format: one line
      for (let c = 0; c < K; c++) excess[c]![i]! /= sum
      const own = labels[i]!
      value += top + Math.log(sum) - logits[own]![i]! - b[own]!
      excess[own]![i]! -= 1
    }
    value /= n
  }
  const stepIntercept = (): number => {
    if (!hasIntercept) return 0
    refresh()
    let most = 0
    for (let c = 0; c < K; c++) {
      const mean = excess[c]!.reduce((sum, one) => sum + one, 0) / n
      most = Math.max(most, Math.abs(mean))
      b[c]! -= 2 * mean
    }
    isFresh = most === 0
    return most
  }
  return {
    outputs: K,
    atZero: Math.log(K),
    curvature: 1 / (2 * n),
    gradient: (features) => {
      refresh()
      const out = new Float64Array(features.length * K)
      for (const [i, j] of features.entries())
        for (let c = 0; c < K; c++) out[i * K + c] = dot(columns[j]!, excess[c]!) / n
      return out
    },
    move: (features, change) => {
      for (const [i, j] of features.entries())
        for (let c = 0; c < K; c++) axpy(change[i * K + c]!, columns[j]!, logits[c]!)
      isFresh = false
    },
    stepIntercept,
    settleIntercept: () => {
      for (let round = 0; round < 200; round++) if (stepIntercept() <= 1e-13) break
      refresh()
    },
    intercepts: () => b.slice(),
    primalMinusDual: (shrink) => {
      refresh()
      // The conjugate of the loss is the negative entropy of the label's indicator plus the shrunk excess.
      let entropy = 0
      for (let c = 0; c < K; c++)
        for (let i = 0; i < n; i++) {
          const label = labels[i] === c ? 1 : 0
          const q = label + shrink * excess[c]![i]!
          if (q > 0) entropy -= q * Math.log(q)
        }
      return value - entropy / n
    },
  }
}
