/** IDX, the format of MNIST: a magic number (type, axes), the sizes, the elements; big-endian. Plain or packed with gzip. */
import { FormatError, inert, plural, showShape } from '../../core/index.js'
import { BytesDataset, type BytesDatasetOptions } from './bytesDataset.js'
import { gunzip, isGzip } from './gunzip.js'
import { type BytesInput, bytesOf } from './input.js'

/** An array as it is in the file. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array
}

const types: Readonly<Record<number, readonly [bytes: number, name: string]>> = {
  8: [1, 'u8'],
  9: [1, 'i8'],
  11: [2, 'i16'],
  12: [4, 'i32'],
  13: [4, 'f32'],
  14: [8, 'f64'],
}
/** Magic number and sizes of as many axes as there may be. */
const mostAxes = 8
const headBytes = 4 + 4 * mostAxes

interface Head {
  readonly type: number
  readonly shape: readonly number[]
  readonly start: number
  readonly bytes: number
}

function headOf(first: Uint8Array, name: string): Head {
  const fail = (code: string, what: string): never => {
    throw new FormatError(code, `'${inert(name)}' ${what}`, { file: name, offset: 0 })
  }
  const [zero0, zero1, type = 0, axes = 0] = first
  const element = types[type]
  if (zero0 !== 0 || zero1 !== 0 || element === undefined)
    return fail(
      'bad-magic',
      `is no IDX file: it starts with ${hex(first)}; expected 00 00, a type, and the number of axes.`,
    )
  if (axes < 1 || axes > mostAxes) return fail('bad-axes', `has ${axes} axes; expected 1 to ${mostAxes}.`)
  const start = 4 + 4 * axes
  if (first.length < start) return fail('truncated', `ends after ${first.length} bytes, within its header of ${start}.`)
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i))
  const count = shape.reduce((a, b) => a * b, 1)
  if (count * element[0] > 2 ** 32) return fail('too-large', `announces ${showShape(shape)}, which is more than 4 GiB.`)
  return { type, shape, start, bytes: count * element[0] }
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'nothing'

/**
 * Reads an IDX file. Sizes are checked against the file before anything is made.
 *
 * Throws FormatError for what is damaged, truncated, or longer than it announces.
 */
export async function readIdx(input: BytesInput, name = 'the file'): Promise<IdxArray> {
  const { bytes: given, name: known } = await bytesOf(input, name)
  let bytes = given
  if (isGzip(bytes))
    bytes = await gunzip(bytes, known, headBytes, (first) => {
      const head = headOf(first, known)
      return head.start + head.bytes
    })
  const { type, shape, start, bytes: length } = headOf(bytes, known)
  if (bytes.length !== start + length)
    throw new FormatError(
      bytes.length < start + length ? 'truncated' : 'bad-size',
      `'${inert(known)}' has ${bytes.length - start} bytes after its header; ${showShape(shape)} of ${types[type]![1]} takes ${length}.`,
      { file: known, offset: start },
    )
  return { shape, data: elements(bytes.subarray(start), type) }
}

function elements(bytes: Uint8Array, type: number): IdxArray['data'] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const n = bytes.length / types[type]![0]
  switch (type) {
    case 9:
      return new Int8Array(bytes.buffer, bytes.byteOffset, n)
    case 11:
      return Int16Array.from({ length: n }, (_, i) => view.getInt16(2 * i))
    case 12:
      return Int32Array.from({ length: n }, (_, i) => view.getInt32(4 * i))
    case 13:
      return Float32Array.from({ length: n }, (_, i) => view.getFloat32(4 * i))
    case 14:
      return Float64Array.from({ length: n }, (_, i) => view.getFloat64(8 * i))
    default:
      return bytes
  }
}

/**
 * Images and labels of two IDX files as a data set: pixels as f32 from 0 to 1, [1, height, width] each, and classes.
 *
 * Throws FormatError where the files are not images (u8, three axes) and labels (u8, one axis) of one count, and for a label out of range when
 * `classes` are given.
 */
export async function idxDataset(
  images: BytesInput,
  labels: BytesInput,
  options: BytesDatasetOptions & { names?: readonly [images: string, labels: string] } = {},
): Promise<BytesDataset> {
  const [imagesName, labelsName] = options.names ?? ['the images', 'the labels']
  const pixels = await readIdx(images, imagesName)
  const truth = await readIdx(labels, labelsName)
  const fail = (file: string, what: string): never => {
    throw new FormatError('bad-data', `'${inert(file)}' ${what}`, { file })
  }
  if (!(pixels.data instanceof Uint8Array) || pixels.shape.length < 3 || pixels.shape.length > 4)
    return fail(imagesName, `holds ${showShape(pixels.shape)}; expected images: bytes [count, height, width].`)
  if (!(truth.data instanceof Uint8Array) || truth.shape.length !== 1)
    return fail(labelsName, `holds ${showShape(truth.shape)}; expected labels: bytes [count].`)
  const n = pixels.shape[0]!
  if (truth.data.length !== n)
    return fail(
      labelsName,
      `has ${plural(truth.data.length, 'label')} for ${plural(n, 'image')} in '${inert(imagesName)}'.`,
    )
  if (n === 0) return fail(imagesName, 'has no images.')
  const { classes } = options
  const wrong = classes ? truth.data.findIndex((label) => label >= classes.length) : -1
  if (wrong >= 0)
    return fail(labelsName, `has label ${truth.data[wrong]} at index ${wrong}; expected 0 to ${classes!.length - 1}.`)
  const shape = pixels.shape.length === 3 ? [1, ...pixels.shape.slice(1)] : pixels.shape.slice(1)
  return new BytesDataset(pixels.data, shape, Int32Array.from(truth.data), options)
}
