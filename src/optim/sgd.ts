/** Stochastic gradient descent. */
import { enableGrad, type Tensor } from '../tensor/index.js'
import { kernels, tidy, together, typeCode } from '../tensor/internal.js'
import { type GroupRule, Optimizer } from './optimizer.js'
import type { Parameters } from './params.js'

export interface SGDOptions {
  lr: number
}

/** w <- w - lr g. */
export class SGD extends Optimizer<SGDOptions> {
  constructor(parameters: Parameters, options: SGDOptions & { groups?: readonly GroupRule<SGDOptions>[] }) {
    const { groups, ...rest } = options
    super('SGD', parameters, rest, groups)
  }

  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure && enableGrad(closure)
    for (const { params, lr } of this.paramGroups)
      for (const { value } of params) {
        const g: Tensor | null = value.grad
        if (g === null) continue
        tidy(() => {
          const from = together(g)
          kernels().array.axpy(typeCode[value.dtype], value.size, -lr, from.pointer, value.pointer)
          value.storage.version++
        })
      }
    return loss
  }
}
