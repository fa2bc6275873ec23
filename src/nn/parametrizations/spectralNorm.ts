/** Weights divided by their largest singular value, which power iteration follows while they are trained. */
import { UsageError } from '../../core/index.js'
import {
  div,
  type Generator,
  matmul,
  mul,
  noGrad,
  permute,
  randn,
  reshape,
  sum,
  type Tensor,
  transpose,
} from '../../tensor/index.js'
import { copyInto, tidy, together } from '../../tensor/internal.js'
import { buffer } from '../parameter.js'
import { parameterIn } from './computed.js'
import { Parametrization, registerParametrization } from './parametrize.js'

export interface SpectralNormOptions {
  /** Steps of power iteration in each forward pass while training (1). */
  nPowerIterations?: number
  /** The least length that is divided by (1e-12). */
  eps?: number
  /** The axis of the outputs (0; 1 for transposed convolutions). */
  axis?: number
  /** Where the first vectors come from. */
  generator?: Generator
}

/** x over the larger of its length and eps. */
const normalized = (x: Tensor, eps: number): Tensor => div(x, Math.max(eps, x.norm().item()))

class SpectralNorm extends Parametrization {
  readonly #axis: number
  readonly #steps: number
  readonly #eps: number
  // PyTorch's names.
  readonly _u: Tensor
  readonly _v: Tensor

  constructor(weight: Tensor, options: SpectralNormOptions) {
    super()
    const { nPowerIterations = 1, eps = 1e-12, axis = 0, ...rest } = options
    if (weight.rank < 2) throw new UsageError(`spectralNorm: a weight of ${weight.rank} axes; expected at least two.`)
    if (!Number.isInteger(nPowerIterations) || nPowerIterations < 1)
      throw new UsageError(`spectralNorm: nPowerIterations = ${nPowerIterations}; expected a whole number of at least 1.`) // biome-ignore format: one line
    if (!Number.isInteger(axis) || axis < -weight.rank || axis >= weight.rank)
      throw new UsageError(`spectralNorm: axis ${axis} of a weight of ${weight.rank} axes.`)
    this.#axis = axis < 0 ? axis + weight.rank : axis
    this.#steps = nPowerIterations
    this.#eps = eps
    const type = { dtype: weight.dtype, ...rest }
    const rows = weight.shape[this.#axis]!
    this._u = buffer(tidy(() => normalized(randn([rows], type), eps)))
    this._v = buffer(tidy(() => normalized(randn([weight.size / rows], type), eps)))
    this.#iterate(weight, 15)
  }

  #matrix(weight: Tensor): Tensor {
    const axis = this.#axis
    const order = [axis, ...weight.shape.map((_, i) => i).filter((i) => i !== axis)]
    return reshape(axis === 0 ? weight : permute(weight, order), [weight.shape[axis]!, -1])
  }

  /** Steps of power iteration, on the vectors in place. */
  #iterate(weight: Tensor, steps: number): void {
    tidy(() =>
      noGrad(() => {
        const W = this.#matrix(weight)
        for (let i = 0; i < steps; i++) {
          this.#set(this._u, matmul(W, this._v))
          this.#set(this._v, matmul(transpose(W), this._u))
        }
      }),
    )
  }

  #set(vector: Tensor, value: Tensor): void {
    copyInto(vector, together(normalized(value, this.#eps)))
    vector.storage.version++
  }

  override prepare(weight: Tensor): void {
    if (this.training) this.#iterate(weight, this.#steps)
  }

  forward(weight: Tensor): Tensor {
    return tidy(() => {
      // Copies: the next step changes the vectors, and the gradient needs them as they were.
      const [u, v] = [this._u.clone(), this._v.clone()]
      return div(weight, sum(mul(u, matmul(this.#matrix(weight), v))))
    })
  }
}

/**
 * Divides a weight, as a matrix [out, rest], by its largest singular value, so that the layer changes no distance by more than a factor of 1.
 * Power iteration estimates it: one step in each forward pass while training, none in evaluation; its vectors are buffers. Returns the module.
 *
 * State: `parametrizations.weight.original`, `parametrizations.weight.0._u` and `._v`, as PyTorch's `parametrizations.spectral_norm`; undone by
 * `removeParametrizations`. Unlike there, reading the weight outside a forward pass takes no step.
 * Gradient: of W / (uᵀ W v) with u and v constant. Throws UsageError for fewer than two axes. Source: Miyato et al. 2018.
 *
 * @example
 * const layer = spectralNorm(new Linear(20, 40))
 */
export function spectralNorm<M extends object>(module: M, name = 'weight', options: SpectralNormOptions = {}): M {
  const weight = parameterIn('spectralNorm', module, name)
  return registerParametrization(module, name, new SpectralNorm(weight, options))
}
