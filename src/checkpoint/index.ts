/** `normball/checkpoint` in a browser. */
import { inputName, type Listed, type OpenOptions, type SourceInput, sourceOf } from './inputs.js'
import { openSource } from './open.js'
import type { Checkpoint } from './types.js'

export * from './index.shared.js'

export type Input = SourceInput

/**
 * Opens a checkpoint in any format, reading its metadata only.
 *
 * @param input a `File`, bytes, the URL of a file on a server that sends ranges, or a `Source`
 * @throws FormatError (damaged, hostile, unsupported), SystemError
 * @example
 * import { open } from 'normball/checkpoint'
 * const checkpoint = await open(file)
 * for (const { name, dtype, shape } of checkpoint.tensors) console.log(name, dtype, shape)
 * await checkpoint.close()
 */
export async function open(input: Input, options: OpenOptions = {}): Promise<Checkpoint> {
  const source = await sourceOf(input, options.signal)
  try {
    return await openSource(source, options)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** The checkpoints that `input` stands for: here always one. */
export async function listInputs(input: Input): Promise<readonly Listed[]> {
  return [{ name: inputName(input), open: (signal) => open(input, signal ? { signal } : {}) }]
}
