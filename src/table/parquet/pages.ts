/**
 * Values of one column chunk, page by page. hyparquet decodes pages; what it takes on trust is checked before (headers, sizes, counts, runs), and what it
 * gives after.
 */
import type { DecodedArray, PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { readDataPage } from 'hyparquet/src/datapage.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import type { Compressors } from 'hyparquet-compressors'
import { crc32 } from '../../archive/index.js'
import { unpack } from './compress.js'
import { checkDelta, checkHybrid } from './runs.js'
import type { Chunk, Leaf } from './schema.js'
import { shownNumber, walkStruct } from './thrift.js'
import type { Window } from './window.js'

/** What a page holds: its present values, or their places in the dictionary; where `levels` is below the leaf's, a value is missing. */
export interface Page {
  readonly count: number
  readonly levels: readonly number[] | null
  readonly values: DecodedArray
  readonly dictionary: DecodedArray | null
}

/** More values are in no page. */
const mostValues = 2 ** 24
const mostTextBytes = 2 ** 28
/** A header is no longer. */
const mostHeader = 2 ** 26

/** Bytes of a header that are read at first; statistics of long words may need more. */
const headerBytes = 1 << 13

/** The pages of a chunk, read as they are asked for. Throws RangeError (and what hyparquet throws) with what is wrong with the chunk. */
export async function* pagesOf(
  bytes: Window,
  leaf: Leaf,
  { meta, rows }: Chunk,
  compressors: Compressors,
): AsyncGenerator<Page> {
  const { codec } = meta
  let dictionary: DecodedArray | null = null
  let seen = 0
  while (seen < rows) {
    if (bytes.left === 0) throw new RangeError(`its pages have ${seen} of ${rows} rows`)
    const { header, length } = await headerOf(bytes)
    bytes.skip(length)
    const size = whole(header.compressed_page_size, 'the size of a page')
    const unpacked = whole(header.uncompressed_page_size, 'the unpacked size of a page')
    if (size > bytes.left) throw new RangeError(`a page of ${size} bytes reaches past its chunk, which has ${bytes.left} left`) // biome-ignore format: one line
    // A copy, so that nothing in it reaches beyond it.
    const packed = (await bytes.peek(size)).slice(0, size)
    bytes.skip(size)
    checkSum(packed, header.crc)
    if (header.type === 'DICTIONARY_PAGE') {
      if (dictionary !== null || seen > 0) throw new RangeError('a dictionary page that is not the first page')
      dictionary = dictionaryOf(unpack(packed, unpacked, codec, compressors), header, leaf)
    } else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') {
      const page = pageOf(packed, unpacked, header, leaf, codec, compressors, dictionary)
      seen += page.count
      if (seen > rows) throw new RangeError(`its pages have more than its ${rows} rows`)
      yield page
    } else if (header.type === undefined) throw new RangeError('a page of an unknown type')
  }
}

/** The header of the next page, whose length nothing tells: more is read where it does not end in what was. */
async function headerOf(bytes: Window): Promise<{ header: PageHeader; length: number }> {
  for (let wanted = headerBytes; ; wanted *= 8) {
    const head = await bytes.peek(Math.min(wanted, bytes.left))
    try {
      const length = walkStruct(head, 0)
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
      return { header: parquetHeader({ view, offset: 0 }), length }
    } catch (error) {
      if (head.length >= bytes.left || head.length >= mostHeader) throw error
    }
  }
}

/** Throws RangeError where the page has another checksum (CRC-32 of its bytes as they are in the file) than its header says. */
function checkSum(packed: Uint8Array, said: number | undefined): void {
  if (said === undefined) return
  const found = crc32(packed)
  if (found !== said >>> 0) throw new RangeError(`the checksum (CRC-32) of a page is ${hex(found)}, and its header says ${hex(said >>> 0)}`) // biome-ignore format: one line
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** A number of a header; hyparquet takes what is there. */
function whole(value: unknown, what: string, most = 2 ** 31 - 1): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new RangeError(`${what} is ${shownNumber(value)}`)
}

function dictionaryOf(
  bytes: Uint8Array,
  { dictionary_page_header: header }: PageHeader,
  { element }: Leaf,
): DecodedArray {
  const count = whole(header?.num_values, 'the number of values of a dictionary page', mostValues)
  return values(bytes, 'PLAIN', count, element)
}

