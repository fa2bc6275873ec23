/** How a chain of layers is declared, and what its bound is. */
import type { InspectOptions } from '../types.js'

/** The norm of inputs and outputs: Euclidean (`spectral`), sum of absolute values, largest absolute value. */
export type LipschitzNorm = 'spectral' | 'l1' | 'linf'

/** One layer of a chain, in the order in which they are applied. Biases do not matter. */
export type ChainLink =
  /** A linear layer or convolution, by the name of its weight. */
  | { readonly tensor: string }
  /** `relu`, `gelu`, `tanh` ...; `slope` for `leakyRelu`. */
  | { readonly activation: string; readonly slope?: number }
  /** A batch normalization, by the name of its module: `bn1` for `bn1.weight` and `bn1.running_var`. */
  | { readonly normalization: string; readonly eps?: number }
  /** Stride is the kernel's size where it is not given; `axes` are those of the image, 2 by default. */
  | { readonly pooling: 'max' | 'average'; readonly kernel: number; readonly stride?: number; readonly axes?: number }
  /** x + f(x), f the chain. */
  | { readonly residual: Chain }
  /** A layer whose bound is known from elsewhere. */
  | { readonly constant: number; readonly why?: string }

export type Chain = readonly ChainLink[]

export interface LinkBound {
  what: string
  /** Null where it is unknown. */
  bound: number | null
  /** Where the bound is from, or why it is unknown. */
  why: string
  /** The links of a residual branch. */
  links?: LinkBound[]
}

export interface LipschitzReport {
  /** Our version. */
  normball: string
  command: 'lipschitz'
  path: string
  norm: LipschitzNorm
  /** Product over the chain; null when a link is unknown. */
  bound: number | null
  /** Why the bound is unknown. */
  why: string | null
  links: LinkBound[]
}

export interface LipschitzOptions extends Pick<InspectOptions, 'workers' | 'backend' | 'seed' | 'signal'> {
  /** `spectral` by default. */
  norm?: LipschitzNorm | undefined
}
