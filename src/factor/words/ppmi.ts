/** Word vectors by counting: positive pointwise mutual information and its truncated SVD. */
import { UsageError } from '../../core/index.js'
import { SparseMatrix, svds } from '../../linalg/index.js'
import { Generator } from '../../tensor/index.js'
import { checkOptions, tidy, together, view } from '../../tensor/internal.js'
import { amountOption } from '../samples.js'
import { cooccurrences } from './cooccurrences.js'
import { type Fitted, type TextOptions, textOptionNames, WordVectors } from './vectors.js'
import type { Vocabulary } from './vocabulary.js'

export interface PpmiOptions {
  /** k of "shifted" PMI: log k is taken off before what is negative becomes 0 (1: no shift). */
  shift?: number
  /** Power of contexts' counts (0.75), so that rare contexts are not overrated; 1 leaves them. */
  smoothing?: number
}

/**
 * max(log(P(w, c) / (P(w) Pα(c))) - log shift, 0) of a matrix of co-occurrences n [words, contexts]: P(w, c) = n_wc / N, P(w) = n_w / N and
 * Pα(c) = n_c^α / sum n_c^α with row sums n_w and column sums n_c. Entries that are 0 are not kept. Source: Levy, Goldberg & Dagan 2015,
 * equations 3 and 4.
 *
 * Throws UsageError for negative counts and impossible options.
 *
 * @example
 * ppmi(sparse.coo([2, 2], [0, 1], [0, 1], [1, 1]), { smoothing: 1 }).get(0, 0) // log 2
 */
export function ppmi(counts: SparseMatrix, options: PpmiOptions = {}): SparseMatrix {
  const { shift = 1, smoothing = 0.75 } = options
  if (!(shift > 0 && Number.isFinite(shift))) throw new UsageError(`ppmi: shift ${shift}; expected a number above 0.`)
  amountOption('ppmi', 'smoothing', smoothing)
  const { rows, columns, indptr, indices, values } = counts.entries
  const [rowSums, columnSums] = [new Float64Array(rows), new Float64Array(columns)]
  for (let i = 0; i < rows; i++)
    for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
      if (!(values[e]! >= 0 && Number.isFinite(values[e]!)))
        throw new UsageError(`ppmi: ${values[e]} at (${i}, ${indices[e]}); expected counts from 0 on.`)
      rowSums[i]! += values[e]!
      columnSums[indices[e]!]! += values[e]!
    }
  // Columns without counts have no entries, but 0 ** 0 would count them.
  const smoothed = columnSums.map((sum) => (sum === 0 ? 0 : sum ** smoothing))
  const logTotal = Math.log(smoothed.reduce((sum, value) => sum + value, 0))
  const logShift = Math.log(shift)
  const information = new Float64Array(values.length)
  for (let i = 0; i < rows; i++)
    for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
      if (values[e] === 0) continue
      const pmi = Math.log(values[e]!) - Math.log(rowSums[i]!) - Math.log(smoothed[indices[e]!]!) + logTotal
      information[e] = Math.max(0, pmi - logShift)
    }
  return new SparseMatrix({ rows, columns, indptr, indices, values: information }).pruned()
}

export interface PPMIOptions extends TextOptions, PpmiOptions {
  /** p of U S^p (0.5): 1 is the SVD's own, 0 leaves singular values out. */
  eigenvalueWeighting?: number
}

/**
 * Word vectors by counting: co-occurrences within a window, their PPMI, its truncated SVD U S Vᵀ (Lanczos, converged), and rows of U S^p as vectors.
 * Defaults as Levy, Goldberg & Dagan 2015 advise (p = 0.5, smoothing 0.75), and harmonic windows. In f64; the same seed gives the same bits.
 *
 * Feed it a text, the column of a table as a list of texts, or lists of words. k is at most the number of words.
 *
 * @example
 * const vectors = new PPMI({ k: 2, minCount: 1 }).fit('the cat sat on the mat, the dog sat on the rug')
 * vectors.nearest('cat', 3)
 */
export class PPMI extends WordVectors {
  readonly kind = 'ppmi'
  protected readonly op = 'PPMI'
  readonly options: PPMIOptions

  constructor(options: PPMIOptions = {}) {
    checkOptions('PPMI', options, [...textOptionNames, 'shift', 'smoothing', 'eigenvalueWeighting'])
    super('PPMI', options)
    this.options = options
    amountOption('PPMI', 'eigenvalueWeighting', options.eigenvalueWeighting ?? 0.5)
  }

  protected train(tokens: Int32Array, { words }: Vocabulary, k: number): Fitted {
    const { eigenvalueWeighting = 0.5, seed = 0 } = this.options
    const matrix = ppmi(cooccurrences(tokens, words.length, this.options), this.options)
    const rank = Math.min(k, words.length)
    const squares = matrix.norm() ** 2
    // A matrix of zeros (one word, or words that never meet more than chance has it) has no direction to find.
    if (squares === 0) return { vectors: new Float64Array(words.length * rank), k: rank, figures: figuresOf([], 0) }
    return tidy(() => {
      // Spectra of PPMI fall so slowly that a few random products miss the last values by several percent, and neighbours with them.
      const { U, S } = svds(matrix, rank, { generator: new Generator(seed), tol: 1e-8, maxIterations: 3000 })
      const [left, values] = [view(together(U)), view(together(S))]
      const scale = Float64Array.from(values, (value) => (value > 0 ? value ** eigenvalueWeighting : 0))
      const vectors = Float64Array.from(left, (value, at) => value * scale[at % rank]!)
      return { vectors, k: rank, figures: figuresOf(Array.from(values), squares) }
    })
  }
}

/** Of the PPMI matrix: what the values leave of its squares. */
function figuresOf(singularValues: number[], squares: number): Fitted['figures'] & object {
  const rest = Math.max(0, squares - singularValues.reduce((sum, value) => sum + value ** 2, 0))
  return {
    singularValues,
    reconstructionError: { frobenius: Math.sqrt(rest), relative: squares === 0 ? 0 : Math.sqrt(rest / squares) },
  }
}
