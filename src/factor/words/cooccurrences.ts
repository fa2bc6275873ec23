/** How often words stand near each other. */
import { UsageError } from '../../core/index.js'
import { type SparseMatrix, sparse } from '../../linalg/index.js'
import { compress } from '../ratings/ratings.js'

export interface WindowOptions {
  /** How many words to the left and to the right count as near (5). */
  window?: number
  /** What a neighbour d words away counts: 1 (`flat`), or 1 / d (`harmonic`, default; as GloVe has it). */
  weighting?: 'flat' | 'harmonic'
}

/**
 * The symmetric matrix [words, words] of co-occurrences: entry (w, c) is the sum, over the places where w stands, of the weights of the places
 * of c within the window. Tokens are places of words, -1 where a text ends; windows do not reach over that.
 */
export function cooccurrences(tokens: Int32Array, words: number, options: WindowOptions = {}): SparseMatrix {
  const { window = 5, weighting = 'harmonic' } = options
  if (!Number.isInteger(window) || window < 1)
    throw new UsageError(`cooccurrences: window ${window}; expected a whole number from 1 on.`)
  if (weighting !== 'flat' && weighting !== 'harmonic')
    throw new UsageError(`cooccurrences: weighting '${String(weighting)}'; expected 'flat' or 'harmonic'.`)
  // Word by word: one row of sums at a time, whatever the length of the text.
  const { indptr, places } = compress(
    tokens.map((word) => (word < 0 ? words : word)),
    words + 1,
  )
  const sums = new Float64Array(words)
  const rows = new Int32Array(words + 1)
  const indices: Int32Array[] = []
  const values: Float64Array[] = []
  for (let word = 0; word < words; word++) {
    const touched: number[] = []
    for (let at = indptr[word]!; at < indptr[word + 1]!; at++)
      for (const side of [-1, 1])
        for (let far = 1; far <= window; far++) {
          const other = tokens[places[at]! + side * far] ?? -1
          if (other < 0) break
          if (sums[other] === 0) touched.push(other)
          sums[other]! += weighting === 'flat' ? 1 : 1 / far
        }
    const own = Int32Array.from(touched).sort()
    indices.push(own)
    values.push(Float64Array.from(own, (other) => sums[other]!))
    for (const other of own) sums[other] = 0
    rows[word + 1] = rows[word]! + own.length
  }
  return sparse.csr(
    [words, words],
    rows,
    joined(indices, new Int32Array(rows[words]!)),
    joined(values, new Float64Array(rows[words]!)),
  )
}

function joined<T extends Int32Array | Float64Array>(parts: readonly T[], out: T): T {
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
