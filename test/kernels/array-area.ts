/** Arrays of the array module's element types in the kernels' memory, for tests: put, reserved with a guard behind, and read back. */
import { createKernels, type ElementType, elementBytes, elementTypes } from '../../src/kernels/index.js'
import type { Random } from './random.js'

export type Values = Float32Array | Float64Array | Int32Array | Uint8Array

export const kernels = createKernels()
export const array = kernels.array
export const typeNumber = (type: ElementType): number => elementTypes.indexOf(type)

const constructors = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array } as const
const guard = 64

/** What a test has allocated; freed by `release`. */
const held: number[] = []

export function release(): void {
  for (const pointer of held.splice(0)) kernels.free(pointer)
}

/** A view of `count` elements; dies when memory grows. */
export function view(type: ElementType, pointer: number, count: number): Values {
  return new constructors[type](kernels.memory.buffer, pointer, count)
}

/** Room for `count` elements, filled with bytes of 0xa5, and as many guard bytes behind. */
export function room(type: ElementType, count: number): number {
  const bytes = count * elementBytes[type] + guard
  const pointer = kernels.alloc(bytes)
  held.push(pointer)
  kernels.u8(pointer, bytes).fill(0xa5)
  return pointer
}

export function put(type: ElementType, values: ArrayLike<number>): number {
  const pointer = room(type, values.length)
  view(type, pointer, values.length).set(values)
  return pointer
}

/** The elements at `pointer`; throws when something was written behind them. */
export function take(type: ElementType, pointer: number, count: number): number[] {
  const behind = kernels.u8(pointer + count * elementBytes[type], guard)
  if (behind.some((byte) => byte !== 0xa5)) throw new Error(`something was written behind ${count} elements of ${type}`)
  return [...view(type, pointer, count)]
}

/** As the type would store them. */
export function stored(type: ElementType, values: ArrayLike<number>): number[] {
  return [...constructors[type].from(values)]
}

/** Random elements with ties, signs, and `special` now and then. */
export function elements(type: ElementType, r: Random, count: number, special: readonly number[] = []): number[] {
  const one = (): number => {
    if (special.length > 0 && r.next() < 0.1) return special[r.below(special.length)]!
    if (type === 'bool') return r.below(2)
    if (type === 'i32') return r.below(41) - 20
    return r.next() < 0.3 ? r.below(9) - 4 : r.normal()
  }
  return stored(type, Array.from({ length: count }, one))
}
