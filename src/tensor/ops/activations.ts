/** Activation functions and erf. Real-valued: f32 and f64 stay, i32 is computed in f64, bool in f32. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { isFloat } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { add, mul, sub } from './arithmetic.js'
import { clamp, maximum } from './clamp.js'
import { gt } from './compare.js'
import { real, realWith } from './elementwise.js'
import { exp } from './exponential.js'
import { square } from './powers.js'
import { binaryOf, checkTensor } from './raw.js'
import { where } from './select.js'
import { tanh } from './trigonometric.js'

/** 1 / (1 + exp(-x)). Gradient: g y (1 - y). */
export const sigmoid = real('sigmoid', 'result', (g, [y]) => [mul(g, mul(y!, sub(1, y!)))])

/** e^(-x² / 2) */
const bell = (x: Tensor): Tensor => exp(mul(square(x), -0.5))

/** Error function. Gradient: g 2/√π exp(-x²). */
export const erf = real('erf', 'x', (g, [x]) => [mul(g, mul(exp(mul(square(x!), -1)), 2 / Math.sqrt(Math.PI)))])

/** g where relu's result y is above 0, in one pass. Gradient: the same of u; y's own slope is 0. */
function reluBackward(g: Tensor, y: Tensor): Tensor {
  return record(binaryOf('reluBackward', 'relu', g, y), 'reluBackward', [g, y], [y], (u, [z]) => [
    reluBackward(u, z!),
    null,
  ])
}

const rectified = real('relu', 'result', (g, [y]) => [reluBackward(g, y!)])

/** max(x, 0); i32 stays, and bool becomes it. Gradient: g where x > 0, else 0. */
export function relu(x: Tensor): Tensor {
  checkTensor('relu', x)
  return isFloat(x.dtype) ? rectified(x) : maximum(x, 0)
}

const leaky = realWith('leakyRelu', 'x', (slope) => (g, [x]) => [where(gt(x!, 0), g, mul(g, slope))])

/** x where x > 0, else slope x (slope 0.01). Gradient: g, or slope g. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return leaky(x, slope)
}

const exponential = realWith('elu', 'x', (alpha) => (g, [x]) => [
  where(gt(x!, 0), g, mul(mul(g, alpha), exp(clamp(x!, null, 0)))),
])

/** x where x > 0, else alpha (exp(x) - 1) (alpha 1). Gradient: g, or g alpha exp(x). Source: Clevert, Unterthiner & Hochreiter 2016. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return exponential(x, alpha)
}

/** Φ(x) + x φ(x), of the standard normal distribution. */
const exact = real('gelu', 'x', (g, [x]) => {
  const share = mul(add(erf(mul(x!, Math.SQRT1_2)), 1), 0.5)
  return [mul(g, add(share, mul(x!, mul(bell(x!), 1 / Math.sqrt(2 * Math.PI)))))]
})

const scale = Math.sqrt(2 / Math.PI)
const cubic = 0.044715

/** With t = tanh(u(x)), u = √(2/π) (x + 0.044715 x³): (1 + t) / 2 + x (1 - t²) u' / 2. */
const approximate = real(
  'geluTanh',
  'x',
  (g, [x]) => {
    const x2 = square(x!)
    const t = tanh(mul(mul(x!, add(mul(x2, cubic), 1)), scale))
    const slope = mul(add(mul(x2, 3 * cubic), 1), scale)
    return [mul(g, mul(add(add(t, 1), mul(mul(x!, slope), sub(1, square(t)))), 0.5))]
  },
  'gelu',
)

/**
 * x Φ(x), Φ the standard normal distribution's: by the error function, or with `approximate: 'tanh'` by 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))).
 *
 * Gradient: g (Φ(x) + x φ(x)), or the approximation's. Source: Hendrycks & Gimpel 2016.
 */
export function gelu(x: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  const { approximate: kind = 'none' } = options
  if (kind !== 'none' && kind !== 'tanh')
    throw new UsageError(`gelu: approximate ${JSON.stringify(kind) ?? String(kind)}; expected 'none' or 'tanh'.`)
  return kind === 'tanh' ? approximate(x) : exact(x)
}

/** x sigmoid(x), also called swish. Gradient: g s (1 + x (1 - s)), s = sigmoid(x). */
export const silu = real('silu', 'x', (g, [x]) => {
  const s = sigmoid(x!)
  return [mul(g, mul(s, add(mul(x!, sub(1, s)), 1)))]
})

/** log(1 + exp(x)), without overflow. Gradient: g sigmoid(x). */
export const softplus = real('softplus', 'x', (g, [x]) => [mul(g, sigmoid(x!))])
