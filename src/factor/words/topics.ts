/** Topics of documents: latent semantic analysis, or non-negative factors, of their terms. */
import { FormatError, UsageError } from '../../core/index.js'
import { SparseMatrix, svds } from '../../linalg/index.js'
import { Generator, matmul, norm, type StateDict, sub, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { checkOptions, type Shape, tidy, together, view } from '../../tensor/internal.js'
import type { EstimatorJson, Method } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { NMF } from '../nonnegative/nmf.js'
import { largest } from '../ratings/model.js'
import { finiteRows, wordOption } from '../samples.js'
import { documentTerms, type TermOptions, type Terms, termOptionNames } from './documents.js'

export interface TopicsOptions extends TermOptions {
  /** `nmf` (default): topics add up, none takes away; `svd`: latent semantic analysis. */
  method?: 'svd' | 'nmf'
  /** How many topics (10), at most as many as documents and terms. */
  k?: number
  /** 0 */
  seed?: number
}

/** Texts, or their terms in a matrix [documents, terms]. */
export type Documents = readonly string[] | SparseMatrix | Tensor

export interface TopicsJson extends EstimatorJson {
  readonly method: 'topics'
  readonly terms: readonly string[]
}

/** Most elements of a dense copy: 1 GiB of f64. */
const mostElements = 2 ** 27

/**
 * k topics, each a weighting of terms, and each document as a mixture of them: X [documents, terms] near Z `components`. Given texts it counts terms
 * itself (tf-idf, options as `documentTerms` has them); given a matrix, terms are called by `fit`'s second argument or by their numbers.
 *
 * `svd`: components are right singular vectors, the sign such that the element of largest magnitude is positive; codes X Vᵀ. Matrices stay sparse.
 * `nmf`: by the estimator NMF, on a dense copy; components have length 1 and codes the rest, topics ordered by how much they explain (the sum of
 * squares of their codes).
 *
 * @example
 * const topics = new Topics({ k: 2 }).fit(['cats and dogs', 'dogs bark', 'stocks and bonds', 'bonds fell'])
 * topics.topWords(3)
 */
export class Topics extends Learned {
  readonly method: Method = 'topics'
  protected readonly op = 'Topics'
  readonly options: TopicsOptions
  readonly #kind: 'svd' | 'nmf'
  readonly #termOptions: TermOptions
  #terms: Terms = { terms: [], idf: null }

  constructor(options: TopicsOptions = {}) {
    checkOptions('Topics', options, ['method', 'k', 'seed', ...termOptionNames])
    const { stopWords, pattern, ...plain } = options
    super({ ...plain, ...(stopWords && { stopWords: [...stopWords] }), ...(pattern && { pattern: pattern.source }) })
    this.options = options
    const { method = 'nmf', k = 10, seed = 0, ...terms } = options
    this.#kind = wordOption('Topics', 'method', method, ['svd', 'nmf'])
    wholeOption('Topics', 'k', k, 1)
    wholeOption('Topics', 'seed', seed, 0)
    this.#termOptions = { ...terms, ...(stopWords && { stopWords: [...stopWords] }) }
  }

  /** Learns from documents. `terms` names the columns of a matrix. Throws UsageError for no documents, and for negative numbers with `nmf`. */
  fit(documents: Documents, terms?: unknown): this {
    const { x, ...known } = this.#counted('Topics.fit', documents, terms, undefined)
    if (x.rows === 0 || x.columns === 0)
      throw new UsageError(`Topics.fit: got ${x}; expected at least one document and one term.`)
    const k = Math.min(this.options.k ?? 10, x.rows, x.columns)
    const { components, singularValues, iterations, error } = this.#kind === 'svd' ? this.#svd(x, k) : this.#nmf(x, k)
    const whole = x.norm()
    this.learn(
      {
        k,
        rows: x.rows,
        columns: x.columns,
        singularValues,
        iterations,
        reconstructionError: { frobenius: error, relative: whole === 0 ? 0 : error / whole },
      },
      { components: tensor(components, { shape: [k, x.columns] }), idf: tensor(known.idf ?? new Float64Array(0)) },
    )
    this.#terms = known
    return this
  }

  #counted(op: string, documents: Documents, names: unknown, known: Terms | undefined): Terms & { x: SparseMatrix } {
    if (Array.isArray(documents)) return documentTerms(documents as readonly string[], this.#termOptions, known)
    const x =
      documents instanceof SparseMatrix
        ? documents.to('f64')
        : tidy(() => sparseOf(finiteRows(op, documents as Tensor)))
    if (known !== undefined && x.columns !== known.terms.length)
      throw new UsageError(`${op}: got ${x}; expected ${known.terms.length} columns, as it was fitted on.`)
    const terms = names ?? known?.terms ?? Array.from({ length: x.columns }, (_, j) => String(j))
    if (!Array.isArray(terms) || terms.length !== x.columns || !terms.every((term) => typeof term === 'string'))
      throw new UsageError(`${op}: terms do not fit; expected ${x.columns} words, one for each column.`)
    return { x, terms, idf: known?.idf ?? null }
  }

  #svd(x: SparseMatrix, k: number): Parts {
    const whole = x.norm()
    if (whole === 0)
      return { components: new Float64Array(k * x.columns), singularValues: zeros(k), iterations: null, error: 0 }
    return tidy(() => {
      const { S, Vh } = svds(x, k, { generator: new Generator(this.options.seed ?? 0), maxIterations: 3000 })
      const [values, vectors] = [Array.from(view(together(S))), Float64Array.from(view(together(Vh)))]
      for (let i = 0; i < k; i++) fixSign(vectors.subarray(i * x.columns, (i + 1) * x.columns))
      const kept = values.reduce((sum, value) => sum + value * value, 0)
      return {
        components: vectors,
        singularValues: values,
        iterations: null,
        error: Math.sqrt(Math.max(0, whole * whole - kept)),
      }
    })
  }

  #nmf(x: SparseMatrix, k: number): Parts {
    return tidy(() => {
      const dense = denseOf('Topics.fit', x)
      const model = new NMF({ k, seed: this.options.seed ?? 0 })
      const codes = model.fitTransform(dense)
      const H = Float64Array.from(view(together(model.components)))
      const W = view(together(codes))
      const error = norm(sub(dense, matmul(codes, model.components))).item()
      const d = x.columns
      const lengths = Array.from({ length: k }, (_, i) => lengthOf(H.subarray(i * d, (i + 1) * d)))
      const weights = lengths.map((length, i) => {
        let squares = 0
        for (let at = i; at < W.length; at += k) squares += W[at]! ** 2
        return squares * length ** 2
      })
      const order = lengths.map((_, i) => i).sort((a, b) => weights[b]! - weights[a]! || a - b)
      const components = new Float64Array(k * d)
      order.forEach((from, to) => {
        for (let j = 0; j < d; j++) components[to * d + j] = lengths[from] === 0 ? 0 : H[from * d + j]! / lengths[from]!
      })
      const iterations = model.iterations
      model.dispose()
      return { components, singularValues: null, iterations, error }
    })
  }

  /** [k, terms] */
  get components(): Tensor {
    return this.learned('components')
  }

  /** Names of the columns of `components`. */
  get terms(): readonly string[] {
    this.figures()
    return this.#terms.terms
  }

  /** The n terms with the largest weights of each topic, best first; with `svd` weights may be negative on the other side, which is not shown. */
  topWords(n = 10): { readonly word: string; readonly weight: number }[][] {
    wholeOption('topWords', 'n', n, 0)
    const { k, columns } = this.figures()
    const weights = view(this.components) as Float64Array
    return Array.from({ length: k }, (_, i) => {
      const own = weights.subarray(i * columns, (i + 1) * columns)
      return largest(own as Float64Array, n, new Set()).map((place) => ({
        word: this.#terms.terms[place]!,
        weight: own[place]!,
      }))
    })
  }

  /** Documents as mixtures [n, k] of topics. Texts are counted by the terms and idf of the fit. */
  transform(documents: Documents): Tensor {
    const { x } = this.#counted('Topics.transform', documents, undefined, this.#terms)
    return tidy(() => {
      if (this.#kind === 'svd') return x.matmul(transpose(this.components))
      const model = this.#asNmf()
      const codes = model.transform(denseOf('Topics.transform', x))
      model.dispose()
      return codes
    })
  }

  #asNmf(): NMF {
    const model = new NMF({ k: this.figures().k })
    const state = new Map([['components', this.components]]) as StateDict
    return model.restore({ ...this.figures(), method: 'nmf' }, state)
  }

  /** Terms [n, terms] of mixtures [n, k]. */
  inverseTransform(z: Tensor): Tensor {
    return tidy(() =>
      matmul(rowsOf('Topics.inverseTransform', z, { columns: this.figures().k }).to('f64'), this.components),
    )
  }

  /** 1 - ||X - X'||_F² / ||X||_F² of documents; 1 where they are all zeros. */
  score(documents: Documents): number {
    const { x } = this.#counted('Topics.score', documents, undefined, this.#terms)
    const whole = x.norm()
    if (whole === 0) return 1
    return tidy(() => {
      const near = this.inverseTransform(this.transform(x))
      return 1 - (norm(sub(denseOf('Topics.score', x), near)).item() / whole) ** 2
    })
  }

  override toJSON(): TopicsJson {
    return { ...super.toJSON(), method: 'topics', terms: this.terms }
  }

  protected shapes({ k, columns }: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [k, columns] }
  }

  override restore(json: EstimatorJson, state: StateDict): this {
    const { terms } = json as TopicsJson
    if (!Array.isArray(terms) || terms.length !== json.columns || !terms.every((term) => typeof term === 'string'))
      throw new FormatError('bad-estimator', `Topics: the saved terms are not ${json.columns} words.`)
    const saved = state.get('idf')
    const idf = saved === undefined ? new Float64Array(0) : Float64Array.from(view(together(saved)))
    if (idf.length !== 0 && idf.length !== terms.length)
      throw new FormatError(
        'bad-estimator',
        `Topics: ${idf.length} saved idf for ${terms.length} terms; expected as many.`,
      )
    super.restore(json, state)
    const components = this.components.clone()
    this.learn({ ...json }, { components, idf: tensor(idf) })
    this.#terms = { terms, idf: idf.length === 0 ? null : idf }
    return this
  }
}

