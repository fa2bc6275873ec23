/** Trigonometric functions, their inverses, and tanh. Real-valued: f32 and f64 stay, i32 is computed in f64, bool in f32. */
import { noGrad, record } from '../autograd/tape.js'
import type { Tensor } from '../tensor.js'
import { add, combine, div, gradients, meeting, mul, neg, sub, tensorsOf } from './arithmetic.js'
import { maximum } from './clamp.js'
import { eq } from './compare.js'
import { real } from './elementwise.js'
import { rsqrt, square } from './powers.js'
import { type Operand, shapeOf } from './raw.js'
import { abs, constant } from './rounding.js'
import { where } from './select.js'

/** Sine of x in radians. Gradient: g cos(x). */
export const sin = real('sin', 'x', (g, [x]) => [mul(g, cos(x!))])

/** Cosine of x in radians. Gradient: -g sin(x). */
export const cos = real('cos', 'x', (g, [x]) => [neg(mul(g, sin(x!)))])

/** Tangent of x in radians. Gradient: g (1 + tan² x). */
export const tan = real('tan', 'result', (g, [y]) => [mul(g, add(square(y!), 1))])

/** 1 / √(1 - x²), with the factors apart so that nothing cancels near ±1. */
const slopeOfAsin = (x: Tensor): Tensor => rsqrt(mul(sub(1, x), add(1, x)))

/** Angle from -π/2 to π/2 whose sine is x; NaN outside [-1, 1]. Gradient: g / √(1 - x²), infinite at ±1. */
export const asin = real('asin', 'x', (g, [x]) => [mul(g, slopeOfAsin(x!))])

/** Angle from 0 to π whose cosine is x; NaN outside [-1, 1]. Gradient: -g / √(1 - x²), infinite at ±1. */
export const acos = real('acos', 'x', (g, [x]) => [neg(mul(g, slopeOfAsin(x!)))])

/** Angle from -π/2 to π/2 whose tangent is x. Gradient: g / (1 + x²). */
export const atan = real('atan', 'x', (g, [x]) => [div(g, add(square(x!), 1))])

/** Hyperbolic tangent. Gradient: g (1 - tanh² x). */
export const tanh = real('tanh', 'result', (g, [y]) => [mul(g, sub(1, square(y!)))])

/**
 * Angle of the point (x, y) from -π to π, in floats.
 *
 * Gradient: g x / (x² + y²) to y and -g y / (x² + y²) to x, scaled against overflow; 0 at the origin.
 */
export function atan2(y: Operand, x: Operand): Tensor {
  const met = meeting('atan2', y, x, atan2, true)
  if (met !== null) return met
  const out = combine('atan2', 'atan2', y, x)
  const shapes = [shapeOf(y), shapeOf(x)]
  const [p, q] = [constant(y), constant(x)]
  return record(out, 'atan2', tensorsOf(y, x), tensorsOf(y, x), (g, saved, needs) => {
    const [v, u] = inverted(p ?? saved[0]!, q ?? saved.at(-1)!)
    return gradients(
      shapes,
      needs,
      () => mul(g, u),
      () => neg(mul(g, v)),
    )
  })
}

/** (y, x) / (x² + y²). The larger size, taken as a constant, is divided out first: it cancels in the value and so in its derivatives. */
function inverted(y: Operand, x: Operand): [Tensor, Tensor] {
  const scale = noGrad(() => {
    const larger = maximum(size(y), size(x))
    return where(eq(larger, 0), Infinity, larger)
  })
  const [v, u] = [div(y, scale), div(x, scale)]
  const r2 = add(square(v), square(u))
  const safe = mul(where(eq(r2, 0), Infinity, r2), scale)
  return [div(v, safe), div(u, safe)]
}

const size = (x: Operand): Operand => (typeof x === 'number' ? Math.abs(x) : abs(x))
