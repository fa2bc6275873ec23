/** Activation functions as modules. What they compute, and their gradients, stand with the functions of `normball`. */
import { UsageError } from '../core/index.js'
import {
  div,
  elu,
  full,
  gelu,
  gt,
  leakyRelu,
  logSoftmax,
  mul,
  relu,
  reshape,
  type SoftmaxOptions,
  sigmoid,
  silu,
  softmax,
  softplus,
  type Tensor,
  tanh,
  where,
} from '../tensor/index.js'
import { describe, tidy } from '../tensor/internal.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'

/**
 * max(x, 0).
 *
 * @example
 * new Sequential(new Linear(4, 8), new ReLU())
 */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x)
  }
}

/** x where x > 0, else `negativeSlope` x. */
export class LeakyReLU extends Module {
  constructor(readonly negativeSlope = 0.01) {
    super()
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope)
  }
}

/** x where x > 0, else alpha (exp(x) - 1). */
export class ELU extends Module {
  constructor(readonly alpha = 1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return elu(x, this.alpha)
  }
}

/** x Φ(x), or with `approximate: 'tanh'` its approximation. */
export class GELU extends Module {
  constructor(readonly options: { approximate?: 'none' | 'tanh' } = {}) {
    super()
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.options)
  }
}

/** x sigmoid(x). */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x)
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x)
  }
}

/** log(1 + exp(beta x)) / beta, without overflow (so that there is no threshold, above which PyTorch gives x itself). */
export class Softplus extends Module {
  constructor(readonly beta = 1) {
    super()
    if (!(beta > 0 && beta < Infinity)) throw new UsageError(`Softplus: beta = ${beta}; expected a positive number.`)
  }

  forward(x: Tensor): Tensor {
    const { beta } = this
    return beta === 1 ? softplus(x) : tidy(() => div(softplus(mul(x, beta)), beta))
  }
}

/** softmax over an axis, the last by default. */
export class Softmax extends Module {
  constructor(readonly options: SoftmaxOptions = {}) {
    super()
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.options)
  }
}

/** log softmax over an axis, the last by default. */
export class LogSoftmax extends Module {
  constructor(readonly options: SoftmaxOptions = {}) {
    super()
  }

  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.options)
  }
}

/**
 * x where x > 0, else weight x, the weight trained: one for all, or one for each channel (axis 1 of x).
 *
 * Gradient: as of leakyRelu, and for the weight the sum of g x where x <= 0. Throws UsageError when the channels are not as many.
 */
export class PReLU extends Module {
  readonly weight: Tensor

  constructor(numParameters = 1, options: Omit<LayerOptions, 'generator'> & { init?: number } = {}) {
    super()
    if (!Number.isInteger(numParameters) || numParameters < 1)
      throw new UsageError(`PReLU: numParameters = ${numParameters}; expected a whole number of at least 1.`)
    const { init = 0.25, ...rest } = options
    this.weight = parameter(full([numParameters], init, rest))
  }

  forward(x: Tensor): Tensor {
    const n = this.weight.size
    const axis = x.rank > 1 ? 1 : 0
    if (n > 1 && x.shape[axis] !== n)
      throw new UsageError(`PReLU: input ${describe(x)} for ${n} weights; expected as many channels in axis ${axis}.`)
    return tidy(() => {
      const slopes = n === 1 ? this.weight : reshape(this.weight, x.rank > 1 ? x.shape.map((_, i) => (i === 1 ? n : 1)) : [n]) // biome-ignore format: one line
      return where(gt(x, 0), x, mul(x, slopes))
    })
  }
}
