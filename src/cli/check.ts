/** `normball check`. */
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import { checkView, toJunit } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { check } from '../weights/index.node.js'
import { deliver } from './deliver.js'
import { failureLine } from './failure.js'
import { addCommonOptions, type CommonOptions } from './options.js'
import { checkOutputs } from './output.js'
import { progressLine } from './progress.js'

export interface CheckCliOptions extends CommonOptions {
  rules?: string
  baseline?: string
  junit?: string
  spectra?: 'auto' | 'exact' | 'estimate' | 'none'
  failOn?: 'error' | 'warning'
}

/** No rules file is larger; the reader itself allows a quarter. */
const mostBytes = 4 << 20

const examples = `
Examples:
  normball check model.safetensors                            the default rules
  normball check model.safetensors --rules rules.yaml         your own (JSON or YAML)
  normball check new.safetensors --rules rules.yaml --baseline old.safetensors
  normball check model.pt --junit report.xml --fail-on warning

Exit code 0: every rule of severity error holds. 1: one failed. 2: the rules file is wrong. 3, 4: the input cannot be read.
How rules are written: docs/check.md.`

export function addCheck(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('check')
    .description('hold rules against a checkpoint: limits on figures, flags, changes, totals; for CI')
    .argument('<path>', 'a file, a folder with one checkpoint, or a sharded index')
    .option('--rules <file>', 'rules as JSON or YAML (default: a set that is useful without a file)')
    .option('--baseline <path>', 'checkpoint that changes are measured from')
    .option('--junit <file>', 'also write the outcome as JUnit XML')
    .addOption(
      new Option('--spectra <mode>', 'singular values (default: where a rule needs them)').choices([
        'auto',
        'exact',
        'estimate',
        'none',
      ]),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 when a rule at least this severe fails')
        .choices(['error', 'warning'])
        .default('error'),
    )
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((path: string, options: CheckCliOptions) => run(() => runCheck(path, options)))
}

/** Runs the command and returns its exit code. */
export async function runCheck(path: string, options: CheckCliOptions): Promise<number> {
  const { rules, baseline, junit, spectra, backend, seed, workers } = options
  const inputs = [path, rules, baseline].filter((one) => one !== undefined)
  checkOutputs([options.output, options.csv, options.html, junit], inputs)
  const text = rules === undefined ? undefined : { text: await readRules(rules), name: rules }
  const progress = progressLine(!options.quiet)
  const report = await check(path, {
    rules: text,
    baseline,
    spectra,
    backend,
    seed,
    workers,
    onProgress: progress.update,
  }).finally(progress.clear)
  if (junit !== undefined) writeFileAtomically(junit, await toJunit(report))
  const [first] = report.errors
  if (first) {
    const { exitCode: _, ...error } = first
    await deliver({ error, ...report }, checkView, options)
  } else await deliver(report, checkView, options)
  for (const error of report.errors) process.stderr.write(`${failureLine(error)}\n`)
  const { failedErrors, failedWarnings } = report.counts
  const failed = failedErrors > 0 || (options.failOn === 'warning' && failedWarnings > 0)
  return Math.max(failed ? 1 : 0, ...report.errors.map(({ exitCode }) => exitCode))
}

async function readRules(path: string): Promise<string> {
  try {
    const { size } = statSync(path)
    if (size > mostBytes)
      throw new UsageError(`--rules: '${inert(path)}' has ${size} bytes, too many for rules.`, {}, 'bad-rules')
    const bytes = await readFile(path)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const why = error instanceof TypeError ? 'it is not UTF-8 text' : (error as Error).message
    throw new UsageError(`--rules: cannot read '${inert(path)}' (${inert(why, 200)}).`, {}, 'cannot-read')
  }
}
