/** Elements by their places: selection along an axis, gather and scatter, masks. Places are i32; negative ones count from the end. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { tensor, zeros } from '../create.js'
import { elementBytes, typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxis, count, type Shape, sameShape } from '../shape.js'
import { describe, empty, type Tensor, view } from '../tensor.js'
import { broadcastTo, reshape } from './broadcast.js'
import { contiguous, to } from './cast.js'
import { checkTensor, copyOf, together } from './raw.js'

/** x seen from one axis. */
function lines(shape: Shape, axis: number): [outer: number, length: number, inner: number] {
  return [count(shape.slice(0, axis)), shape[axis]!, count(shape.slice(axis + 1))]
}

function checkPlaces(op: string, index: Tensor): void {
  checkTensor(op, index)
  if (index.dtype !== 'i32')
    throw new UsageError(`${op}: the index is ${describe(index)}; expected i32. Try to('i32').`)
}

/** Throws for the first place that is out of range, at `position` of the index. */
function checkFound(op: string, position: number, index: Tensor, length: number, axis: number): void {
  if (position < 0) return
  const value = view(index)[position]
  throw new UsageError(
    `${op}: place ${value} at position ${position} of the index; axis ${axis} has ${length} places, expected ${-length} to ${length - 1}.`,
  )
}

/**
 * The places `index` (i32, one axis) along an axis: out [.., index.size, ..].
 *
 * Gradient: added up at those places. Throws UsageError for a place out of range.
 */
export function indexSelect(x: Tensor, index: Tensor, axis = 0): Tensor {
  checkTensor('indexSelect', x)
  checkPlaces('indexSelect', index)
  const at = checkAxis('indexSelect', axis, x.shape)
  if (index.rank !== 1) throw new UsageError(`indexSelect: the index is ${describe(index)}; expected one axis.`)
  if (!x.isContiguous || !index.isContiguous) return tidy(() => indexSelect(contiguous(x), contiguous(index), at))
  const [outer, length, inner] = lines(x.shape, at)
  const out = empty(x.dtype, x.shape.with(at, index.size))
  const found = kernels().array.indexSelect(
    elementBytes[x.dtype],
    outer,
    length,
    inner,
    x.pointer,
    index.size,
    index.pointer,
    out.pointer,
  )
  if (found >= 0) out.dispose()
  checkFound('indexSelect', found, index, length, at)
  const from = x.shape
  return record(out, 'indexSelect', [x], [index], (g, [places]) => [
    tidy(() => indexAdd(zeros(from, { dtype: g.dtype }), places!, g, at)),
  ])
}

/** The elements at row-major places (i32, any shape) of x as one axis: shape of the index. Gradient: added up at those places. */
export function take(x: Tensor, index: Tensor): Tensor {
  checkTensor('take', x)
  checkPlaces('take', index)
  return tidy(() => reshape(indexSelect(reshape(x, [x.size]), reshape(index, [index.size])), index.shape))
}

/** Elements moved by `shift` places along an axis (by default as one axis, row-major), around its end. Gradient: moved back. */
export function roll(x: Tensor, shift: number, axis?: number): Tensor {
  checkTensor('roll', x)
  if (!Number.isInteger(shift)) throw new UsageError(`roll: shift ${shift}; expected a whole number.`)
  if (axis === undefined) return tidy(() => reshape(roll(reshape(x, [x.size]), shift, 0), x.shape))
  const length = x.shape[checkAxis('roll', axis, x.shape)]!
  const places = Int32Array.from({ length }, (_, i) => (((i - shift) % length) + length) % length)
  return tidy(() => indexSelect(x, tensor(places), axis))
}

