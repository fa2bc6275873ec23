/** The bytes of a tensor's storage, wherever they lie: one face over file ranges, zip members and bytes in memory. */

import { openMember } from '../archive/index.js'
import { FormatError, UsageError } from '../core/index.js'
import { openDequantized } from './dequantized.js'
import type { Source, Storage } from './types.js'

/** CRC-32 of `bytes`, continued from `previous`. */
export type Crc32 = (bytes: Uint8Array, previous?: number) => number

export interface Stored {
  readonly size: number
  /** Whether reading backwards costs more than reading on. */
  readonly forwardOnly: boolean
  readInto(offset: number, target: Uint8Array): void | Promise<void>
  /** Checks what was not read yet, where there is a checksum. */
  verify(): void | Promise<void>
  close(): void
}

/** Members whose checksum held, by archive: the views of one storage share one check. */
const verifiedMembers = new WeakMap<Source, Set<string>>()

export function openStored(storage: Storage, sources: readonly Source[], crc32: Crc32 | undefined): Stored {
  if (storage.kind === 'bytes') return new Bytes(storage.bytes)
  if (storage.kind === 'dequantized') return openDequantized(storage, (part) => openStored(part, sources, crc32))
  const source = sources[storage.source]
  if (!source) throw new UsageError(`readTensor: the tensor lies in source ${storage.source}, got ${sources.length}`)
  if (storage.kind === 'range') return new Range(source, storage.offset, storage.length)
  let verified = verifiedMembers.get(source)
  if (!verified) {
    verified = new Set()
    verifiedMembers.set(source, verified)
  }
  const member = openMember(storage, source, { crc32, verified })
  const forwardOnly = storage.method === 'deflated'
  return {
    size: member.size,
    forwardOnly,
    readInto: (offset, target) => member.readInto(offset, target),
    verify: () => member.verify(),
    close: () => member.close(),
  }
}

class Range implements Stored {
  readonly forwardOnly = false

  constructor(
    private readonly source: Source,
    private readonly start: number,
    readonly size: number,
  ) {}

  readInto(offset: number, target: Uint8Array): void | Promise<void> {
    return this.source.readInto(this.start + offset, target)
  }

  verify(): void {}

  close(): void {}
}

class Bytes implements Stored {
  readonly size: number
  readonly forwardOnly = false

  constructor(private readonly bytes: Uint8Array) {
    this.size = bytes.length
  }

  readInto(offset: number, target: Uint8Array): void {
    if (offset + target.length > this.size) {
      throw new FormatError('truncated', `a tensor of ${this.size} bytes was read up to ${offset + target.length}.`)
    }
    target.set(this.bytes.subarray(offset, offset + target.length))
  }

  verify(): void {}

  close(): void {}
}
