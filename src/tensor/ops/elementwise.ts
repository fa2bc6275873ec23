/** How functions of each element are made from a kernel and a gradient rule. */
import type { BinaryOp, UnaryOp } from '../../kernels/index.js'
import type { Rule } from '../autograd/node.js'
import { record } from '../autograd/tape.js'
import { zerosLike } from '../create.js'
import { floatType, isFloat } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { castOf, checkTensor, copyOf, scalarOf, unaryOf } from './raw.js'

const none: readonly Tensor[] = []

/** What a rule gets as `saved`. */
type Saves = 'x' | 'result' | 'both' | 'nothing'

function savedOf(saves: Saves, x: Tensor, out: Tensor): readonly Tensor[] {
  if (saves === 'x') return [x]
  if (saves === 'result') return [out]
  return saves === 'both' ? [x, out] : none
}

/** A function with real values: f32 and f64 stay, i32 is computed in f64 and bool in f32. */
export function real(op: UnaryOp, saves: Saves, rule: Rule, name: string = op): (x: Tensor) => Tensor {
  return (x) => {
    checkTensor(name, x)
    const from = isFloat(x.dtype) ? x : castOf(x, floatType(x.dtype))
    const out = unaryOf(op, from)
    if (from !== x) from.dispose()
    return record(out, name, [x], savedOf(saves, x, out), rule)
  }
}

/** The same with a number beside x, which the rule needs too. */
export function realWith(
  op: BinaryOp,
  saves: Saves,
  rule: (value: number) => Rule,
): (x: Tensor, value: number) => Tensor {
  return (x, value) => {
    checkTensor(op, x)
    const from = isFloat(x.dtype) ? x : castOf(x, floatType(x.dtype))
    const out = scalarOf(op, from, value)
    if (from !== x) from.dispose()
    return record(out, op, [x], savedOf(saves, x, out), rule(value))
  }
}

/** A function that keeps whole numbers as they are: i32 has a kernel of its own (`whole`) or is copied, bool is copied. */
export function rounding(op: UnaryOp, saves: Saves, rule: Rule, whole = false): (x: Tensor) => Tensor {
  return (x) => {
    checkTensor(op, x)
    if (x.dtype === 'bool' || (x.dtype === 'i32' && !whole)) return copyOf(x)
    const out = unaryOf(op, x)
    return record(out, op, [x], savedOf(saves, x, out), rule)
  }
}

/** The rule of functions whose slope is 0 wherever they have one. */
export const flatRule: Rule = (g) => [zerosLike(g)]
