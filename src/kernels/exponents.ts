/** The histogram of exponents, and what follows from it. */
import type { StorageType } from '../core/index.js'
import type { Statistics } from './types.js'

const smallFloats: Partial<Record<StorageType, number>> = {
  f64: -1022,
  c128: -1022,
  f16: -14,
  f8_e4m3fn: -6,
  f8_e5m2: -14,
  f8_e4m3fnuz: -7,
  f8_e5m2fnuz: -15,
  f4_e2m1: 0,
  f6_e2m3: 0,
  f6_e3m2: -2,
}

const noSubnormals: ReadonlySet<StorageType> = new Set<StorageType>([
  ...(['f8_e8m0', 'i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64', 'i4', 'u4', 'bool'] as const),
])

/** Exponent of the smallest normal number of `type`; that of f32 for what decodes to f32, -Infinity where nothing is subnormal. */
export function minNormalExponent(type: StorageType): number {
  return noSubnormals.has(type) ? Number.NEGATIVE_INFINITY : (smallFloats[type] ?? -126)
}

/** Joins adjoining parts of a histogram whose first bin is exponent `first`, trimmed to what is occupied, and counts the subnormals. */
export function exponentsFrom(
  minNormal: number,
  first: number,
  ...parts: readonly Float64Array[]
): Pick<Statistics, 'exponents' | 'exponentMin' | 'subnormals'> {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let filled = 0
  for (const part of parts) {
    all.set(part, filled)
    filled += part.length
  }
  let low = 0
  let end = all.length
  while (low < end && all[low] === 0) low++
  while (end > low && all[end - 1] === 0) end--
  let subnormals = 0
  for (let i = low; i < end && first + i < minNormal; i++) subnormals += all[i]!
  return { exponents: all.slice(low, end), exponentMin: low === end ? 0 : first + low, subnormals }
}
