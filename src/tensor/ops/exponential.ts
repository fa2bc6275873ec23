/** exp, log and their kin. Real-valued: f32 and f64 stay, i32 is computed in f64, bool in f32. */
import { add, div, mul } from './arithmetic.js'
import { real } from './elementwise.js'

/** e to the power x. Gradient: g exp(x). */
export const exp = real('exp', 'result', (g, [y]) => [mul(g, y!)])

/** exp(x) - 1, without cancellation near 0. Gradient: g exp(x). */
export const expm1 = real('expm1', 'x', (g, [x]) => [mul(g, exp(x!))])

/** Natural logarithm; -Infinity at 0, NaN below. Gradient: g / x. */
export const log = real('log', 'x', (g, [x]) => [div(g, x!)])

/** log(1 + x), without cancellation near 0. Gradient: g / (1 + x). */
export const log1p = real('log1p', 'x', (g, [x]) => [div(g, add(x!, 1))])

/** Logarithm to base 2. Gradient: g / (x ln 2). */
export const log2 = real('log2', 'x', (g, [x]) => [div(g, mul(x!, Math.LN2))])
