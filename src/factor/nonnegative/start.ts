/** Where a non-negative factorization starts. */
import { UsageError } from '../../core/index.js'
import { randomizedSvd, svd } from '../../linalg/index.js'
import { abs, Generator, mean, mul, randn, sqrt, type Tensor, to } from '../../tensor/index.js'
import { describe, empty, sameShape, view } from '../../tensor/internal.js'

import { nonnegativeRows } from '../samples.js'

export type NMFInit = 'nndsvd' | 'nndsvda' | 'random'

export interface Factors {
  /** [n, k]. */
  readonly W: Tensor
  /** [k, d]. */
  readonly H: Tensor
}

/** From here on the randomized decomposition is taken. */
const largest = 300

/** Starts in the type of x, those given times `root`; `nndsvd` for more components than min(n, d) starts at random. */
export function startOf(x: Tensor, k: number, init: NMFInit | Factors, seed: number, root: number): Factors {
  const [n, d] = x.shape as [number, number]
  if (typeof init === 'object') return givenStart(x, k, init, root)
  const generator = new Generator(seed)
  if (init === 'random' || k > Math.min(n, d)) return randomStart(x, k, generator)
  const { U, S, Vh } = Math.min(n, d) <= largest ? svd(to(x, 'f64')) : randomizedSvd(to(x, 'f64'), k, { generator })
  const [W, H] = [empty('f64', [n, k]), empty('f64', [k, d])]
  const fill = init === 'nndsvda' ? mean(to(x, 'f64')).item() : 0
  const [u, s, v, w, h] = [view(U), view(S), view(Vh), view(W), view(H)]
  const width = U.shape[1]!
  for (let j = 0; j < k; j++) {
    const left = side(n, (i) => u[i * width + j]!)
    const right = side(d, (c) => v[j * d + c]!)
    // The first vectors have one sign, so that this is their absolute value.
    const isUpper = left.upper * right.upper >= left.lower * right.lower
    const [p, q] = isUpper ? [left.upper, right.upper] : [left.lower, right.lower]
    const sign = isUpper ? 1 : -1
    const root = Math.sqrt(s[j]! * p * q)
    for (let i = 0; i < n; i++) w[i * k + j] = (root * Math.max(0, sign * u[i * width + j]!)) / (p || 1) || fill
    for (let c = 0; c < d; c++) h[j * d + c] = (root * Math.max(0, sign * v[j * d + c]!)) / (q || 1) || fill
  }
  return { W: to(W, x.dtype), H: to(H, x.dtype) }
}

/** Lengths of the positive and of the negative part. */
function side(length: number, at: (i: number) => number): { upper: number; lower: number } {
  let [upper, lower] = [0, 0]
  for (let i = 0; i < length; i++) {
    const value = at(i)
    if (value > 0) upper += value * value
    else lower += value * value
  }
  return { upper: Math.sqrt(upper), lower: Math.sqrt(lower) }
}

/** Absolute normal numbers, so large that W H has the mean of x. */
function randomStart(x: Tensor, k: number, generator: Generator): Factors {
  const [n, d] = x.shape as [number, number]
  const scale = sqrt(mean(to(x, 'f64')).div(k))
  const drawn = (shape: readonly number[]): Tensor => to(mul(abs(randn(shape, { dtype: 'f64', generator })), scale), x.dtype) // biome-ignore format: one line
  const H = drawn([k, d])
  return { W: drawn([n, k]), H }
}

function givenStart(x: Tensor, k: number, { W, H }: Factors, root: number): Factors {
  const [n, d] = x.shape as [number, number]
  for (const [name, one, shape] of [
    ['W', W, [n, k]],
    ['H', H, [k, d]],
  ] as const)
    if (!sameShape(one.shape, shape))
      throw new UsageError(`NMF: init.${name} is ${describe(one)}; expected [${shape.join(', ')}].`)
  const scaled = (name: string, one: Tensor): Tensor =>
    to(mul(nonnegativeRows(`NMF: init.${name}`, one), root), x.dtype)
  return { W: scaled('W', W), H: scaled('H', H) }
}
