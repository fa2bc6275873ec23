/** Stochastic gradient descent over ratings, one rating at a time: biases and factors together. */
import { dataKernels } from '../../kernels/index.js'
import type { Generator } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import { withScratch } from '../scratch.js'
import { type Factors, padded, randomFactors, strideOf } from './als.js'
import type { Biases } from './biases.js'
import type { Indexed } from './ratings.js'

export interface DescentOptions {
  readonly k: number
  readonly mean: number
  readonly rate: number
  readonly regularization: number
  readonly biasRegularization: number
  /** Without biases they stay 0. */
  readonly biases: boolean
  readonly epochs: number
  readonly scale: number
  readonly generator: Generator
  /** Sees the model after each epoch (views that die with the call); true ends. */
  readonly onEpoch?: (factors: Factors, biases: Biases) => boolean
}

/**
 * Funk's descent with biases (Koren, Bell & Volinsky 2009, equation 5): for each rating e = r - (mean + b_u + b_i + p q), then
 * b_u += rate (e - lambda b_u), p += rate (e q - lambda p) and likewise for the item, all from the values before the step. Ratings come in a
 * new random order in each epoch; biases start at 0, factors at random.
 */
export function descend(data: Indexed, options: DescentOptions): { factors: Factors; biases: Biases; epochs: number } {
  const { k, mean, rate, regularization, biasRegularization, scale, generator, onEpoch } = options
  const stride = strideOf(k)
  const n = data.values.length
  return withScratch((scratch) => {
    const [userCount, itemCount] = [data.userIds.length, data.itemIds.length]
    const { kernels } = scratch
    const { factorEpoch_f64 } = dataKernels(kernels)
    const [users, items, ratings] = [
      scratch.place(data.users),
      scratch.place(data.items),
      scratch.place(data.values),
    ] as const
    const userBiases = scratch.place(new Float64Array(userCount))
    const itemBiases = scratch.place(new Float64Array(itemCount))
    const P = scratch.place(padded(randomFactors(generator, userCount, k, scale), k))
    const Q = scratch.place(padded(randomFactors(generator, itemCount, k, scale), k))
    const order = scratch.alloc(4 * n)
    const now = (): [Factors, Biases] => [
      { k, stride, users: kernels.f64(P, userCount * stride), items: kernels.f64(Q, itemCount * stride) },
      { users: kernels.f64(userBiases, userCount), items: kernels.f64(itemBiases, itemCount) },
    ]
    let epochs = 0
    while (epochs < options.epochs) {
      tidy(() => kernels.i32(order, n).set(view(generator.shuffle(empty('i32', [n])))))
      factorEpoch_f64(
        n, k, stride, order, users, items, ratings, mean, userBiases, itemBiases, P, Q, rate, regularization,
        biasRegularization, options.biases,
      ) // biome-ignore format: a list
      epochs++
      if (onEpoch?.(...now())) break
    }
    const [factors, biases] = now()
    return {
      factors: { k, stride, users: factors.users.slice(), items: factors.items.slice() },
      biases: { users: biases.users.slice(), items: biases.items.slice() },
      epochs,
    }
  })
}