function pageOf(
  packed: Uint8Array,
  unpacked: number,
  header: PageHeader,
  leaf: Leaf,
  codec: Chunk['meta']['codec'],
  compressors: Compressors,
  dictionary: DecodedArray | null,
): Page {
  const v2 = header.data_page_header_v2
  const v1 = header.data_page_header
  if (!(header.type === 'DATA_PAGE' ? v1 : v2)) throw new RangeError('a data page without its header')
  const encoding = (header.type === 'DATA_PAGE' ? v1 : v2)!.encoding
  const count = whole((header.type === 'DATA_PAGE' ? v1 : v2)!.num_values, 'the number of values of a page', mostValues)
  const width = 32 - Math.clz32(leaf.maxDefinition)
  let levels: number[] | null = null
  let rest: Uint8Array
  if (header.type === 'DATA_PAGE') {
    const page = unpack(packed, unpacked, codec, compressors)
    let begin = 0
    if (width > 0) {
      if (v1!.definition_level_encoding !== 'RLE') throw new RangeError(`levels in the unsupported encoding ${v1!.definition_level_encoding}`) // biome-ignore format: one line
      if (page.length < 4) throw new RangeError('a page that ends within its levels')
      begin = 4 + new DataView(page.buffer, page.byteOffset).getUint32(0, true)
      if (begin > page.length) throw new RangeError('levels that reach past their page')
      levels = levelsOf(page, 4, begin, width, count)
    }
    rest = page.slice(begin)
  } else {
    if (whole(v2!.repetition_levels_byte_length, 'the length of repetition levels') > 0) throw new RangeError('repetition levels in a column without lists') // biome-ignore format: one line
    const begin = whole(v2!.definition_levels_byte_length, 'the length of definition levels')
    if (begin > packed.length || begin > unpacked) throw new RangeError('levels that reach past their page')
    if (width > 0) levels = levelsOf(packed, 0, begin, width, count)
    const body = packed.slice(begin)
    const by = v2!.is_compressed === false ? 'UNCOMPRESSED' : codec
    // A page of gaps alone has nothing to unpack.
    if (body.length === 0 && unpacked === begin) rest = body
    else rest = unpack(body, unpacked - begin, by, compressors)
  }
  let present = count
  if (levels !== null)
    for (const level of levels) {
      if (level > leaf.maxDefinition)
        throw new RangeError(`a level of ${level} where ${leaf.maxDefinition} is the highest`)
      if (level < leaf.maxDefinition) present--
    }
  const isCoded = encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY'
  if (isCoded && dictionary === null) throw new RangeError('a page that needs a dictionary, and there is none')
  const decoded = values(rest, encoding, present, leaf.element)
  if (isCoded) for (const code of decoded as Iterable<number>) if (!(code < dictionary!.length)) throw new RangeError(`place ${code} in a dictionary of ${dictionary!.length} values`) // biome-ignore format: one line
  return { count, levels, values: decoded, dictionary: isCoded ? dictionary : null }
}

function levelsOf(bytes: Uint8Array, at: number, end: number, width: number, count: number): number[] {
  checkHybrid(bytes, at, end, width, count)
  const levels = new Array<number>(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, end)
  readRleBitPackedHybrid({ view, offset: at }, width, levels, end - at)
  if (levels.length !== count) throw new RangeError(`${levels.length} levels for ${count} values`)
  return levels
}

/** As the column's own type has them; `bytes` hold nothing else. */
function values(bytes: Uint8Array, encoding: string, count: number, element: Leaf['element']): DecodedArray {
  if (count === 0) return []
  const type = element.type!
  const isBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY'
  if (encoding === 'PLAIN') {
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
    if (count > 8 * bytes.length) throw new RangeError(`${count} values in ${bytes.length} bytes`)
    const all = readPlain(reader, type, count, element.type_length)
    if (reader.offset > bytes.length || all.length !== count) throw new RangeError(`${all.length} of ${count} values`)
    return all
  }
  if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    if (type === 'BOOLEAN') throw new RangeError(`the encoding ${encoding} for truth values`)
    checkHybrid(bytes, 1, bytes.length, bytes[0] ?? 99, count)
  } else if (encoding === 'RLE') {
    if (type !== 'BOOLEAN') throw new RangeError(`the encoding RLE for the type ${type}`)
    if (bytes.length < 4) throw new RangeError('a page that ends within its runs')
    checkHybrid(bytes, 4, Math.min(bytes.length, 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)), 1, count) // biome-ignore format: one line
  } else if (encoding === 'DELTA_BINARY_PACKED') {
    if (type !== 'INT32' && type !== 'INT64') throw new RangeError(`the encoding ${encoding} for the type ${type}`)
    checkDelta(bytes, 0, count)
  } else if (encoding === 'DELTA_LENGTH_BYTE_ARRAY' || encoding === 'DELTA_BYTE_ARRAY') {
    if (!isBytes) throw new RangeError(`the encoding ${encoding} for the type ${type}`)
    checkDeltaBytes(bytes, encoding === 'DELTA_BYTE_ARRAY', count)
  } else if (encoding === 'BYTE_STREAM_SPLIT') {
    if (bytes.length % count !== 0) throw new RangeError(`${count} values in ${bytes.length} bytes`)
  } else throw new RangeError(`the unsupported encoding ${String(encoding)}`)
  // A column that lacks nothing: levels were read already.
  const plain = { num_values: count, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const // biome-ignore format: one line
  const all = readDataPage(bytes, plain as never, { type, element, schemaPath: [] } as never).dataPage
  if (all.length !== count) throw new RangeError(`${all.length} values where ${count} should be`)
  return all
}

/** Lengths of words that share beginnings: what they add up to is allocated. */
function checkDeltaBytes(bytes: Uint8Array, hasPrefixes: boolean, count: number): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const lengths = (): Int32Array => {
    checkDelta(bytes, reader.offset, count)
    const all = new Int32Array(count)
    deltaBinaryUnpack(reader, count, all)
    return all
  }
  const prefixes = hasPrefixes ? lengths() : new Int32Array(count)
  const suffixes = lengths()
  let before = 0
  let total = 0
  for (let i = 0; i < count; i++) {
    if (suffixes[i]! < 0 || prefixes[i]! < 0 || prefixes[i]! > before)
      throw new RangeError('words of impossible lengths')
    before = prefixes[i]! + suffixes[i]!
    total += before
    if (total > mostTextBytes) throw new RangeError(`words of more than ${mostTextBytes} bytes`)
  }
}
