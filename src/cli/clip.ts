/** `normball clip`. */
import type { Command } from 'commander'
import { addEditOptions, type EditCliOptions, runEditCommand } from './editOptions.js'
import { positiveNumber } from './options.js'

interface ClipCliOptions extends EditCliOptions {
  max?: number
}

const examples = `
Examples:
  normball clip model.safetensors clipped.safetensors --max 0.5`

export function addClip(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('clip')
    .description('bring weights onto a norm ball: no element, row or tensor larger than it may be')
    .option('--max <x>', 'no element larger than this in magnitude', positiveNumber)
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: ClipCliOptions) =>
      run(() => runEditCommand('clip', input, output, options, { max: options.max })),
    )
}
