/** `normball convert`. */
import { type Command, Option } from 'commander'
import { addEditOptions, type EditCliOptions, runEditCommand } from './editOptions.js'

interface ConvertCliOptions extends EditCliOptions {
  dtype?: string
  saturate?: boolean
}

const examples = `
Examples:
  normball convert model.pt model.safetensors                     another format, every number as it is
  normball convert model.safetensors half.safetensors --dtype bf16
  normball convert model.gguf model.npz --dtype f32               quantized blocks as numbers
  normball convert model.safetensors small.safetensors --dtype f8_e4m3 --tensors '*.weight' --saturate

Numbers are rounded to nearest, ties to even; the report says what that cost in each norm. Whole numbers and truth values stay as they are.`

export function addConvert(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('convert')
    .description('another format, or other widths of floating-point numbers, with what rounding cost')
    .addOption(
      new Option('--dtype <type>', 'what floating tensors become (default: their own types)').choices([
        ...['f64', 'f32', 'f16', 'bf16', 'f8_e4m3', 'f8_e5m2', 'f8_e4m3fnuz', 'f8_e5m2fnuz'],
      ]),
    )
    .option('--saturate', 'hold what is too large for the type at its largest number; without it that is an error')
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: ConvertCliOptions) =>
      run(() => {
        const { dtype, saturate } = options
        return runEditCommand('convert', input, output, options, { dtype, saturate })
      }),
    )
}
