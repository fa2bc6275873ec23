/** A fully connected layer whose weight is a product of two thin matrices. */
import { UsageError } from '../core/index.js'
import { svd } from '../linalg/index.js'
import { matmul, mul, noGrad, slice, sqrt, type Tensor, unsqueeze } from '../tensor/index.js'
import { copyOf, tidy, view } from '../tensor/internal.js'
import { Linear, type LinearOptions, linear } from './linear.js'
import { Module } from './module.js'

/**
 * x Vᵀ Uᵀ + b: `Linear` with a weight U V of rank at most `rank`, U [out, rank], V [rank, in]. Both start as `Linear`'s weights do.
 *
 * Shapes: x [.., in] gives [.., out]. It has fewer parameters where rank < in out / (in + out). Throws UsageError for sizes that are none.
 *
 * @example
 * const small = LowRankLinear.fromLinear(new Linear(784, 256), { energy: 0.99 })
 */
export class LowRankLinear extends Module {
  readonly U: Tensor
  readonly V: Tensor
  readonly bias: Tensor | null

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    readonly rank: number,
    options: LinearOptions = {},
  ) {
    super()
    if (!Number.isInteger(rank) || rank < 1 || rank > Math.min(inFeatures, outFeatures))
      throw new UsageError(`LowRankLinear: rank = ${rank} for ${outFeatures} x ${inFeatures}; expected 1 to ${Math.min(inFeatures, outFeatures)}.`) // biome-ignore format: one line
    const { bias = true, ...rest } = options
    this.V = new Linear(inFeatures, rank, { ...rest, bias: false }).weight
    const out = new Linear(rank, outFeatures, { ...rest, bias })
    this.U = out.weight
    this.bias = out.bias
  }

  /**
   * The nearest of its rank to a layer (Eckart & Young 1936): by `rank`, or the least one that keeps a share `energy` of the squared Frobenius
   * norm. The singular values are shared out evenly, U √S and √S V, so that both learn at one rate; the bias is copied.
   */
  static fromLinear(layer: Linear, options: { rank: number } | { energy: number }): LowRankLinear {
    const { inFeatures, outFeatures, bias } = layer
    return tidy(() =>
      noGrad(() => {
        const weight = layer.weight
        const { U, S, Vh } = svd(weight)
        const rank = 'rank' in options ? options.rank : rankOf(S, options.energy)
        const made = new LowRankLinear(inFeatures, outFeatures, rank, {
          dtype: weight.dtype,
          bias: bias !== null,
        })
        const root = sqrt(slice(S, { stop: rank }))
        write(made.U, mul(slice(U, null, { stop: rank }), root))
        write(made.V, mul(slice(Vh, { stop: rank }), unsqueeze(root, 1)))
        if (bias !== null) write(made.bias!, bias)
        return made
      }),
    )
  }

  /** The plain layer that computes the same. */
  toLinear(): Linear {
    const { inFeatures, outFeatures, bias, U, V } = this
    const made = new Linear(inFeatures, outFeatures, { dtype: U.dtype, bias: bias !== null })
    tidy(() =>
      noGrad(() => {
        write(made.weight, matmul(U, V))
        if (bias !== null) write(made.bias!, bias)
      }),
    )
    return made
  }

  forward(x: Tensor): Tensor {
    return tidy(() => linear(linear(x, this.V), this.U, this.bias))
  }
}

function write(target: Tensor, value: Tensor): void {
  const from = copyOf(value)
  view(target).set(view(from))
  target.storage.version++
}

/** The least rank whose singular values have the share `energy` of all squares. */
function rankOf(S: Tensor, energy: number): number {
  if (!(energy > 0 && energy <= 1)) throw new UsageError(`LowRankLinear: energy = ${String(energy)}; expected more than 0, up to 1.`) // biome-ignore format: one line
  const squares = Array.from(S.toArray(), (s) => s * s)
  const wanted = energy * squares.reduce((a, b) => a + b, 0)
  let [rank, kept] = [0, 0]
  // Rounding must not ask for more than there is.
  while (rank < squares.length && kept < wanted * (1 - 1e-12)) kept += squares[rank++]!
  return Math.max(1, rank)
}
