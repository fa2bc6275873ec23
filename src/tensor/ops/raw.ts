/** Elementwise kernels called on tensors: types, layout and broadcasting, but no gradients. */
import { UsageError } from '../../core/index.js'
import { type BinaryOp, binaryOps, type UnaryOp, unaryOps } from '../../kernels/index.js'
import { type DType, elementBytes, floatType, promoteNumber, promoteTypes, typeCode } from '../dtype.js'
import { kernels, writePlan } from '../runtime.js'
import { broadcastShapes, broadcastStrides, type Shape, sameShape } from '../shape.js'
import { empty, emptyAs, Tensor } from '../tensor.js'

/** What an operation takes beside a tensor. */
export type Operand = Tensor | number

const unaryCode = Object.fromEntries(unaryOps.map((op, i) => [op, i])) as Record<UnaryOp, number>
const binaryCode = Object.fromEntries(binaryOps.map((op, i) => [op, i])) as Record<BinaryOp, number>
const comparisons: ReadonlySet<BinaryOp> = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
])
const tests: ReadonlySet<UnaryOp> = new Set(['logicalNot', 'isnan', 'isfinite', 'isinf'])

/** The shape of an operand that has one: what its gradient is summed to. */
export const shapeOf = (x: Operand): Shape | null => (typeof x === 'number' ? null : x.shape)

/** Throws UsageError unless every value is a tensor. */
export function checkTensor(op: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor)) {
    const got = x === null ? 'null' : Array.isArray(x) ? 'an array' : typeof x
    throw new UsageError(`${op}: got ${got}; expected a tensor. Try tensor(...).`)
  }
}

/** x itself when its elements lie together, else a copy where they do. */
export function together(x: Tensor): Tensor {
  return x.isContiguous ? x : copyOf(x)
}

/** A contiguous copy. */
export function copyOf(x: Tensor): Tensor {
  const out = empty(x.dtype, x.shape)
  copyInto(out, x)
  return out
}

/** Writes x over contiguous `out`, of the same shape and type. */
export function copyInto(out: Tensor, x: Tensor): void {
  const bytes = elementBytes[x.dtype]
  if (x.isContiguous)
    kernels()
      .u8(out.pointer, x.size * bytes)
      .set(kernels().u8(x.pointer, x.size * bytes))
  else {
    writePlan(x.shape, x.strides)
    kernels().array.gatherStrided(bytes, x.rank, x.pointer, out.pointer)
  }
}

/** Writes contiguous `x` over `out` (any strides), of the same shape and type. */
export function assign(out: Tensor, x: Tensor): void {
  const bytes = elementBytes[out.dtype]
  if (out.isContiguous)
    kernels()
      .u8(out.pointer, out.size * bytes)
      .set(kernels().u8(x.pointer, x.size * bytes))
  else {
    writePlan(out.shape, out.strides)
    kernels().array.scatterStrided(bytes, out.rank, x.pointer, out.pointer)
  }
}

/** x in another type, contiguous; x itself when it has the type already. */
export function castOf(x: Tensor, type: DType): Tensor {
  if (x.dtype === type) return x
  const from = together(x)
  const out = empty(type, x.shape)
  kernels().array.cast(typeCode[x.dtype], typeCode[type], x.size, from.pointer, out.pointer)
  if (from !== x) from.dispose()
  return out
}

/** Applies a kernel to each element; x has a type the kernel takes. */
export function unaryOf(op: UnaryOp, x: Tensor): Tensor {
  const type = tests.has(op) ? 'bool' : x.dtype
  const from = together(x)
  const out = emptyAs(from, type)
  kernels().array.unary(unaryCode[op], typeCode[x.dtype], x.size, from.pointer, out.pointer)
  if (from !== x) from.dispose()
  return out
}

/** Applies a kernel to a tensor and a number, in the tensor's type. */
export function scalarOf(op: BinaryOp, x: Tensor, value: number, swapped = false): Tensor {
  const from = together(x)
  const out = emptyAs(from, comparisons.has(op) ? 'bool' : x.dtype)
  kernels().array.binaryScalar(binaryCode[op], typeCode[x.dtype], x.size, from.pointer, value, swapped, out.pointer)
  if (from !== x) from.dispose()
  return out
}

/** Applies a kernel to two tensors of one type, broadcasting. */
export function binaryOf(op: BinaryOp, name: string, a: Tensor, b: Tensor): Tensor {
  const type = comparisons.has(op) ? 'bool' : a.dtype
  if (a.isContiguous && b.isContiguous && sameShape(a.shape, b.shape)) {
    const out = emptyAs(a, type)
    kernels().array.binary(binaryCode[op], typeCode[a.dtype], a.size, a.pointer, b.pointer, out.pointer)
    return out
  }
  const shape = broadcastShapes(name, a.shape, b.shape)
  const out = empty(type, shape)
  writePlan(shape, broadcastStrides(a.shape, a.strides, shape), broadcastStrides(b.shape, b.strides, shape))
  kernels().array.binaryStrided(binaryCode[op], typeCode[a.dtype], shape.length, a.pointer, b.pointer, out.pointer)
  return out
}

/** out op= b in place; b broadcasts to out's shape and has its type. */
export function binaryInto(op: BinaryOp, out: Tensor, b: Tensor): void {
  if (out.isContiguous && b.isContiguous && sameShape(out.shape, b.shape)) {
    kernels().array.binary(binaryCode[op], typeCode[out.dtype], out.size, out.pointer, b.pointer, out.pointer)
    return
  }
  const result = binaryOf(op, op, out, b)
  assign(out, result)
  result.dispose()
}

/** out = op(x) in place for a number. */
export function scalarInto(op: BinaryOp, out: Tensor, value: number): void {
  if (out.isContiguous) {
    kernels().array.binaryScalar(binaryCode[op], typeCode[out.dtype], out.size, out.pointer, value, false, out.pointer)
    return
  }
  const result = scalarOf(op, out, value)
  assign(out, result)
  result.dispose()
}

/** The type two operands meet in: NumPy's promotion; `div` and kin need floats. */
export function commonType(a: Operand, b: Operand, float: boolean): DType {
  const type =
    typeof a === 'number'
      ? promoteNumber((b as Tensor).dtype, a)
      : typeof b === 'number'
        ? promoteNumber(a.dtype, b)
        : a.dtype === b.dtype
          ? a.dtype
          : promoteTypes(a.dtype, b.dtype)
  if (!float) return type
  // Two booleans divided are float64 in NumPy, as integers are.
  return type === 'bool' ? 'f64' : floatType(type)
}

/** Throws unless one is a tensor and the other a tensor or a number. */
export function checkOperands(op: string, a: unknown, b: unknown): void {
  if (!(a instanceof Tensor) && typeof a !== 'number') checkTensor(op, a)
  if (!(b instanceof Tensor) && (typeof b !== 'number' || typeof a === 'number')) checkTensor(op, b)
}
