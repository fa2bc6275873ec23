/** Tensors as files: safetensors, npz, npy. */

import type { Crc32 } from '../../archive/index.js'
import { closest, inert, UsageError } from '../../core/index.js'
import { StateDict, Tensor } from '../../tensor/index.js'
import { writeNpy } from './npy.js'
import { writeNpz } from './npz.js'
import { writeSafetensors } from './safetensors.js'

export type WriteFormat = 'safetensors' | 'npz' | 'npy'
const formats: readonly WriteFormat[] = ['safetensors', 'npz', 'npy']

/** One tensor (npy), or tensors by name. */
export type Savable = Tensor | ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>

export interface WriteOptions {
  /** By default what the path's ending says. */
  readonly format?: WriteFormat
  /** Text to go with the tensors; safetensors only. A StateDict brings its own. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The format that a path's ending names. Throws UsageError for another ending. */
export function formatOf(path: string): WriteFormat {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  if (formats.includes(ending as WriteFormat)) return ending as WriteFormat
  const [near] = closest(ending, formats)
  throw new UsageError(
    `save: '${inert(path)}' does not end in .safetensors, .npz or .npy, which can be written. Try ${near ? `.${near}` : 'the option format'}.`,
  )
}

/** The file's bytes, in pieces; each is valid until the next is asked for. Throws UsageError where the format cannot hold the values. */
export function write(
  values: Savable,
  format: WriteFormat,
  options: WriteOptions = {},
  crc32?: Crc32,
): Generator<Uint8Array> {
  if (!formats.includes(format))
    throw new UsageError(`save: format '${inert(String(format))}'; expected ${formats.join(', ')}.`)
  if (format === 'npy') {
    if (values instanceof Tensor) return writeNpy(values)
    throw new UsageError('save: npy holds one tensor without a name; got several. Try .npz or .safetensors.')
  }
  if (values instanceof Tensor)
    throw new UsageError(
      `save: ${format} holds tensors by name; got one tensor. Try save(path, { name: tensor }), or .npy.`,
    )
  const tensors: ReadonlyMap<string, Tensor> = values instanceof Map ? values : new Map(Object.entries(values))
  for (const [name, x] of tensors)
    if (!(x instanceof Tensor)) throw new UsageError(`save: '${inert(name)}' is ${typeof x}; expected a tensor.`)
  if (format === 'npz') return writeNpz(tensors, crc32)
  return writeSafetensors(tensors, { ...(values instanceof StateDict ? values.metadata : {}), ...options.metadata })
}

/** A whole file in memory. */
export function encodeBytes(values: Savable, format: WriteFormat, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  for (const piece of write(values, format, options)) pieces.push(piece.slice())
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
