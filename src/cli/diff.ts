/** `normball diff`. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import { diffView } from '../report/index.js'
import { type DiffReport, diff, requireDiffSortKey } from '../weights/index.node.js'
import { deliver } from './deliver.js'
import { addCommonOptions, type CommonOptions, positiveNumber, repeatable, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'
import { progressLine } from './progress.js'

export interface DiffCliOptions extends CommonOptions {
  spectra?: 'auto' | 'exact' | 'estimate' | 'none'
  angles?: number
  tensors?: string[]
  map?: string
  match?: 'names' | 'shape'
  lora?: boolean
  loraAlpha?: number
  sort?: string
  top?: number
  failOver?: number
}

const examples = `
Examples:
  normball diff before.safetensors after.safetensors      what fine-tuning moved, largest change first
  normball diff model/ model-q4.gguf --spectra none       what quantization cost
  normball diff a.onnx b.safetensors --map names.json     names that differ: {"name in a": "name in b"} or the other way round
  normball diff a.pt b.pt --match shape                   pairs what no name pairs by shape and content
  normball diff base/ adapter/                            a LoRA adapter: B A against the weights it changes
  normball diff old.pt new.pt --fail-over 0.05            exit code 1 when a weight changed by more than 5 %

The difference is b - a; relative is ||b - a|| / ||a||. --fail-over looks at the largest relative change of any floating
tensor of the model. An adapter is told by its names (lora_A, lora_B), its alpha by adapter_config.json beside it.
Two adapters may be compared with each other.`

export function addDiff(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('diff')
    .description('how far apart two checkpoints are, tensor by tensor, across formats')
    .argument('<a>', 'a file, folder or sharded index')
    .argument('<b>', 'what it became: the same, or a LoRA adapter')
    .addOption(
      new Option('--spectra <mode>', 'singular values of the differences')
        .choices(['auto', 'exact', 'estimate', 'none'])
        .default('auto'),
    )
    .option('--angles <k>', 'leading singular vectors whose spaces are compared; 0 for none', wholeNumber(0), 4)
    .option('--tensors <glob>', 'only tensors whose names match, on either side (repeatable)', repeatable)
    .option('--map <file>', 'names that belong together, as JSON: {"name": "name"}')
    .addOption(new Option('--match <how>', 'what else pairs tensors').choices(['names', 'shape']).default('names'))
    .option('--lora', 'b is a LoRA adapter (otherwise told by its names)')
    .option('--lora-alpha <x>', "the adapter's alpha", positiveNumber)
    .option(
      '--sort <key>',
      'order: relative, file, name, or a figure such as deltaL2, deltaSpectral, cosine',
      'relative',
    )
    .option('--top <n>', 'rows of the table; 0 shows all (default: 40 on a terminal, all in a pipe)', wholeNumber(0))
    .option('--fail-over <x>', 'exit code 1 when the largest relative change is above x', limit)
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((a: string, b: string, options: DiffCliOptions) => run(() => runDiff(a, b, options)))
}

function limit(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('expected a number of at least 0.')
  return value
}

/** Runs the command and returns its exit code. */
export async function runDiff(a: string, b: string, options: DiffCliOptions): Promise<number> {
  requireDiffSortKey(options.sort ?? 'relative')
  checkOutputs([options.output, options.csv, options.html], [a, b])
  const map = options.map === undefined ? undefined : readNames(options.map)
  const progress = progressLine(!options.quiet)
  const { spectra, angles, tensors, match, lora, loraAlpha, sort, failOver, workers, backend, seed } = options
  let report: DiffReport
  try {
    report = await diff(a, b, {
      ...{ spectra, angles, tensors, match, map, lora, loraAlpha, sort, failOver, workers, backend, seed },
      onProgress: progress.update,
    })
  } finally {
    progress.clear()
  }
  await deliver(report, diffView, options)
  if (!options.quiet && options.json)
    for (const warning of report.warnings) process.stderr.write(`normball: warning: ${inert(warning, 600)}\n`)
  return report.check?.failed ? 1 : 0
}

/** `--map FILE`: a JSON object of names. */
function readNames(path: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--map: cannot read '${inert(path)}' (${(error as Error).message}).`, {}, 'cannot-read')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `--map: '${inert(path)}' is not JSON (${inert((error as Error).message)}). Expected {"name in a": "name in b", ...}.`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`--map: '${inert(path)}' holds no object. Expected {"name in a": "name in b", ...}.`)
  for (const [name, other] of Object.entries(value))
    if (typeof other !== 'string')
      throw new UsageError(`--map: '${inert(name)}' in '${inert(path)}' is paired with something that is no name.`)
  return value as Record<string, string>
}
