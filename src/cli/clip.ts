/** `normball clip`. */
import { type Command, Option } from 'commander'
import { addEditOptions, type EditCliOptions, numberAtLeast0, runEditCommand, share } from './editOptions.js'

interface ClipCliOptions extends EditCliOptions {
  max?: number
  fraction?: number
  quantile?: number
  norm?: string
  radius?: number
  per?: 'tensor' | 'row' | 'model'
  rule?: 'ball' | 'article'
}

const examples = `
Examples:
  normball clip model.safetensors clipped.safetensors --max 0.5
  normball clip model.pt clipped.safetensors --fraction 0.1         of each tensor's largest magnitude
  normball clip model.safetensors out.npz --quantile 0.999 --per model
  normball clip model.safetensors out.safetensors --norm l2 --radius 3 --per row      the max-norm constraint
  normball clip model.safetensors --in-place --norm spectral --radius 1 --tensors 'encoder.*'

Clipping writes the bound where an element is beyond it: for --fraction t that is t times the largest magnitude. --rule article is the loop of
some textbooks, which writes t itself, with the element's sign. Setting such elements to 0 is prune --which largest.`

export function addClip(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('clip')
    .description('bring weights onto a norm ball: no element, row or tensor larger than it may be')
    .option('--max <x>', 'no element larger than this in magnitude', numberAtLeast0)
    .option('--fraction <t>', 'no element larger than t times the largest magnitude', share)
    .option('--quantile <q>', 'no element larger than this quantile of the magnitudes', share)
    .option('--norm <name>', 'the norm of the ball: l1, l2, linf, lp(3), spectral, nuclear, group(l2, l1) ...')
    .option('--radius <r>', 'the radius of that ball', numberAtLeast0)
    .addOption(new Option('--per <what>', 'one ball for each tensor, each row (output), or the model').choices(['tensor', 'row', 'model'])) // biome-ignore format: one option
    .addOption(new Option('--rule <name>', 'ball projects; article is the textbook loop').choices(['ball', 'article']))
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: ClipCliOptions) => {
      const { max, fraction, quantile, norm, radius, per, rule } = options
      return run(() =>
        runEditCommand('clip', input, output, options, { max, fraction, quantile, norm, radius, per, rule }),
      )
    })
}
