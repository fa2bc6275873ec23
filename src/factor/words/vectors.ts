/** Word vectors, however they were learned: nearest words, analogies. */
import { closest, FormatError, inert, UsageError } from '../../core/index.js'
import { matmul, type StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { type Shape, tidy, together, view } from '../../tensor/internal.js'
import type { EstimatorJson, Method } from '../estimator.js'
import { wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { largest } from '../ratings/model.js'
import { finiteRows } from '../samples.js'
import type { WindowOptions } from './cooccurrences.js'
import { cooccurrences } from './cooccurrences.js'
import { type Corpus, documentsOf, type TokenOptions } from './tokens.js'
import { checkWords, encodeWords, type Vocabulary, type VocabularyOptions, vocabularyOf } from './vocabulary.js'

export interface TextOptions extends TokenOptions, VocabularyOptions, WindowOptions {
  /** Length of vectors (100), at most the number of words. */
  k?: number
  /** 0 */
  seed?: number
}

export const textOptionNames = [
  'lowercase',
  'pattern',
  'minCount',
  'maxWords',
  'window',
  'weighting',
  'k',
  'seed',
] as const

export interface Neighbour {
  readonly word: string
  /** Cosine of the angle between the vectors, or the analogy's score. */
  readonly similarity: number
}

export interface AnalogyOptions {
  /** How many words (1). */
  n?: number
  /** `3CosAdd` (Mikolov, Yih & Zweig 2013): cos(d, b - a + c) of unit vectors; `3CosMul` (Levy & Goldberg 2014): cos(d, b) cos(d, c) / (cos(d, a) + 0.001) of cosines brought to 0 .. 1. */
  method?: '3CosAdd' | '3CosMul'
}

/** EstimatorJson, and the words. */
export interface WordVectorsJson extends EstimatorJson {
  readonly kind: 'ppmi' | 'skip-gram' | 'glove'
  readonly words: readonly string[]
}

/** What an algorithm made of a text: vectors [words, k], and figures for JSON. */
export interface Fitted {
  readonly vectors: Float64Array
  readonly k: number
  readonly figures?: Partial<EstimatorJson>
}

/**
 * Vectors of words. A class for each way to learn them: `PPMI`, `SkipGram`, `GloVe`.
 *
 * As estimators they learn from texts in place of a matrix. `transform` takes counts of words [n, words] (columns are `words` in order) and gives
 * each row's mean vector [n, k], zeros for a row without words.
 */
export abstract class WordVectors extends Learned {
  readonly method: Method = 'embeddings'
  abstract readonly kind: WordVectorsJson['kind']
  /** As given to the constructor. */
  abstract readonly options: Omit<TextOptions, 'weighting'>
  protected readonly text: TextOptions
  #vocabulary: Vocabulary = { words: [], counts: new Float64Array(0), places: new Map() }
  /** Unit vectors, row by row; zeros stay. */
  #units: Float64Array | null = null

  protected constructor(op: string, options: TextOptions) {
    super({ ...options, ...(options.pattern && { pattern: String(options.pattern) }) })
    for (const [name, value] of Object.entries({ k: options.k, window: options.window, seed: options.seed }))
      if (value !== undefined) wholeOption(op, name, value, name === 'seed' ? 0 : 1)
    this.text = options
  }

  /** Vectors of words from their places, and of tokens with -1 between texts. */
  protected abstract train(tokens: Int32Array, vocabulary: Vocabulary, k: number): Fitted

  /**
   * Learns from texts: words that come `minCount` times or more. Throws UsageError where there is none, and for a tensor: vectors are learned from
   * what stands beside what.
   */
  fit(corpus: Corpus | Tensor): this {
    if (typeof corpus === 'object' && 'dtype' in corpus)
      throw new UsageError(
        `${this.op}.fit: got a tensor; expected a text, a list of texts, or a list of lists of words.`,
      )
    const documents = documentsOf(corpus, this.text)
    const vocabulary = vocabularyOf(documents, this.text)
    checkWords(`${this.op}.fit`, documents, vocabulary, this.text.minCount ?? 5)
    const { vectors, k, figures } = this.train(encodeWords(documents, vocabulary), vocabulary, this.text.k ?? 100)
    const words = vocabulary.words.length
    this.learn(
      { k, rows: words, columns: words, ...figures },
      { vectors: tensor(vectors, { shape: [words, k] }), counts: tensor(vocabulary.counts) },
    )
    this.#take(vocabulary)
    return this
  }

  #take(vocabulary: Vocabulary): void {
    this.#vocabulary = vocabulary
    this.#units = null
  }

  /** f64 [words, k]; row i is the vector of words[i]. */
  get vectors(): Tensor {
    return this.learned('vectors')
  }

  /** The most frequent first. */
  get words(): readonly string[] {
    this.figures()
    return this.#vocabulary.words
  }

  /** How often each of `words` came. */
  get counts(): Float64Array {
    return this.#vocabulary.counts.slice()
  }

  has(word: string): boolean {
    return this.#placeOrNot(word) !== undefined
  }

  /** The vector [k] of a word, as numbers. Throws UsageError for an unknown word, with words that are spelled like it. */
  vector(word: string): Float64Array {
    const [place, k] = [this.#placeOf('vector', word), this.figures().k]
    return (view(this.vectors) as Float64Array).slice(place * k, (place + 1) * k)
  }

  /** Cosine of two words, -1 to 1; 0 where one has a vector of zeros. */
  similarity(a: string, b: string): number {
    const [first, second] = [this.#placeOf('similarity', a), this.#placeOf('similarity', b)]
    return this.#cosines(this.#unit(first))[second]!
  }

  /** The n words nearest by cosine to a word or to a vector [k], best first, without the word itself. Throws UsageError for an unknown word. */
  nearest(word: string | ArrayLike<number>, n = 10): Neighbour[] {
    wholeOption('nearest', 'n', n, 0)
    if (typeof word === 'string') {
      const place = this.#placeOf('nearest', word)
      return this.#best(this.#cosines(this.#unit(place)), n, [place])
    }
    const { k } = this.figures()
    if (word.length !== k) throw new UsageError(`nearest: a vector of ${word.length} numbers; expected ${k}.`)
    return this.#best(this.#cosines(normalized(Float64Array.from(word))), n, [])
  }

  /** Words d for which a is to b as c is to d, without a, b and c. Throws UsageError for unknown words. */
  analogy(a: string, b: string, c: string, options: AnalogyOptions = {}): Neighbour[] {
    const { n = 1, method = '3CosAdd' } = options
    wholeOption('analogy', 'n', n, 0)
    const places = [a, b, c].map((word) => this.#placeOf('analogy', word)) as [number, number, number]
    const [ua, ub, uc] = places.map((place) => this.#unit(place)) as [Float64Array, Float64Array, Float64Array]
    if (method === '3CosAdd')
      return this.#best(this.#cosines(normalized(ub.map((value, j) => value - ua[j]! + uc[j]!))), n, places)
    if (method !== '3CosMul')
      throw new UsageError(`analogy: method '${String(method)}'; expected '3CosAdd' or '3CosMul'.`)
    const shares = [ua, ub, uc].map((unit) => this.#cosines(unit).map((cosine) => (cosine + 1) / 2)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const [near, far, also] = [shares[1], shares[0], shares[2]]
    return this.#best(
      near.map((share, i) => (share * also[i]!) / (far[i]! + 0.001)),
      n,
      places,
    )
  }

  #best(scores: Float64Array, n: number, left: readonly number[]): Neighbour[] {
    const { words } = this.#vocabulary
    return largest(scores, n, new Set(left)).map((place) => ({ word: words[place]!, similarity: scores[place]! }))
  }

  #placeOrNot(word: string): number | undefined {
    this.figures()
    const { places } = this.#vocabulary
    const composed = word.normalize('NFC')
    return places.get(composed) ?? ((this.text.lowercase ?? true) ? places.get(composed.toLowerCase()) : undefined)
  }

  #placeOf(op: string, word: string): number {
    const place = typeof word === 'string' ? this.#placeOrNot(word) : undefined
    if (place !== undefined) return place
    const near = closest(String(word), this.#vocabulary.words, 3)
    const hint = near.length === 0 ? '' : ` Try ${near.map((one) => `'${inert(one)}'`).join(', ')}.`
    throw new UsageError(
      `${op}: '${inert(String(word))}' is not among the ${this.#vocabulary.words.length} words of the text.${hint}`,
    )
  }

  #unit(place: number): Float64Array {
    const { k } = this.figures()
    return this.#allUnits().subarray(place * k, (place + 1) * k)
  }

  #allUnits(): Float64Array {
    if (this.#units === null) {
      const { k } = this.figures()
      const units = (view(this.vectors) as Float64Array).slice()
      for (let at = 0; at < units.length; at += k) normalized(units.subarray(at, at + k))
      this.#units = units
    }
    return this.#units
  }

  #cosines(unit: Float64Array): Float64Array {
    const [units, { k, rows }] = [this.#allUnits(), this.figures()]
    const out = new Float64Array(rows)
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let j = 0; j < k; j++) sum += units[i * k + j]! * unit[j]!
      out[i] = Math.max(-1, Math.min(1, sum))
    }
    return out
  }

  /** Mean vectors [n, k] of rows of counts [n, words]; zeros for a row of zeros. */
  transform(x: Tensor): Tensor {
    return tidy(() => {
      const op = `${this.op}.transform`
      const counts = finiteRows(op, x, { columns: this.figures().columns }).to('f64')
      const sums = counts.sum({ axis: 1, keepDims: true })
      return matmul(counts.div(sums.eq(0).to('f64').add(sums)), this.vectors).to(x.dtype === 'f32' ? 'f32' : 'f64')
    })
  }

  /**
   * f64 [texts, k]: the mean vector of the words of each text, each as often as it comes; zeros for a text without known words. The same as `transform` of
   * its counts. Throws UsageError for no texts.
   */
  documents(texts: readonly string[] | readonly (readonly string[])[]): Tensor {
    if (texts.length === 0) throw new UsageError(`${this.op}.documents: no texts; expected at least one.`)
    const { k } = this.figures()
    const vectors = view(this.vectors) as Float64Array
    const out = new Float64Array(texts.length * k)
    documentsOf(texts, this.text).forEach((words, row) => {
      const places = words.map((word) => this.#vocabulary.places.get(word)).filter((place) => place !== undefined)
      for (const place of places)
        for (let j = 0; j < k; j++) out[row * k + j]! += vectors[place * k + j]! / places.length
    })
    return tensor(out, { shape: [texts.length, k] })
  }

  /** Inner products [n, words] of vectors [n, k] with those of words: the larger, the more a word goes with the vector. */
  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows(`${this.op}.inverseTransform`, z, { columns: this.figures().k }).to('f64')
      return matmul(codes, this.vectors.transpose()).to(z.dtype === 'f32' ? 'f32' : 'f64')
    })
  }

  /**
   * How much nearer words that stand together in these texts are than words drawn at random: the mean cosine of pairs within the window (weighted as
   * co-occurrences are) less that of pairs drawn independently by how often words stand there. 0 where no two known words stand together.
   */
  score(corpus: Corpus | Tensor): number {
    if (typeof corpus === 'object' && 'dtype' in corpus)
      throw new UsageError(
        `${this.op}.score: got a tensor; expected a text, a list of texts, or a list of lists of words.`,
      )
    const { k, rows } = this.figures()
    const tokens = encodeWords(documentsOf(corpus, this.text), this.#vocabulary)
    const { indptr, indices, values } = cooccurrences(tokens, rows, this.text).entries
    const units = this.#allUnits()
    const centre = new Float64Array(k)
    let [near, total] = [0, 0]
    for (let i = 0; i < rows; i++)
      for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
        const other = indices[e]!
        let cosine = 0
        for (let j = 0; j < k; j++) cosine += units[i * k + j]! * units[other * k + j]!
        near += values[e]! * cosine
        total += values[e]!
        for (let j = 0; j < k; j++) centre[j]! += values[e]! * units[i * k + j]!
      }
    if (total === 0) return 0
    return near / total - centre.reduce((sum, value) => sum + (value / total) ** 2, 0)
  }

  override toJSON(): WordVectorsJson {
    return { ...super.toJSON(), kind: this.kind, words: this.words }
  }

  protected shapes({ rows, k }: EstimatorJson): Readonly<Record<string, Shape>> {
    return { vectors: [rows, k], counts: [rows] }
  }

  override restore(json: EstimatorJson, state: StateDict): this {
    const { words } = json as WordVectorsJson
    if (!Array.isArray(words) || words.length !== json.rows || !words.every((word) => typeof word === 'string'))
      throw new FormatError('bad-estimator', `${this.op}: the saved words are not ${json.rows} words.`)
    super.restore(json, state)
    const counts = (view(together(this.learned('counts'))) as Float64Array).slice()
    this.#take({ words, counts, places: new Map(words.map((word, place) => [word, place])) })
    return this
  }
}

/** Divides by its length, in place; zeros stay. */
function normalized(vector: Float64Array): Float64Array {
  let largestOf = 0
  for (const value of vector) largestOf = Math.max(largestOf, Math.abs(value))
  if (largestOf === 0) return vector
  let squares = 0
  for (const value of vector) squares += (value / largestOf) ** 2
  const length = Math.sqrt(squares)
  for (let j = 0; j < vector.length; j++) vector[j] = vector[j]! / largestOf / length
  return vector
}
