/** Figures of tensors before and after an edit, and of all together. */
import type { MatrixFigures } from '../types.js'
import type { Told } from './told.js'
import type { EditedTensor, EditFigures, EditTotals } from './types.js'

/** A pass's figures as the report has them. */
export function figuresOf(told: Told, matrix: MatrixFigures | null): EditFigures {
  const { count, zeros, nan, posInf, negInf, l1, l2, linf, mean, std, min, max } = told
  const sparsity = count === 0 ? 0 : zeros / count
  return { zeros, nan, posInf, negInf, l0: count - zeros, l1, l2, linf, mean, std, min, max, sparsity, matrix }
}

/** ||delta|| / ||before||; 0 / 0 is 0. */
export function relative(delta: number, before: number): number {
  return delta === 0 ? 0 : delta / before
}

/** Bytes where zeros are not stored: values with a bitmap or with 32-bit indices, or all of them, whichever is least. */
export function sparseBytes(count: number, zeros: number, bytes: number): number {
  if (count === 0) return 0
  const nonzeros = count - zeros
  const values = nonzeros * (bytes / count)
  return Math.ceil(Math.min(bytes, values + count / 8, values + 4 * nonzeros))
}

/** What the totals are told of each tensor. */
export interface Counted {
  readonly tensor: EditedTensor
  readonly multiplyAdds: readonly [before: number, after: number]
  /** A second name of one storage counts once. */
  readonly isTwin: boolean
  readonly isFloating: boolean
}

/** sqrt of the sum of squares, scaled by the largest so that nothing overflows or vanishes. */
export function hypotenuse(parts: readonly number[]): number {
  const largest = Math.max(0, ...parts)
  if (largest === 0 || !Number.isFinite(largest) || parts.length === 1) return largest
  return largest * Math.sqrt(parts.reduce((sum, part) => sum + (part / largest) ** 2, 0))
}

/** Totals over floating tensors, shared storage once. */
export function editTotals(all: readonly Counted[]): EditTotals {
  const counted = all.filter(({ isFloating, isTwin }) => isFloating && !isTwin)
  const tensors = counted.map(({ tensor }) => tensor)
  const sum = (of: (tensor: EditedTensor) => number): number => tensors.reduce((total, one) => total + of(one), 0)
  const l2 = (of: (tensor: EditedTensor) => number): number => hypotenuse(tensors.map(of))
  const most = (of: (tensor: EditedTensor) => number): number => tensors.reduce((m, one) => Math.max(m, of(one)), 0)
  const parameters = sum(({ count }) => count)
  const zerosBefore = sum(({ before }) => before.zeros)
  const zerosAfter = sum(({ after }) => after.zeros)
  const l2Before = l2(({ before }) => before.l2)
  return {
    tensors: tensors.length,
    edited: tensors.filter(({ edited }) => edited).length,
    parameters,
    zerosBefore,
    zerosAfter,
    sparsityBefore: parameters === 0 ? 0 : zerosBefore / parameters,
    sparsityAfter: parameters === 0 ? 0 : zerosAfter / parameters,
    l1Before: sum(({ before }) => before.l1),
    l1After: sum(({ after }) => after.l1),
    l2Before,
    l2After: l2(({ after }) => after.l2),
    linfBefore: most(({ before }) => before.linf),
    linfAfter: most(({ after }) => after.linf),
    relativeError: relative(
      l2(({ delta }) => delta.l2),
      l2Before,
    ),
    changed: sum(({ changed }) => changed),
    bytesSparse: all.reduce((total, { tensor, isFloating }) => {
      const { count, after, bytesOut } = tensor
      return total + (isFloating ? sparseBytes(count, after.zeros, bytesOut) : bytesOut)
    }, 0),
    multiplyAddsBefore: counted.reduce((total, { multiplyAdds }) => total + multiplyAdds[0], 0),
    multiplyAddsAfter: counted.reduce((total, { multiplyAdds }) => total + multiplyAdds[1], 0),
  }
}
