/** safetensors and npz files written tensor by tensor, of any size in bounded memory. */

import { type Crc32, crc32 as portableCrc32 } from '../../archive/index.js'
import { elementCount, storageBytes, UsageError } from '../../core/index.js'
import { npyHeader } from './npy.js'
import { type Described, layOutSafetensors } from './safetensors.js'
import type { Sink, TensorSink } from './sink.js'
import { directoryEntry, ending, localHeader, type Member } from './zipRecords.js'

/** A safetensors file on `sink`. Throws UsageError for names that the format cannot hold. */
export function safetensorsSink(
  sink: Sink,
  tensors: readonly Described[],
  metadata: Readonly<Record<string, string>>,
): TensorSink {
  const { header, order, bytes } = layOutSafetensors(tensors, metadata)
  let begun = false
  const beginOnce = (): void | Promise<void> => {
    if (begun) return
    begun = true
    return sink.write(header)
  }
  return {
    order,
    begin: beginOnce,
    write: (piece) => sink.write(piece),
    end() {},
    async finish() {
      await beginOnce()
      return bytes
    },
  }
}

/** The longest comment that an archive can carry. */
export const longestComment = 0xffff

/** An npz file on `sink`; `comment` is the archive's, which NumPy does not look at. Throws UsageError for names that are too long. */
export function npzSink(
  sink: Sink,
  tensors: readonly Described[],
  comment = '',
  crc32: Crc32 = portableCrc32,
): TensorSink {
  const members: Member[] = []
  let at = 0
  let next = 0
  let current: Member | null = null
  let crc = 0
  return {
    order: tensors.map((_, place) => place),
    async begin() {
      const { name: key, type, shape } = tensors[next++]!
      const name = new TextEncoder().encode(`${key}.npy`)
      if (name.length > 0xffff) throw new UsageError(`save: a name of ${name.length} bytes; npz allows 65535.`)
      const header = npyHeader(type, shape)
      current = { name, crc: 0, size: header.length + storageBytes(type, elementCount(shape)!), offset: at }
      const local = localHeader(current)
      crc = crc32(header)
      await sink.write(local)
      await sink.write(header)
      at += local.length + current.size
    },
    write(piece) {
      crc = crc32(piece, crc)
      return sink.write(piece)
    },
    async end() {
      const member = { ...current!, crc }
      members.push(member)
      // The checksum stands before the bytes, and is known after them.
      await sink.patch(member.offset, localHeader(member))
    },
    async finish() {
      const entries = members.map(directoryEntry)
      const size = entries.reduce((sum, entry) => sum + entry.length, 0)
      for (const entry of entries) await sink.write(entry)
      const text = new TextEncoder().encode(comment)
      const last = ending(members.length, size, at, text.length <= longestComment ? text : undefined)
      await sink.write(last)
      return at + size + last.length
    },
  }
}
