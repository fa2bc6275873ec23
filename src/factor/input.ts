/** What estimators are given: rows of numbers, checked, with errors that name the place. */
import { NumericalError, UsageError } from '../core/index.js'
import { dataKernels } from '../kernels/index.js'
import type { Tensor } from '../tensor/index.js'
import { castOf, checkTensor, describe, isFloat, kernels, together, view } from '../tensor/internal.js'

/**
 * x [n, d] as contiguous f32 or f64 (whole numbers and booleans as f64) without gradient. Throws UsageError unless it is a matrix of at least
 * `least` rows (1) and one column, and of `columns` columns where that is known. Not checked for NaN: see `checkFiniteRows`.
 */
export function rowsOf(op: string, x: Tensor, options: { columns?: number; least?: number } = {}): Tensor {
  checkTensor(op, x)
  const { columns, least = 1 } = options
  if (x.rank !== 2) throw new UsageError(`${op}: got ${describe(x)}; expected a matrix [rows, columns].`)
  const [n, d] = x.shape as readonly [number, number]
  if (columns !== undefined && d !== columns)
    throw new UsageError(
      `${op}: got ${describe(x)}; expected ${columns} ${columns === 1 ? 'column' : 'columns'}, as it was fitted on.`,
    )
  if (n < least || d < 1)
    throw new UsageError(`${op}: got ${describe(x)}; expected at least ${least} ${least === 1 ? 'row' : 'rows'} and one column.`) // biome-ignore format: one sentence
  const plain = x.detach()
  return together(isFloat(x.dtype) ? plain : castOf(plain, 'f64'))
}

/** Throws NumericalError (`not-finite`) with row and column of the first NaN or infinity of contiguous x [n, d]. */
export function checkFiniteRows(op: string, x: Tensor): void {
  if (x.dtype === 'f64' && hasFiniteSum(x)) return
  const [values, columns] = [view(x), x.shape.at(-1)!]
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]!))
      throw new NumericalError(
        'not-finite',
        `${op}: ${describe(x)} has ${values[i]} at row ${Math.floor(i / columns)}, column ${i % columns}; expected finite numbers. Try leaving such rows out, or imputing them.`,
      )
}

/** Whether the sum of sizes is finite, so that each element is. */
function hasFiniteSum(x: Tensor): boolean {
  const out = kernels().alloc(24)
  try {
    dataKernels(kernels()).sizes_f64(x.size, x.pointer, out)
    return Number.isFinite(kernels().f64(out, 1)[0]!)
  } finally {
    kernels().free(out)
  }
}

/** The error of figures that left the range of f64 though every element is finite. Throws always, with the place where one is not finite. */
export function refuseOverflow(op: string, x: Tensor): never {
  checkFiniteRows(op, x)
  throw new NumericalError(
    'overflow',
    `${op}: sums over ${describe(x)} are beyond the range of f64. Try dividing the columns by a power of ten.`,
  )
}

/** A whole number of at least `least`; throws UsageError that names the option. */
export function wholeOption(op: string, name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${op}: ${name} is ${value}; expected a whole number from ${least} on.`)
  return value
}