/** x with `source` added at the places `index` along an axis; equal places add up. Gradient: to x itself, to source its places. */
export function indexAdd(x: Tensor, index: Tensor, source: Tensor, axis = 0): Tensor {
  checkTensor('indexAdd', x)
  checkTensor('indexAdd', source)
  checkPlaces('indexAdd', index)
  const at = checkAxis('indexAdd', axis, x.shape)
  if (index.rank !== 1 || !sameShape(source.shape, x.shape.with(at, index.size)) || source.dtype !== x.dtype)
    throw new UsageError(
      `indexAdd: source ${describe(source)} and index ${describe(index)} for axis ${at} of ${describe(x)}; expected an index of one axis, and a source like x with as many places there.`,
    )
  if (!source.isContiguous || !index.isContiguous)
    return tidy(() => indexAdd(x, contiguous(index), contiguous(source), at))
  checkAdds('indexAdd', x)
  const out = copyOf(x)
  const [outer, length, inner] = lines(x.shape, at)
  const found = kernels().array.indexAdd(
    typeCode[x.dtype],
    outer,
    length,
    inner,
    out.pointer,
    index.size,
    index.pointer,
    source.pointer,
  )
  if (found >= 0) out.dispose()
  checkFound('indexAdd', found, index, length, at)
  return record(out, 'indexAdd', [x, source], [index], (g, [places], needs) => [
    needs[0] ? g : null,
    needs[1] ? indexSelect(g, places!, at) : null,
  ])
}

/**
 * out[.., i, ..] = x[.., index[.., i, ..], ..] along an axis; the index is shaped like x but for that axis (NumPy's `take_along_axis`, PyTorch's
 * `gather` of equal shapes).
 *
 * Gradient: added up at those places. Throws UsageError for a place out of range.
 */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  checkTensor('gather', x)
  checkPlaces('gather', index)
  const at = checkAxis('gather', axis, x.shape)
  checkAligned('gather', x, index, at)
  if (!x.isContiguous || !index.isContiguous) return tidy(() => gather(contiguous(x), contiguous(index), at))
  const [outer, length, inner] = lines(x.shape, at)
  const places = index.shape[at]!
  const out = empty(x.dtype, index.shape)
  const found = kernels().array.gather(
    elementBytes[x.dtype],
    outer,
    length,
    inner,
    x.pointer,
    places,
    index.pointer,
    out.pointer,
  )
  if (found >= 0) out.dispose()
  checkFound('gather', found, index, length, at)
  const from = x.shape
  return record(out, 'gather', [x], [index], (g, [which]) => [
    tidy(() => scatterAdd(zeros(from, { dtype: g.dtype }), which!, g, at)),
  ])
}

function checkAligned(op: string, x: Tensor, index: Tensor, axis: number): void {
  if (index.rank !== x.rank || index.shape.some((size, i) => i !== axis && size !== x.shape[i]))
    throw new UsageError(
      `${op}: index ${describe(index)} along axis ${axis} of ${describe(x)}; expected equal sizes on the other axes.`,
    )
}

/** Throws UsageError for booleans, which do not add up. */
function checkAdds(op: string, x: Tensor): void {
  if (x.dtype === 'bool')
    throw new UsageError(`${op}: ${describe(x)} does not add up; expected numbers. Try to('i32').`)
}

/** x with `source` written or added at places along an axis, off the tape. */
function scattered(op: 'scatter' | 'scatterAdd', x: Tensor, index: Tensor, source: Tensor, at: number): Tensor {
  const [places, values] = [together(index), together(source)]
  const out = copyOf(x)
  const [outer, length, inner] = lines(x.shape, at)
  const kind = op === 'scatter' ? elementBytes[x.dtype] : typeCode[x.dtype]
  const n = index.shape[at]!
  const found = kernels().array[op](kind, outer, length, inner, out.pointer, n, places.pointer, values.pointer)
  if (found >= 0) out.dispose()
  checkFound(op, found, places, length, at)
  if (places !== index) places.dispose()
  if (values !== source) values.dispose()
  return out
}

/** The axis from 0 on, of arguments that go together. */
function checkScatter(op: string, x: Tensor, index: Tensor, source: Tensor, axis: number): number {
  checkTensor(op, x)
  checkPlaces(op, index)
  const at = checkAxis(op, axis, x.shape)
  checkAligned(op, x, index, at)
  checkTensor(op, source)
  if (!sameShape(source.shape, index.shape) || source.dtype !== x.dtype)
    throw new UsageError(
      `${op}: source ${describe(source)} for index ${describe(index)}; expected ${x.dtype} of the index's shape.`,
    )
  return at
}

