/**
 * Walks protobuf messages inside a `Source`.
 *
 * Why not a library: they parse a message from memory as a whole, and a model's message holds gigabytes of `raw_data`. Here a length-delimited
 * field is only a range of the file until somebody reads it, so a walk touches the names and numbers around the data and never the data.
 * Every length is checked against the message that holds it, so nothing can point outside, and nothing is allocated by a length alone.
 */
import { FormatError, throwIfAborted } from '../../core/index.js'
import type { Source } from '../types.js'
import type { MessageType, WireType } from './message.js'
import { readVarint, unsignedNumber, type Varint } from './varint.js'

export interface Field<Name extends string = string> {
  readonly name: Name
  readonly number: number
  readonly wire: WireType
  /** Where its tag begins in the file. */
  readonly at: number
  /** Its payload in the file, without tag and length. */
  readonly from: number
  readonly to: number
  /** The integer of a varint or fixed field, as two unsigned halves; the length of a length-delimited one. */
  readonly lo: number
  readonly hi: number
}

/** Nothing when the work is done, a promise where the file had to be read first. */
export type Pending = void | Promise<void>

/** In the place of where to go on: behind a group, which the promise tells. */
const behindGroup = -1

const wireNames = ['varint', 'fixed64', 'length-delimited', 'group', 'group end', 'fixed32'] as const
const windowBytes = 64 * 1024
/** A tag and an integer, ten bytes each. */
const headBytes = 20
const deepestGroup = 64

