/**
 * Reads the bytes of one file inside a zip archive. Its CRC-32 is checked over whatever was read front to back as it passes; `verify` checks the rest, so
 * that a view of a part of the file is checked too. Synchronous where the source is.
 */
import { inert, withPlace } from '../../core/index.js'
import type { Source, ZipStorage } from '../types.js'
import { type Crc32, crc32 as portableCrc32 } from './crc32.js'
import { zipError } from './fields.js'
import { Inflater } from './inflate.js'

export interface ZipMember {
  /** Bytes when inflated, as the directory declares them. */
  readonly size: number
  /** Fills `target` from `offset`. Throws FormatError (`crc`, `truncated`, `corrupt`, `size-mismatch`) as soon as a fault shows. */
  readInto(offset: number, target: Uint8Array): void | Promise<void>
  /** Reads what has not been read yet, for the checksum; nothing when all of it was read in order. */
  verify(): void | Promise<void>
  close(): void
}

export interface MemberOptions {
  /** `zlib.crc32` on Node (20.15 and later), for speed. */
  readonly crc32?: Crc32 | undefined
  /** Names of members whose checksum held before; read and extended. Lets the views of one storage share one check. */
  readonly verified?: Set<string> | undefined
}

/** Opens a member for reading; `source` is the archive. */
export function openMember(storage: ZipStorage, source: Source, options: MemberOptions = {}): ZipMember {
  const crc32 = options.crc32 ?? portableCrc32
  const seal = new Seal(storage, crc32, options.verified)
  const member =
    storage.method === 'stored' ? new StoredMember(storage, source, seal) : new DeflatedMember(storage, source, seal)
  return {
    size: storage.size,
    readInto: (offset, target) => placed(source, () => member.readInto(offset, target)),
    verify: () => placed(source, () => member.verify()),
    close: () => member.close(),
  }
}

/** Errors name the archive. */
function placed(source: Source, read: () => void | Promise<void>): void | Promise<void> {
  const fail = (error: unknown): never => {
    throw withPlace(error, { file: source.name })
  }
  try {
    return read()?.catch(fail)
  } catch (error) {
    return fail(error)
  }
}

/** The running checksum of one member: `position` bytes from its beginning are in it. */
class Seal {
  position = 0
  private value = 0
  done: boolean

  constructor(
    private readonly storage: ZipStorage,
    private readonly crc32: Crc32,
    private readonly verified: Set<string> | undefined,
  ) {
    this.done = storage.size === 0 || (verified?.has(sealName(storage)) ?? false)
  }

  /** Takes the part of `bytes` (which begin at `offset`) that continues the checksum. */
  add(offset: number, bytes: Uint8Array): void {
    const skip = this.position - offset
    if (this.done || skip < 0 || skip >= bytes.length) return
    this.value = this.crc32(skip === 0 ? bytes : bytes.subarray(skip), this.value)
    this.position += bytes.length - skip
    if (this.position < this.storage.size) return
    this.done = true
    if (this.value !== this.storage.crc32) {
      throw zipError(
        'crc',
        `the CRC-32 checksum of '${inert(this.storage.name)}' is ${hex(this.value)} and should be ${hex(this.storage.crc32)}: the file is corrupt; download or copy it again`,
        this.storage.offset,
      )
    }
    this.verified?.add(sealName(this.storage))
  }
}

const pieceSize = 1 << 18
/** A gap before what is read is read as well rather than left to a second pass, up to this size: the header before an array, padding. */
const largestGap = 1 << 16
/** A deflated member that is read backwards is kept whole up to this size. */
const largestKept = 1 << 25

/** Calls `step` until it says that it is done, staying synchronous as long as the steps are. */
function repeat(step: () => boolean | Promise<boolean>): void | Promise<void> {
  for (;;) {
    const done = step()
    if (done === true) return
    if (done !== false) return done.then((ended) => (ended ? undefined : repeat(step)))
  }
}

function after(first: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return first ? first.then(next) : next()
}

function outside(storage: ZipStorage, offset: number, length: number): Error {
  return zipError(
    'truncated',
    `bytes ${offset} to ${offset + length} of '${inert(storage.name)}' were asked for and it has ${storage.size}`,
  )
}

class StoredMember implements ZipMember {
  readonly size: number

  constructor(
    private readonly storage: ZipStorage,
    private readonly source: Source,
    private readonly seal: Seal,
  ) {
    this.size = storage.size
  }

  readInto(offset: number, target: Uint8Array): void | Promise<void> {
    if (offset + target.length > this.size) throw outside(this.storage, offset, target.length)
    const gap = offset - this.seal.position
    const caughtUp = gap > 0 && gap <= largestGap && !this.seal.done ? this.readTo(offset) : undefined
    return after(caughtUp, () =>
      after(this.source.readInto(this.storage.offset + offset, target), () => this.seal.add(offset, target)),
    )
  }

