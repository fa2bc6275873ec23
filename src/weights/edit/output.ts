/** Where an edit's result goes: a file in one of the formats, a state dict, or nowhere. */
import type { Checkpoint } from '../../checkpoint/index.js'
import { type Described, type FileSink, npzSink, safetensorsSink, type TensorSink } from '../../checkpoint/internal.js'
import { inert, UsageError } from '../../core/index.js'
import { StateDict } from '../../tensor/index.js'
import type { EditEnvironment } from './environment.js'
import { checkDicts, memorySink } from './stateDict.js'
import type { Target } from './storage.js'
import type { EditCommand, EditOptions, EditOutput } from './types.js'

/** What the output can hold; for a run that writes nothing, what it would. */
export function targetOf(command: EditCommand, output: EditOutput, options: EditOptions): Target {
  if (output instanceof StateDict) return 'memory'
  if (options.format !== undefined) return options.format
  if (output === null) return 'safetensors'
  const ending = /\.([a-z0-9]+)$/i.exec(output)?.[1]?.toLowerCase()
  if (ending === 'npz') return 'npz'
  if (ending !== undefined && /^(npy|pt|pth|bin|ckpt|onnx|gguf|h5|pkl)$/.test(ending))
    throw new UsageError(
      `${command}: the output '${inert(output)}' would be no .${ending} file: safetensors and npz can be written. Try a name that ends in .safetensors, or --format.`,
    )
  return 'safetensors'
}

/** An output that was opened; `null` sinks write nothing. */
export interface OpenOutput {
  readonly sink: TensorSink
  /** Makes the result appear. */
  commit(): Promise<void>
  /** Leaves nothing of it. */
  discard(): Promise<void>
}

/** Refuses what cannot be written, before any work. */
export function checkOutput<Input>(
  environment: EditEnvironment<Input>,
  command: EditCommand,
  checkpoint: Checkpoint,
  input: Input | StateDict,
  output: EditOutput,
  options: EditOptions,
): void {
  if (typeof output === 'string') {
    if (environment.files === null)
      throw new UsageError(`${command}: files can be written on Node only. Try a StateDict as the output.`)
    environment.files.check(output, checkpoint, options.inPlace ?? false)
  } else if (output !== null) checkDicts(input, output, options.inPlace ?? false)
}

/** Opens the output for these tensors, in this order. */
export async function openOutput<Input>(
  environment: EditEnvironment<Input>,
  output: string | StateDict,
  target: Target,
  tensors: readonly Described[],
  metadata: Readonly<Record<string, string>>,
): Promise<OpenOutput> {
  if (typeof output !== 'string') {
    const sink = memorySink(output, tensors, metadata)
    return { sink, async commit() {}, discard: async () => sink.discard() }
  }
  const file = await environment.files!.create(output)
  try {
    return { sink: fileSink(file, target, tensors, metadata, environment), commit: () => file.commit(), discard: () => file.discard() } // biome-ignore format: one object
  } catch (error) {
    await file.discard()
    throw error
  }
}

function fileSink<Input>(
  file: FileSink,
  target: Target,
  tensors: readonly Described[],
  metadata: Readonly<Record<string, string>>,
  environment: EditEnvironment<Input>,
): TensorSink {
  if (target === 'npz') return npzSink(file, tensors, JSON.stringify(metadata), environment.crc32)
  return safetensorsSink(file, tensors, metadata)
}
