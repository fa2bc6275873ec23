/**
 * Sparse initializers (COO): the values are measured as a dense tensor where that is small; a large one is left out with the reason, since no
 * storage of ours skips zeros.
 */
import { elementCount, FormatError, inert, showBytes, showShape, storageInfo } from '../../core/index.js'
import { contiguous, type Elements, type Placed, shapeOf } from './elements.js'
import type { RawSparse } from './raw.js'

const largestDense = 16 * 1024 * 1024

export async function placeSparse(sparse: RawSparse, elements: Elements, label: string): Promise<Placed> {
  const fail = (code: string, what: string): FormatError =>
    new FormatError(code, `onnx: sparse tensor '${inert(label)}': ${what}.`, { tensor: label })
  const [rawValues, rawIndices] = [sparse.values.at(-1), sparse.indices.at(-1)]
  if (!rawValues || !rawIndices) throw fail('missing-field', 'it lacks its values or its indices')
  const shape = shapeOf(sparse.dims, label, rawValues.at)
  const total = elementCount(shape)
  if (total === null)
    throw fail('overflow', `shape ${showShape(shape)} has more elements than can be counted, an overflow`)
  const values = await elements.place(rawValues, label)
  const indices = await elements.place(rawIndices, `${label} indices`)
  const { dtype } = values
  const skip = (why: string): Placed => ({ dtype, shape, count: total, data: null, why })
  if (!values.data || !indices.data) return skip(values.why ?? indices.why ?? 'It has no data.')
  if (values.shape.length !== 1)
    throw fail('bad-shape', `its values have shape ${showShape(values.shape)}; expected [stored]`)
  const stored = values.count
  const linear = indices.shape.length === 1
  const fits = linear
    ? indices.count === stored
    : indices.count === stored * shape.length && indices.shape[0] === stored
  if (indices.data.type !== 'i64' || !fits) {
    throw fail(
      'bad-shape',
      `its indices are ${indices.dtype}${showShape(indices.shape)}; expected INT64 [${stored}] or [${stored}, ${shape.length}]`,
    )
  }
  const { unitBytes, unit } = storageInfo(values.data.type)
  const size = total * unitBytes
  if (unit > 1 || size > largestDense || !elements.reserve(size)) {
    return skip(`A sparse tensor with ${stored} stored values; its dense form of ${showBytes(size)} is not built.`)
  }
  const from = await elements.bytesOf(values.data.storage)
  const raw = await elements.bytesOf(indices.data.storage)
  const places = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const dense = new Uint8Array(size)
  for (let index = 0; index < stored; index++) {
    const at = linear ? readIndex(places, index) : flatIndex(places, index, shape)
    if (!(at >= 0 && at < total))
      throw fail('bad-index', `index number ${index} lies outside of shape ${showShape(shape)}`)
    dense.set(from.subarray(index * unitBytes, (index + 1) * unitBytes), at * unitBytes)
  }
  return {
    dtype,
    shape,
    count: total,
    data: contiguous({ kind: 'bytes', bytes: dense }, values.data.type, shape),
    why: null,
  }
}

function readIndex(view: DataView, index: number): number {
  return Number(view.getBigInt64(index * 8, true))
}

function flatIndex(view: DataView, index: number, shape: readonly number[]): number {
  let flat = 0
  for (const [axis, size] of shape.entries()) {
    const part = readIndex(view, index * shape.length + axis)
    if (!(part >= 0 && part < size)) return -1
    flat = flat * size + part
  }
  return flat
}
