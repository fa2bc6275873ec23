/** Saved models of texts and ratings applied: topics to documents, word vectors to words, a recommender to users. */
import { inert, plural, UsageError } from '../../core/index.js'
import type { Table } from '../../table/index.js'
import { castOf, tidy, together, view } from '../../tensor/internal.js'
import type { Estimator } from '../estimator.js'
import type { FactorJob } from '../job.node.js'
import { MatrixFactorization, type Recommendations, ratingsOf } from '../ratings/index.js'
import type { Id } from '../ratings/ratings.js'
import type { FactorTableReport } from '../table/types.js'
import { Topics, tokenize, WordVectors } from '../words/index.js'
import { plainReport } from './plain.js'
import { busiest, mostItems, type RatingFigures, userOf } from './ratings.js'
import type { TopicFigures, WordFigures } from './reports.js'
import { documentsOf, knownWords, neighbours, shown } from './words.node.js'

interface AppliedToText {
  readonly report: FactorTableReport
  readonly nearest: WordFigures | null
  readonly topics: TopicFigures | null
  /** CSV: topics of documents, or vectors of words. */
  readonly scores: Uint8Array
}

/** Topics of a text's documents; vectors and nearest words of a text's words. The model is disposed of. */
export async function applyToText(
  job: FactorJob,
  estimator: Estimator,
  onProgress: (phase: string) => void,
): Promise<AppliedToText> {
  try {
    const { columns = [] } = job.factor
    for (const name of ['target', 'where', 'sample'] as const)
      if (job.factor[name] !== undefined) throw new UsageError(`--${name} is for tables; ${estimator.method} reads a text.`) // biome-ignore format: one line
    if (columns.length > 1)
      throw new UsageError(`--columns: ${estimator.method} reads one column of texts, or a text file.`)
    onProgress(`reading ${job.path}`)
    const documents = await documentsOf(job.path, columns[0], job.read)
    onProgress('applying the model')
    if (estimator instanceof Topics) return topicsOf(job, estimator, documents)
    if (estimator instanceof WordVectors) return vectorsOf(job, estimator, documents)
    throw new UsageError(`--apply: ${estimator.method} is not known to texts.`)
  } finally {
    estimator.dispose()
  }
}

function topicsOf(job: FactorJob, model: Topics, documents: readonly string[]): AppliedToText {
  const json = model.toJSON()
  const codes = tidy(() => (view(together(castOf(model.transform(documents), 'f64'))) as Float64Array).slice())
  const rows = documents.map((_, i) => {
    const own = Array.from(codes.subarray(i * json.k, (i + 1) * json.k))
    const best = own.some((one) => one !== 0) ? 1 + own.indexOf(Math.max(...own)) : ''
    return { best, cells: [i + 1, best, ...own] }
  })
  const unknown = rows.filter(({ best }) => best === '').length
  const warnings = unknown > 0 ? [`${plural(unknown, 'document')} without a word of any topic.`] : []
  const counts = Array.from({ length: json.k }, (_, j) => rows.filter(({ best }) => best === j + 1).length)
  const why = [source(job, json.rows, 'document'), `most of them: ${counts.map((count, j) => `topic ${j + 1} in ${count}`).join(', ')}`] // biome-ignore format: one line
  const names = ['document', 'topic', ...Array.from({ length: json.k }, (_, j) => `weight${j + 1}`)]
  return {
    report: { ...plainReport({ ...json, rows: documents.length, reconstructionError: null }, why, warnings), score: model.score(documents) }, // biome-ignore format: one line
    nearest: null,
    topics: { documents: documents.length, terms: json.columns, topics: model.topWords(shown).map((words) => ({ words })) }, // biome-ignore format: one line
    scores: csvOf([names, ...rows.map(({ cells }) => cells)]),
  }
}

