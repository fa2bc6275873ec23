/** `normball factor book.txt --method embeddings` and `--method topics`: words and documents of a text. */
import { readFile, stat } from 'node:fs/promises'
import { closest, FormatError, inert, SystemError, UsageError } from '../../core/index.js'
import { type OpenTableOptions, openTable } from '../../table/index.node.js'
import { cellText, findColumn } from '../../table/internal.js'
import type { Estimator } from '../estimator.js'
import type { FactorTableOptions } from '../table/options.js'
import type { FactorTableReport } from '../table/types.js'
import { GloVe, PPMI, SkipGram, Topics, type WordVectors } from '../words/index.js'
import { plainReport } from './plain.js'
import type { TopicFigures, WordFigures } from './reports.js'

export interface FactoredText {
  readonly report: FactorTableReport
  readonly nearest: WordFigures | null
  readonly topics: TopicFigures | null
  readonly estimator: Estimator
}

const mostBytes = 2 ** 29
export const shown = 12
/** Documents among which a word of a topic may well be in half. */
const few = 50
const neighbours = 8

/**
 * Documents of a text file: its paragraphs, which empty lines part, or its lines where no line is empty; the texts of a table's column where one is named.
 */
export async function documentsOf(path: string, column: string | undefined, read: OpenTableOptions): Promise<string[]> {
  if (column !== undefined) {
    const table = await openTable(path, read)
    const texts = findColumn(table, column, 'factor')
    return Array.from({ length: table.rows }, (_, row) => cellText(texts, row) ?? '').filter((text) => text !== '')
  }
  const facts = await stat(path).catch((error) => {
    throw error.code === 'ENOENT'
      ? new SystemError('not-found', `no such file: '${inert(path)}'.`, { file: path })
      : error
  })
  if (!facts.isFile()) throw new FormatError('not-a-file', `'${inert(path)}' is not a regular file.`, { file: path })
  if (facts.size > mostBytes) throw new FormatError('too-large', `'${inert(path)}' has ${facts.size} bytes; expected at most ${mostBytes}.`, { file: path }) // biome-ignore format: one line
  const bytes = await readFile(path)
  if (bytes.includes(0))
    throw new FormatError('not-text', `'${inert(path)}' is no text: it has zero bytes.`, { file: path })
  const text = new TextDecoder().decode(bytes).trim()
  const paragraphs = text.split(/\r?\n[ \t]*\r?\n/)
  const parts = paragraphs.length > 1 ? paragraphs : text.split(/\r?\n/)
  const documents = parts.map((part) => part.trim()).filter((part) => part !== '')
  if (documents.length === 0) throw new FormatError('empty', `'${inert(path)}' has no words.`, { file: path })
  return documents
}

export async function factorText(
  path: string,
  words: readonly string[],
  options: FactorTableOptions,
  read: OpenTableOptions,
  onProgress: (phase: string) => void,
): Promise<FactoredText> {
  const { k, seed = 0, columns = [], method } = options
  for (const name of ['scale', 'missing', 'target', 'where', 'sample', 'except'] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} is for tables; ${method} reads a text.`)
  if (read.sql !== undefined && columns.length === 0) throw new UsageError(`--sql: ${method} needs --columns too, with the column of texts.`) // biome-ignore format: one line
  if (columns.length > 1) throw new UsageError(`--columns: ${method} reads one column of texts, or a text file.`)
  onProgress(`reading ${path}`)
  const documents = await documentsOf(path, columns[0], read)
  onProgress(method === 'topics' ? 'finding topics' : 'counting what stands beside what')
  const settings = { ...options.options, seed }
  return method === 'topics' ? topicsOf(documents, k, settings) : vectorsOf(documents, k, settings, words)
}

function vectorsOf(
  documents: readonly string[],
  k: number | undefined,
  settings: object,
  asked: readonly string[],
): FactoredText {
  const estimator = learner({ k: k ?? 100, ...settings }).fit(documents)
  const json = estimator.toJSON()
  const nearest = nearestOf(estimator, asked, 'the text')
  const why = k === undefined ? ['k 100: the usual length of word vectors'] : []
  return { report: plainReport(json, why, []), nearest: { words: json.words.length, nearest }, topics: null, estimator }
}

const learners = { ppmi: PPMI, 'skip-gram': SkipGram, glove: GloVe } as const

/** `--set kind=glove`; what a saved model calls it too. */
function learner({ kind = 'ppmi', ...settings }: Readonly<Record<string, unknown>>): WordVectors {
  if (typeof kind !== 'string' || !Object.hasOwn(learners, kind))
    throw new UsageError(`--set kind: ${inert(JSON.stringify(kind))}; expected ${Object.keys(learners).join(', ')}.`)
  return new learners[kind as keyof typeof learners](settings)
}

/** Nearest of the words that are asked for, or of the most frequent long ones. Throws UsageError for an unknown word. */
export function nearestOf(
  estimator: WordVectors,
  asked: readonly string[],
  whose: string,
  among: readonly string[] = estimator.words,
): WordFigures['nearest'] {
  // The most frequent words join others; what is longer says more.
  const wanted = asked.length > 0 ? asked.map((word) => knownWord(estimator, word, whose)) : among.filter((word) => word.length > 4).slice(0, shown) // biome-ignore format: one line
  return wanted.map((word) => ({ word, neighbours: estimator.nearest(word, neighbours) }))
}

/** A word as the model writes it. */
function knownWord(model: WordVectors, word: string, whose: string): string {
  const found = [word, word.toLowerCase()].find((one) => model.has(one))
  if (found !== undefined) return found
  const near = closest(word, model.words)[0]
  throw new UsageError(`--words: '${inert(word)}' is not among the ${model.words.length} words of ${whose}.${near === undefined ? '' : ` Did you mean '${inert(near)}'?`}`) // biome-ignore format: one line
}

function topicsOf(documents: readonly string[], k: number | undefined, settings: object): FactoredText {
  const estimator = new Topics({ k: k ?? 10, maxDocuments: documents.length < few ? 0.5 : 0.2, minDocuments: Math.min(2, documents.length), ...settings }).fit(documents) // biome-ignore format: one line
  const json = estimator.toJSON()
  const topics = estimator.topWords(shown).map((words) => ({ words }))
  const why = k === undefined ? ['k 10: a first look'] : []
  return { report: plainReport(json, why, []), nearest: null, topics: { documents: json.rows, terms: json.columns, topics }, estimator } // biome-ignore format: one line
}
