/** Word vectors by prediction: skip-gram with negative sampling. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { Generator, linspace, rand, sigmoid, softplus } from '../../tensor/index.js'
import { checkOptions, tidy, view } from '../../tensor/internal.js'
import { wholeOption } from '../input.js'
import { amountOption } from '../samples.js'
import { withScratch } from '../scratch.js'
import { aliasTable } from './alias.js'
import { type Fitted, type TextOptions, textOptionNames, WordVectors } from './vectors.js'
import type { Vocabulary } from './vocabulary.js'

export interface SkipGramOptions extends Omit<TextOptions, 'weighting'> {
  /** Words drawn against each pair (5). */
  negatives?: number
  /** Passes over the text (10). */
  epochs?: number
  /** Step at the beginning (0.025); it falls linearly to a ten-thousandth. */
  learningRate?: number
  /** Words with a larger share of the text than this are passed over at random, in each epoch anew (1e-3); 0 keeps all. */
  subsampling?: number
}

/**
 * Vectors that tell words in the window (1 to `window` words away, drawn for each place) from words drawn by their counts to the power of 0.75:
 * log s(w c) + sum of log s(-w d) over `negatives` draws d, by stochastic gradient descent over the text. A word of share f is kept with the
 * chance sqrt(t / f) + t / f, at most 1, as word2vec does. In f32, one thread; the same seed gives the same bits.
 *
 * Feed it a text, the column of a table as a list of texts, or lists of words. Source: Mikolov, Sutskever, Chen, Corrado & Dean 2013.
 *
 * @example
 * const vectors = new SkipGram({ k: 10, minCount: 1, epochs: 2 }).fit('the cat sat on the mat, the dog sat on the rug')
 * vectors.nearest('cat', 3)
 */
export class SkipGram extends WordVectors {
  readonly kind = 'skip-gram'
  protected readonly op = 'SkipGram'
  readonly options: SkipGramOptions
  /** Mean loss of a pair in each epoch. */
  losses: readonly number[] = []

  constructor(options: SkipGramOptions = {}) {
    checkOptions('SkipGram', options, [
      ...textOptionNames.filter((name) => name !== 'weighting'), 'negatives', 'epochs', 'learningRate', 'subsampling',
    ]) // biome-ignore format: a list
    super('SkipGram', options)
    const { negatives = 5, epochs = 10, learningRate = 0.025, subsampling = 1e-3 } = options
    wholeOption('SkipGram', 'negatives', negatives, 0)
    wholeOption('SkipGram', 'epochs', epochs, 0)
    if (!(learningRate > 0 && learningRate < 1))
      throw new UsageError(`SkipGram: learningRate ${learningRate}; expected a number between 0 and 1.`)
    amountOption('SkipGram', 'subsampling', subsampling)
    this.options = options
  }

  protected train(tokens: Int32Array, { words, counts }: Vocabulary, k: number): Fitted {
    const { window = 5, negatives = 5, epochs = 10, learningRate = 0.025, subsampling = 1e-3, seed = 0 } = this.options
    const n = words.length
    const ld = Math.ceil(k / 4) * 4
    const generator = new Generator(seed)
    const losses: number[] = []
    return withScratch((scratch) => {
      const { kernels } = scratch
      const { subsample_i32, skipGram_f32 } = dataKernels(kernels)
      const table = aliasTable(counts.map((count) => count ** 0.75))
      const [chances, aliases] = [scratch.place(table.chances), scratch.place(table.aliases)]
      const [curve, costs] = curves()
      const [sigmoids, lossesAt] = [scratch.place(curve), scratch.place(costs)]
      const vectors = scratch.place(startVectors(n, k, ld, generator))
      const contexts = scratch.place(new Float32Array(n * ld))
      const keep = scratch.place(keepChances(counts, subsampling))
      const [all, kept] = [scratch.place(tokens), scratch.alloc(4 * tokens.length)]
      const [state, change, figures] = [scratch.alloc(8), scratch.alloc(4 * ld), scratch.alloc(16)]
      tidy(() => kernels.f64(state, 1).set(view(rand([1], { dtype: 'f64', generator }))))
      const rateAt = (epoch: number): number => learningRate * Math.max(1e-4, 1 - epoch / epochs)
      for (let epoch = 0; epoch < epochs; epoch++) {
        const count = subsample_i32(tokens.length, all, keep, kept, state)
        skipGram_f32(
          count, kept, ld, window, negatives, n, chances, aliases, vectors, contexts, rateAt(epoch), rateAt(epoch + 1), sigmoids, lossesAt,
          state, change, figures,
        ) // biome-ignore format: a list
        const [loss, pairs] = kernels.f64(figures, 2)
        losses.push(pairs === 0 ? 0 : loss! / pairs!)
      }
      this.losses = losses
      const out = new Float64Array(n * k)
      const learned = kernels.f32(vectors, n * ld)
      for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) out[i * k + j] = learned[i * ld + j]!
      return { vectors: out, k, figures: { iterations: epochs } }
    })
  }
}

/** Uniform within 1 / (2 k) of 0, as word2vec starts. */
function startVectors(n: number, k: number, ld: number, generator: Generator): Float32Array {
  const out = new Float32Array(n * ld)
  tidy(() => {
    const uniform = view(rand([n, k], { generator }))
    for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) out[i * ld + j] = (uniform[i * k + j]! - 0.5) / k
  })
  return out
}

function keepChances(counts: Float64Array, threshold: number): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => {
    const share = count / total
    return threshold === 0 ? 1 : Math.min(1, Math.sqrt(threshold / share) + threshold / share)
  })
}

/** 1 / (1 + exp(-x)) and log(1 + exp(-x)) at 1,025 places from -8 to 8. */
function curves(): [Float32Array, Float32Array] {
  return tidy(() => {
    const x = linspace(-8, 8, 1025)
    return [(view(sigmoid(x)) as Float32Array).slice(), (view(softplus(x.neg())) as Float32Array).slice()]
  })
}
