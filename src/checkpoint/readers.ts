/**
 * Every format that can be opened. To add one: a folder with a `Reader`, a line here, its name in `Format`. The first that matches is taken, so
 * formats with a magic number stand before those that are recognized by their shape.
 */
import { ggufReader } from './gguf/reader.js'
import { npyReader } from './npy/reader.js'
import { npzReader } from './npz/reader.js'
import { onnxReader } from './onnx/reader.js'
import { safetensorsReader } from './safetensors/reader.js'
import { torchReader } from './torch/reader.js'
import type { Reader, Source } from './types.js'

export const readers: readonly Reader[] = [ggufReader, npyReader, safetensorsReader, torchReader, npzReader, onnxReader]

/** Used only for files that no reader recognizes: the reader that the name promises can say best what is wrong with them. */
const byExtension: Readonly<Record<string, Reader['format']>> = {
  safetensors: 'safetensors',
  gguf: 'gguf',
  npy: 'npy',
  npz: 'npz',
  pt: 'torch',
  pth: 'torch',
  ckpt: 'torch',
  onnx: 'onnx',
}

/** The reader that recognizes the content. */
export async function findReader(source: Source, head: Uint8Array): Promise<Reader | null> {
  for (const reader of readers) {
    if (!reader.matches(head, source.size)) continue
    if (!reader.claims || (await reader.claims(source))) return reader
  }
  return null
}

/** The reader that the name promises. */
export function promisedReader(name: string): Reader | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const format = Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined
  return readers.find((reader) => reader.format === format) ?? null
}
