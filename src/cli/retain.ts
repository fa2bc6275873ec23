/** `normball retain`. */
import { type Command, Option } from 'commander'
import { addEditOptions, type EditCliOptions, runEditCommand, share } from './editOptions.js'

interface RetainCliOptions extends EditCliOptions {
  fraction: number
  per?: 'tensor' | 'row' | 'model'
  rule?: 'article'
}

const examples = `
Examples:
  normball retain model.safetensors sparse.safetensors --fraction 0.1
  normball retain model.pt sparse.safetensors --fraction 0.05 --per row --dry-run

Keeps elements of at least the fraction t of the largest magnitude and zeroes the rest. --rule article is the same loop as textbooks have it
(where |w| < t max|W|, write 0).`

export function addRetain(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('retain')
    .description('keep the weights that are large beside the largest, zero the rest')
    .requiredOption('--fraction <t>', 'keep what is at least t times the largest magnitude', share)
    .addOption(new Option('--per <what>', "the tensor's largest, each row's, or the model's").choices(['tensor', 'row', 'model'])) // biome-ignore format: one option
    .addOption(new Option('--rule <name>', 'the textbook loop').choices(['article']))
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: RetainCliOptions) => {
      const { fraction, per, rule } = options
      return run(() => runEditCommand('retain', input, output, options, { fraction, per, rule }))
    })
}
