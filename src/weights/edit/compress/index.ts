/** `compress`: layers of low rank, as two factors or reassembled. */
import type { StateDict } from '../../../tensor/index.js'
import type { EditEnvironment } from '../environment.js'
import { runEdit } from '../run.js'
import type { EditOutput, EditReport } from '../types.js'
import { compressEdit } from './edit.js'
import type { CompressOptions } from './options.js'

export { compressEdit } from './edit.js'
export type { CompressDetails } from './layer.js'
export type { CompressOptions } from './options.js'
export type { Spread } from './ranks.js'

/** Runs the edit and frees what it kept. */
export async function runCompress<Input>(
  environment: EditEnvironment<Input>,
  input: Input | StateDict,
  output: EditOutput,
  options: CompressOptions,
): Promise<EditReport> {
  const edit = compressEdit(options)
  try {
    return await runEdit(environment, edit, input, output, options)
  } finally {
    edit.dispose()
  }
}
