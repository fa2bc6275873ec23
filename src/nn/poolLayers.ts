/** Pools as modules: PyTorch's names and arguments. */
import type { Tensor } from '../tensor/index.js'
import { Module } from './module.js'
import {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
} from './pool.js'
import type { Sizes } from './window.js'

/** `maxPool1d` as a module. */
export class MaxPool1d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: MaxPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.options)
  }
}

/** `maxPool2d` as a module: `new MaxPool2d(2)` halves height and width. */
export class MaxPool2d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: MaxPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options)
  }
}

/** `avgPool1d` as a module. */
export class AvgPool1d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: AvgPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options)
  }
}

/** `avgPool2d` as a module. */
export class AvgPool2d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: AvgPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options)
  }
}

/** `adaptiveAvgPool1d` as a module. */
export class AdaptiveAvgPool1d extends Module {
  constructor(readonly outputSize: Sizes) {
    super()
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize)
  }
}

/** `adaptiveAvgPool2d` as a module: `new AdaptiveAvgPool2d(1)` takes the mean of each image. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly outputSize: number | readonly (number | null)[]) {
    super()
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize)
  }
}

/** `adaptiveMaxPool1d` as a module. */
export class AdaptiveMaxPool1d extends Module {
  constructor(readonly outputSize: Sizes) {
    super()
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.outputSize)
  }
}

/** `adaptiveMaxPool2d` as a module. */
export class AdaptiveMaxPool2d extends Module {
  constructor(readonly outputSize: number | readonly (number | null)[]) {
    super()
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize)
  }
}