export class Wire {
  private window: Uint8Array = new Uint8Array(0)
  private base = 0
  private readonly varint: Varint = { lo: 0, hi: 0 }
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(
    private readonly source: Source,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Calls `visit` for each field of `type` in [from, to), in order; unknown fields are skipped. What lies in the window is walked at once, without
   * a promise for each of a graph's many small messages; the result is a promise only where the file had to be read or `visit` gave one.
   */
  walk<Name extends string>(
    from: number,
    to: number,
    type: MessageType<Name>,
    visit: (field: Field<Name>) => Pending,
  ): Pending {
    const pending = this.walkNow(from, to, type, visit)
    if (pending) return this.walkOn(this.resumeAt, pending, to, type, visit)
  }

  /** The bytes of [from, to), for small payloads; the caller has bounded the length. They may be a view that later reads replace: use at once. */
  async bytes(from: number, to: number): Promise<Uint8Array> {
    if (!this.holds(from, to)) {
      if (to - from > windowBytes) {
        throwIfAborted(this.signal)
        return this.source.read(from, to - from)
      }
      await this.load(from)
    }
    return this.window.subarray(from - this.base, to - this.base)
  }

  /** Gives `take` the text of a string field of at most `limit` bytes; `what` is it for messages. */
  text(field: Field, limit: number, what: string, take: (text: string) => void): Pending {
    const length = field.to - field.from
    if (length > limit) {
      throw new FormatError(
        'long-name',
        `protobuf: ${what} at byte ${field.from} has ${length} bytes, more than the ${limit} a name may have here.`,
        { offset: field.from },
      )
    }
    if (!this.holds(field.from, field.to)) {
      return this.bytes(field.from, field.to).then((bytes) => {
        take(this.decode(bytes, field, what))
      })
    }
    take(this.decode(this.window.subarray(field.from - this.base, field.to - this.base), field, what))
  }

  /** Calls `visit` with the halves of each varint packed in [from, to), until it returns false. */
  varints(from: number, to: number, visit: (lo: number, hi: number) => boolean): Pending {
    const at = this.varintsNow(from, to, visit)
    if (at < to) return this.varintsOn(at, to, visit)
  }

  private async varintsOn(from: number, to: number, visit: (lo: number, hi: number) => boolean): Promise<void> {
    for (let at = from; at < to; at = this.varintsNow(at, to, visit)) await this.load(at)
  }

  /** Reads what the window holds; returns where to go on, `to` when all is done. */
  private varintsNow(from: number, to: number, visit: (lo: number, hi: number) => boolean): number {
    const { window, base, varint } = this
    if (!this.holds(from, Math.min(from + 10, to))) return from
    const end = Math.min(to, base + window.length)
    // An integer may take ten bytes, so the window's last ones are left to the next; the message's own end is a true one.
    const last = end === to ? end - 1 : end - 10
    let at = from
    while (at <= last) {
      at = base + readVarint(window, at - base, end - base, base, varint)
      if (!visit(varint.lo, varint.hi)) return to
    }
    return at
  }

  private async walkOn<Name extends string>(
    from: number,
    first: Promise<unknown>,
    to: number,
    type: MessageType<Name>,
    visit: (field: Field<Name>) => Pending,
  ): Promise<void> {
    let at = from
    let pending: Promise<unknown> | null = first
    while (pending) {
      const result: unknown = await pending
      pending = this.walkNow(at === behindGroup ? (result as number) : at, to, type, visit)
      at = this.resumeAt
    }
  }

  /** Walks until something must be waited for, which it returns, with `resumeAt` set to where to go on; null at the end. */
  private walkNow<Name extends string>(
    from: number,
    to: number,
    type: MessageType<Name>,
    visit: (field: Field<Name>) => Pending,
  ): Promise<unknown> | null {
    let at = from
    while (at < to) {
      if (!this.holds(at, Math.min(at + headBytes, to))) {
        this.resumeAt = at
        return this.load(at)
      }
      const number = this.tagAt(at, to)
      const wire = this.varint.lo & 7
      const known = type.fields.get(number)
      if (wire === 3) {
        if (known) throw this.wrongType(type, known.name, 3, at)
        this.resumeAt = behindGroup
        return this.skipGroup(number, this.next, to)
      }
      this.payloadAt(number, wire, this.next, to, at, type)
      const end = this.payloadEnd
      if (known) {
        if (!known.wires.includes(wire as WireType)) throw this.wrongType(type, known.name, wire, at)
        const { lo, hi } = this.varint
        const field = { name: known.name, number, wire: wire as WireType, at, from: this.payloadStart, to: end, lo, hi }
        const pending = visit(field)
        if (pending) {
          this.resumeAt = end
          return pending
        }
      }
      at = end
    }
    return null
  }

  private decode(bytes: Uint8Array, field: Field, what: string): string {
    // Short ASCII names are nearly all there is, and a TextDecoder's call costs more than they do.
    if (bytes.length <= 64) {
      let text = ''
      for (const byte of bytes) {
        if (byte >= 0x80) break
        text += String.fromCharCode(byte)
      }
      if (text.length === bytes.length) return text
    }
    try {
      return this.utf8.decode(bytes)
    } catch {
      throw new FormatError(
        'bad-utf8',
        `protobuf: ${what} at byte ${field.from} is not valid UTF-8, which a protobuf string must be.`,
        { offset: field.from },
      )
    }
  }

  private next = 0
  private resumeAt = 0
  private payloadStart = 0
  private payloadEnd = 0

  private holds(from: number, to: number): boolean {
    return from >= this.base && to <= this.base + this.window.length
  }

  private async load(at: number): Promise<void> {
    throwIfAborted(this.signal)
    this.window = await this.source.read(at, Math.min(windowBytes, this.source.size - at))
    this.base = at
  }

  /** Reads the tag at `at` into `varint` and `next`; returns the field number. */
  private tagAt(at: number, end: number): number {
    const { window, base, varint } = this
    this.next = base + readVarint(window, at - base, Math.min(end - base, window.length), base, varint)
    const number = varint.lo >>> 3
    if (varint.hi !== 0 || number === 0) {
      throw new FormatError(
        'bad-protobuf',
        `protobuf: the tag at byte ${at} has field number ${varint.hi === 0 ? '0' : 'above 2^29'}, which does not exist; the file is damaged, has bytes after its end, or is not a protobuf.`,
        { offset: at },
      )
    }
    return number
  }

  /** Sets `payloadStart` and `payloadEnd`, and `varint` to the value, of a field that is not a group. */
  private payloadAt(number: number, wire: number, start: number, end: number, at: number, type: MessageType): void {
    const { window, base, varint } = this
    let from = start
    let to: number
    if (wire === 0 || wire === 2) {
      from = base + readVarint(window, start - base, Math.min(end - base, window.length), base, varint)
      to = wire === 0 ? from : from + unsignedNumber(varint)
      if (wire === 0) from = start
    } else if (wire === 1 || wire === 5) {
      to = start + (wire === 1 ? 8 : 4)
    } else if (wire === 4) {
      throw new FormatError('bad-protobuf', `protobuf: a group ends at byte ${at} in ${type.name}, but none is open.`, {
        offset: at,
      })
    } else {
      throw new FormatError(
        'bad-protobuf',
        `protobuf: wire type ${wire} at byte ${at} in ${type.name} does not exist.`,
        {
          offset: at,
        },
      )
    }
    if (to > end) {
      const name = type.fields.get(number)?.name ?? `field ${number}`
      throw new FormatError(
        'truncated',
        `protobuf: ${name} of ${type.name} at byte ${at} claims a length of ${to - from} bytes, but its message ends after ${end - from}; the file is truncated or damaged.`,
        { offset: at },
      )
    }
    if (wire === 1 || wire === 5) {
      const view = new DataView(window.buffer, window.byteOffset + start - base, to - start)
      varint.lo = view.getUint32(0, true)
      varint.hi = wire === 1 ? view.getUint32(4, true) : 0
    }
    this.payloadStart = from
    this.payloadEnd = to
  }

  /** Skips an unknown group (a deprecated encoding that old writers may still use); gives the place behind its end. */
  private async skipGroup(number: number, from: number, to: number): Promise<number> {
    const open = [number]
    let at = from
    while (at < to) {
      if (!this.holds(at, Math.min(at + headBytes, to))) await this.load(at)
      const inner = this.tagAt(at, to)
      const wire = this.varint.lo & 7
      if (wire === 3) {
        open.push(inner)
        if (open.length > deepestGroup) {
          throw new FormatError('deep-nesting', `protobuf: groups at byte ${at} nest more than ${deepestGroup} deep.`, {
            offset: at,
          })
        }
        at = this.next
      } else if (wire === 4) {
        if (open.pop() !== inner) {
          throw new FormatError(
            'bad-protobuf',
            `protobuf: the group that ends at byte ${at} has another field number than the one that is open.`,
            {
              offset: at,
            },
          )
        }
        at = this.next
        if (open.length === 0) return at
      } else {
        this.payloadAt(inner, wire, this.next, to, at, groupType)
        at = this.payloadEnd
      }
    }
    throw new FormatError('truncated', `protobuf: the group opened before byte ${from} never ends.`, { offset: from })
  }

  private wrongType(type: MessageType, field: string, wire: number, at: number): FormatError {
    return new FormatError(
      'wrong-wire-type',
      `protobuf: ${field} of ${type.name} at byte ${at} is stored as ${wireNames[wire]}, which that field never is; the file is damaged or not what it seems.`,
      { offset: at },
    )
  }
}

const groupType: MessageType = { name: 'a group', fields: new Map() }
