/** NumPy's archives: a zip of npy files, stored. */

import { type Crc32, crc32 as portableCrc32 } from '../../archive/index.js'
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { byteLength, bytesOf } from './bytes.js'
import { npyHeader } from './npy.js'
import { directoryEntry, ending, localHeader, type Member } from './zipRecords.js'

/** The file's bytes, in pieces; each is valid until the next is asked for. */
export function* writeNpz(tensors: ReadonlyMap<string, Tensor>, crc32: Crc32 = portableCrc32): Generator<Uint8Array> {
  const members: Member[] = []
  let at = 0
  for (const [key, x] of tensors) {
    const name = new TextEncoder().encode(`${key}.npy`)
    if (name.length > 0xffff) throw new UsageError(`save: a name of ${name.length} bytes; npz allows 65535.`)
    const header = npyHeader(x.dtype, x.shape)
    let crc = crc32(header)
    for (const piece of bytesOf(x)) crc = crc32(piece, crc)
    const member: Member = { name, crc, size: header.length + byteLength(x), offset: at }
    const local = localHeader(member)
    yield local
    yield header
    yield* bytesOf(x)
    members.push(member)
    at += local.length + member.size
  }
  const entries = members.map(directoryEntry)
  yield* entries
  yield ending(
    members.length,
    entries.reduce((sum, entry) => sum + entry.length, 0),
    at,
  )
}
