/** Dropout inside layers. */
import { bernoulli, type Generator, mul, type Tensor, to } from '../tensor/index.js'
import { tidy } from '../tensor/internal.js'

/** Each element 0 with probability p, else divided by 1 - p. */
export function dropped(x: Tensor, p: number, generator: Generator | undefined): Tensor {
  if (p === 0) return x
  return tidy(() => {
    const kept = bernoulli(1 - p, { shape: x.shape, ...(generator && { generator }) })
    return mul(x, p === 1 ? 0 : mul(to(kept, x.dtype), 1 / (1 - p)))
  })
}
