/** `normball shift`. */
import { type Command, Option } from 'commander'
import { inert, UsageError, version } from '../core/index.js'
import { shiftView } from '../report/index.js'
import { type Mechanism, type ShiftReport, shift, type WeightMethod, weightMethods } from '../shift/index.node.js'
import type { Table } from '../table/index.js'
import { openTable, selectTable } from '../table/index.node.js'
import { deliver } from './deliver.js'
import { addCommonOptions, type CommonOptions, positiveNumber, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { writePosteriors, writeWeights } from './shiftFiles.js'
import { runStream } from './shiftStream.js'
import { parseFailOn, splitBy } from './shiftTables.js'

export interface ShiftCliOptions extends CommonOptions {
  by?: string
  target?: string
  task?: 'auto' | 'classification' | 'regression'
  scores?: string[]
  prediction?: string
  time?: string
  ordered?: boolean
  columns?: string[]
  except?: string[]
  where?: string
  sample?: number
  alpha?: number
  permutations?: number
  weights?: string
  weightsMethod?: WeightMethod
  posteriors?: string
  stream?: string
  failOn?: string
  top?: number
}

/** What `--json` prints, besides an error. */
export interface ShiftJson extends ShiftReport {
  readonly normball: string
  readonly command: 'shift'
}

const examples = `
Examples:
  normball shift june.csv july.csv                              did the inputs move, and which?
  normball shift june.csv july.csv --target churn --html shift.html
  normball shift all.csv --by month --target price              the first month against the others
  normball shift train.parquet today.csv --target churn --scores p_churn    no labels today: what scores can tell
  normball shift june.csv july.csv --target churn --weights weights.csv     importance weights of June's rows
  normball shift errors.csv --stream error                      DDM, ADWIN and others on a stream of errors
  normball shift june.csv july.csv --target churn --fail-on label,concept   exit code 1, for schedulers

Three kinds of shift are told apart: covariate (p(x) moves, p(y|x) holds), label (p(y) moves, p(x|y) holds) and concept
(p(y|x) moves beyond what a change of priors explains). How it decides, and how often it is wrong: docs/shift.md.`

export function addShift(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('shift')
    .description('tell whether the data has changed, and in which of three ways: covariate, label or concept shift')
    .argument('<reference>', 'the table that the model learned from: CSV, NDJSON, Parquet, npy')
    .argument('[current]', 'the table of today; with --by the first one is split in two')
    .option('--by <column>', 'split one table: rows with the first value of this column are the reference')
    .option('--target <column>', 'the column to be predicted')
    .addOption(new Option('--task <kind>', 'what the target is').choices(['auto', 'classification', 'regression']))
    .option('--scores <columns>', 'probabilities of a model: one column for two classes, else one for each', list)
    .option('--prediction <column>', 'the prediction of a model')
    .option('--time <column>', 'order the rows by it; tests permute blocks, so that autocorrelation is no shift')
    .option('--ordered', 'rows are in the order of time already')
    .option('--columns <names>', 'compare only these: names or globs, by commas', list)
    .option('--except <names>', 'leave these out', list)
    .option('--where <condition>', "only rows like this: age >= 18 and country in ('NO', 'SE')")
    .option('--sample <n>', 'so many rows of each table at random; under 1 a share', positiveNumber)
    .option('--alpha <p>', 'false alarms of the whole verdict, at most (default: 0.05)', positiveNumber)
    .option('--permutations <n>', 'of tests that permute', wholeNumber(19))
    .option('--weights <file>', 'write importance weights of the reference rows: CSV, one column')
    .addOption(
      new Option('--weights-method <name>', 'how they are found').choices([...weightMethods]).default('logistic'),
    )
    .option('--posteriors <file>', 'write the scores of the current table, corrected for its class shares: CSV')
    .option('--stream <column>', 'detectors of drift on a column of errors or losses of one table, from first to last')
    .option('--fail-on <kinds>', 'exit code 1 where one of these is found: covariate, label, concept, any')
    .option('--top <n>', 'rows of the tables; 0 shows all', wholeNumber(0))
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((reference: string, current: string | undefined, options: ShiftCliOptions) =>
      run(() => runShift(reference, current, options)),
    )
}

/** Names by commas; repeated options add up. */
function list(text: string, before: string[] | undefined): string[] {
  return [
    ...(before ?? []),
    ...text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ]
}

/** Runs the command and returns its exit code. */
export async function runShift(
  reference: string,
  current: string | undefined,
  options: ShiftCliOptions,
): Promise<number> {
  checkOutputs(
    [options.output, options.csv, options.html, options.weights, options.posteriors],
    current === undefined ? [reference] : [reference, current],
  )
  const failOn = parseFailOn(options.failOn)
  if (options.stream !== undefined) return runStream(reference, current, options.stream, options)
  const [a, b] = await tablesOf(reference, current, options)
  const { target, task, scores, prediction, time, ordered, alpha, permutations, seed } = options
  const found = await shift(a, b, {
    ...Object.fromEntries(Object.entries({ target, task, scores, prediction, time, ordered, alpha, permutations, seed }).filter(([, value]) => value !== undefined)), // biome-ignore format: one line
  })
  if (options.weights !== undefined) writeWeights(options.weights, a, b, { ...options, method: options.weightsMethod ?? 'logistic' }) // biome-ignore format: one line
  if (options.posteriors !== undefined) writePosteriors(options.posteriors, found, b, scores ?? [])
  const report: ShiftJson = { normball: version, command: 'shift', ...found }
  await deliver(report, shiftView, options)
  if (!options.quiet) for (const note of found.notes) process.stderr.write(`normball: ${inert(note, 600)}\n`)
  return failOn.some((kind: Mechanism) => found.verdict[kind].detected === true) ? 1 : 0
}

async function tablesOf(
  reference: string,
  current: string | undefined,
  options: ShiftCliOptions,
): Promise<[Table, Table]> {
  const { by } = options
  if (current === undefined) {
    if (by === undefined)
      throw new UsageError(
        'shift: one table, and no --by COLUMN to split it. Name the current table too, or the column.',
      )
    const [a, b] = splitBy(await openTable(reference), by)
    return [selected(a, options), selected(b, options)]
  }
  if (by !== undefined)
    throw new UsageError('shift: two tables and --by; --by splits one table. Leave one of them out.')
  return [selected(await openTable(reference), options), selected(await openTable(current), options)]
}

/** What `--columns`, `--except`, `--where` and `--sample` leave; columns with a role stay. */
function selected(table: Table, options: ShiftCliOptions): Table {
  const { columns, except, where, sample, seed, target, scores = [], prediction, time } = options
  const roles = [target, prediction, time, ...scores].filter((name) => name !== undefined && table.columns.some((column) => column.name === name)) as string[] // biome-ignore format: one line
  return selectTable(table, {
    ...(columns ? { columns: [...columns, ...roles] } : {}),
    ...(except ? { except } : {}),
    ...(where === undefined ? {} : { where }),
    ...(sample === undefined ? {} : { sample }),
    ...(seed === undefined ? {} : { seed }),
  })
}
