/** Recurrent layers one step at a time. */
import { UsageError } from '../../core/index.js'
import { contiguous, reshape, slice, type Tensor, zeros } from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, tidy } from '../../tensor/internal.js'
import type { LayerOptions } from '../initOptions.js'
import { Module } from '../module.js'
import { checkNonlinearity } from './gru.js'
import { gruSequence } from './gruSequence.js'
import type { LSTMState } from './lstm.js'
import { lstmSequence } from './lstmSequence.js'
import { checkSizes, drawn } from './recurrent.js'
import { rnnSequence } from './rnnSequence.js'
import type { Weights } from './sequence.js'

export interface CellOptions extends LayerOptions {
  /** Whether there are biases (true). */
  bias?: boolean
}

export interface RNNCellOptions extends CellOptions {
  /** `tanh` (the default) or `relu`. */
  nonlinearity?: 'tanh' | 'relu'
}

const course = { reverse: false, active: null }

abstract class Cell<State, Out> extends Module<[Tensor, State?], Out> {
  readonly weight_ih: Tensor
  readonly weight_hh: Tensor
  readonly bias_ih: Tensor | null
  readonly bias_hh: Tensor | null
  readonly #name: string

  constructor(
    name: string,
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: CellOptions,
    known: readonly string[] = [],
  ) {
    super()
    checkOptions(name, options, ['bias', 'dtype', 'generator', ...known])
    checkSizes(name, { inputSize, hiddenSize })
    this.#name = name
    const rows = gates * hiddenSize
    const made = (shape: number[]): Tensor => drawn(shape, hiddenSize, options)
    this.weight_ih = made([rows, inputSize])
    this.weight_hh = made([rows, hiddenSize])
    const { bias = true } = options
    this.bias_ih = bias ? made([rows]) : null
    this.bias_hh = bias ? made([rows]) : null
  }

  /** A step from `states` (zeros where null): the input as [1, N, I], the states as [N, H], and back. */
  protected step(
    x: Tensor,
    states: readonly (Tensor | null | undefined)[],
    run: (x: Tensor, states: readonly Tensor[], weights: Weights) => readonly Tensor[],
  ): readonly Tensor[] {
    checkTensor(this.#name, x)
    const { inputSize, hiddenSize, weight_ih, weight_hh, bias_ih, bias_hh } = this
    if ((x.rank !== 1 && x.rank !== 2) || x.shape.at(-1) !== inputSize || x.dtype !== weight_ih.dtype)
      throw new UsageError(
        `${this.#name}: input ${describe(x)}; expected ${weight_ih.dtype}[N, ${inputSize}] or [${inputSize}].`,
      )
    const shape = [...x.shape.slice(0, -1), hiddenSize]
    for (const state of states)
      if (state && (state.dtype !== x.dtype || state.shape.join() !== shape.join()))
        throw new UsageError(
          `${this.#name}: state ${describe(state)}; expected ${describe({ dtype: x.dtype, shape })}.`,
        )
    return tidy(() => {
      const batch = x.rank === 2 ? x.shape[0]! : 1
      const before = states.map((state) => (state ? contiguous(reshape(state, [batch, hiddenSize])) : zeros([batch, hiddenSize], { dtype: x.dtype }))) // biome-ignore format: one line
      const weights = {
        weightIh: contiguous(weight_ih),
        weightHh: contiguous(weight_hh),
        biasIh: bias_ih && contiguous(bias_ih),
        biasHh: bias_hh && contiguous(bias_hh),
      }
      const after = run(contiguous(reshape(x, [1, batch, inputSize])), before, weights)
      return after.map((one) => reshape(one, shape))
    })
  }
}

/**
 * One step of an LSTM: `forward(x, { h, c }?)` gives `{ h, c }`. Shapes: x [N, inputSize] or [inputSize], states [N, hiddenSize] or [hiddenSize].
 * Parameters `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`. Source: PyTorch's `nn.LSTMCell`.
 *
 * @example
 * const { h, c } = new LSTMCell(8, 16).forward(randn([4, 8]))
 */
export class LSTMCell extends Cell<LSTMState, LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super('LSTMCell', 4, inputSize, hiddenSize, options)
  }

  forward(x: Tensor, state?: LSTMState): LSTMState {
    const [h, c] = this.step(x, [state?.h, state?.c], (input, [h, c], weights) => {
      const block = lstmSequence(input, h!, c!, weights, course)
      return [slice(block, 1), slice(block, 2)]
    })
    return { h: h!, c: c! }
  }
}

/** One step of a GRU: `forward(x, h?)` gives the next h. Shapes and parameters as `LSTMCell`. Source: PyTorch's `nn.GRUCell`. */
export class GRUCell extends Cell<Tensor, Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super('GRUCell', 3, inputSize, hiddenSize, options)
  }

  forward(x: Tensor, h?: Tensor): Tensor {
    return this.step(x, [h], (input, [h], weights) => [slice(gruSequence(input, h!, weights, course), 1)])[0]!
  }
}

/** One step of a plain recurrent layer: `forward(x, h?)` gives the next h. Shapes and parameters as `LSTMCell`. Source: PyTorch's `nn.RNNCell`. */
export class RNNCell extends Cell<Tensor, Tensor> {
  readonly nonlinearity: 'tanh' | 'relu'

  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    const { nonlinearity = 'tanh' } = options
    checkNonlinearity('RNNCell', nonlinearity)
    super('RNNCell', 1, inputSize, hiddenSize, options, ['nonlinearity'])
    this.nonlinearity = nonlinearity
  }

  forward(x: Tensor, h?: Tensor): Tensor {
    const isRelu = this.nonlinearity === 'relu'
    return this.step(x, [h], (input, [h], weights) => [slice(rnnSequence(input, h!, weights, isRelu, course), 1)])[0]!
  }
}
