/** Saved word vectors or topics applied to a text. */
import { inert, UsageError } from '../../core/index.js'
import type { OpenTableOptions } from '../../table/index.node.js'
import { view } from '../../tensor/internal.js'
import type { FactorTableOptions } from '../table/options.js'
import type { FactorTableReport } from '../table/types.js'
import { Topics, tokenize, type WordVectors } from '../words/index.js'
import { csvBytes } from './csv.js'
import { plainReport } from './plain.js'
import type { TopicFigures, WordFigures } from './reports.js'
import { documentsOf, nearestOf, shown } from './words.node.js'

export interface AppliedText {
  readonly report: FactorTableReport
  readonly nearest: WordFigures | null
  readonly topics: TopicFigures | null
  /** CSV: a row for each document: its part of each topic, or the mean vector of its words. */
  readonly scores: Uint8Array
}

/** Texts are counted by the words of the fit; what it did not have is passed over. */
export async function applyText(
  estimator: WordVectors | Topics,
  path: string,
  words: readonly string[],
  options: FactorTableOptions,
  read: OpenTableOptions,
): Promise<AppliedText> {
  const { columns = [] } = options
  for (const name of ['where', 'sample', 'target', 'with'] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} is for tables; ${estimator.method} reads a text.`)
  const documents = await documentsOf(path, columns[0], read)
  return estimator instanceof Topics ? mixtures(estimator, documents) : meanings(estimator, documents, words)
}

function mixtures(estimator: Topics, documents: readonly string[]): AppliedText {
  const codes = estimator.transform(documents)
  const [parts, { k }] = [view(codes) as Float64Array, estimator.toJSON()]
  const leads = new Int32Array(k)
  let silent = 0
  for (let i = 0; i < documents.length; i++) {
    const own = parts.subarray(i * k, (i + 1) * k).map(Math.abs)
    const most = own.reduce((a, b) => Math.max(a, b), 0)
    if (most === 0) silent++
    else leads[own.indexOf(most)]!++
  }
  const warnings = silent === 0 ? [] : [`${silent} of ${documents.length} documents have no term that the model knows.`]
  const topics = estimator.topWords(shown).map((own, i) => ({ words: own, leads: leads[i]! }))
  const report = { ...plainReport(estimator.toJSON(), [], warnings), rows: documents.length, reconstructionError: null, score: estimator.score(documents) } // biome-ignore format: one line
  const scores = documentsCsv('topic', parts, k)
  codes.dispose()
  return { report, nearest: null, topics: { documents: documents.length, terms: estimator.terms.length, topics }, scores } // biome-ignore format: one line
}

function meanings(estimator: WordVectors, documents: readonly string[], asked: readonly string[]): AppliedText {
  const counts = new Map<string, number>()
  let [all, known] = [0, 0]
  for (const document of documents)
    for (const word of tokenize(document, { lowercase: estimator.options.lowercase ?? true })) {
      all++
      if (!estimator.has(word)) continue
      known++
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word)
  const nearest = nearestOf(estimator, asked, 'the model', frequent)
  const warnings = known === 0 ? [`none of the ${all} words of '${inert(documents[0]!.slice(0, 40))}' ... is known to the model.`] : [] // biome-ignore format: one line
  const vectors = estimator.documents(documents)
  const scores = documentsCsv('component', view(vectors) as Float64Array, estimator.toJSON().k)
  vectors.dispose()
  const report = { ...plainReport(estimator.toJSON(), [], warnings), reconstructionError: null, score: estimator.score(documents) } // biome-ignore format: one line
  return { report, nearest: { words: estimator.words.length, known: all === 0 ? 0 : known / all, nearest }, topics: null, scores } // biome-ignore format: one line
}

function documentsCsv(name: string, values: Float64Array, k: number): Uint8Array {
  const names = ['document', ...Array.from({ length: k }, (_, j) => `${name}${j + 1}`)]
  const rows = Array.from({ length: values.length / k }, (_, i) => [i + 1, ...values.subarray(i * k, (i + 1) * k)])
  return csvBytes(names, rows)
}
