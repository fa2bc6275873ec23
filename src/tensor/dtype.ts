/**
 * Element types and how they mix: NumPy's rules for bool, int32, float32 and float64, in one table. A JavaScript number is weak, as Python's
 * are in NumPy 2: beside a float tensor it takes the tensor's type; beside i32 a whole number stays i32 and another makes f64; beside bool a
 * whole number makes i32 and another f32, our default.
 */
import { UsageError } from '../core/index.js'
import { type ElementType, elementBytes, elementTypes } from '../kernels/index.js'

/** Element type of a tensor. */
export type DType = ElementType
export const dtypes: readonly DType[] = elementTypes
export { elementBytes }

/** The number of a type in the array module. */
export const typeCode: Readonly<Record<DType, number>> = { f32: 0, f64: 1, i32: 2, bool: 3 }

const promotion: Readonly<Record<DType, Readonly<Record<DType, DType>>>> = {
  bool: { bool: 'bool', i32: 'i32', f32: 'f32', f64: 'f64' },
  i32: { bool: 'i32', i32: 'i32', f32: 'f64', f64: 'f64' },
  f32: { bool: 'f32', i32: 'f64', f32: 'f32', f64: 'f64' },
  f64: { bool: 'f64', i32: 'f64', f32: 'f64', f64: 'f64' },
}

/** The type that holds the values of both, as NumPy chooses it. */
export function promoteTypes(a: DType, b: DType): DType {
  return promotion[a][b]
}

/** The type of an operation between a tensor and a JavaScript number. */
export function promoteNumber(type: DType, value: number): DType {
  if (type === 'f32' || type === 'f64') return type
  const isWhole = Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)
  if (isWhole) return 'i32'
  return type === 'i32' ? 'f64' : 'f32'
}

/** The type in which a function with real values (exp, mean, division) works on `type`: f64 for i32, f32 for bool. */
export function floatType(type: DType): 'f32' | 'f64' {
  return type === 'f32' || type === 'bool' ? 'f32' : 'f64'
}

export function isFloat(type: DType): type is 'f32' | 'f64' {
  return type === 'f32' || type === 'f64'
}

/** Throws unless `type` is one of ours. */
export function checkType(op: string, type: unknown): asserts type is DType {
  if (!dtypes.includes(type as DType))
    throw new UsageError(
      `${op}: dtype ${JSON.stringify(type) ?? String(type)} is not known; expected ${dtypes.join(', ')}.`,
    )
}
