/** `normball factor`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import type { Method } from '../factor/index.js'
import type { FactorJob } from '../factor/internal.node.js'
import { factorView } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { deliver } from './deliver.js'
import { isPicture, runFactorPicture } from './factorPicture.js'
import { phaseLine } from './factorProgress.js'
import {
  addCommonOptions,
  type CommonOptions,
  listed,
  repeatable,
  sqlHelp,
  sqlOptions,
  wholeNumber,
} from './options.js'
import { checkOutputs } from './output.js'

export interface FactorCliOptions extends CommonOptions {
  method?: Method
  k?: number | 'auto'
  columns?: string[]
  except?: string[]
  where?: string
  sql?: string
  sample?: number
  scale?: 'standardize' | 'centre' | 'minmax' | 'robust' | 'none'
  missing?: 'error' | 'drop' | 'mean' | 'median' | 'mode'
  target?: string
  with?: string
  set?: string[]
  save?: string
  apply?: string
  scores?: string
  out?: string
  delimiter?: string
  header?: boolean
  user?: string
  item?: string
  rating?: string
  time?: string
  for?: string[]
  top?: number
  words?: string[]
}

/** The same, where `auto` is what was not said. */
export type AskedOptions = Omit<FactorCliOptions, 'k'> & { k?: number }

const methods: readonly Method[] = [
  ...(['pca', 'svd', 'factor-analysis', 'nmf', 'lda', 'dictionary', 'robust-pca', 'cca', 'joint'] as const),
  ...(['kmeans', 'minibatch-kmeans', 'kmedians', 'spherical-kmeans'] as const),
  ...(['als', 'implicit-als', 'embeddings', 'topics'] as const),
]

const examples = `
Examples:
  normball factor wine.csv                                        principal components, and how many are worth keeping
  normball factor wine.csv --method kmeans --k 3 --target class --html wine.html
  normball factor train.csv --method pca --k 10 --save model.safetensors
  normball factor today.csv --apply model.safetensors --scores scores.csv
  normball factor people.csv --columns 'income*' --where "age >= 18 and country in ('NO', 'SE')" --missing median
  normball factor sales.duckdb --sql "select price, size from homes where sold"
  normball factor genes.csv --method cca --with clinic.csv       two tables with the same rows
  normball factor picture.png --method svd --k 20                 writes picture.k20.png beside it
  normball factor ratings.dat --method als --delimiter ::         user, item, rating: who would like what
  normball factor ratings.csv --method als --for 4396            the same for one user
  normball factor plays.csv --method implicit-als                 user, item, how often: nobody says what they dislike
  normball factor book.txt --method embeddings --words king       nearest words

Tables: CSV, TSV, NDJSON, Parquet, npy, npz (gzip too), DuckDB. Numbers are standardized unless the method wants otherwise (--scale), categories become
indicators, text is left out. Conditions: docs/tables.md; methods and figures: docs/factor.md.`

export function addFactor(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('factor')
    .description('low-rank and clustered structure of a table, a picture, ratings or a text')
    .argument('<table>', 'a table; or a PNG or JPEG picture, ratings, a text')
    .addOption(new Option('--method <name>', 'what to look for (default: pca; svd for pictures)').choices([...methods]))
    .option(
      '--k <n>',
      'components or clusters; a share of the variance (0.9); auto: as the rules have it, the default',
      components,
    )
    .option('--columns <names>', 'only these columns: names or globs, separated by commas; may be repeated', listed)
    .option('--except <names>', 'not these columns', listed)
    .option('--where <condition>', 'only rows for which it holds: "age >= 18 and not (income is missing)"')
    .option('--sql <query>', sqlHelp)
    .option('--sample <n>', 'so many rows by chance (--seed), or a share of them (0.1)', sampleSize)
    .option('--target <column>', 'told apart: classes for lda, colours of the scatter for others')
    .addOption(
      new Option('--scale <how>', 'of numbers (default: as suits the method)').choices([
        ...['standardize', 'centre', 'minmax', 'robust', 'none'],
      ]),
    )
    .addOption(
      new Option('--missing <how>', 'missing values: leave rows out, or fill them (default: error)').choices([
        ...['error', 'drop', 'mean', 'median', 'mode'],
      ]),
    )
    .option('--with <file>', 'cca, joint: the second table, row by row the same things')
    .option('--set <option=value>', 'an option of the method: whiten=true, l1=0.1; may be repeated', repeatable)
    .option('--save <file>', 'write the model and the preparation of tables: .safetensors')
    .option('--apply <file>', 'apply a model that was saved to this table')
    .option('--scores <file>', 'write scores, codes or distances of the rows as CSV')
    .option('--out <file>', 'pictures: where the compressed one goes (default: beside it)')
    .option('--delimiter <mark>', 'of a CSV file (default: told by its first lines)')
    .option('--no-header', 'the first row of a CSV file holds no names')
    .option('--user <column>', 'als, implicit-als: who (default: by name, else the first column)')
    .option('--item <column>', 'als, implicit-als: what (default: by name, else the second)')
    .option('--rating <column>', 'als: how much (default: by name, else the third); implicit-als: amounts')
    .option('--time <column>', 'als, implicit-als: when; the latest are held out to measure on, not some by chance')
    .option(
      '--for <user>',
      'als, implicit-als: what this user would like (default: those with most ratings); may be repeated',
      repeatable,
    )
    .option('--top <n>', 'rows of tables; 0 for all', wholeNumber(0))
    .option('--words <words>', 'embeddings: show the nearest of these', listed)
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((path: string, options: FactorCliOptions) => run(() => runFactor(path, options)))
}

