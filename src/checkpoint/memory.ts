/** Tensors and files in memory. What computes is loaded when it is first asked for: most programs that open a checkpoint only read it. */
import type { StateDict } from '../tensor/index.js'
import type { LoadOptions } from './load.js'
import type { ReadOptions } from './read.js'
import type { Checkpoint } from './types.js'
import type { Savable, WriteFormat, WriteOptions } from './write/index.js'

/** The tensors of the checkpoint that `open` gives, which is closed again. */
export async function loadWith(
  open: () => Promise<Checkpoint>,
  options: LoadOptions & ReadOptions,
): Promise<StateDict> {
  const { loadTensors } = await import('./load.js')
  const checkpoint = await open()
  try {
    return await loadTensors(checkpoint, options)
  } finally {
    await checkpoint.close()
  }
}

/** A whole safetensors, npz or npy file in memory, to download or send: what `save` writes on Node. */
export async function encode(
  values: Savable,
  format: WriteFormat,
  options: Omit<WriteOptions, 'format'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { encodeBytes } = await import('./write/index.js')
  return encodeBytes(values, format, options)
}
