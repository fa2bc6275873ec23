/**
 * Operations that change their first argument in place; their names end in an underscore. What they do to the tape: a leaf that requires a
 * gradient cannot be changed while recording; a result on the tape goes on as the result of the operation, provided that no other tensor looks
 * at its memory.
 */
import { UsageError } from '../../core/index.js'
import type { BinaryOp } from '../../kernels/index.js'
import { isGradEnabled, record } from '../autograd/tape.js'
import { full, zerosLike } from '../create.js'
import { type DType, elementBytes, promoteNumber, typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { broadcastShapes, broadcastStrides, sameShape, showShape } from '../shape.js'
import { describe, Tensor, viewOf } from '../tensor.js'
import { add, div, mul, sub } from './arithmetic.js'
import { broadcastTo } from './broadcast.js'
import { to } from './cast.js'
import { clamp } from './clamp.js'
import {
  assign,
  binaryInto,
  castOf,
  checkOperands,
  checkTensor,
  commonType,
  copyOf,
  type Operand,
  scalarInto,
} from './raw.js'

/** Throws UsageError unless x may be written to: each element has memory of its own, and no gradient is wanted of it as a leaf. */
function checkTarget(op: string, x: Tensor): void {
  checkTensor(op, x)
  for (let axis = 0; axis < x.rank; axis++)
    if (x.strides[axis] === 0 && x.shape[axis]! > 1)
      throw new UsageError(`${op}: ${describe(x)} repeats elements along axis ${axis}. Try clone() first.`)
  const { node } = x.lease
  if (node !== null && node.rule === null && isGradEnabled())
    throw new UsageError(
      `${op}: ${describe(x)} is a leaf that requires a gradient, which a change in place would cut off. Try noGrad(() => ...), or ${op.slice(0, -1)}().`,
    )
}

/** Whether the operation belongs on the tape. Throws UsageError where it does and other tensors look at x's memory. */
function isRecorded(op: string, x: Tensor, ...others: readonly (Operand | null)[]): boolean {
  if (!isGradEnabled()) return false
  const isTracked = (one: Operand | null): boolean => one instanceof Tensor && one.lease.node !== null
  if (!isTracked(x) && !others.some(isTracked)) return false
  const { storage } = x
  const isWhole = x.isContiguous && x.offset === 0 && storage.bytes === x.size * elementBytes[x.dtype]
  if (storage.tensors > 1 || !isWhole)
    throw new UsageError(
      `${op}: ${describe(x)} shares its memory with other tensors (a view, or its base), whose gradients would be wrong. Try ${op.slice(0, -1)}(), or clone() first.`,
    )
  return true
}

/**
 * x goes on as `result`, a fresh tensor of its shape and type: takes over its memory and its place on the tape. So what earlier operations saved
 * of x stays as it was.
 */
function become(x: Tensor, result: Tensor): Tensor {
  const [old, fresh] = [x.lease, result.lease]
  ;[old.storage, fresh.storage] = [fresh.storage, old.storage]
  ;[old.node, fresh.node] = [fresh.node, old.node]
  result.dispose()
  return x
}

/** Counts the change, for gradients that need what was there. */
function changed(x: Tensor): Tensor {
  x.storage.version++
  return x
}

function checkType(op: string, x: Tensor, other: Operand, type: DType): void {
  if (type === x.dtype) return
  const what = typeof other === 'number' ? String(other) : describe(other)
  throw new UsageError(
    `${op}: ${describe(x)} and ${what} make ${type}, which ${x.dtype} does not hold. Try ${op.slice(0, -1)}().`,
  )
}

function checkFits(op: string, x: Tensor, other: Operand): void {
  if (typeof other === 'number' || sameShape(other.shape, x.shape)) return
  if (!sameShape(broadcastShapes(op, x.shape, other.shape), x.shape))
    throw new UsageError(
      `${op}: ${describe(other)} does not broadcast to ${describe(x)}; expected at most shape ${showShape(x.shape)}.`,
    )
}

/** `other` in x's type, and apart from x's memory unless it is exactly x. The caller frees it when it is another tensor. */
function apart(x: Tensor, other: Tensor): Tensor {
  const typed = castOf(other, x.dtype)
  const overlaps = typed.storage === x.storage && !(typed.pointer === x.pointer && sameShape(typed.strides, x.strides))
  return overlaps ? copyOf(typed) : typed
}

/** x = op(x, other), written over x. */
function write(op: BinaryOp, x: Tensor, other: Operand): void {
  if (typeof other === 'number') scalarInto(op, x, other)
  else {
    const from = apart(x, other)
    binaryInto(op, x, from)
    if (from !== other) from.dispose()
  }
}

function arithmetic(name: string, op: BinaryOp, again: (a: Operand, b: Operand) => Tensor) {
  return (x: Tensor, other: Operand): Tensor => {
    checkTarget(name, x)
    checkOperands(name, x, other)
    checkType(name, x, other, commonType(x, other, op === 'div'))
    checkFits(name, x, other)
    if (isRecorded(name, x, other)) return become(x, again(x, other))
    if (op === 'sub' && x.dtype === 'bool')
      throw new UsageError("sub_: both are bool, which has no difference. Try logicalXor(), or to('i32') first.")
    write(op, x, other)
    return changed(x)
  }
}

/** x += other, which broadcasts to x. Returns x. Throws UsageError where the result has another type or shape, and as this file says. */
export const add_ = arithmetic('add_', 'add', add)
/** x -= other; as `add_`. */
export const sub_ = arithmetic('sub_', 'sub', sub)
/** x *= other; as `add_`. */
export const mul_ = arithmetic('mul_', 'mul', mul)
/** x /= other, of floats; as `add_`. */
export const div_ = arithmetic('div_', 'div', div)

/** x held between bounds; as `clamp` and `add_`. */
export function clamp_(x: Tensor, min?: Operand | null, max?: Operand | null): Tensor {
  checkTarget('clamp_', x)
  const [lo, hi] = [min ?? null, max ?? null]
  if (lo === null && hi === null) throw new UsageError('clamp_: neither min nor max is given; expected one of them.')
  for (const bound of [lo, hi]) {
    if (bound === null) continue
    checkOperands('clamp_', x, bound)
    checkType('clamp_', x, bound, commonType(x, bound, false))
    checkFits('clamp_', x, bound)
  }
  if (isRecorded('clamp_', x, lo, hi)) return become(x, clamp(x, lo, hi))
  if (lo !== null) write('max', x, lo)
  if (hi !== null) write('min', x, hi)
  return changed(x)
}

/** Every element becomes `value`. Gradient: 0 to what x was. */
export function fill_(x: Tensor, value: number): Tensor {
  return filled('fill_', x, value)
}

/** Every element becomes 0. Gradient: 0 to what x was. */
export function zero_(x: Tensor): Tensor {
  return filled('zero_', x, 0)
}

function filled(name: string, x: Tensor, value: number): Tensor {
  checkTarget(name, x)
  if (typeof value !== 'number') throw new UsageError(`${name}: got ${typeof value}; expected a number.`)
  if (x.dtype === 'i32') checkType(name, x, value, promoteNumber('i32', value))
  const isOnTape = isRecorded(name, x)
  if (x.isContiguous && !isOnTape) {
    kernels().array.fill(typeCode[x.dtype], x.size, x.dtype === 'bool' ? Number(value !== 0) : value, x.pointer)
    return changed(x)
  }
  const result = full(x.shape, value, { dtype: x.dtype })
  if (isOnTape)
    return become(
      x,
      record(result, name, [x], [], (g) => [zerosLike(g)]),
    )
  assign(x, result)
  result.dispose()
  return changed(x)
}

/** x takes the elements of `source`, cast to its type and broadcast to its shape. Gradient: to the source, 0 to what x was. */
export function copy_(x: Tensor, source: Tensor): Tensor {
  checkTarget('copy_', x)
  checkTensor('copy_', source)
  checkFits('copy_', x, source)
  if (isRecorded('copy_', x, source))
    return tidy(() => {
      const from = broadcastTo(to(source, x.dtype), x.shape)
      const result = record(copyOf(from), 'copy_', [x, from], [], (g, _, needs) => [needs[0] ? zerosLike(g) : null, g])
      return become(x, result)
    })
  const typed = castOf(source, x.dtype)
  const whole = viewOf(typed, x.shape, broadcastStrides(typed.shape, typed.strides, x.shape), typed.offset)
  const from = copyOf(whole)
  assign(x, from)
  for (const one of typed === source ? [whole, from] : [typed, whole, from]) one.dispose()
  return changed(x)
}
