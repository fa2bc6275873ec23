/** Documents as counts of terms, or as tf-idf. */
import { inert, UsageError } from '../../core/index.js'
import { type SparseMatrix, sparse } from '../../linalg/index.js'
import { checkOptions } from '../../tensor/internal.js'
import { tokenize } from './tokens.js'

export interface TermOptions {
  /** Weights in place of counts (true). */
  tfidf?: boolean
  /** ln((1 + n) / (1 + df)) + 1, as if one more document had every term (true), or ln(n / df) + 1. */
  smoothIdf?: boolean
  /** 1 + ln(count) in place of the count (false). */
  sublinear?: boolean
  /** What each document is divided by: its Euclidean length (`l2`, default), its sum (`l1`), or nothing. Counts (tfidf: false) are left as they are unless told. */
  norm?: 'l2' | 'l1' | 'none'
  /** Terms that fewer documents have are left out (1): a number of documents, or a share below 1. */
  minDocuments?: number
  /** Terms that more documents have are left out (all stay): a number of documents from 1 on, or a share below 1. */
  maxDocuments?: number
  /** At most so many terms, those with the highest counts; of equal ones the first by alphabet. */
  maxTerms?: number
  /** Words that are no terms. */
  stopWords?: Iterable<string>
  /** true */
  lowercase?: boolean
  /** What a term is: two or more letters, digits or underscores, as scikit-learn has it, unless given. */
  pattern?: RegExp
}

export const termOptionNames = [
  'tfidf', 'smoothIdf', 'sublinear', 'norm', 'minDocuments', 'maxDocuments', 'maxTerms', 'stopWords', 'lowercase', 'pattern',
] as const // biome-ignore format: a list

const termPattern = /[\p{L}\p{N}_]{2,}/gu

/** Texts as rows of a sparse matrix. */
export interface DocumentTerms {
  /** f64 [documents, terms]. */
  readonly x: SparseMatrix
  /** Columns, ascending by code unit. */
  readonly terms: readonly string[]
  /** Inverse document frequencies [terms]; null without tfidf. */
  readonly idf: Float64Array | null
}

/** Terms and idf of texts, which other texts can be counted by. */
export interface Terms {
  readonly terms: readonly string[]
  readonly idf: Float64Array | null
}

/**
 * A row for each text: how often each term comes, times its inverse document frequency, divided by the row's length. The definitions and
 * defaults are those of scikit-learn's TfidfVectorizer: idf = ln((1 + n) / (1 + df)) + 1 and l2. With `known` (an earlier result) its terms and
 * idf are used, and terms that it does not have are passed over. A text without terms is a row of zeros.
 *
 * Throws UsageError for texts that are no strings, impossible options, and texts without any term (unless `known`).
 *
 * @example
 * const { x, terms } = documentTerms(['the cat sat', 'the dog sat', 'a cat'])
 */
export function documentTerms(texts: readonly string[], options: TermOptions = {}, known?: Terms): DocumentTerms {
  checkOptions('documentTerms', options, termOptionNames)
  const { tfidf = true, smoothIdf = true, sublinear = false, norm = tfidf ? 'l2' : 'none' } = options
  if (!['l2', 'l1', 'none'].includes(norm))
    throw new UsageError(`documentTerms: norm '${String(norm)}'; expected 'l2', 'l1' or 'none'.`)
  const counted = texts.map((text, i) => countsOf(text, i, options))
  const terms = known?.terms ?? chosenTerms(counted, options)
  const places = new Map(terms.map((term, place) => [term, place]))
  const idf = known === undefined ? (tfidf ? frequencies(counted, terms, smoothIdf) : null) : known.idf
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []]
  counted.forEach((counts, row) => {
    const own: [number, number][] = []
    for (const [term, count] of counts) {
      const place = places.get(term)
      if (place !== undefined) own.push([place, (sublinear ? 1 + Math.log(count) : count) * (idf?.[place] ?? 1)])
    }
    const size = norm === 'none' ? 1 : own.reduce((sum, [, value]) => sum + (norm === 'l2' ? value * value : value), 0)
    const scale = norm === 'l2' ? Math.sqrt(size) : size
    for (const [place, value] of own) {
      rows.push(row)
      columns.push(place)
      values.push(value / scale)
    }
  })
  return { x: sparse.coo([texts.length, terms.length], rows, columns, Float64Array.from(values)), terms, idf }
}

function countsOf(
  text: string,
  i: number,
  { lowercase = true, pattern = termPattern, stopWords }: TermOptions,
): Map<string, number> {
  if (typeof text !== 'string')
    throw new UsageError(`documentTerms: document ${i} is ${text === null ? 'null' : typeof text}; expected a string.`)
  const stop = new Set(stopWords ?? [])
  const counts = new Map<string, number>()
  for (const term of tokenize(text, { lowercase, pattern }))
    if (!stop.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/** Terms within the limits, by alphabet. */
function chosenTerms(counted: readonly Map<string, number>[], options: TermOptions): string[] {
  const { minDocuments = 1, maxDocuments = Number.POSITIVE_INFINITY, maxTerms = Number.POSITIVE_INFINITY } = options
  const n = counted.length
  const least = minDocuments < 1 ? minDocuments * n : minDocuments
  const most = maxDocuments < 1 ? maxDocuments * n : maxDocuments
  const documents = documentFrequencies(counted)
  const totals = new Map<string, number>()
  for (const counts of counted) for (const [term, count] of counts) totals.set(term, (totals.get(term) ?? 0) + count)
  const within = [...documents].filter(([, count]) => count >= least && count <= most).map(([term]) => term)
  const byAlphabet = within.sort()
  const kept =
    byAlphabet.length <= maxTerms
      ? byAlphabet
      : byAlphabet
          .sort((a, b) => totals.get(b)! - totals.get(a)!)
          .slice(0, maxTerms)
          .sort()
  if (kept.length === 0) {
    const first = documents.keys().next().value
    throw new UsageError(
      first === undefined
        ? `documentTerms: ${n} documents without terms; expected at least one word of two letters.`
        : `documentTerms: no term is left of ${documents.size}, such as '${inert(first)}'. Try minDocuments, maxDocuments or stopWords that leave some.`,
    )
  }
  return kept
}

function documentFrequencies(counted: readonly Map<string, number>[]): Map<string, number> {
  const documents = new Map<string, number>()
  for (const counts of counted) for (const term of counts.keys()) documents.set(term, (documents.get(term) ?? 0) + 1)
  return documents
}

function frequencies(counted: readonly Map<string, number>[], terms: readonly string[], smooth: boolean): Float64Array {
  const documents = documentFrequencies(counted)
  const n = counted.length
  return Float64Array.from(terms, (term) => {
    const df = documents.get(term) ?? 0
    return (smooth ? Math.log((1 + n) / (1 + df)) : Math.log(n / df)) + 1
  })
}