interface Parts {
  readonly components: Float64Array
  readonly singularValues: number[] | null
  readonly iterations: number | null
  readonly error: number
}

const zeros = (n: number): number[] => Array.from({ length: n }, () => 0)

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
}

/** Makes the element of largest magnitude (the first of equal ones) positive. */
function fixSign(vector: Float64Array): void {
  let most = 0
  for (const value of vector) if (Math.abs(value) > Math.abs(most)) most = value
  if (most < 0) for (let j = 0; j < vector.length; j++) vector[j] = -vector[j]!
}

function sparseOf(x: Tensor): SparseMatrix {
  const [rows, columns] = x.shape as readonly [number, number]
  const values = Float64Array.from(view(together(x)))
  const indptr = Int32Array.from({ length: rows + 1 }, (_, i) => i * columns)
  const indices = Int32Array.from({ length: rows * columns }, (_, at) => at % columns)
  return new SparseMatrix({ rows, columns, indptr, indices, values }).pruned()
}

function denseOf(op: string, x: SparseMatrix): Tensor {
  if (x.rows * x.columns > mostElements)
    throw new UsageError(
      `${op}: ${x} has ${x.rows * x.columns} elements as a dense matrix, which nmf works on; expected at most ${mostElements}. Try method: 'svd', or fewer terms (minDocuments, maxTerms).`,
    )
  return x.toDense()
}
