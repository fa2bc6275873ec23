/** The LSTM layer. */
import { UsageError } from '../../core/index.js'
import { contiguous, type Tensor } from '../../tensor/index.js'
import { type Pass, passOf, weightsAt } from './layers.js'
import { lstmSequence } from './lstmSequence.js'
import { Recurrent, type RecurrentOptions, type SequenceOptions } from './recurrent.js'
import type { Course } from './sequence.js'
import { lstmStep, unroll } from './steps.js'

export interface LSTMOptions extends RecurrentOptions {
  /** Size of the hidden state after a projection by a further weight `weight_hr`; 0 (the default) for none. Less than `hiddenSize`. */
  projSize?: number
}

/** Hidden and cell state, [layers * directions, N, size] each. */
export interface LSTMState {
  readonly h: Tensor
  readonly c: Tensor
}

export interface LSTMOutput extends LSTMState {
  /** Hidden states of the last layer at all steps. */
  readonly output: Tensor
}

/**
 * Long short-term memory: c' = f c + i g, h' = o tanh(c'), with i, f, o = sigmoid and g = tanh of W_ih x + b_ih + W_hh h + b_hh, the gates' rows in
 * the order i, f, g, o.
 *
 * `forward(x, state?, { lengths }?)` gives `{ output, h, c }`, which can be the state of the next call.
 * Shapes: x [T, N, inputSize], or [N, T, inputSize] with `batchFirst`, or [T, inputSize]; output likewise, of hiddenSize (projSize) times
 * directions; h and c [numLayers * directions, N, hiddenSize] (h: projSize). Dtypes: that of the layer.
 * Parameters: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0`, those of further layers `_l1` and of the way back
 * `_l0_reverse`, uniform in +-1 / sqrt(hiddenSize). Gradient: also a second one.
 * Throws UsageError for other shapes and dtypes, no steps, and lengths out of range.
 * Source: Hochreiter & Schmidhuber, "Long short-term memory", 1997; PyTorch's `nn.LSTM`.
 *
 * @example
 * const lstm = new LSTM(65, 128, { batchFirst: true })
 * const { output, h, c } = lstm.forward(randn([32, 64, 65]))
 */
export class LSTM extends Recurrent<LSTMState, LSTMOutput> {
  readonly projSize: number

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    const { projSize = 0 } = options
    if (!Number.isInteger(projSize) || projSize < 0 || projSize >= hiddenSize)
      throw new UsageError(`LSTM: projSize = ${projSize}; expected a whole number from 0 up to hiddenSize - 1.`)
    super(
      {
        name: 'LSTM',
        gates: 4,
        states: [['h', projSize || hiddenSize], ['c', hiddenSize]],
        options: ['projSize'],
        projection: projSize,
      },
      inputSize,
      hiddenSize,
      options,
    ) // biome-ignore format: the sizes side by side
    this.projSize = projSize
  }

  forward(x: Tensor, state?: LSTMState, options?: SequenceOptions): LSTMOutput {
    const { output, states } = this.run(x, [state?.h ?? null, state?.c ?? null], options)
    return { output, h: states[0]!, c: states[1]! }
  }

  protected pass(x: Tensor, [h, c]: readonly Tensor[], suffix: string, course: Course): Pass {
    const weights = weightsAt(this.fields, suffix)
    if (this.projSize > 0)
      return unroll(lstmStep(weights, this.fields[`weight_hr_${suffix}`] as Tensor), x, [h!, c!], course)
    return passOf(lstmSequence(x, contiguous(h!), contiguous(c!), weights, course), x.shape[0]!, course)
  }
}
