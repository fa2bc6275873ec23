/** The JSON header of a safetensors file: one object from names to dtype, shape and byte range. */
import { elementCount, inert, type StorageType, showShape, storageBytes, storageInfo } from '../../core/index.js'
import { abbreviated, JsonReader, wholeNumber } from '../json.js'

export interface HeaderTensor {
  readonly name: string
  readonly dtype: string
  readonly type: StorageType
  readonly shape: readonly number[]
  readonly count: number
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly tensors: readonly HeaderTensor[]
  readonly metadata: { [key: string]: string }
  /** The same, long text in full. */
  readonly texts: { [key: string]: string }
  readonly warnings: readonly string[]
}

/** Every dtype of the format (safetensors 0.7), as its reference reader writes them. */
const storageOf: ReadonlyMap<string, StorageType> = new Map<string, StorageType>([
  ['BOOL', 'bool'],
  ['F4', 'f4_e2m1'],
  ['F6_E2M3', 'f6_e2m3'],
  ['F6_E3M2', 'f6_e3m2'],
  ['U8', 'u8'],
  ['I8', 'i8'],
  ['F8_E5M2', 'f8_e5m2'],
  ['F8_E4M3', 'f8_e4m3fn'],
  ['F8_E8M0', 'f8_e8m0'],
  ['F8_E4M3FNUZ', 'f8_e4m3fnuz'],
  ['F8_E5M2FNUZ', 'f8_e5m2fnuz'],
  ['I16', 'i16'],
  ['U16', 'u16'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['I32', 'i32'],
  ['U32', 'u32'],
  ['F32', 'f32'],
  ['C64', 'c64'],
  ['F64', 'f64'],
  ['I64', 'i64'],
  ['U64', 'u64'],
])

const mostTensors = 500_000
const mostAxes = 4096
const mostMetadata = 10_000

/** Reads the header's text; ranges are checked by themselves here, and against each other by the reader. */
export function parseHeader(text: string): Header {
  const json = new JsonReader(text, 'safetensors: the header', 8)
  if (text.startsWith('\ufeff')) throw json.fail('bad-json', "begins with a byte-order mark (BOM) and not with '{'")
  if (!text.startsWith('{')) throw json.fail('bad-json', "does not begin with '{', so it is not a JSON object")
  const tensors: HeaderTensor[] = []
  const metadata: { [key: string]: string } = Object.create(null)
  const texts: { [key: string]: string } = Object.create(null)
  const warnings: string[] = []
  json.object((name, at) => {
    if (name === '__metadata__') readMetadata(json, metadata, texts, warnings)
    else if (tensors.length === mostTensors) {
      throw json.fail('too-large', `lists more than ${mostTensors} tensors, which no model has`, at)
    } else tensors.push(readTensor(json, name, at))
  })
  json.end()
  return { tensors, metadata, texts, warnings }
}

function readMetadata(
  json: JsonReader,
  metadata: { [key: string]: string },
  texts: { [key: string]: string },
  warnings: string[],
): void {
  if (json.kind() !== 'object') {
    throw json.fail('bad-metadata', `has a __metadata__ that is not an object of strings but ${article(json.kind())}`)
  }
  let count = 0
  json.object((key) => {
    if (json.kind() !== 'string') {
      throw json.fail(
        'bad-metadata',
        `has __metadata__ '${inert(key)}' that is not a string but ${article(json.kind())}`,
      )
    }
    const value = json.string()
    if (count++ < mostMetadata) {
      metadata[abbreviated(key)] = abbreviated(value)
      texts[key] = value
    }
  })
  if (count > mostMetadata) warnings.push(`Only the first ${mostMetadata} of ${count} metadata entries are kept.`)
}

function readTensor(json: JsonReader, name: string, at: number): HeaderTensor {
  const fail = (code: string, message: string) => {
    const error = json.fail(code, `${message} (tensor '${inert(name)}')`, at)
    error.tensor = name
    return error
  }
  if (json.kind() !== 'object') {
    throw fail(
      'bad-entry',
      `has an entry that is not an object with dtype, shape and data_offsets but ${article(json.kind())}`,
    )
  }
  let dtype: string | null = null
  let shape: number[] | null = null
  let offsets: number[] | null = null
  json.object((field) => {
    if (field === 'dtype') {
      if (json.kind() !== 'string')
        throw fail('bad-dtype', `has a dtype that is ${article(json.kind())} and not a string`)
      dtype = json.string()
    } else if (field === 'shape') {
      shape = readIntegers(json, mostAxes, () =>
        fail('bad-shape', 'has a shape that is not a list of non-negative integers below 2^53 (dimensions)'),
      )
    } else if (field === 'data_offsets') {
      offsets = readIntegers(json, 2, () =>
        fail('bad-offset', 'has data_offsets that are not a pair of non-negative integers inside the data'),
      )
    } else json.skip()
  })
  if (dtype === null) throw fail('missing-field', 'has an entry whose field dtype is missing')
  if (shape === null) throw fail('missing-field', 'has an entry whose field shape is missing')
  if (offsets === null) throw fail('missing-field', 'has an entry whose field data_offsets is missing')
  return checkTensor(name, dtype, shape, offsets, fail)
}

function checkTensor(
  name: string,
  dtype: string,
  shape: readonly number[],
  offsets: readonly number[],
  fail: (code: string, message: string) => Error,
): HeaderTensor {
  const type = storageOf.get(dtype)
  if (type === undefined) throw fail('bad-dtype', `has the unknown dtype '${inert(dtype, 40)}'`)
  const [begin, end] = offsets
  if (begin === undefined || end === undefined) {
    throw fail('bad-offset', `has data_offsets with ${offsets.length} numbers and not the pair of begin and end`)
  }
  if (begin > end)
    throw fail('bad-offset', `has data_offsets whose begin ${begin} is past its end ${end} (reversed range)`)
  const count = elementCount(shape)
  if (count === null) throw fail('overflow', 'has a shape with more than 2^53 elements, far beyond its byte range')
  const { unit } = storageInfo(type)
  const bytes = storageBytes(type, count)
  if (Number.isNaN(bytes)) {
    throw fail(
      'bad-shape',
      `has ${count} elements of the packed dtype ${dtype}, which are no whole bytes; their number must be a multiple of ${unit}`,
    )
  }
  if (bytes !== end - begin) {
    throw fail(
      'size-mismatch',
      `gives shape ${showShape(shape.slice(0, 20))} of ${dtype} a byte range of ${end - begin}, expected ${bytes} bytes (size mismatch)`,
    )
  }
  return { name, dtype, type, shape, count, begin, end }
}

/** An array of at most `most` whole numbers. */
function readIntegers(json: JsonReader, most: number, fail: () => Error): number[] {
  if (json.kind() !== 'array') throw fail()
  const numbers: number[] = []
  json.array((index) => {
    const value = index < most && json.kind() === 'number' ? wholeNumber(json.number()) : null
    if (value === null) throw fail()
    numbers.push(value)
  })
  return numbers
}

function article(kind: string): string {
  if (kind === 'null') return 'null'
  return /^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`
}
