/** The module that RNN, LSTM and GRU are: parameters by PyTorch's names, checks, and the way from what is given to what the layers take. */
import { UsageError } from '../../core/index.js'
import { type Generator, indexSelect, permute, squeeze, type Tensor, unsqueeze } from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, empty, tidy } from '../../tensor/internal.js'
import { dropout, dropoutOptions } from '../dropout.js'
import { uniform_ } from '../init.js'
import type { LayerOptions } from '../initOptions.js'
import { Module } from '../module.js'
import { parameter } from '../parameter.js'
import { initialStates, type Pass, runLayers } from './layers.js'
import { raggedOf } from './lengths.js'
import type { Course } from './sequence.js'

export interface RecurrentOptions extends LayerOptions {
  /** Layers upon each other (1). */
  numLayers?: number
  /** Whether there are biases (true). */
  bias?: boolean
  /** Input and output are [N, T, size] instead of [T, N, size] (false). States are not concerned. */
  batchFirst?: boolean
  /** Probability of dropout on the outputs of each layer but the last, in training (0). */
  dropout?: number
  /** A second pass from the end to the beginning; outputs lie behind those of the first (false). */
  bidirectional?: boolean
}

export interface SequenceOptions {
  /** Steps of each sequence, when some end before the input does: outputs behind the end are 0, and states are those at the end. */
  lengths?: readonly number[] | Tensor
}

const recurrentOptions = ['numLayers', 'bias', 'batchFirst', 'dropout', 'bidirectional', 'dtype', 'generator']

/** What a kind of layer says of itself. */
export interface Kind {
  readonly name: string
  /** Gates, as multiples of `hiddenSize` in the rows of its weights. */
  readonly gates: number
  /** Names and sizes of its states; the first is the output. */
  readonly states: readonly (readonly [string, number])[]
  /** Further options, and size of a projection (0: none). */
  readonly options?: readonly string[]
  readonly projection?: number
}

/** Uniform in +-1 / sqrt(hidden), as all parameters of recurrent layers start in PyTorch. */
export function drawn(shape: readonly number[], hidden: number, { dtype = 'f32', generator }: LayerOptions): Tensor {
  const bound = 1 / Math.sqrt(hidden)
  return parameter(uniform_(empty(dtype, shape), -bound, bound, generator === undefined ? {} : { generator }))
}

export function checkSizes(op: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`${op}: ${name} = ${value}; expected a whole number of at least 1.`)
}

export abstract class Recurrent<State, Out> extends Module<[Tensor, State?, SequenceOptions?], Out> {
  readonly numLayers: number
  readonly bias: boolean
  readonly batchFirst: boolean
  readonly dropout: number
  readonly bidirectional: boolean
  readonly #kind: Kind
  /** What dropout between layers draws from; null for the common one. */
  readonly generator: Generator | null

  constructor(
    kind: Kind,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
  ) {
    super()
    const { name, gates, projection = 0 } = kind
    checkOptions(name, options, [...recurrentOptions, ...(kind.options ?? [])])
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options
    checkSizes(name, { inputSize, hiddenSize, numLayers })
    if (!(dropout >= 0 && dropout <= 1))
      throw new UsageError(`${name}: dropout = ${dropout}; expected a probability from 0 to 1.`)
    this.#kind = kind
    this.generator = options.generator ?? null
    this.numLayers = numLayers
    this.bias = bias
    this.batchFirst = batchFirst
    this.dropout = dropout
    this.bidirectional = bidirectional
    const rows = gates * hiddenSize
    const output = projection || hiddenSize
    for (const [place, suffix] of this.suffixes().entries()) {
      const inputs = place < this.directions ? inputSize : output * this.directions
      const shapes: [string, number[]][] = [['weight_ih', [rows, inputs]], ['weight_hh', [rows, output]]] // biome-ignore format: one line
      if (bias) shapes.push(['bias_ih', [rows]], ['bias_hh', [rows]])
      if (projection > 0) shapes.push(['weight_hr', [projection, hiddenSize]])
      for (const [field, shape] of shapes) this.fields[`${field}_${suffix}`] = drawn(shape, hiddenSize, options) // biome-ignore format: one line
    }
  }

  get directions(): 1 | 2 {
    return this.bidirectional ? 2 : 1
  }

  /** Parameters, which are fields of their own: `weight_ih_l0`, `weight_hh_l0_reverse`, ... */
  protected get fields(): Record<string, unknown> {
    return this as unknown as Record<string, unknown>
  }

  /** `l0`, `l0_reverse`, `l1`, ...: what names of parameters end with. */
  protected suffixes(): string[] {
    return Array.from({ length: this.numLayers * this.directions }, (_, place) => {
      const layer = `l${Math.floor(place / this.directions)}`
      return place % this.directions === 1 ? `${layer}_reverse` : layer
    })
  }

  /** One layer in one direction. */
  protected abstract pass(x: Tensor, initial: readonly Tensor[], suffix: string, course: Course): Pass

  /** All of it: outputs, and states at the end. */
  protected run(x: Tensor, given: readonly (Tensor | null)[], options: SequenceOptions = {}): Pass {
    const { name } = this.#kind
    this.#check(x, options)
    return tidy(() => {
      const isOne = x.rank === 2
      const ordered = isOne ? unsqueeze(x, 1) : this.batchFirst ? permute(x, [1, 0, 2]) : x
      const [steps, batch] = ordered.shape as [number, number]
      const count = this.numLayers * this.directions
      const named = this.#kind.states.map(([state, size], i) => [state, given[i] ?? null, [count, batch, size]] as const) // biome-ignore format: one line
      const initial = initialStates(name, named, x)
      const ragged =
        options.lengths === undefined ? null : raggedOf(name, options.lengths, steps, batch, x.dtype as 'f32' | 'f64')
      const sorted = (one: Tensor, order: 'order' | 'back'): Tensor =>
        ragged === null ? one : indexSelect(one, ragged[order], 1)
      const plan = {
        layers: this.numLayers,
        directions: this.directions,
        dropout: (one: Tensor) => dropout(one, this.dropout, dropoutOptions(this)),
        active: ragged?.active ?? null,
        mask: ragged?.mask ?? null,
      }
      const suffixes = this.suffixes()
      const { output, states } = runLayers(
        sorted(ordered, 'order'),
        initial.map((one) => sorted(one, 'order')),
        plan,
        (input, start, place, course) => this.pass(input, start, suffixes[place]!, course),
      )
      const back = sorted(output, 'back')
      const ends = states.map((one) => sorted(one, 'back'))
      if (isOne) return { output: squeeze(back, 1), states: ends.map((one) => squeeze(one, 1)) }
      return { output: this.batchFirst ? permute(back, [1, 0, 2]) : back, states: ends }
    })
  }

  #check(x: Tensor, options: SequenceOptions): void {
    const { name } = this.#kind
    checkTensor(name, x)
    checkOptions(name, options, ['lengths'])
    const weight = this.fields['weight_ih_l0'] as Tensor
    const axes = this.batchFirst ? '[N, T, ' : '[T, N, '
    if ((x.rank !== 2 && x.rank !== 3) || x.shape.at(-1) !== this.inputSize || x.dtype !== weight.dtype)
      throw new UsageError(
        `${name}: input ${describe(x)}; expected ${weight.dtype}${axes}${this.inputSize}], or [T, ${this.inputSize}] for one sequence.`,
      )
    if (x.shape[x.rank === 3 && this.batchFirst ? 1 : 0] === 0)
      throw new UsageError(`${name}: input ${describe(x)} has no steps; expected at least one.`)
  }
}
