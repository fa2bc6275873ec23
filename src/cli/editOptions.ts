/** What the commands that write an edited checkpoint share: their options, and how they run. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { inert } from '../core/index.js'
import { editView } from '../report/index.js'
import type { EditOptions, EditReport } from '../weights/index.node.js'
import type { JobName } from '../weights/internal.node.js'
import { deliver } from './deliver.js'
import { addCommonOptions, type CommonOptions, repeatable, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { progressLine } from './progress.js'

type EditedKind = NonNullable<EditOptions['kinds']>[number]

export interface EditCliOptions extends CommonOptions {
  tensors?: string[]
  kinds?: EditedKind[]
  minSize?: number
  format?: 'safetensors' | 'npz'
  inPlace?: boolean
  dryRun?: boolean
  allowNonfinite?: boolean
  spectra?: 'auto' | 'exact' | 'estimate' | 'none'
  top?: number
}

const kindNames: readonly EditedKind[] = ['linear', 'conv', 'convTranspose', 'embedding', 'norm', 'bias', 'recurrent', 'attention', 'scalar', 'state', 'constant', 'unknown'] // biome-ignore format: a list

/** A number of at least 0; anything else is wrong usage. */
export function numberAtLeast0(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('expected a number of at least 0.')
  return value
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = numberAtLeast0(text)
  if (value > 1) throw new InvalidArgumentError('expected a number from 0 to 1.')
  return value
}

/** `linear,conv`. */
function kindList(text: string, before: EditedKind[] | undefined): EditedKind[] {
  const words = text.split(',').map((word) => word.trim())
  for (const word of words)
    if (!kindNames.includes(word as EditedKind))
      throw new InvalidArgumentError(`'${inert(word, 40)}' is no kind; expected some of ${kindNames.join(', ')}.`)
  return [...(before ?? []), ...(words as EditedKind[])]
}

/** `IN OUT` and the options that every edit has. */
export function addEditOptions(command: Command): Command {
  command
    .argument('<in>', 'a checkpoint: a file in any format, a folder, a sharded index')
    .argument('[out]', 'the file to write: .safetensors or .npz; left out with --in-place and --dry-run')
    .option('--tensors <glob>', 'only tensors whose names match, whatever their kind (repeatable)', repeatable)
    .option('--kinds <list>', 'kinds of tensors to edit (default: weights; no biases, no normalization)', kindList)
    .option('--min-size <n>', 'leave tensors with fewer elements alone', wholeNumber(0))
    .addOption(new Option('--format <name>', 'format of the output (default: by its name)').choices(['safetensors', 'npz'])) // biome-ignore format: one option
    .option('--in-place', 'write over the input')
    .option('--dry-run', 'work everything out, write nothing')
    .option('--allow-nonfinite', 'leave NaN and infinite elements as they are; without it they are an error')
    .addOption(
      new Option('--spectra <mode>', 'singular values before and after (default: where they are cheap)').choices([
        ...['auto', 'exact', 'estimate', 'none'],
      ]),
    )
    .option('--top <n>', 'rows of the table; 0 shows all (default: 40 on a terminal, all in a pipe)', wholeNumber(0))
  return addCommonOptions(command)
}

/** The library's options of the command line's. */
export function editOptionsOf(options: EditCliOptions): EditOptions {
  const { tensors, kinds, minSize, format, inPlace, dryRun, allowNonfinite, spectra, seed, workers, backend } = options
  return { tensors, kinds, minSize, format, inPlace, dryRun, allowNonfinite, spectra, seed, workers, backend }
}

/**
 * Runs an edit in a thread of its own, so that progress and Ctrl-C stay alive, and delivers its report; the exit code.
 *
 * @param more the command's own options for the library
 */
export async function runEditCommand(
  name: JobName,
  input: string,
  output: string | undefined,
  options: EditCliOptions,
  more: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { UsageError } = await import('../core/index.js')
  if (output === undefined && !options.inPlace && !options.dryRun)
    throw new UsageError(`${name}: an output is missing. Try normball ${name} IN OUT, or --in-place, or --dry-run.`)
  const target = output ?? (options.inPlace ? input : null)
  checkOutputs([options.output, options.csv, options.html, ...(options.inPlace ? [] : [output])], [input])
  const progress = progressLine(!options.quiet)
  const { runInThread } = await import('../weights/internal.node.js')
  const job = { ...editOptionsOf(options), ...more }
  const report = (await runInThread(name, [input, target], job, progress.update).finally(progress.clear)) as EditReport
  await deliver(report, editView, options)
  if (options.json && !options.quiet)
    for (const warning of report.warnings) process.stderr.write(`normball: warning: ${inert(warning, 600)}\n`)
  return 0
}
