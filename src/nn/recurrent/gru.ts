/** The GRU layer, and the plain recurrent one. */
import { UsageError } from '../../core/index.js'
import { contiguous, Tensor } from '../../tensor/index.js'
import { gruSequence } from './gruSequence.js'
import { type Pass, passOf, weightsAt } from './layers.js'
import { Recurrent, type RecurrentOptions, type SequenceOptions } from './recurrent.js'
import { rnnSequence } from './rnnSequence.js'
import type { Course } from './sequence.js'

/** The hidden state, [layers * directions, N, hiddenSize]: as a tensor, or as an earlier result holds it. */
export type HiddenState = Tensor | { readonly h: Tensor }

export interface RecurrentOutput {
  /** Hidden states of the last layer at all steps. */
  readonly output: Tensor
  /** Hidden states of all layers at the end. */
  readonly h: Tensor
}

export const hiddenOf = (state: HiddenState | undefined): Tensor | null =>
  state === undefined ? null : state instanceof Tensor ? state : state.h

/**
 * Gated recurrent unit: h' = (1 - z) n + z h with r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh and n = tanh(W_in x + b_in + r (W_hn h + b_hn)), the
 * gates' rows in the order r, z, n.
 *
 * `forward(x, h?, { lengths }?)` gives `{ output, h }`, which can be the state of the next call. Shapes, dtypes, parameters, errors: as `LSTM`.
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; PyTorch's `nn.GRU`, which puts r outside the product.
 *
 * @example
 * const { output, h } = new GRU(8, 16, { numLayers: 2, bidirectional: true }).forward(randn([20, 4, 8]))
 */
export class GRU extends Recurrent<HiddenState, RecurrentOutput> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: 'GRU', gates: 3, states: [['h', hiddenSize]] }, inputSize, hiddenSize, options)
  }

  forward(x: Tensor, state?: HiddenState, options?: SequenceOptions): RecurrentOutput {
    const { output, states } = this.run(x, [hiddenOf(state)], options)
    return { output, h: states[0]! }
  }

  protected pass(x: Tensor, [h]: readonly Tensor[], suffix: string, course: Course): Pass {
    return passOf(gruSequence(x, contiguous(h!), weightsAt(this.fields, suffix), course), x.shape[0]!, course)
  }
}

export interface RNNOptions extends RecurrentOptions {
  /** `tanh` (the default) or `relu`. */
  nonlinearity?: 'tanh' | 'relu'
}

export function checkNonlinearity(op: string, value: string): void {
  if (value !== 'tanh' && value !== 'relu')
    throw new UsageError(`${op}: nonlinearity = ${JSON.stringify(value)}; expected 'tanh' or 'relu'.`)
}

/**
 * The plain recurrent layer, h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or ReLU of it.
 *
 * `forward(x, h?, { lengths }?)` gives `{ output, h }`, which can be the state of the next call. Shapes, dtypes, parameters, errors: as `LSTM`.
 * Source: Elman, "Finding structure in time", 1990; PyTorch's `nn.RNN`.
 *
 * @example
 * const { output, h } = new RNN(8, 16, { nonlinearity: 'relu' }).forward(randn([20, 4, 8]))
 */
export class RNN extends Recurrent<HiddenState, RecurrentOutput> {
  readonly nonlinearity: 'tanh' | 'relu'

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const { nonlinearity = 'tanh' } = options
    checkNonlinearity('RNN', nonlinearity)
    const kind = { name: 'RNN', gates: 1, states: [['h', hiddenSize]], options: ['nonlinearity'] } as const
    super(kind, inputSize, hiddenSize, options)
    this.nonlinearity = nonlinearity
  }

  forward(x: Tensor, state?: HiddenState, options?: SequenceOptions): RecurrentOutput {
    const { output, states } = this.run(x, [hiddenOf(state)], options)
    return { output, h: states[0]! }
  }

  protected pass(x: Tensor, [h]: readonly Tensor[], suffix: string, course: Course): Pass {
    const block = rnnSequence(x, contiguous(h!), weightsAt(this.fields, suffix), this.nonlinearity === 'relu', course)
    return passOf(block, x.shape[0]!, course)
  }
}
