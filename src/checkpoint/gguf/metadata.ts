/** GGUF's key-value metadata: every value is walked, what is long is shown abbreviated. */
import { inert } from '../../core/index.js'
import { abbreviated, decodeUtf8 } from '../json.js'
import type { Metadata, MetadataValue } from '../types.js'
import type { Cursor } from './cursor.js'

/** The types by number; strings and arrays have sizes of their own. */
const scalarBytes: readonly (number | null)[] = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8]
const stringType = 8
const arrayType = 9
const u32Type = 4

const longestKey = 65_535
/** Of longer strings the beginning is kept, and the rest is not read. */
const keptText = 1 << 17
/** Of longer arrays so many elements are shown. */
const shownElements = 8
const longestShown = 64
/** Characters and array elements that are kept of all values together, and warnings about them. */
const keptTextInAll = 2 ** 21
const keptElementsInAll = 50_000
const mostWarnings = 8
/** Strings and arrays inside all arrays together, for each has to be walked: sixteen times the largest vocabulary known. */
const mostWalked = 4 * 2 ** 20
const mostNested = 65_536
/** An array costs as much time as so many strings. */
const nestedCost = 16
const deepestArray = 3
const mostPairs = 100_000

export interface GgufMetadata {
  readonly values: Metadata
  readonly warnings: readonly string[]
  /** `general.alignment` where it is given. */
  readonly alignment: number | null
}

interface Walk {
  readonly cursor: Cursor
  readonly warnings: string[]
  /** Of `mostWalked`, `keptTextInAll` and `keptElementsInAll`. */
  left: number
  text: number
  elements: number
}

export async function readMetadata(cursor: Cursor, count: number): Promise<GgufMetadata> {
  if (count > mostPairs) {
    throw cursor.fail('too-large', `the metadata count ${count} is beyond the limit of ${mostPairs} keys`)
  }
  const values: { [key: string]: MetadataValue } = Object.create(null)
  const warnings: string[] = []
  const walk: Walk = { cursor, warnings, left: mostWalked, text: keptTextInAll, elements: keptElementsInAll }
  const seen = new Set<string>()
  let alignment: number | null = null
  let unkept = 0
  for (let index = 0; index < count; index++) {
    const at = cursor.offset
    const key = await readKey(cursor)
    if (seen.has(key))
      throw cursor.fail('duplicate-key', `the metadata key '${inert(key)}' is there more than once (duplicate)`, at)
    seen.add(key)
    await cursor.need(4, `the type of metadata '${inert(key)}'`)
    const type = cursor.u32()
    const value = await readValue(walk, type, key, 0)
    walk.text -= key.length
    if (walk.text >= -keptTextInAll) values[abbreviated(key)] = value
    else unkept++
    if (key === 'general.alignment') alignment = checkAlignment(cursor, type, value, at)
  }
  if (unkept > 0)
    warnings.push(`The metadata is too long to keep; the last ${unkept} of ${count} entries are left out.`)
  return { values, warnings, alignment }
}

async function readKey(cursor: Cursor): Promise<string> {
  const at = cursor.offset
  const length = await readLength(cursor, 'a metadata key')
  if (length > longestKey) {
    throw cursor.fail(
      'bad-key',
      `a metadata key has a length of ${length} bytes, too long: the limit is ${longestKey}`,
      at,
    )
  }
  if (length === 0) throw cursor.fail('bad-key', 'a metadata key is empty', at)
  await cursor.need(length, 'a metadata key')
  const key = decodeUtf8(cursor.slice(length))
  if (key === null) throw cursor.fail('bad-utf8', 'a metadata key is not UTF-8 text', at)
  return key
}

/** A string's length, which must fit into the file. */
export async function readLength(cursor: Cursor, what: string): Promise<number> {
  await cursor.need(8, `the length of ${what}`)
  const at = cursor.offset
  const length = cursor.u64()
  if (length > BigInt(cursor.remaining)) {
    throw cursor.fail('truncated', `the length ${length} of ${what} (a string) reaches past the end of the file`, at)
  }
  return Number(length)
}

async function readValue(walk: Walk, type: number, key: string, depth: number): Promise<MetadataValue> {
  if (type === stringType) return readText(walk, key)
  if (type === arrayType) return readArray(walk, key, depth)
  const { cursor } = walk
  const bytes = scalarBytes[type]
  if (!bytes)
    throw cursor.fail('bad-type', `metadata '${inert(key)}' has the unknown value type ${type}`, cursor.offset - 4)
  await cursor.need(bytes, `the value of metadata '${inert(key)}'`)
  return readScalar(cursor, type, bytes, key)
}

function readScalar(cursor: Cursor, type: number, bytes: number, key: string): MetadataValue {
  const little = cursor.littleEndian
  const { view, at } = cursor.take(bytes)
  if (type === 0) return view.getUint8(at)
  if (type === 1) return view.getInt8(at)
  if (type === 2) return view.getUint16(at, little)
  if (type === 3) return view.getInt16(at, little)
  if (type === 4) return view.getUint32(at, little)
  if (type === 5) return view.getInt32(at, little)
  if (type === 6) return shortestSingle(view.getFloat32(at, little))
  if (type === 10) return exact(view.getBigUint64(at, little))
  if (type === 11) return exact(view.getBigInt64(at, little))
  if (type === 12) return view.getFloat64(at, little)
  const value = view.getUint8(at)
  if (value > 1)
    throw cursor.fail(
      'bad-value',
      `metadata '${inert(key)}' is a bool with the value ${value}, which is neither 0 nor 1`,
    )
  return value === 1
}

