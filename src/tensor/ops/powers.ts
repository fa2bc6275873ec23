/** pow and its special cases: square, sqrt, rsqrt, reciprocal. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { zerosLike } from '../create.js'
import { tidy } from '../scope.js'
import { describe, type Tensor, view } from '../tensor.js'
import { combine, div, gradients, meeting, mul, neg, sub, tensorsOf } from './arithmetic.js'
import { to } from './cast.js'
import { eq, ge, logicalAnd } from './compare.js'
import { real } from './elementwise.js'
import { log } from './exponential.js'
import { checkTensor, type Operand, together, unaryOf } from './raw.js'
import { areBools } from './rounding.js'
import { where } from './select.js'

/** x²; i32 stays (and wraps around), bool becomes i32. Gradient: 2 g x. */
export function square(x: Tensor): Tensor {
  checkTensor('square', x)
  if (x.dtype === 'bool') return to(x, 'i32')
  return record(unaryOf('square', x), 'square', [x], [x], (g, [p]) => [mul(g, mul(p!, 2))])
}

/** √x; NaN below 0. Gradient: g / (2 √x), infinite at 0. */
export const sqrt = real('sqrt', 'result', (g, [y]) => [div(g, mul(y!, 2))])

/** 1 / √x. Gradient: -g / (2 x √x). */
export const rsqrt = real('rsqrt', 'both', (g, [x, y]) => [mul(g, mul(div(y!, x!), -0.5))])

/** 1 / x. Gradient: -g / x². */
export const reciprocal = real('reciprocal', 'result', (g, [y]) => [neg(mul(g, square(y!)))])

/**
 * a to the power b. Of two whole types i32, which wraps around; two bools are counted in i32.
 *
 * Gradient: g b a^(b - 1) and g a^b log a; 0 where b is 0 and where a is 0 and b is not below, in place of 0 times infinity.
 * Throws UsageError for whole numbers to a negative power.
 */
export function pow(a: Operand, b: Operand): Tensor {
  const met = meeting('pow', a, b, pow)
  if (met !== null) return met
  if (areBools(a, b)) return tidy(() => pow(to(a as Tensor, 'i32'), b))
  checkWhole(a, b)
  if (typeof b === 'number') return power(a as Tensor, b)
  const out = combine('pow', 'pow', a, b)
  if (typeof a === 'number')
    return record(out, 'pow', [b], [b, out], (g, [q, y]) => [mul(g, mul(y!, logOfBase(a, q!)))])
  const shapes = [a.shape, b.shape]
  return record(out, 'pow', tensorsOf(a, b), [a, b, out], (g, [p, q, y], needs) =>
    gradients(
      shapes,
      needs,
      () => mul(g, slope(p!, q!)),
      () => mul(g, mul(y!, logOfBase(p!, q!))),
    ),
  )
}

/** x to the power of a number. */
function power(x: Tensor, p: number): Tensor {
  const out = p === 2 ? unaryOf('square', x) : combine('pow', 'pow', x, p)
  return record(out, 'pow', [x], [x], (g, [q]) => [p === 0 ? zerosLike(g) : mul(g, mul(pow(q!, p - 1), p))])
}

/** b a^(b - 1), and 0 for 0^0, whose factors are 0 and infinity. */
function slope(a: Tensor, b: Tensor): Tensor {
  const isOrigin = logicalAnd(eq(a, 0), eq(b, 0))
  return mul(b, pow(where(isOrigin, 1, a), sub(b, 1)))
}

/** log a, and 0 where a is 0 and b is not below: a^b is flat in b there. */
function logOfBase(a: Operand, b: Tensor): Tensor | number {
  if (typeof a === 'number') return a === 0 ? to(where(ge(b, 0), 0, -Infinity), b.dtype) : Math.log(a)
  return log(where(logicalAnd(eq(a, 0), ge(b, 0)), 1, a))
}

/** i32 has no fractions for negative powers. */
function checkWhole(a: Operand, b: Operand): void {
  const type = typeof a === 'number' ? (b as Tensor).dtype : a.dtype
  if (type !== 'i32') return
  const lowest = typeof b === 'number' ? b : least(b)
  if (lowest < 0)
    throw new UsageError(
      `pow: ${typeof a === 'number' ? a : describe(a)} to the power ${lowest}, which is no whole number; expected powers from 0 on. Try to('f64') first.`,
    )
}

function least(x: Tensor): number {
  const from = together(x)
  let lowest = 0
  for (const value of view(from)) if (value < lowest) lowest = value
  if (from !== x) from.dispose()
  return lowest
}
