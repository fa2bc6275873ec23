/**
 * Walks over Thrift's compact encoding, in which Parquet writes its footer and page headers, before a parser makes objects of it: whether lengths stay
 * within the bytes, nesting within a limit, and numbers within 64 bits. Nothing is allocated.
 */

const deepest = 24

/** Behind the struct that begins at `at`; throws RangeError with what is wrong. */
export function walkStruct(bytes: Uint8Array, at: number, depth = 0): number {
  if (depth > deepest) throw new RangeError(`it nests deeper than ${deepest} levels`)
  let i = at
  for (;;) {
    if (i >= bytes.length) throw new RangeError('it ends within a struct (truncated)')
    const byte = bytes[i++]!
    const type = byte & 15
    if (type === 0) return i
    if (byte >> 4 === 0) i = walkVarint(bytes, i)
    i = walkValue(bytes, i, type, depth)
  }
}

function walkValue(bytes: Uint8Array, at: number, type: number, depth: number): number {
  switch (type) {
    case 1:
    case 2:
      return at
    case 3:
      return within(bytes, at + 1)
    case 4:
    case 5:
    case 6:
      return walkVarint(bytes, at)
    case 7:
      return within(bytes, at + 8)
    case 8: {
      const [length, next] = varint(bytes, at)
      return within(bytes, next + length)
    }
    case 9:
      return walkList(bytes, at, depth)
    case 12:
      return walkStruct(bytes, at, depth + 1)
    default:
      throw new RangeError(`it has a field of the unknown type ${type}`)
  }
}

function walkList(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > deepest) throw new RangeError(`it nests deeper than ${deepest} levels`)
  within(bytes, at + 1)
  const type = bytes[at]! & 15
  let length = bytes[at]! >> 4
  let i = at + 1
  if (length === 15) [length, i] = varint(bytes, i)
  // An element takes a byte at least.
  if (length > bytes.length - i)
    throw new RangeError(`it has a list of ${length} elements in ${bytes.length - i} bytes`)
  for (let n = 0; n < length; n++) i = walkValue(bytes, i, type <= 2 ? 3 : type, depth + 1)
  return i
}

function walkVarint(bytes: Uint8Array, at: number): number {
  for (let i = at; i < at + 10 && i < bytes.length; i++) if (bytes[i]! < 128) return i + 1
  throw new RangeError('it has a number of more than 64 bits, or ends within one')
}

/** A length, and what is behind it. */
function varint(bytes: Uint8Array, at: number): [number, number] {
  const end = walkVarint(bytes, at)
  let value = 0
  for (let i = at; i < end; i++) value += (bytes[i]! & 127) * 2 ** (7 * (i - at))
  return [value, end]
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new RangeError(`it has a length that reaches ${end - bytes.length} bytes past its end`)
  return end
}

/** What stands where a number should, for a message: a header may have anything there. */
export const shownNumber = (value: unknown): string =>
  value === undefined ? 'missing' : ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : 'no number'
