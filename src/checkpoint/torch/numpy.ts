/** NumPy's values inside pickles: scalars (a best loss), dtypes, and arrays, whose elements are bytes of the pickle itself. */

import { npyType } from '../../archive/index.js'
import { elementCount, FormatError, storageBytes, storageInfo } from '../../core/index.js'
import { Foreign, PyBytes, PyFloat, PyTuple, type PyValue } from '../pickle/index.js'
import { describe, malformed, wholeNumbers } from './arguments.js'
import { BytesTensorValue, UnmeasuredValue } from './values.js'

type Arguments = readonly PyValue[]

/** `numpy.dtype('f8')`; BUILD brings the byte order. */
export class NumpyDtype extends Foreign {
  private order = ''

  constructor(private readonly code: string) {
    super()
  }

  override build(state: PyValue): void {
    const order = state instanceof PyTuple ? state.items[1] : undefined
    if (order === '<' || order === '>' || order === '|' || order === '=') this.order = order
  }

  /** As a .npy header would spell it. */
  get word(): string {
    return /^[<>=|]/.test(this.code) ? this.code : `${this.order}${this.code}`
  }

  override get noun(): string {
    return 'dtype'
  }
}

/** `numpy.ndarray` before BUILD has filled it. */
export class NumpyArray extends Foreign {
  /** The filled array; null for one that was never built. */
  value: BytesTensorValue | UnmeasuredValue | null = null

  override build(state: PyValue): void {
    const [, shape, dtype, fortran, data] = state instanceof PyTuple ? state.items : []
    this.value = arrayOf(dtype, shape, data, fortran === true)
  }

  override get noun(): string {
    return 'array'
  }
}

export function numpyDtype(args: Arguments): PyValue {
  const [code] = args
  if (typeof code !== 'string' || code.length > 40)
    throw malformed(`a NumPy dtype is made from ${describe(code)}`, 'bad-dtype')
  return new NumpyDtype(code)
}

export function numpyReconstruct(): PyValue {
  return new NumpyArray()
}

/** `numpy.core.numeric._frombuffer(buffer, dtype, shape, order)`, of protocol 5. */
export function numpyFromBuffer(args: Arguments): PyValue {
  const [data, dtype, shape, order] = args
  const array = new NumpyArray()
  array.value = arrayOf(dtype, shape, data, order === 'F')
  return array
}

/** `numpy.core.multiarray.scalar(dtype, bytes)`. */
export function numpyScalar(args: Arguments): PyValue {
  const [dtype, data] = args
  const bytes = rawBytes(data)
  if (!(dtype instanceof NumpyDtype) || !bytes)
    throw malformed(`a NumPy scalar is made from ${describe(dtype)} and ${describe(data)}`)
  const found = npyType(dtype.word)
  if (found.type === null || bytes.length !== storageInfo(found.type).unitBytes) return `NumPy scalar of ${found.word}`
  return readScalar(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found.type, !found.bigEndian)
}

function readScalar(view: DataView, type: string, little: boolean): PyValue {
  if (type === 'f64') return new PyFloat(view.getFloat64(0, little))
  if (type === 'f32') return new PyFloat(view.getFloat32(0, little))
  if (type === 'bool') return view.getUint8(0) !== 0
  if (type === 'i64' || type === 'u64') {
    const value = type === 'i64' ? view.getBigInt64(0, little) : view.getBigUint64(0, little)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  if (type === 'i32') return view.getInt32(0, little)
  if (type === 'u32') return view.getUint32(0, little)
  if (type === 'i16') return view.getInt16(0, little)
  if (type === 'u16') return view.getUint16(0, little)
  if (type === 'i8') return view.getInt8(0)
  if (type === 'u8') return view.getUint8(0)
  return `NumPy scalar of ${type}`
}

function arrayOf(
  dtype: PyValue | undefined,
  size: PyValue | undefined,
  data: PyValue | undefined,
  fortran: boolean,
): BytesTensorValue | UnmeasuredValue {
  if (!(dtype instanceof NumpyDtype))
    throw malformed(`a NumPy array has ${describe(dtype)} and not a dtype`, 'bad-dtype')
  const shape = wholeNumbers(size, 'shape')
  const found = npyType(dtype.word)
  const { word, type } = found
  if (type === null)
    return new UnmeasuredValue(word, shape, `its NumPy dtype '${word}' is unsupported: it is ${found.why}`)
  const bytes = rawBytes(data)
  if (!bytes) throw malformed(`a NumPy array has ${describe(data)} and not bytes for its elements`)
  const count = elementCount(shape)
  if (count === null || storageBytes(type, count) !== bytes.length) {
    throw new FormatError(
      'size-mismatch',
      `torch: a NumPy array of ${word}[${shape}] has ${bytes.length} bytes of elements, a size that does not match.`,
    )
  }
  const torchType = { word, bytes: storageInfo(type).unitBytes, type, why: null }
  // A copy: the pickle is let go, and plain data can be posted.
  return new BytesTensorValue(torchType, bytes.slice(), shape, fortran ? fortranStrides(shape) : null, found.bigEndian)
}

function fortranStrides(shape: readonly number[]): number[] {
  let step = 1
  return shape.map((size) => {
    const stride = step
    step *= Math.max(1, size)
    return stride
  })
}

/** Python 2 pickles hold raw bytes as text. */
function rawBytes(value: PyValue | undefined): Uint8Array | null {
  if (value instanceof PyBytes) return value.bytes
  return typeof value === 'string' ? Uint8Array.from(value, (character) => character.charCodeAt(0)) : null
}
