/** `normball inspect`. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import { ansiPaint, plainPaint, requireSortKey, toCsv, toHtml, toJson, toTerminal } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { type InspectReport, inspect } from '../weights/index.node.js'
import { failureLine } from './failure.js'
import { addCommonOptions, type CommonOptions, positiveNumber, repeatable, sqlHelp, wholeNumber } from './options.js'
import { checkOutputs, writeResult } from './output.js'
import { progressLine } from './progress.js'
import { terminalWidth, usesColor } from './terminal.js'

export interface InspectCliOptions extends CommonOptions {
  spectra?: 'auto' | 'exact' | 'estimate' | 'none'
  convNorms?: boolean
  tensors?: string[]
  sort?: string
  top?: number
  failOn?: 'error' | 'warning'
  flags?: string
  sql?: string
  rankTolerance?: number
}

const examples = `
Examples:
  normball inspect model.safetensors
  normball inspect checkpoints/ --spectra none            every file of a folder, fast
  normball inspect model.pt --tensors 'encoder.*' --sort stableRank
  normball inspect model.onnx --json -o report.json --html report.html
  normball inspect model.gguf --fail-on error             exit code 1 where a flag is an error

Reads safetensors (shards too), PyTorch (.pt .pth .bin .ckpt), ONNX, GGUF, npy and npz; of tables (CSV, TSV, NDJSON, Parquet, DuckDB) every
column of numbers. Nothing in a file is executed.
What the figures mean: docs/metrics.md.`

export function addInspect(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('inspect')
    .description('measure every tensor of a checkpoint: norms, spectra, ranks, and what looks wrong')
    .argument('<path...>', 'files, folders or sharded indexes')
    .addOption(
      new Option('--spectra <mode>', 'singular values').choices(['auto', 'exact', 'estimate', 'none']).default('auto'),
    )
    .option('--conv-norms', 'also the norm of each convolution as an operator')
    .option('--tensors <glob>', 'only tensors whose names match (repeatable)', repeatable)
    .option('--sort <key>', 'order of the table: worst, file, or a figure such as l2, spectral, stableRank', 'worst')
    .option('--top <n>', 'rows of the table; 0 shows all (default: 40 on a terminal, all in a pipe)', wholeNumber(0))
    .option('--flags <file>', 'thresholds of the flags, as JSON (names: docs/metrics.md)')
    .option('--sql <query>', sqlHelp)
    .option('--rank-tolerance <x>', 'numerical rank: singular values above x times the largest', positiveNumber)
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 when a flag is at least this severe').choices([
        'error',
        'warning',
      ]),
    )
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((paths: string[], options: InspectCliOptions) => run(() => runInspect(paths, options)))
}

/** Runs the command and returns its exit code. `next`: end with what to run next. */
export async function runInspect(paths: readonly string[], options: InspectCliOptions, next = true): Promise<number> {
  requireSortKey(options.sort ?? 'worst')
  checkOutputs([options.output, options.csv, options.html], paths)
  const progress = progressLine(!options.quiet)
  let report: InspectReport
  try {
    report = await inspect(paths, {
      spectra: options.spectra ?? 'auto',
      convNorms: options.convNorms ?? false,
      tensors: options.tensors ?? [],
      backend: options.backend ?? 'auto',
      seed: options.seed ?? 0,
      ...(options.sql === undefined ? {} : { sql: options.sql }),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.rankTolerance === undefined ? {} : { rankTolerance: options.rankTolerance }),
      ...(options.flags === undefined ? {} : { thresholds: readThresholds(options.flags) }),
      onProgress: progress.update,
    })
  } finally {
    progress.clear()
  }
  if (options.csv !== undefined) writeFileAtomically(options.csv, toCsv(report))
  if (options.html !== undefined) writeFileAtomically(options.html, await toHtml(report))
  writeResult(options.json ? jsonOf(report) : textOf(report, options, next), options.output)
  tellProblems(report, options)
  return exitCodeOf(report, options.failOn)
}

/** The report as JSON; with `error` in front when nothing could be read. */
function jsonOf(report: InspectReport): string {
  const [first] = report.errors
  if (report.files.length > 0 || !first) return toJson(report)
  const { exitCode: _, ...error } = first
  return toJson({ error, ...report })
}

function textOf(report: InspectReport, options: InspectCliOptions, next: boolean): string {
  const toTerminalDirectly = process.stdout.isTTY && options.output === undefined
  return toTerminal(report, {
    width: terminalWidth(options.output),
    paint: usesColor(options.color, options.output) ? ansiPaint : plainPaint,
    sort: options.sort ?? 'worst',
    next: next && report.files.length === 1,
    top: options.top ?? (toTerminalDirectly ? 40 : 0),
  })
}

function tellProblems(report: InspectReport, options: InspectCliOptions): void {
  for (const error of report.errors) process.stderr.write(`${failureLine(error)}\n`)
  if (options.quiet || !options.json) return
  for (const file of report.files) {
    for (const warning of file.warnings)
      process.stderr.write(`normball: warning: ${inert(file.path)}: ${inert(warning, 600)}\n`)
  }
}

function exitCodeOf(report: InspectReport, failOn: 'error' | 'warning' | undefined): number {
  const flags = report.files.flatMap((file) => [...file.flags, ...file.tensors.flatMap((tensor) => tensor.flags)])
  const fails = flags.some(({ severity }) =>
    severity === 'error' ? failOn !== undefined : severity === 'warning' && failOn === 'warning',
  )
  return Math.max(0, fails ? 1 : 0, ...report.errors.map((error) => error.exitCode))
}

/** `--flags FILE`: a JSON object of threshold names and numbers. */
function readThresholds(path: string): Record<string, number> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--flags: cannot read '${inert(path)}' (${(error as Error).message}).`, {}, 'cannot-read')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `--flags: '${inert(path)}' is not JSON (${inert((error as Error).message)}). Expected {"name": number, ...}.`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--flags: '${inert(path)}' holds no object. Expected {"name": number, ...}.`)
  }
  for (const [name, threshold] of Object.entries(value)) {
    if (typeof threshold !== 'number' || !Number.isFinite(threshold)) {
      throw new UsageError(`--flags: '${inert(name)}' in '${inert(path)}' is not a number.`)
    }
  }
  return value as Record<string, number>
}
