/** Tensors from numbers, nested arrays, typed arrays, and rules. */
import { inert, UsageError } from '../core/index.js'
import { checkType, type DType, typeCode } from './dtype.js'
import { kernels } from './runtime.js'
import { checkShape, count, type Shape, showShape } from './shape.js'
import { empty, type Tensor, type TypedArray, view } from './tensor.js'

export interface TensorOptions {
  dtype?: DType
  /** Record what is done with it, for `backward`. f32 and f64 only. */
  requiresGrad?: boolean
}

/** What `tensor` takes: a number or boolean, or (nested) arrays of them. */
export type Nested = number | boolean | readonly Nested[]

type Numbers = TypedArray | Uint8ClampedArray | Int8Array | Int16Array | Uint16Array | Uint32Array

/** Types of typed arrays, by what holds their values exactly. */
function typeOfArray(values: Numbers): DType {
  if (values instanceof Float32Array) return 'f32'
  return values instanceof Float64Array || values instanceof Uint32Array ? 'f64' : 'i32'
}

/**
 * A tensor from a number, nested arrays, or a typed array (which is one axis unless `shape` says otherwise).
 *
 * Dtypes: f32 for numbers, bool for booleans, a typed array's own (whole numbers of up to 31 bits become i32, Uint32 f64), or `dtype`.
 * Throws UsageError for ragged arrays (with the place), for values that are no numbers, and for numbers that i32 does not hold.
 *
 * @example
 * tensor([[1, 2], [3, 4]])
 * tensor(new Float64Array(6), { shape: [2, 3] })
 */
export function tensor(values: Nested | Numbers, options: TensorOptions & { shape?: Shape } = {}): Tensor {
  if (options.dtype !== undefined) checkType('tensor', options.dtype)
  const isTyped = ArrayBuffer.isView(values)
  if (isTyped && !('length' in values))
    throw new UsageError('tensor: got a DataView; expected numbers, nested arrays or a typed array.')
  const { flat, shape, dtype } = isTyped
    ? { flat: values as Numbers, shape: [(values as Numbers).length], dtype: typeOfArray(values as Numbers) }
    : flatten(values as Nested)
  const into = options.shape === undefined ? shape : checkShape('tensor', options.shape)
  if (count(into) !== flat.length)
    throw new UsageError(
      `tensor: ${flat.length} values for shape ${showShape(into)} of ${count(into)}; expected as many.`,
    )
  const out = empty(options.dtype ?? dtype, into)
  fill(out, flat)
  return wanting(out, options)
}

function fill(out: Tensor, flat: ArrayLike<number>): void {
  const target = view(out)
  if (out.dtype === 'bool') for (let i = 0; i < flat.length; i++) target[i] = flat[i] === 0 ? 0 : 1
  else target.set(flat)
  if (out.dtype !== 'i32') return
  for (let i = 0; i < flat.length; i++)
    if (target[i] !== flat[i]) {
      out.dispose()
      throw new UsageError(
        `tensor: ${flat[i]} at place ${i} is not an i32; expected whole numbers from -2^31 to 2^31 - 1. Try dtype: 'f64'.`,
      )
    }
}

/** Values in row-major order, and the shape that every branch agrees on. */
function flatten(values: Nested): { flat: number[]; shape: number[]; dtype: DType } {
  const shape: number[] = []
  for (let one: unknown = values; Array.isArray(one); one = one[0]) {
    shape.push(one.length)
    if (one.length === 0) break
  }
  checkShape('tensor', shape)
  const flat: number[] = []
  let isBoolean = true
  const walk = (one: unknown, path: number[]): void => {
    const depth = path.length
    const where = depth === 0 ? '' : ` at [${path.join(', ')}]`
    if (depth < shape.length) {
      if (!Array.isArray(one)) throw ragged(`a ${typeof one}`, where, `an array of ${shape[depth]}`)
      if (one.length !== shape[depth]) throw ragged(`an array of ${one.length}`, where, `${shape[depth]}, as before it`)
      for (const [i, inner] of one.entries()) walk(inner, [...path, i])
      return
    }
    if (Array.isArray(one)) throw ragged('an array', where, 'a number, as before it')
    if (typeof one === 'number') isBoolean = false
    else if (typeof one !== 'boolean')
      throw new UsageError(`tensor: ${inert(String(one), 40)} (${typeof one})${where}; expected a number or boolean.`)
    flat.push(Number(one))
  }
  walk(values, [])
  return { flat, shape, dtype: isBoolean && flat.length > 0 ? 'bool' : 'f32' }
}

const ragged = (got: string, where: string, expected: string): UsageError =>
  new UsageError(`tensor: the arrays are ragged: ${got}${where}; expected ${expected}.`)

function wanting(x: Tensor, options: TensorOptions): Tensor {
  if (options.requiresGrad) x.requiresGrad = true
  return x
}

/** A tensor filled with one value; f32 unless `dtype` says otherwise. */
export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  const { dtype = typeof value === 'boolean' ? 'bool' : 'f32' } = options
  checkType('full', dtype)
  const out = empty(dtype, checkShape('full', shape))
  kernels().array.fill(typeCode[dtype], out.size, Number(value), out.pointer)
  return wanting(out, options)
}

/** Zeros (f32 by default). */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 0, { dtype: 'f32', ...options })
}

/** Ones (f32 by default). */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 1, { dtype: 'f32', ...options })
}

/** A matrix [n, m] (m = n by default) with ones on the k-th diagonal. */
export function eye(n: number, options: TensorOptions & { m?: number; k?: number } = {}): Tensor {
  const { m = n, k = 0 } = options
  const out = zeros(checkShape('eye', [n, m]), { dtype: options.dtype ?? 'f32' })
  const elements = view(out)
  for (let i = Math.max(0, -k); i < n && i + k < m; i++) elements[i * m + i + k] = 1
  return wanting(out, options)
}

/** start, start + step, ... up to but not including stop (`arange(stop)` starts at 0). i32 when all three are whole, else f32, unless `dtype` is given. */
export function arange(start: number, stop?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(step) || step === 0)
    throw new UsageError(`arange: from ${from} to ${to} by ${step}; expected finite numbers and a step that is not 0.`)
  const n = Math.max(0, Math.ceil((to - from) / step))
  const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? 'i32' : 'f32')
  return wanting(ramp('arange', n, from, step, dtype), options)
}

/** n numbers from start to stop, both included, evenly spaced (f32 by default). */
export function linspace(start: number, stop: number, n: number, options: TensorOptions = {}): Tensor {
  const out = ramp('linspace', n, start, n > 1 ? (stop - start) / (n - 1) : 0, options.dtype ?? 'f32')
  if (n > 1) view(out)[n - 1] = stop
  return wanting(out, options)
}

function ramp(op: string, n: number, start: number, step: number, dtype: DType): Tensor {
  checkType(op, dtype)
  const out = empty(dtype, checkShape(op, [n]))
  kernels().array.ramp(typeCode[dtype], n, start, step, out.pointer)
  return out
}

/** Zeros of x's shape and type. */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, { dtype: x.dtype })
/** Ones of x's shape and type. */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, { dtype: x.dtype })
/** One value in x's shape and type. */
export const fullLike = (x: Tensor, value: number): Tensor => full(x.shape, value, { dtype: x.dtype })
