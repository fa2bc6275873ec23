/** `normball train`. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { inert, version } from '../core/index.js'
import { trainView, viewToHtml } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import type { TrainOutcome } from '../train/index.js'
import { deliver } from './deliver.js'
import { onInterrupt } from './interrupt.js'
import { addCommonOptions, type CommonOptions, positiveNumber, repeatable, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { trainProgress } from './trainProgress.js'

export interface TrainCliOptions extends CommonOptions {
  folder?: string
  save?: boolean
  resume?: boolean | string
  epochs?: number
  steps?: number
  lr?: number
  set?: string[]
}

const examples = `
Examples:
  normball train digits.yaml                                  trains; what it leaves is in runs/digits
  normball train digits.yaml --folder runs/first --epochs 20
  normball train digits.yaml --resume                         goes on where the last run of digits.yaml was stopped
  normball train digits.yaml --resume runs/first --epochs 40
  normball train digits.yaml --set optimizer.lr=0.01 --set 'penalties.0.lambda=1e-3'
  normball train config.ts --json                             a TypeScript program whose default export is the configuration

A folder of a run has checkpoints/, best.safetensors (where one is kept), log.ndjson, config.json, report.html and model.safetensors.
Ctrl-C saves a checkpoint and says how to go on; a second Ctrl-C leaves at once. How configurations are written: docs/training.md.`

export function addTrain(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('train')
    .description(
      'train a network as a configuration says: data, model, loss, optimizer, norm penalties and constraints',
    )
    .argument('<config>', 'a configuration: YAML, JSON, or TypeScript')
  addCommonOptions(command)
  command
    .option('--folder <dir>', "folder of the run (default: the configuration's output, or runs/NAME)")
    .option('--no-save', 'write nothing')
    .option('--resume [path]', 'go on with a run: its folder, or a checkpoint in it (default: the last run)')
    .option('--epochs <n>', 'passes over the data', wholeNumber(1))
    .option('--steps <n>', 'steps of the optimizer', wholeNumber(1))
    .option('--lr <rate>', 'learning rate', positiveNumber)
    .option('--set <path=value>', 'set a field of the configuration; may be repeated', repeatable)
    .addHelpText('after', examples)
    .action((config: string, options: TrainCliOptions) => run(() => runTrain(config, options)))
}

/** Options that stand for fields of the configuration. */
function settingsOf({ epochs, steps, lr, seed, set = [] }: TrainCliOptions): string[] {
  const fields = { epochs, steps, 'optimizer.lr': lr, seed }
  const own = Object.entries(fields).filter(([, value]) => value !== undefined)
  return [...set, ...own.map(([path, value]) => `${path}=${value}`)]
}

/** The result as `--json` has it. */
export interface TrainJson extends Omit<TrainOutcome, 'pictures'> {
  readonly normball: string
  readonly command: 'train'
}

/** Runs the command and returns its exit code. */
export async function runTrain(config: string, options: TrainCliOptions): Promise<number> {
  const { resume = false, save = true, backend, quiet = false, html, csv } = options
  checkOutputs([options.output, html, csv], [config])
  const { trainInThread } = await import('../train/internal.node.js')
  const interrupt = new AbortController()
  const progress = trainProgress(quiet, options.color)
  const done = onInterrupt(() => {
    progress.say('normball: stopping after this step; press Ctrl-C again to leave at once.')
    interrupt.abort()
  })
  let outcome: TrainOutcome
  try {
    outcome = await trainInThread(
      { config, settings: settingsOf(options), output: save ? options.folder : null, resume, backend },
      {
        signal: interrupt.signal,
        onStart() {},
        onRecord: progress.record,
      },
    )
  } finally {
    done()
    progress.end()
  }
  return tell(config, outcome, options)
}

async function tell(config: string, outcome: TrainOutcome, options: TrainCliOptions): Promise<number> {
  const { output, report } = outcome
  const again = ['normball train', quoted(config), ...settingsOf(options).map((one) => `--set ${quoted(one)}`)].join(
    ' ',
  )
  const view = trainView(outcome, { config, again })
  if (output !== null) writeFileAtomically(join(output, 'report.html'), await viewToHtml(view))
  const { pictures: _, ...json } = outcome
  await deliver<object>({ normball: version, command: 'train', ...json }, () => view, options)
  if (report.outcome !== 'interrupted') return 0
  const how = output === null ? 'nothing was saved' : `go on with: ${again} --resume ${quoted(output)}`
  process.stderr.write(`normball: interrupted at step ${report.steps}; ${how}\n`)
  return 130
}

const quoted = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : `'${inert(path).replaceAll("'", "'\\''")}'`) // biome-ignore format: one line
