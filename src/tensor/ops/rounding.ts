/** abs, sign, and functions that are flat between jumps: rounding, remainder, floorDivide. */
import { record } from '../autograd/tape.js'
import { zerosLike } from '../create.js'
import { tidy } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { combine, gradients, meeting, mul, neg, tensorsOf } from './arithmetic.js'
import { to } from './cast.js'
import { flatRule, rounding } from './elementwise.js'
import { type Operand, shapeOf } from './raw.js'

/** |x|; i32 and bool keep their type. Gradient: g sign(x), so 0 at 0. */
export const abs = rounding('abs', 'x', (g, [x]) => [mul(g, sign(x!))], true)

/** -1, 0 or 1; NaN stays. Gradient: 0. */
export const sign = rounding('sign', 'nothing', flatRule, true)

/** The largest whole number that is not above x; whole types are copied. Gradient: 0. */
export const floor = rounding('floor', 'nothing', flatRule)
/** The smallest whole number that is not below x. Gradient: 0. */
export const ceil = rounding('ceil', 'nothing', flatRule)
/** The nearest whole number, halves to the even one. Gradient: 0. */
export const round = rounding('round', 'nothing', flatRule)
/** Cut toward 0. Gradient: 0. */
export const trunc = rounding('trunc', 'nothing', flatRule)

/** Two bools, which whole-number arithmetic has no kernel for: they are counted in i32. */
export function areBools(a: Operand, b: Operand): boolean {
  const isBool = (x: Operand): boolean => typeof x === 'object' && x.dtype === 'bool'
  return isBool(a) && isBool(b)
}

/**
 * a - b floor(a / b): what is left of a, with the sign of b, as Python's %. i32 by 0 gives 0, floats NaN. Two bools are counted in i32.
 *
 * Gradient: g to a, -g floor(a / b) to b.
 */
export function remainder(a: Operand, b: Operand): Tensor {
  const met = meeting('remainder', a, b, remainder)
  if (met !== null) return met
  if (areBools(a, b)) return tidy(() => remainder(to(a as Tensor, 'i32'), b))
  const out = combine('remainder', 'remainder', a, b)
  const shapes = [shapeOf(a), shapeOf(b)]
  const p = constant(a)
  const saved = typeof b === 'number' ? [] : tensorsOf(a, b)
  return record(out, 'remainder', tensorsOf(a, b), saved, (g, kept, needs) =>
    gradients(
      shapes,
      needs,
      () => g,
      () => neg(mul(g, floorDivide(p ?? kept[0]!, kept.at(-1)!))),
    ),
  )
}

/** An operand that a rule may hold itself, because it is no tensor. */
export const constant = (x: Operand): number | null => (typeof x === 'number' ? x : null)

/** floor(a / b); i32 by 0 gives 0. Two bools are counted in i32. Gradient: 0. */
export function floorDivide(a: Operand, b: Operand): Tensor {
  const met = meeting('floorDivide', a, b, floorDivide)
  if (met !== null) return met
  if (areBools(a, b)) return tidy(() => floorDivide(to(a as Tensor, 'i32'), b))
  const out = combine('floorDivide', 'floorDivide', a, b)
  const shapes = [shapeOf(a), shapeOf(b)]
  const zero = (g: Tensor) => () => zerosLike(g)
  return record(out, 'floorDivide', tensorsOf(a, b), [], (g, _, needs) => gradients(shapes, needs, zero(g), zero(g)))
}
