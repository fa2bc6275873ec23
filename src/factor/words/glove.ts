/** Word vectors by weighted least squares of the logarithms of co-occurrences: GloVe. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { Generator, rand } from '../../tensor/index.js'
import { checkOptions, empty, tidy, view } from '../../tensor/internal.js'
import { wholeOption } from '../input.js'
import { withScratch } from '../scratch.js'
import { cooccurrences } from './cooccurrences.js'
import { type Fitted, type TextOptions, textOptionNames, WordVectors } from './vectors.js'
import type { Vocabulary } from './vocabulary.js'

export interface GloVeOptions extends TextOptions {
  /** Passes over the co-occurrences (25). */
  epochs?: number
  /** Of AdaGrad (0.05). */
  learningRate?: number
  /** Co-occurrences from here on have weight 1 (100); fewer have (x / xMax)^alpha. */
  xMax?: number
  /** 0.75 */
  alpha?: number
}

/**
 * Minimizes sum of f(x) (w c + b_w + b_c - log x)² / 2 over all pairs of words that stand together x times (harmonic windows), f(x) = min(1, (x /
 * xMax)^alpha), by AdaGrad with the entries in a new order in each epoch; the vector of a word is w + c. In f64; the same seed gives the same
 * bits. Source: Pennington, Socher & Manning 2014, with the program's start (uniform within 1 / (2 k)) and step. On small texts xMax = 10 does better.
 *
 * @example
 * const vectors = new GloVe({ k: 4, minCount: 1, epochs: 5 }).fit('the cat sat on the mat, the dog sat on the rug')
 */
export class GloVe extends WordVectors {
  readonly kind = 'glove'
  protected readonly op = 'GloVe'
  readonly options: GloVeOptions
  /** Mean weighted loss of a pair in each epoch. */
  losses: readonly number[] = []

  constructor(options: GloVeOptions = {}) {
    checkOptions('GloVe', options, [...textOptionNames, 'epochs', 'learningRate', 'xMax', 'alpha'])
    super('GloVe', options)
    const { epochs = 25, learningRate = 0.05, xMax = 100, alpha = 0.75 } = options
    wholeOption('GloVe', 'epochs', epochs, 0)
    for (const [name, value] of Object.entries({ learningRate, xMax, alpha }))
      if (!(value > 0 && value < Number.POSITIVE_INFINITY))
        throw new UsageError(`GloVe: ${name} ${value}; expected a number above 0.`)
    this.options = options
  }

  protected train(tokens: Int32Array, { words }: Vocabulary, k: number): Fitted {
    const { epochs = 25, learningRate = 0.05, xMax = 100, alpha = 0.75, seed = 0 } = this.options
    const n = words.length
    const { rows, columns, values } = cooccurrences(tokens, n, this.options).toCoo()
    const generator = new Generator(seed)
    const losses: number[] = []
    return withScratch((scratch) => {
      const { kernels } = scratch
      const { gloveEpoch_f64 } = dataKernels(kernels)
      const [i, j] = [scratch.place(rows), scratch.place(columns)]
      const logs = scratch.place(Float64Array.from(values, (value) => Math.log(value)))
      const weights = scratch.place(Float64Array.from(values, (value) => Math.min(1, (value / xMax) ** alpha)))
      const start = (): number =>
        scratch.place(
          tidy(() => view(rand([n, k + 1], { dtype: 'f64', generator })).map((u) => (u - 0.5) / k) as Float64Array),
        )
      const [own, contexts] = [start(), start()]
      const ones = new Float64Array(n * (k + 1)).fill(1)
      const [ownSums, contextSums] = [scratch.place(ones), scratch.place(ones)]
      const order = scratch.alloc(4 * values.length)
      for (let epoch = 0; epoch < epochs; epoch++) {
        tidy(() => kernels.i32(order, values.length).set(view(generator.shuffle(empty('i32', [values.length])))))
        const loss = gloveEpoch_f64(values.length, order, i, j, logs, weights, k, own, contexts, ownSums, contextSums, learningRate) // biome-ignore format: one line
        losses.push(values.length === 0 ? 0 : loss / values.length)
      }
      this.losses = losses
      const [w, c] = [kernels.f64(own, n * (k + 1)), kernels.f64(contexts, n * (k + 1))]
      const vectors = new Float64Array(n * k)
      for (let word = 0; word < n; word++)
        for (let f = 0; f < k; f++) vectors[word * k + f] = w[word * (k + 1) + f]! + c[word * (k + 1) + f]!
      return { vectors, k, figures: { iterations: epochs } }
    })
  }
}
