/** `normball compress`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { inert } from '../core/index.js'
import { addEditOptions, type EditCliOptions, runEditCommand } from './editOptions.js'
import { positiveNumber } from './options.js'

interface CompressCliOptions extends EditCliOptions {
  rank?: number
  energy?: number
  maxError?: number
  budget?: number
  budgetOf?: 'model' | 'chosen'
  weigh?: 'absolute' | 'relative'
  activations?: string
  dense?: boolean
  groups?: Record<string, number>
}

const examples = `
Examples:
  normball compress model.safetensors small.safetensors --budget 0.5     half the parameters, with the least total error
  normball compress model.pt small.safetensors --energy 0.95             each layer keeps 95 % of its squared singular values
  normball compress model.pt small.npz --max-error 0.1 --tensors 'fc*'   each layer within 10 %
  normball compress model.safetensors flat.safetensors --rank 16 --dense the nearest of rank 16, names and shapes as before
  normball compress model.pt small.safetensors --rank 0.25 --activations calib.npz

A layer W [out, in] of rank k becomes two: fc.0.weight [k, in] and fc.1.weight [out, k], as nn.Sequential(first, second) in the place of fc loads them;
its bias becomes fc.1.bias. The report (and the output's metadata) has the line of PyTorch for each. A convolution becomes its kernel with
k outputs, and one of size 1. Layers that would not get smaller are left alone.`

/** `layer4.*.conv2=32`. */
function groupsOf(text: string, before: Record<string, number> | undefined): Record<string, number> {
  const at = text.lastIndexOf('=')
  const count = Number(text.slice(at + 1))
  if (at < 1 || !Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError(`'${inert(text, 60)}' is not GLOB=N, such as 'layer4.*.conv2=32'.`)
  return { ...before, [text.slice(0, at)]: count }
}

export function addCompress(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('compress')
    .description('low rank: replace layers by two smaller ones, by rank, energy, error, or a budget over all layers')
    .option('--rank <k>', 'rank of every layer: a whole number, or a fraction of its full rank', positiveNumber)
    .option('--energy <share>', 'the least rank with this share of the squared singular values', positiveNumber)
    .option('--max-error <x>', 'the least rank with at most this relative error, for each layer', positiveNumber)
    .option('--budget <share>', 'keep this share of the parameters, spread so that the total error is least', positiveNumber) // biome-ignore format: one option
    .addOption(
      new Option(
        '--budget-of <what>',
        "the budget's whole: the model's parameters (default), or those of the tensors chosen (default with --tensors, --kinds)",
      ).choices(['model', 'chosen']),
    )
    .addOption(
      new Option('--weigh <how>', 'errors that a budget sums (default: absolute)').choices(['absolute', 'relative']),
    )
    .option('--activations <file>', 'npz with samples [rows, inputs] or second moments [inputs, inputs] by tensor name: the error of outputs is least') // biome-ignore format: one option
    .option('--dense', 'keep names and shapes: the nearest tensors of that rank, no smaller file')
    .option('--groups <glob=n>', 'groups of convolutions that the file does not tell (repeatable)', groupsOf)
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: CompressCliOptions) =>
      run(() => {
        const { rank, energy, maxError, budget, budgetOf, weigh, activations, dense, groups } = options
        const more = { rank, energy, maxError, budget, budgetOf, weigh, activations, dense, groups }
        return runEditCommand('compress', input, output, options, more)
      }),
    )
}
