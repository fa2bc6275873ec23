/** Several tensors as one, one as several, and zeros around one. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { type DType, elementBytes, promoteTypes, typeCode } from '../dtype.js'
import { kernels, writePlan } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxis, contiguousStrides, type Shape } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { to } from './cast.js'
import { checkTensor, together } from './raw.js'
import { type Range, slice, unsqueeze } from './views.js'

/** Where each of parts that follow one another begins and ends. */
function spans(sizes: readonly number[]): { start: number; stop: number }[] {
  let stop = 0
  return sizes.map((size) => {
    const start = stop
    stop += size
    return { start, stop }
  })
}

/** The range that is whole but for one axis. */
function along(axis: number, span: Range): Range[] {
  return [...new Array<null>(axis).fill(null), span]
}

/** Writes x into contiguous `out` from `place` on along `axis`. */
function put(out: Tensor, x: Tensor, axis: number, place: number): void {
  if (x.size === 0) return
  const strides = contiguousStrides(out.shape)
  const from = together(x)
  const bytes = elementBytes[out.dtype]
  writePlan(x.shape, strides)
  kernels().array.scatterStrided(bytes, x.rank, from.pointer, out.pointer + place * strides[axis]! * bytes)
  if (from !== x) from.dispose()
}

/**
 * Tensors one after the other along an axis (0 by default); the other axes are equal. Types are promoted.
 *
 * Gradient: each its part. Throws UsageError for an empty list, or shapes that do not fit.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const type = joined('concat', tensors)
  const first = tensors[0]!
  const at = checkAxis('concat', axis, first.shape)
  for (const one of tensors)
    if (one.rank !== first.rank || one.shape.some((size, i) => i !== at && size !== first.shape[i]))
      throw new UsageError(
        `concat: ${describe(first)} and ${describe(one)} along axis ${at}; expected equal sizes on the other axes.`,
      )
  if (tensors.some((one) => one.dtype !== type))
    return tidy(() =>
      concat(
        tensors.map((one) => to(one, type)),
        at,
      ),
    )
  const parts = spans(tensors.map((one) => one.shape[at]!))
  const out = empty(type, first.shape.with(at, parts.at(-1)!.stop))
  for (const [i, one] of tensors.entries()) put(out, one, at, parts[i]!.start)
  return record(out, 'concat', tensors, [], (g, _, needs) =>
    parts.map((part, i) => (needs[i] ? slice(g, ...along(at, part)) : null)),
  )
}

/** The type that a list of tensors meets in. */
function joined(op: string, tensors: readonly Tensor[]): DType {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new UsageError(`${op}: no tensors; expected a list of at least one.`)
  for (const one of tensors) checkTensor(op, one)
  return tensors.map((one: Tensor) => one.dtype).reduce(promoteTypes)
}

/** Tensors of one shape along a new axis (0 by default). Gradient: each its part. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  joined('stack', tensors)
  const first = tensors[0]!
  const at = checkAxis('stack', axis, [1, ...first.shape])
  for (const one of tensors)
    if (one.rank !== first.rank || one.shape.some((size, i) => size !== first.shape[i]))
      throw new UsageError(`stack: ${describe(first)} and ${describe(one)}; expected equal shapes.`)
  return tidy(() =>
    concat(
      tensors.map((one) => unsqueeze(one, at)),
      at,
    ),
  )
}

/**
 * Views of parts along an axis: of `sizes` elements each (the last may be smaller), or of the sizes listed, which make up the axis.
 *
 * Gradient: each in its place.
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  checkTensor('split', x)
  const at = checkAxis('split', axis, x.shape)
  const size = x.shape[at]!
  const list = typeof sizes === 'number' ? even(size, sizes) : sizes
  const total = list.reduce((a, b) => a + b, 0)
  if (total !== size || list.some((one) => !Number.isInteger(one) || one < 0))
    throw new UsageError(
      `split: sizes [${list.join(', ')}] for axis ${at} of ${describe(x)}; expected whole numbers that sum to ${size}.`,
    )
  return spans(list).map((part) => slice(x, ...along(at, part)))
}

function even(size: number, part: number): number[] {
  if (!Number.isInteger(part) || part < 1)
    throw new UsageError(`split: parts of ${part}; expected a whole number from 1 on.`)
  return Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part))
}

/**
 * x with `value` (0 by default) around it: for each axis from the first on [before, after].
 *
 * Gradient: the part where x is. Throws UsageError for sizes that are no whole numbers from 0 on.
 */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  checkTensor('pad', x)
  if (
    widths.length > x.rank ||
    widths.some((pair) => pair.length !== 2 || pair.some((one) => !Number.isInteger(one) || one < 0))
  )
    throw new UsageError(
      `pad: widths ${JSON.stringify(widths)} for ${describe(x)}; expected at most ${x.rank} pairs of whole numbers from 0 on.`,
    )
  const around = (axis: number): readonly [number, number] => widths[axis] ?? [0, 0]
  const shape: Shape = x.shape.map((size, axis) => size + around(axis)[0] + around(axis)[1])
  const out = empty(x.dtype, shape)
  kernels().array.fill(typeCode[x.dtype], out.size, value, out.pointer)
  const strides = contiguousStrides(shape)
  const place = strides.reduce((sum, stride, axis) => sum + stride * around(axis)[0], 0)
  const from = together(x)
  const bytes = elementBytes[x.dtype]
  writePlan(x.shape, strides)
  if (x.size > 0) kernels().array.scatterStrided(bytes, x.rank, from.pointer, out.pointer + place * bytes)
  if (from !== x) from.dispose()
  const inside = x.shape.map((size, axis): Range => ({ start: around(axis)[0], stop: around(axis)[0] + size }))
  return record(out, 'pad', [x], [], (g) => [slice(g, ...inside)])
}
