/** Preconditioners that cannot be made. */
import { NumericalError } from '../../../core/index.js'

/** Throws NumericalError('zero-diagonal') where a pivot is 0. */
export function refuseZero(name: string, pivots: ArrayLike<number>): void {
  for (let i = 0; i < pivots.length; i++) {
    if (pivots[i] !== 0) continue
    throw new NumericalError(
      'zero-diagonal',
      `${name} preconditioner: the diagonal holds a zero in row ${i}; expected none. Try ilu0 after reordering the rows, or none.`,
    )
  }
}
