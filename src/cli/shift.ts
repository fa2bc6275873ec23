/** `normball shift`. */
import { type Command, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import { shiftView } from '../report/index.js'
import { type Mechanism, type WeightMethod, weightMethods } from '../shift/index.node.js'
import { writeFileAtomically } from '../system/index.node.js'
import { deliver } from './deliver.js'
import { addCommonOptions, type CommonOptions, listed, positiveNumber, sqlHelp, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { savedView } from './shiftProfile.js'
import { runStream } from './shiftStream.js'
import { parseFailOn } from './shiftTables.js'
import { shiftInThread } from './shiftThread.js'

export interface ShiftCliOptions extends CommonOptions {
  by?: string
  target?: string
  task?: 'auto' | 'classification' | 'regression'
  scores?: string[]
  prediction?: string
  model?: string
  labels?: string
  key?: string
  time?: string
  ordered?: boolean
  columns?: string[]
  except?: string[]
  where?: string
  sql?: string
  sample?: number
  alpha?: number
  permutations?: number
  weights?: string
  weightsMethod?: WeightMethod
  posteriors?: string
  stream?: string
  saveProfile?: string
  merge?: string[]
  detectors?: string[]
  simulate?: boolean
  failOn?: string
  top?: number
}

const examples = `
Examples:
  normball shift june.csv july.csv                              did the inputs move, and which?
  normball shift june.csv july.csv --target churn --html shift.html
  normball shift all.csv --by month --target price              the first month against the others
  normball shift train.parquet today.csv --target churn --scores p_churn    no labels today: what scores can tell
  normball shift june.csv july.csv --model runs/churn           the same of a network that normball train made
  normball shift june.csv july.csv --target churn --labels july_churn.csv --key id    labels that came later
  normball shift june.csv july.csv --target churn --weights weights.csv     importance weights of June's rows
  normball shift june.duckdb july.duckdb --sql "select * exclude id from customers"
  normball shift errors.csv --stream error                      DDM, ADWIN and others on a stream of errors
  normball shift errors.csv --stream error --detectors adwin --simulate     how late it is at this error rate
  normball shift june.csv --save-profile june.json              sum June up; later runs need no rows of it
  normball shift june.json july.csv                             compare with what was saved
  normball shift june.csv july.csv --target churn --fail-on label,concept   exit code 1, for schedulers

Three kinds of shift are told apart: covariate (p(x) moves, p(y|x) holds), label (p(y) moves, p(x|y) holds) and concept
(p(y|x) moves beyond what a change of priors explains). How it decides, and how often it is wrong: docs/shift.md.`

export function addShift(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('shift')
    .description('tell whether the data has changed, and in which of three ways: covariate, label or concept shift')
    .argument('<reference>', 'the table that the model learned from: CSV, NDJSON, Parquet, npy, DuckDB; or its profile')
    .argument('[current]', 'the table of today; with --by the first one is split in two')
    .option('--by <column>', 'split one table: rows with the first value of this column are the reference')
    .option('--target <column>', 'the column to be predicted')
    .addOption(new Option('--task <kind>', 'what the target is').choices(['auto', 'classification', 'regression']))
    .option('--scores <columns>', 'probabilities of a model: one column for two classes, else one for each', listed)
    .option('--prediction <column>', 'the prediction of a model')
    .option('--model <path>', 'a network that normball train made: the folder of its run, or a checkpoint in it')
    .option('--labels <file>', 'targets of the current table, in a file of their own; with --key')
    .option('--key <column>', 'the column that names rows in the current table and in --labels')
    .option('--time <column>', 'order the rows by it; tests permute blocks, so that autocorrelation is no shift')
    .option('--ordered', 'rows are in the order of time already')
    .option('--columns <names>', 'compare only these: names or globs, by commas', listed)
    .option('--except <names>', 'leave these out', listed)
    .option('--where <condition>', "only rows like this: age >= 18 and country in ('NO', 'SE')")
    .option('--sql <query>', `${sqlHelp}; of both tables`)
    .option('--sample <n>', 'so many rows of each table at random; under 1 a share', positiveNumber)
    .option('--alpha <p>', 'false alarms of the whole verdict, at most (default: 0.05)', positiveNumber)
    .option('--permutations <n>', 'of tests that permute', wholeNumber(19))
    .option('--weights <file>', 'write the reference rows with importance weights: CSV')
    .addOption(
      new Option('--weights-method <name>', 'how they are found').choices([...weightMethods]).default('logistic'),
    )
    .option('--posteriors <file>', 'write the scores of the current table, corrected for its class shares: CSV')
    .option('--stream <column>', 'detectors of drift on a column of errors or losses of one table, from first to last')
    .option('--save-profile <file>', 'sum the reference up for later runs, which take the file in its place: JSON')
    .option(
      '--merge <files>',
      'add these to the profile that is compared or saved: profiles or tables, by commas',
      listed,
    )
    .option(
      '--detectors <names>',
      'with --stream: only these, by commas: ddm, eddm, hddm-a, hddm-w, adwin, page-hinkley, kswin, cusum',
      listed,
    )
    .option('--simulate', 'with --stream of errors: how late and how often wrong detectors are at such a rate')
    .option('--fail-on <kinds>', 'exit code 1 where one of these is found: covariate, label, concept, any')
    .option('--top <n>', 'rows of the tables; 0 shows all', wholeNumber(0))
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((reference: string, current: string | undefined, options: ShiftCliOptions) =>
      run(() => runShift(reference, current, options)),
    )
}

/** Runs the command and returns its exit code. */
export async function runShift(
  reference: string,
  current: string | undefined,
  options: ShiftCliOptions,
): Promise<number> {
  const { weights, posteriors, labels, saveProfile, merge = [] } = options
  checkOutputs(
    [options.output, options.csv, options.html, weights, posteriors, saveProfile],
    [reference, current, labels, ...merge].filter((path) => path !== undefined),
  )
  const failOn = parseFailOn(options.failOn)
  checkTogether(options)
  if (options.stream !== undefined) return runStream(reference, current, options.stream, options)
  const { report, files } = await shiftInThread({ reference, current, options })
  for (const { path, text } of files) writeFileAtomically(path, text)
  if ('profile' in report) {
    await deliver(report, savedView, options)
    return 0
  }
  await deliver(report, shiftView, options)
  if (!options.quiet) for (const note of report.notes) process.stderr.write(`normball: ${inert(note, 600)}\n`)
  return failOn.some((kind: Mechanism) => report.verdict[kind].detected === true) ? 1 : 0
}

/** Options that do not go together. */
function checkTogether(options: ShiftCliOptions): void {
  const { model, scores, prediction, labels, key, target, stream, saveProfile } = options
  if (model !== undefined && (scores !== undefined || prediction !== undefined))
    throw new UsageError(`--model and --${scores === undefined ? 'prediction' : 'scores'}: both say what a model predicts. Leave one of them out.`) // biome-ignore format: one line
  if ((labels === undefined) !== (key === undefined))
    throw new UsageError(`--${labels === undefined ? 'key' : 'labels'}: needs --${labels === undefined ? 'labels FILE' : 'key COLUMN'} too.`) // biome-ignore format: one line
  if (labels !== undefined && target === undefined)
    throw new UsageError('--labels: needs --target COLUMN, which names the labels.')
  if (stream !== undefined && saveProfile !== undefined)
    throw new UsageError(
      '--stream: looks at the order of rows, of which a profile keeps nothing; leave out --save-profile.',
    )
  const ofTables = [
    'by',
    'model',
    'labels',
    'target',
    'scores',
    'prediction',
    'weights',
    'posteriors',
    'sample',
  ] as const
  const extra = ofTables.find((name) => options[name] !== undefined)
  if (stream !== undefined && extra !== undefined)
    throw new UsageError(`--stream: looks at one column of one table; leave out --${extra}.`)
  const ofStreams = (['detectors', 'simulate'] as const).find((name) => options[name] !== undefined)
  if (stream === undefined && ofStreams !== undefined) throw new UsageError(`--${ofStreams}: needs --stream COLUMN.`)
}