/** As a number where it is exact, else as its digits. */
function exact(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

/** The shortest decimal that is the same single: 1e-5 and not 0.000009999999747378752. */
function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return shorter
  }
  return value
}

async function readText(walk: Walk, key: string): Promise<string> {
  const { cursor } = walk
  const length = await readLength(cursor, `the value of metadata '${inert(key)}'`)
  if (length > 0 && walk.text <= 0) {
    cursor.skip(length, 'a string')
    return `… (${length} bytes)`
  }
  if (length > keptText) {
    await cursor.need(keptText, 'a string')
    const start = new TextDecoder().decode(cursor.slice(keptText)).slice(0, 4096)
    cursor.skip(length - keptText, 'a string')
    walk.text -= start.length
    warn(walk, `The metadata string '${inert(key)}' is ${length} bytes long; only its beginning is kept.`)
    return `${start}… (${length} bytes)`
  }
  await cursor.need(length, 'a string')
  const bytes = cursor.slice(length)
  const text = decodeUtf8(bytes)
  if (text === null) warn(walk, `The metadata string '${inert(key)}' is not UTF-8; its broken characters are replaced.`)
  const kept = abbreviated(text ?? new TextDecoder().decode(bytes))
  walk.text -= kept.length
  return kept
}

/** Each warning once in a row, and few of them: an array may hold millions of reasons. */
function warn({ warnings }: Walk, warning: string): void {
  if (warnings.length < mostWarnings && warnings.at(-1) !== warning) warnings.push(warning)
}

/** Short arrays whole, of longer ones the first elements and a note. */
async function readArray(walk: Walk, key: string, depth: number): Promise<MetadataValue> {
  const { cursor } = walk
  await cursor.need(12, `the array of metadata '${inert(key)}'`)
  const at = cursor.offset
  const type = cursor.u32()
  const length = cursor.u64()
  if (type !== stringType && type !== arrayType && !scalarBytes[type]) {
    throw cursor.fail('bad-type', `the array of metadata '${inert(key)}' has the unknown element type ${type}`, at)
  }
  // A string needs at least its length, an array its type and length.
  const bytes = type === stringType ? 8 : type === arrayType ? 12 : scalarBytes[type]!
  if (length * BigInt(bytes) > BigInt(cursor.remaining)) {
    throw cursor.fail(
      'truncated',
      `the array of metadata '${inert(key)}' has a count of ${length} elements, which reach past the end of the file`,
      at,
    )
  }
  const count = Number(length)
  if (type === arrayType && depth === deepestArray) {
    throw cursor.fail(
      'deep-nesting',
      `the arrays of metadata '${inert(key)}' are nested more than ${deepestArray} deep`,
      at,
    )
  }
  if (type === stringType) walk.left -= count
  else if (type === arrayType) walk.left -= count * nestedCost
  if (walk.left < 0 || (type === arrayType && count > mostNested)) {
    throw cursor.fail(
      'too-large',
      `the array of metadata '${inert(key)}' has ${count} elements, too many: its length is beyond the limit`,
      at,
    )
  }
  const shown = Math.min(count <= longestShown ? count : shownElements, Math.max(0, walk.elements))
  walk.elements -= shown
  const items: MetadataValue[] = []
  for (let index = 0; index < shown; index++) items.push(await readValue(walk, type, key, depth + 1))
  if (type !== stringType && type !== arrayType) cursor.skip((count - shown) * bytes, 'an array')
  else {
    for (let index = shown; index < count; index++) {
      const skipping = skipValue(walk, type, key, depth + 1)
      if (skipping) await skipping
    }
  }
  if (shown < count) items.push(`… (${count} elements)`)
  return items
}

/** Steps over a string or an array; without a promise for each where its bytes are at hand. */
function skipValue(walk: Walk, type: number, key: string, depth: number): Promise<unknown> | undefined {
  if (type === arrayType) return readArray(walk, key, depth)
  const { cursor } = walk
  const waiting = cursor.need(8, 'a string')
  if (waiting) return waiting.then(() => skipText(cursor, key))
  skipText(cursor, key)
  return undefined
}

function skipText(cursor: Cursor, key: string): void {
  const at = cursor.offset
  const length = cursor.size()
  if (length > cursor.remaining) {
    throw cursor.fail(
      'truncated',
      `the length ${length} of a string in metadata '${inert(key)}' reaches past the end of the file`,
      at,
    )
  }
  cursor.skip(length, 'a string')
}

function checkAlignment(cursor: Cursor, type: number, value: MetadataValue, at: number): number {
  if (type !== u32Type || typeof value !== 'number') {
    throw cursor.fail(
      'bad-alignment',
      'general.alignment is not of the type uint32 that the format wants (negative, text, or too large)',
      at,
    )
  }
  if (value === 0 || value % 8 !== 0) {
    throw cursor.fail('bad-alignment', `general.alignment is ${value}, and has to be a multiple of 8 above 0`, at)
  }
  return value
}
