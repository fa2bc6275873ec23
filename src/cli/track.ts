/** `normball track`. */
import { type Command, Option } from 'commander'
import { inert } from '../core/index.js'
import { trackView } from '../report/index.js'
import { track } from '../weights/index.node.js'
import { deliver } from './deliver.js'
import { failureLine } from './failure.js'
import { addCommonOptions, type CommonOptions, repeatable, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { progressLine } from './progress.js'

export interface TrackCliOptions extends CommonOptions {
  spectra?: 'auto' | 'exact' | 'estimate' | 'none'
  tensors?: string[]
  order?: 'auto' | 'step' | 'name' | 'given'
  top?: number
}

const examples = `
Examples:
  normball track runs/checkpoints/                    every checkpoint of a folder, by step
  normball track step*.safetensors --html track.html  with charts of norms, updates, angles and spectra
  normball track checkpoint-*/ --spectra none         fast: no singular values
  normball track a.pt b.pt c.pt --order given --json

Steps come from the metadata (step, global_step), else from the names (step0800, checkpoint-1200, epoch=3-step=400).
What the figures and verdicts mean: docs/metrics.md.`

export function addTrack(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('track')
    .description(
      'follow one network over its checkpoints: norms, updates, and which layers settle, move, grow or break',
    )
    .argument('<path...>', 'checkpoints, or folders of them')
    .addOption(
      new Option('--order <by>', 'order of the checkpoints').choices(['auto', 'step', 'name', 'given']).default('auto'),
    )
    .addOption(
      new Option('--spectra <mode>', 'singular values').choices(['auto', 'exact', 'estimate', 'none']).default('auto'),
    )
    .option('--tensors <glob>', 'only tensors whose names match (repeatable)', repeatable)
    .option('--top <n>', 'rows of the tables; 0 shows all (default: 40 on a terminal, all in a pipe)', wholeNumber(0))
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((paths: string[], options: TrackCliOptions) => run(() => runTrack(paths, options)))
}

/** Runs the command and returns its exit code. */
export async function runTrack(paths: readonly string[], options: TrackCliOptions): Promise<number> {
  checkOutputs([options.output, options.csv, options.html], paths)
  const progress = progressLine(!options.quiet)
  const { spectra, tensors, order, backend, seed, workers } = options
  const report = await track(paths, {
    spectra,
    tensors,
    order,
    backend,
    seed,
    workers,
    onProgress: progress.update,
  }).finally(progress.clear)
  const [first] = report.errors
  if (first && report.checkpoints.length === 0) {
    const { exitCode: _, ...error } = first
    await deliver({ error, ...report }, trackView, options)
  } else await deliver(report, trackView, options)
  for (const error of report.errors) process.stderr.write(`${failureLine(error)}\n`)
  if (options.json && !options.quiet)
    for (const warning of report.warnings) process.stderr.write(`normball: warning: ${inert(warning, 600)}\n`)
  return Math.max(0, ...report.errors.map(({ exitCode }) => exitCode))
}