  verify(): void | Promise<void> {
    return this.seal.done ? undefined : this.readTo(this.size)
  }

  close(): void {}

  /** Feeds the checksum up to `end`. */
  private readTo(end: number): void | Promise<void> {
    const { seal, source, storage } = this
    const piece = new Uint8Array(Math.min(pieceSize, end - seal.position))
    return repeat(() => {
      const from = seal.position
      if (from >= end || seal.done) return true
      const target = piece.subarray(0, Math.min(piece.length, end - from))
      const reading = source.readInto(storage.offset + from, target)
      if (!reading) {
        seal.add(from, target)
        return false
      }
      return reading.then(() => {
        seal.add(from, target)
        return false
      })
    })
  }
}

class DeflatedMember implements ZipMember {
  readonly size: number
  private inflater = new Inflater()
  /** Compressed bytes that were pushed, and inflated bytes that were pulled. */
  private pushed = 0
  private position = 0
  private kept: Uint8Array | null = null

  constructor(
    private readonly storage: ZipStorage,
    private readonly source: Source,
    private readonly seal: Seal,
  ) {
    this.size = storage.size
  }

  readInto(offset: number, target: Uint8Array): void | Promise<void> {
    if (offset + target.length > this.size) throw outside(this.storage, offset, target.length)
    if (!this.kept && offset >= this.position) return after(this.skipTo(offset), () => this.fill(target))
    return after(this.keep(), () => {
      if (this.kept) target.set(this.kept.subarray(offset, offset + target.length))
      else return after(this.skipTo(offset), () => this.fill(target))
    })
  }

  verify(): void | Promise<void> {
    return this.seal.done ? undefined : this.skipTo(this.size)
  }

  close(): void {
    this.kept = null
    this.inflater = new Inflater()
  }

  /** Begins again, and holds everything where it is small enough. */
  private keep(): void | Promise<void> {
    if (this.kept) return
    this.inflater = new Inflater()
    this.pushed = 0
    this.position = 0
    if (this.size > largestKept) return
    const whole = new Uint8Array(this.size)
    return after(this.fill(whole), () => {
      this.kept = whole
    })
  }

  private skipTo(offset: number): void | Promise<void> {
    if (offset === this.position) return
    const piece = new Uint8Array(Math.min(pieceSize, offset - this.position))
    return repeat(() => {
      if (this.position >= offset) return true
      const filling = this.fill(piece.subarray(0, Math.min(piece.length, offset - this.position)))
      return filling ? filling.then(() => false) : false
    })
  }

  /** Inflates exactly `target.length` bytes from the current place. */
  private fill(target: Uint8Array): void | Promise<void> {
    const start = this.position
    let filled = 0
    return repeat(() => {
      filled += this.inflater.pull(target.subarray(filled))
      if (filled === target.length) {
        this.position = start + filled
        return this.position === this.size ? this.finish(start, target) : this.accept(start, target)
      }
      if (this.inflater.ended) throw this.lies(`inflates to ${start + filled} bytes and not to`)
      return this.feed()
    })
  }

  private accept(start: number, bytes: Uint8Array): true {
    this.seal.add(start, bytes)
    return true
  }

  /** The stream must end where the declared size and the compressed bytes end; only then does its checksum mean something. */
  private finish(start: number, bytes: Uint8Array): boolean | Promise<boolean> {
    const spare = new Uint8Array(1)
    const step = (): boolean | Promise<boolean> => {
      if (this.inflater.pull(spare) > 0) throw this.lies('inflates to more than')
      if (!this.inflater.ended) return this.feed()
      const trailing = this.inflater.unused + this.storage.compressedSize - this.pushed
      if (trailing === 0) return true
      throw zipError(
        'trailing',
        `'${inert(this.storage.name)}' has ${trailing} trailing bytes behind the end of its deflate stream (corrupt)`,
        this.storage.offset,
      )
    }
    const finishing = repeat(step)
    return finishing ? finishing.then(() => this.accept(start, bytes)) : this.accept(start, bytes)
  }

  private feed(): boolean | Promise<boolean> {
    const { storage, pushed } = this
    const input = new Uint8Array(Math.min(pieceSize, storage.compressedSize - pushed))
    if (input.length === 0)
      throw zipError('truncated', `the deflate stream of '${inert(storage.name)}' is truncated`, storage.offset)
    const reading = this.source.readInto(storage.offset + pushed, input)
    const push = () => {
      this.pushed = pushed + input.length
      this.inflater.push(input, this.pushed === storage.compressedSize)
      return false
    }
    return reading ? reading.then(push) : push()
  }

  private lies(what: string): Error {
    return zipError(
      'size-mismatch',
      `'${inert(this.storage.name)}' ${what} the ${this.size} bytes that the directory declares: the archive is corrupt or hostile`,
      this.storage.offset,
    )
  }
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

function sealName({ source, name }: ZipStorage): string {
  return `${source}/${name}`
}
