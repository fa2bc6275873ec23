/** Losses of real-valued targets: squares, absolute values, and between them. */
import { abs, add, clamp, exp, gt, log, mul, sign, square, sub, type Tensor, where } from '../../tensor/index.js'
import type { FusedLoss } from './fused.js'
import { checkPositive, elementwiseLoss, Loss, type ReductionOptions } from './reduction.js'

/**
 * (x - y)².
 *
 * Shapes: one shape for both; a scalar, or that shape with `reduction: 'none'`. Gradient: 2 (x - y), for the target its opposite. Throws
 * UsageError when shapes differ: nothing is broadcast.
 *
 * @example
 * mseLoss(tensor([1, 2]), tensor([1, 4])).item() // 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  return elementwiseLoss('mseLoss', input, target, options, [], (x, y) => square(sub(x, y)), {
    kind: 'squares',
    slope: (x, y) => mul(sub(x, y), 2),
  })
}

/** `mseLoss` as a module. */
export class MSELoss extends Loss<ReductionOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options)
  }
}

/** |x - y|. Gradient: the sign of x - y, 0 at 0. Shapes and throws: as `mseLoss`. */
export function l1Loss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  return elementwiseLoss('l1Loss', input, target, options, [], (x, y) => abs(sub(x, y)), {
    kind: 'absolutes',
    slope: (x, y) => sign(sub(x, y)),
  })
}

/** `l1Loss` as a module. */
export class L1Loss extends Loss<ReductionOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options)
  }
}

export interface HuberOptions extends ReductionOptions {
  /** Where squares end (1). */
  delta?: number
}

/**
 * d² / 2 for |d| <= delta, delta (|d| - delta / 2) beyond, as c (d - c / 2) with c = d cut to +-delta: nothing overflows that is not chosen, and
 * the derivative is c everywhere.
 */
function huber(x: Tensor, y: Tensor, delta: number): Tensor {
  const d = sub(x, y)
  const c = clamp(d, -delta, delta)
  return mul(c, sub(d, mul(c, 0.5)))
}

/**
 * (x - y)² / 2 up to |x - y| = delta (1), delta (|x - y| - delta / 2) beyond.
 *
 * Gradient: x - y, cut to +-delta. Shapes and throws: as `mseLoss`. Source: Huber 1964.
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  const { delta = 1 } = options
  checkPositive('huberLoss', 'delta', delta)
  return elementwiseLoss(
    'huberLoss',
    input,
    target,
    options,
    ['delta'],
    (x, y) => huber(x, y, delta),
    fusedHuber(delta),
  )
}

/** `huberLoss` as a module. */
export class HuberLoss extends Loss<HuberOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this.options)
  }
}

const fusedHuber = (limit: number): FusedLoss => ({
  kind: 'hubers',
  limit,
  slope: (x, y) => clamp(sub(x, y), -limit, limit),
})

export interface SmoothL1Options extends ReductionOptions {
  /** Where squares end (1); 0 is `l1Loss`. */
  beta?: number
}

/** `huberLoss` with delta = beta, divided by beta: slope 1 far away. Shapes and throws: as `mseLoss`. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  const { beta = 1 } = options
  if (beta !== 0) checkPositive('smoothL1Loss', 'beta', beta)
  return elementwiseLoss('smoothL1Loss', input, target, options, ['beta'], (x, y) =>
    beta === 0 ? abs(sub(x, y)) : mul(huber(x, y, beta), 1 / beta),
  )
}

/** `smoothL1Loss` as a module. */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options)
  }
}

export interface PoissonNLLOptions extends ReductionOptions {
  /** Whether the input is the logarithm of the rate (true). */
  logInput?: boolean
  /** Adds Stirling's approximation of log y! for y > 1. */
  full?: boolean
  /** Added to the rate before its logarithm, without `logInput` (1e-8). */
  eps?: number
}

/**
 * Minus the logarithm of Poisson's probability of a count: exp(x) - y x, or x - y log(x + eps) without `logInput`. Shapes and throws: as
 * `mseLoss`.
 */
export function poissonNLLLoss(input: Tensor, target: Tensor, options: PoissonNLLOptions = {}): Tensor {
  const { logInput = true, full = false, eps = 1e-8 } = options
  const known = ['logInput', 'full', 'eps']
  return elementwiseLoss('poissonNLLLoss', input, target, options, known, (x, y) => {
    const losses = logInput ? sub(exp(x), mul(y, x)) : sub(x, mul(y, log(add(x, eps))))
    return full ? add(losses, where(gt(y, 1), stirling(y), 0)) : losses
  })
}

/** y log y - y + log(2 π y) / 2. */
function stirling(y: Tensor): Tensor {
  const positive = clamp(y, 1, null)
  const l = log(positive)
  return add(sub(mul(positive, l), positive), mul(add(l, Math.log(2 * Math.PI)), 0.5))
}

/** `poissonNLLLoss` as a module. */
export class PoissonNLLLoss extends Loss<PoissonNLLOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNLLLoss(input, target, this.options)
  }
}
