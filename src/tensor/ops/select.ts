/** where: one of two values, element by element. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { type DType, elementBytes, typeCode } from '../dtype.js'
import { kernels, type Pointer, runtime, writePlan } from '../runtime.js'
import { tidy } from '../scope.js'
import { broadcastShapes, broadcastStrides, type Shape } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { gradients } from './arithmetic.js'
import { to } from './cast.js'
import { checkTensor, commonType, type Operand, shapeOf } from './raw.js'

/**
 * a where `condition` (bool) holds, else b; the three broadcast.
 *
 * Dtypes: a and b meet as in arithmetic; two numbers make f32. Gradient: to a where the condition holds, to b elsewhere; nothing that is not
 * chosen gets into it, NaN neither.
 *
 * @example
 * where(x.gt(0), x, 0)
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkTensor('where', condition)
  if (condition.dtype !== 'bool')
    throw new UsageError(`where: the condition is ${describe(condition)}; expected bool. Try ne(0).`)
  if (typeof a !== 'number') checkTensor('where', a)
  if (typeof b !== 'number') checkTensor('where', b)
  const type = typeof a === 'number' && typeof b === 'number' ? 'f32' : commonType(a, b, false)
  if (isOther(a, type) || isOther(b, type)) return tidy(() => where(condition, typed(a, type), typed(b, type)))
  const out = chosen(condition, a, b, type)
  if (typeof a === 'number' && typeof b === 'number') return out
  const inputs = typeof a === 'number' ? [b as Tensor] : typeof b === 'number' ? [a] : [a, b]
  const shapes = [shapeOf(a), shapeOf(b)]
  return record(out, 'where', inputs, [condition], (g, [c], needs) =>
    gradients(
      shapes,
      needs,
      () => where(c!, g, 0),
      () => where(c!, 0, g),
    ),
  )
}

const isOther = (x: Operand, type: DType): boolean => typeof x !== 'number' && x.dtype !== type
const typed = (x: Operand, type: DType): Operand => (typeof x === 'number' ? x : to(x, type))

/** The values, from operands of one type. */
function chosen(c: Tensor, a: Operand, b: Operand, type: DType): Tensor {
  let { shape } = c
  if (typeof a !== 'number') shape = broadcastShapes('where', shape, a.shape)
  if (typeof b !== 'number') shape = broadcastShapes('where', shape, b.shape)
  const still = new Array<number>(shape.length).fill(0)
  const strides = (x: Operand): Shape => (typeof x === 'number' ? still : broadcastStrides(x.shape, x.strides, shape))
  const out = empty(type, shape)
  const [p, q] = [lend(a, type), lend(b, type)]
  writePlan(shape, strides(c), strides(a), strides(b))
  kernels().array.where(elementBytes[type], shape.length, c.pointer, p, q, out.pointer)
  if (typeof a === 'number') runtime().pool.free(p, numberBytes)
  if (typeof b === 'number') runtime().pool.free(q, numberBytes)
  return out
}

const numberBytes = 8

/** Where an operand's elements lie; a number is put into memory that the caller gives back. */
function lend(x: Operand, type: DType): Pointer {
  if (typeof x !== 'number') return x.pointer
  const pointer = runtime().pool.alloc(numberBytes)
  kernels().array.fill(typeCode[type], 1, x, pointer)
  return pointer
}
