/** Rules as the objects that programs use: `fromRule`, and `ruleOf` back, for norms made of norms. */
import { UsageError } from '../core/index.js'
import { noGrad, type Tensor } from '../tensor/index.js'
import { copyOf, tidy } from '../tensor/internal.js'
import { complete, dualOf } from './complete.js'
import { checkFinite, lay } from './layout.js'
import type { AlongOptions, Norm, Operand, Regularizer, ValueOptions } from './norm.js'
import type { CompleteNormRule, CompleteRule, VectorRule } from './rule.js'

const objects = new WeakMap<CompleteRule, Regularizer>()
const rules = new WeakMap<Regularizer, CompleteRule>()

/**
 * The norm, or regularizer, that a rule defines: the same object each time. What the rule leaves out follows by Moreau's identity or a scalar
 * root (complete.ts). `project`, `prox` and `steepest` are off the tape and give new tensors, in the shapes of their operands; i32 counts as f64,
 * bool as f32. They throw NumericalError, saying where, for elements that are NaN or infinite, and UsageError for a radius or t that is negative
 * or not finite. `value` passes NaN on.
 */
export function fromRule(rule: VectorRule & { readonly isNorm: true }): Norm
export function fromRule(rule: VectorRule): Regularizer
export function fromRule(rule: VectorRule): Regularizer {
  const whole = complete(rule)
  let object = objects.get(whole)
  if (object === undefined) {
    object = rule.isNorm ? normOf(rule, whole as CompleteNormRule) : regularizerOf(rule, whole)
    objects.set(whole, object)
    rules.set(object, whole)
  }
  return object
}

/** The complete rule behind a norm or regularizer. Throws UsageError for objects that `fromRule` did not make. */
export function ruleOf(norm: Norm): CompleteNormRule
export function ruleOf(regularizer: Regularizer): CompleteRule
export function ruleOf(regularizer: Regularizer): CompleteRule {
  const rule = rules.get(regularizer)
  if (rule === undefined)
    throw new UsageError(`${regularizer?.name ?? 'norm'}: not a norm of this package; expected l1, l2, lp(3) and kin.`)
  return rule
}

/** Whether a regularizer is a norm, with a dual and steepest directions. */
export const isNorm = (regularizer: Regularizer): regularizer is Norm => 'dual' in regularizer

/** A number that must be finite and not negative. */
export function checkSize(op: string, name: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw new UsageError(`${op}: ${name} ${String(value)}; expected a finite number from 0 on.`)
}

/** Applies `work` to an operand as a stack, off the tape. `op` names it in messages. */
export function apply(
  op: string,
  rule: VectorRule,
  x: Operand,
  options: AlongOptions,
  work: (X: Tensor) => Tensor,
): Tensor | Tensor[] {
  return tidy(() =>
    noGrad(() => {
      const { X, back } = lay(op, rule, x, options, false)
      checkFinite(op, x)
      return back(X.size === 0 ? copyOf(X) : work(X))
    }),
  )
}

function regularizerOf(rule: VectorRule, whole: CompleteRule): Regularizer {
  const { name, isConvex } = rule
  const value = (x: Operand, options: ValueOptions = {}): Tensor =>
    tidy(() => {
      const { X, values } = lay(`${name}.value`, rule, x, options, true)
      return values(whole.value(X))
    })
  const project = (x: Operand, radius: number, options: AlongOptions = {}): Tensor | Tensor[] => {
    checkSize(`${name}.project`, 'radius', radius)
    return apply(`${name}.project`, rule, x, options, (X) => whole.project(X, radius))
  }
  const prox = (x: Operand, t: number, options: AlongOptions = {}): Tensor | Tensor[] => {
    checkSize(`${name}.prox`, 't', t)
    return apply(`${name}.prox`, rule, x, options, (X) => whole.prox(X, t))
  }
  return { name, isConvex, value, project: project as Regularizer['project'], prox: prox as Regularizer['prox'] }
}

function normOf(rule: VectorRule, whole: CompleteNormRule): Norm {
  const steepest = (g: Operand, options: AlongOptions = {}): Tensor | Tensor[] =>
    apply(`${rule.name}.steepest`, rule, g, options, (G) => whole.steepest(G))
  return {
    ...regularizerOf(rule, whole),
    isConvex: true,
    get dual() {
      return fromRule(dualOf(rule) as VectorRule & { readonly isNorm: true })
    },
    steepest: steepest as Norm['steepest'],
  }
}
