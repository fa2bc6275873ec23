/** Sparse codes of rows for a dictionary: FISTA or coordinate descent for the lasso, orthogonal matching pursuit for a number of non-zeros. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { eigvalsh } from '../../linalg/index.js'
import { div, matmul, mul, type Tensor, to, transpose, zeros } from '../../tensor/index.js'
import { checkOptions, describe, empty, kernels, tidy, view } from '../../tensor/internal.js'
import { unitOf } from '../clusters/points.js'
import { wholeOption } from '../input.js'
import { amountOption, finiteRows, wordOption } from '../samples.js'
import { pursue } from './pursuit.js'

export interface SparseEncodeOptions {
  /** `fista` (the default) and `cd` (coordinate descent; faster where atoms are alike): the lasso; `omp`: orthogonal matching pursuit. */
  method?: 'fista' | 'cd' | 'omp'
  /** Weight of the L1 norm of the codes, for the lasso (1). */
  alpha?: number
  /** Non-zeros of each code, for `omp`: a tenth of the columns by default, at least 1. */
  nonzeros?: number
}

/**
 * Codes [n, k] of rows x [n, d] for atoms [k, d]: with `fista` (Beck & Teboulle 2009) and `cd` those that minimize 1/2 ||x - z D||^2 + alpha ||z||_1, row by row, to ten
 * digits; with `omp` at most `nonzeros` atoms, each the one most correlated with what is left (the first of equal ones), with coefficients by
 * least squares (Pati, Rezaiifar & Krishnaprasad 1993), for atoms of length 1.
 *
 * Computed in f64; codes have the rows' dtype. Zeros are exact. Throws UsageError for shapes and options, NumericalError for NaN and infinite values.
 *
 * @example
 * sparseEncode(tensor([[3, 0.5]]), eye(2), { alpha: 1 }) // [[2, 0]]
 */
export function sparseEncode(x: Tensor, dictionary: Tensor, options: SparseEncodeOptions = {}): Tensor {
  const op = 'sparseEncode'
  checkOptions(op, options, ['method', 'alpha', 'nonzeros'])
  const { method = 'fista', alpha = 1, nonzeros } = options
  wordOption(op, 'method', method, ['fista', 'cd', 'omp'])
  amountOption(op, 'alpha', alpha)
  return tidy(() => {
    const rows = finiteRows(op, x)
    const atoms = to(finiteRows(op, dictionary), 'f64')
    const [k, d] = atoms.shape as [number, number]
    if (rows.shape[1] !== d)
      throw new UsageError(`${op}: rows ${describe(rows)} and atoms ${describe(atoms)}; expected as many columns.`)
    if (method !== 'omp') return to(lassoCodes(to(rows, 'f64'), atoms, alpha, { method }), rows.dtype)
    const most = wholeOption(op, 'nonzeros', nonzeros ?? Math.max(1, Math.floor(d / 10)), 1)
    return to(pursue(to(rows, 'f64'), atoms, Math.min(most, k)), rows.dtype)
  })
}

/**
 * Codes of f64 rows, from `start` where it is given, until steps are within `rtol` of a code's largest element; made inside `tidy`. */
export function lassoCodes(
  x: Tensor,
  atoms: Tensor,
  alpha: number,
  { method = 'cd', start, rtol = 1e-11 }: { method?: 'fista' | 'cd'; start?: Tensor; rtol?: number } = {},
): Tensor {
  const [unit, own] = [unitOf(x), unitOf(atoms)]
  // x = z D: codes in units of both.
  const units = unit / own
  const scaled = unit === 1 ? x : mul(x, unit)
  const rows = own === 1 ? atoms : mul(atoms, own)
  const [n, k] = [x.shape[0]!, atoms.shape[0]!]
  const gram = matmul(rows, transpose(rows)).contiguous()
  const products = matmul(scaled, transpose(rows)).contiguous()
  const codes = start === undefined ? zeros([n, k], { dtype: 'f64' }) : mul(start, units).contiguous()
  const scaledAlpha = alpha * unit * own
  if (method === 'cd') {
    const gradient = empty('f64', [k])
    dataKernels(kernels()).descendRows_f64(n, k, gram.pointer, products.pointer, scaledAlpha, rtol, mostSteps, codes.pointer, gradient.pointer) // biome-ignore format: one line
    return units === 1 ? codes : div(codes, units)
  }
  const largest = view(eigvalsh(gram)).at(-1)!
  // Without any atom that is not zero, codes are zero.
  if (largest <= 0) return zeros([n, k], { dtype: 'f64' })
  const work = empty('f64', [3, k])
  dataKernels(kernels()).fistaRows_f64(n, k, gram.pointer, products.pointer, scaledAlpha, (1 - 1e-10) / largest, rtol, mostSteps, codes.pointer, work.pointer) // biome-ignore format: one line
  return units === 1 ? codes : div(codes, units)
}

const mostSteps = 20_000