/** x with out[.., index[.., i, ..], ..] += source[.., i, ..]; equal places add up. Gradient: to x itself, to source by `gather`. */
export function scatterAdd(x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor {
  const at = checkScatter('scatterAdd', x, index, source, axis)
  checkAdds('scatterAdd', x)
  const out = scattered('scatterAdd', x, index, source, at)
  return record(out, 'scatterAdd', [x, source], [index], (g, [which], needs) => [
    needs[0] ? g : null,
    needs[1] ? gather(g, which!, at) : null,
  ])
}

/**
 * x with out[.., index[.., i, ..], ..] = source[.., i, ..]; of equal places the last stays.
 *
 * Gradient: to x where nothing was written, to source by `gather` (places are taken to differ, as in PyTorch).
 */
export function scatter(x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor {
  const at = checkScatter('scatter', x, index, source, axis)
  const out = scattered('scatter', x, index, source, at)
  return record(out, 'scatter', [x, source], [index], (g, [which], needs) => [
    needs[0] ? tidy(() => scatter(g, which!, zeros(which!.shape, { dtype: g.dtype }), at)) : null,
    needs[1] ? gather(g, which!, at) : null,
  ])
}

/** The mask broadcast to x's shape, contiguous. */
function maskFor(op: string, x: Tensor, mask: Tensor): Tensor {
  checkTensor(op, mask)
  if (mask.dtype !== 'bool') throw new UsageError(`${op}: the mask is ${describe(mask)}; expected bool. Try ne(0).`)
  return contiguous(broadcastTo(mask, x.shape))
}

/** The elements of x where the mask (bool, broadcast to x) is set, row-major, on one axis. Gradient: in their places among zeros. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  checkTensor('maskedSelect', x)
  return tidy(() => {
    const [from, which] = [contiguous(x), maskFor('maskedSelect', x, mask)]
    const bytes = elementBytes[x.dtype]
    const n = kernels().array.compress(bytes, x.size, which.pointer, from.pointer, 0)
    const out = empty(x.dtype, [n])
    kernels().array.compress(bytes, x.size, which.pointer, from.pointer, out.pointer)
    const shape = x.shape
    return record(out, 'maskedSelect', [x], [which], (g, [where]) => [maskedExpand(g, where!, shape)])
  })
}

/** The reverse of `maskedSelect`: zeros of `shape` with g's elements where the contiguous mask is set. */
function maskedExpand(g: Tensor, mask: Tensor, shape: Shape): Tensor {
  return tidy(() => {
    const from = contiguous(g)
    const out = zeros(shape, { dtype: g.dtype })
    kernels().array.expand(elementBytes[g.dtype], out.size, mask.pointer, from.pointer, out.pointer)
    return record(out, 'maskedExpand', [g], [mask], (h, [where]) => [maskedSelect(h, where!)])
  })
}

/**
 * Rows of zeros with a one at each place: places [..] (i32) -> [.., classes], f32 unless `dtype` says otherwise.
 *
 * Throws UsageError for a place outside 0 to classes - 1.
 */
export function oneHot(places: Tensor, classes: number, dtype: Tensor['dtype'] = 'f32'): Tensor {
  checkPlaces('oneHot', places)
  if (!Number.isInteger(classes) || classes < 1)
    throw new UsageError(`oneHot: ${classes} classes; expected a whole number from 1 on.`)
  return tidy(() => {
    const from = contiguous(places)
    const negative = view(from).findIndex((place) => place < 0)
    checkFound('oneHot', negative, from, classes, places.rank)
    const out = zeros([...places.shape, classes], { dtype: 'bool' })
    const one = empty('bool', places.shape)
    view(one).fill(1)
    const found = kernels().array.scatter(1, places.size, classes, 1, out.pointer, 1, from.pointer, one.pointer)
    checkFound('oneHot', found, from, classes, places.rank)
    return to(out, dtype)
  })
}