function vectorsOf(job: FactorJob, model: WordVectors, documents: readonly string[]): AppliedToText {
  const json = model.toJSON()
  const all = [...new Set(documents.flatMap((text) => tokenize(text)))]
  const known = all.filter((word) => model.has(word))
  const asked = job.words ?? []
  if (known.length === 0 && asked.length === 0)
    throw new UsageError(`'${inert(job.path)}' has none of the ${json.words.length} words of the model.`)
  const wanted = asked.length > 0 ? knownWords(model, asked, 'the model') : known.slice(0, shown)
  const unknown = all.length - known.length
  const warnings = unknown > 0 ? [`${plural(unknown, 'word')} that the model does not know: ${all.filter((word) => !model.has(word)).slice(0, 8).map((word) => `'${inert(word, 40)}'`).join(', ')}.`] : [] // biome-ignore format: one line
  const names = ['word', ...Array.from({ length: json.k }, (_, j) => `component${j + 1}`)]
  return {
    report: plainReport({ ...json, rows: known.length, reconstructionError: null, singularValues: null }, [source(job, json.rows, 'word')], warnings), // biome-ignore format: one line
    nearest: { words: json.words.length, nearest: wanted.map((word) => ({ word, neighbours: model.nearest(word, neighbours) })) }, // biome-ignore format: one line
    topics: null,
    scores: csvOf([names, ...known.map((word) => [word, ...model.vector(word)])]),
  }
}

/**
 * What the users of a table of ratings would like, of what they did not rate in it or before; users whom the model does not know are placed by their
 * ratings. The CSV has it for all of them, the report for those who were asked for, or with most ratings. The model is disposed of.
 */
export function applyToRatings(
  job: FactorJob,
  model: Estimator,
  table: Table,
): { report: FactorTableReport; figures: RatingFigures; scores: Uint8Array } {
  try {
    if (!(model instanceof MatrixFactorization))
      throw new UsageError('--apply: this model is of implicit feedback, which programs apply: recommend(user, n).')
    for (const name of ['target', 'where', 'sample', 'columns'] as const)
      if (job.factor[name] !== undefined) throw new UsageError(`--${name} is for matrices; als reads the columns of users, items and ratings.`) // biome-ignore format: one line
    const columns = Object.fromEntries(Object.entries(job.ratings ?? {}).filter(([, name]) => name !== undefined))
    const all = ratingsOf(table, columns)
    const json = model.toJSON()
    const own = new Map<Id, number[]>()
    for (let at = 0; at < all.ratings.length; at++) {
      const places = own.get(all.users[at]!)
      if (places === undefined) own.set(all.users[at]!, [at])
      else places.push(at)
    }
    const [users, items] = [new Set(json.users), new Set(json.items)]
    const told = (user: Id): Recommendations => {
      const rated = (own.get(user) ?? []).filter((at) => items.has(all.items[at]!))
      const exclude = rated.map((at) => all.items[at]!)
      if (users.has(user) || rated.length === 0) return model.recommend(user, mostItems, { exclude })
      return { user, cold: false, items: model.recommendFor({ items: exclude, ratings: rated.map((at) => all.ratings[at]!) }, mostItems) } // biome-ignore format: one line
    }
    const asked = job.users ?? []
    const wanted = asked.length === 0 ? busiest(all.users) : asked.map((name) => userOf(name, [...own.keys(), ...json.users])) // biome-ignore format: one line
    const placed = [...own.keys()].filter((user) => !users.has(user)).length
    const strange = new Set(Array.from(all.items).filter((item) => !items.has(item))).size
    const warnings = [
      ...(placed > 0
        ? [`${plural(placed, 'user')} whom the model does not know: placed by the ratings of this table.`]
        : []),
      ...(strange > 0 ? [`${plural(strange, 'item')} that the model does not know: left out.`] : []),
    ]
    const lines = [...own.keys()].flatMap((user) => told(user).items.map(({ item, rating }) => [user, item, rating]))
    const figures: RatingFigures = {
      columns: all.columns,
      users: own.size,
      items: new Set(Array.from(all.items)).size,
      ratings: all.ratings.length,
      density: all.ratings.length / (own.size * new Set(Array.from(all.items)).size),
      heldOut: null,
      recommendations: wanted.map(told),
      asked: asked.length > 0,
    }
    const report = plainReport({ ...json, rows: own.size, reconstructionError: null }, [source(job, json.users.length, 'user')], warnings) // biome-ignore format: one line
    return { report, figures, scores: csvOf([['user', 'item', 'rating'], ...lines]) }
  } finally {
    model.dispose()
  }
}

const source = (job: FactorJob, rows: number, what: string): string =>
  `model of ${plural(rows, what)} from ${job.apply}`

/** Words with commas, quotes or line ends stand in quotes. */
function csvOf(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const cell = (one: string | number): string =>
    typeof one === 'string' && /[",\r\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : String(one)
  return new TextEncoder().encode(rows.map((row) => `${row.map(cell).join(',')}\r\n`).join(''))
}
