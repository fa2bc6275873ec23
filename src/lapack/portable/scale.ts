/** Scaling of matrices whose squares would leave the number range. */
import type { Pointer } from '../../kernels/index.js'
import type { Real } from '../lapack.js'
import type { Portable } from './arith.js'

/** Largest elements outside these bounds are scaled: squares and products of norms must be normal numbers. */
const bounds = { f32: [1e-15, 1e15], f64: [1e-140, 1e140] } as const

/** Row i of the matrix has `width(i)` elements. */
export interface Rows {
  readonly pointer: Pointer
  readonly stride: number
  readonly count: number
  width(row: number): number
}

/** Bytes of an element. */
export const elementBytes = (type: Real): 4 | 8 => (type === 'f32' ? 4 : 8)

/** The power of two that A was multiplied by, or null when A holds NaN or an infinity. */
export function scaleToSafeRange(portable: Portable, type: Real, rows: Rows): number | null {
  const { absMax, scal } = portable[type]
  const each = (visit: (count: number, pointer: Pointer) => void): void => {
    for (let i = 0; i < rows.count; i++) visit(rows.width(i), rows.pointer + i * rows.stride * elementBytes(type))
  }
  let largest = 0
  each((count, pointer) => {
    largest = Math.max(largest, absMax(count, pointer))
  })
  if (!Number.isFinite(largest)) return null
  const [least, most] = bounds[type]
  if (largest === 0 || (largest >= least && largest <= most)) return 1
  // Clamped so that the factor and its inverse are normal numbers.
  const factor = 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))))
  each((count, pointer) => scal(count, factor, pointer))
  return factor
}