/** A whole number from 1 on, or a share; `auto` is as if nothing was said. */
function components(text: string): number | 'auto' {
  if (text === 'auto') return text
  const value = Number(text)
  if (text.trim() === '' || !(value > 0) || !(value < 1 || Number.isSafeInteger(value)))
    throw new InvalidArgumentError('expected a whole number of at least 1, a share between 0 and 1, or auto.')
  return value
}

function sampleSize(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0) || !Number.isFinite(value) || (value >= 1 && !Number.isInteger(value)))
    throw new InvalidArgumentError('expected a number of rows, or a share between 0 and 1.')
  return value
}

/** Runs the command and returns its exit code. */
export async function runFactor(path: string, given: FactorCliOptions): Promise<number> {
  const { k, ...others } = given
  const options: AskedOptions = k === undefined || k === 'auto' ? others : { ...others, k }
  const { output, csv, html, save, scores, out } = options
  checkOutputs([output, csv, html, save, scores, out], [path, ...[options.with, options.apply].filter((one) => one !== undefined)]) // biome-ignore format: one line
  if (isPicture(path)) return runFactorPicture(path, options)
  checkTableOptions(options)
  const { factorInThread } = await import('../factor/internal.node.js')
  const progress = phaseLine(!options.quiet)
  const { report, files } = await factorInThread(jobOf(path, options), progress.update).finally(progress.clear)
  for (const file of files) writeFileAtomically(file.path, [file.bytes])
  if (options.json && !options.quiet)
    for (const warning of report.warnings) process.stderr.write(`normball: warning: ${inert(warning, 600)}\n`)
  await deliver(report, factorView, options)
  return 0
}

function checkTableOptions(options: AskedOptions): void {
  const { method, apply } = options
  const refuse = (name: string, why: string): never => {
    throw new UsageError(`--${name}: ${why}.`)
  }
  if (options.out !== undefined) refuse('out', 'is for pictures; a model goes to --save, scores to --scores')
  if (apply !== undefined)
    for (const name of ['method', 'k', 'except', 'scale', 'missing', 'set', 'save'] as const)
      if (options[name] !== undefined) refuse(name, 'is what the model of --apply says itself')
  // What a model of --apply is, it says itself.
  if (method !== 'als' && method !== 'implicit-als' && apply === undefined)
    for (const name of ['user', 'item', 'rating', 'time', 'for'] as const)
      if (options[name] !== undefined) refuse(name, 'is for --method als and implicit-als')
  if (options.words !== undefined && method !== 'embeddings' && apply === undefined)
    refuse('words', 'is for --method embeddings')
  if (method === 'lda' && options.target === undefined) refuse('target', 'lda needs a column of classes')
  if (options.with === undefined && (method === 'cca' || method === 'joint'))
    refuse('with', `${method} needs a second table with the same rows`)
  if (options.with !== undefined && apply === undefined && method !== 'cca' && method !== 'joint')
    refuse('with', 'a second table is for --method cca and joint')
}

function jobOf(path: string, options: AskedOptions): FactorJob {
  const { method, k, columns, except, where, sample, scale, missing, target, seed, set, delimiter, header } = options
  const factor = { method, k, columns, except, where, sample, scale, missing, target, seed }
  const given = Object.fromEntries(Object.entries(factor).filter(([, value]) => value !== undefined))
  return {
    path,
    read: {
      ...sqlOptions(options),
      ...(delimiter !== undefined && { delimiter: mark(delimiter) }),
      ...(header === false && { header }),
    },
    factor: { ...given, ...(set !== undefined && { options: settingsOf(set) }) },
    with: options.with,
    save: options.save,
    apply: options.apply,
    scores: options.scores,
    backend: options.backend,
    ratings: { user: options.user, item: options.item, rating: options.rating, time: options.time },
    users: options.for ?? [],
    words: options.words ?? [],
  }
}

/** Shells pass a tab with difficulty. */
const mark = (delimiter: string): string => (delimiter === '\\t' || delimiter === 'tab' ? '\t' : delimiter)

/** `whiten=true`, `l1=0.1`: JSON values, or words. */
function settingsOf(set: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = Object.create(null)
  for (const one of set) {
    const at = one.indexOf('=')
    if (at < 1)
      throw new UsageError(`--set: '${inert(one, 60)}'; expected an option and its value, such as whiten=true.`)
    const [name, text] = [one.slice(0, at), one.slice(at + 1)]
    if (name === 'k' || name === 'seed') throw new UsageError(`--set: use --${name}.`)
    settings[name] = settingOf(text)
  }
  return { ...settings }
}

function settingOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
