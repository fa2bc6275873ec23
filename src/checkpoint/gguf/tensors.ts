/** GGUF's tensor infos: name, dimensions (innermost first), type, offset. */
import { elementCount, inert, type StorageType, showShape, storageBytes, storageInfo } from '../../core/index.js'
import { decodeUtf8 } from '../json.js'
import type { Cursor } from './cursor.js'
import { readLength } from './metadata.js'
import { futureName, ggufType } from './types.js'

export interface GgufTensor {
  readonly name: string
  readonly dtype: string
  /** Null for a type that is newer than this program; such a tensor is listed and not measured. */
  readonly storage: StorageType | null
  /** Outermost first. */
  readonly shape: readonly number[]
  readonly count: number
  /** In the data. */
  readonly offset: number
  /** NaN where the type is unknown. */
  readonly bytes: number
}

/** ggml's own limit on axes. */
const mostAxes = 4
const longestName = 65_535
const mostTensors = 500_000
/** Characters of all names together. */
const mostNames = 2 ** 26

export async function readTensors(cursor: Cursor, count: number): Promise<GgufTensor[]> {
  if (count > mostTensors) {
    throw cursor.fail('too-large', `the tensor count ${count} is beyond the limit of ${mostTensors}`)
  }
  const tensors: GgufTensor[] = []
  const seen = new Set<string>()
  let characters = 0
  for (let index = 0; index < count; index++) {
    const at = cursor.offset
    const tensor = await readTensor(cursor)
    if (seen.has(tensor.name)) {
      throw failed(cursor, 'duplicate-name', tensor.name, 'is there more than once (duplicate name)', at)
    }
    seen.add(tensor.name)
    characters += tensor.name.length
    if (characters > mostNames) throw cursor.fail('too-large', 'the names of the tensors are too long together', at)
    tensors.push(tensor)
  }
  return tensors
}

async function readTensor(cursor: Cursor): Promise<GgufTensor> {
  const at = cursor.offset
  const name = await readName(cursor)
  await cursor.need(4, `the number of dimensions of tensor '${inert(name)}'`)
  const axes = cursor.u32()
  if (axes > mostAxes) {
    throw failed(cursor, 'bad-shape', name, `has ${axes} dimensions (ndim), and the format allows ${mostAxes}`, at)
  }
  await cursor.need(axes * 8 + 12, `the shape of tensor '${inert(name)}'`)
  const sizes = Array.from({ length: axes }, () => cursor.u64())
  const number = cursor.u32()
  const offset = cursor.u64()
  const shape = sizes.map(Number).reverse()
  const count = shape.every(Number.isSafeInteger) ? elementCount(shape) : null
  if (count === null) {
    throw failed(cursor, 'overflow', name, `has dimensions ${showShape(sizes)}, a size beyond 2^53 (overflow)`, at)
  }
  const type = ggufType(number)
  if (type === 'removed' || type === 'unknown') {
    const what =
      type === 'removed'
        ? 'a type that ggml has removed; quantize the model again with a llama.cpp of today'
        : 'an unknown type'
    throw failed(cursor, 'bad-type', name, `is of the unsupported type ${number}, ${what}`, at)
  }
  if (!Number.isSafeInteger(Number(offset))) {
    throw failed(cursor, 'bad-offset', name, `has the offset ${offset}, beyond the end of any file`, at)
  }
  if (type === 'future') {
    return { name, dtype: futureName(number), storage: null, shape, count, offset: Number(offset), bytes: Number.NaN }
  }
  checkBlocks(cursor, name, type.storage, sizes, at)
  const bytes = storageBytes(type.storage, count)
  return { name, dtype: type.name, storage: type.storage, shape, count, offset: Number(offset), bytes }
}

async function readName(cursor: Cursor): Promise<string> {
  const at = cursor.offset
  const length = await readLength(cursor, 'a tensor name')
  if (length > longestName)
    throw cursor.fail(
      'bad-name',
      `a tensor name has a length of ${length} bytes, beyond the limit of ${longestName}`,
      at,
    )
  await cursor.need(length, 'a tensor name')
  const name = decodeUtf8(cursor.slice(length))
  if (name === null) throw cursor.fail('bad-utf8', 'a tensor name is not UTF-8 text', at)
  return name
}

/** Rows are quantized one by one, so that each has to be whole blocks. */
function checkBlocks(cursor: Cursor, name: string, type: StorageType, sizes: readonly bigint[], at: number): void {
  const { unit } = storageInfo(type)
  const row = Number(sizes[0] ?? 1n)
  if (row % unit === 0) return
  throw failed(
    cursor,
    'bad-shape',
    name,
    `has rows of ${row} elements, and the first dimension has to be a multiple of the block size ${unit} of ${type.toUpperCase()}`,
    at,
  )
}

function failed(cursor: Cursor, code: string, name: string, what: string, at: number): Error {
  const error = cursor.fail(code, `tensor '${inert(name)}' ${what}`, at)
  error.tensor = name
  return error
}
