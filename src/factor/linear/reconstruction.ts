/** How far tables are from their nearest of rank k, in each norm. */

import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, kernels, lapack, tidy } from '../../tensor/internal.js'
import { rowsOf } from '../input.js'
import { columnMeans, eachBlock, lend } from './blocks.js'
import { countOf } from './options.js'
import { firstRows } from './signs.js'
import { type Spectrum, spectrumOf } from './spectrum.js'

/** Norms of X - X_k, X_k of the k leading singular values; `relative` is `frobenius` by that of X (0 where both are 0). */
export interface ReconstructionError {
  readonly k: number
  readonly frobenius: number
  readonly relative: number
  /** The largest singular value left out. */
  readonly spectral: number
  /** The sum of those left out. */
  readonly nuclear: number
  /** Sum of the sizes of all entries. */
  readonly l1: number
  /** The largest size of an entry. */
  readonly linf: number
}

/**
 * Errors of the best approximations of rank k of x [n, d] for each of `ks` (whole numbers from 0 to min(n, d)), in their order. `centred` (true): of
 * x less the means of its columns, as PCA has it; without, as TruncatedSVD. Frobenius, spectral and nuclear errors follow from the singular values and
 * are the least there are for the rank; those entry by entry are measured. Throws as `PCA.fit`.
 *
 * @example
 * const [three, ten] = reconstructionErrors(x, [3, 10])
 */
export function reconstructionErrors(
  x: Tensor,
  ks: readonly number[],
  options: { centred?: boolean } = {},
): ReconstructionError[] {
  checkOptions('reconstructionErrors', options, ['centred'])
  const op = 'reconstructionErrors'
  return tidy(() => {
    const rows = rowsOf(op, x)
    const [n, d] = rows.shape as readonly [number, number]
    for (const k of ks) if (k !== 0) countOf(op, k, n, d)
    if (ks.length === 0) throw new UsageError(`${op}: no rank was given; expected whole numbers from 0 on.`)
    const { centred = true } = options
    const mean = tensor(columnMeans(op, rows).mean)
    const all = Math.min(n, d)
    const spectrum = spectrumOf(op, rows, { centred, solver: 'exact', count: () => all, most: all, randomized: { seed: 0, iterations: 0, oversampling: 0 } }) // biome-ignore format: one line
    const ranks = [...new Set(ks)].sort((a, b) => a - b)
    const entries = entrywise(rows, centred ? mean : null, spectrum, ranks)
    return ks.map((k) => ({ k, ...spectralErrors(spectrum, k), ...entries[ranks.indexOf(k)]! }))
  })
}

function spectralErrors({ values, total }: Spectrum, k: number) {
  const first = values[0]!
  let [squares, nuclear] = [0, 0]
  // From the smallest on, so that they are not lost beside the large ones.
  for (let i = values.length - 1; i >= k; i--) {
    squares += first === 0 ? 0 : (values[i]! / first) ** 2
    nuclear += values[i]!
  }
  return {
    frobenius: first * Math.sqrt(squares),
    relative: total === 0 ? 0 : Math.sqrt(squares / total),
    spectral: values[k] ?? 0,
    nuclear,
  }
}

/** l1 and linf of what each of ascending `ranks` leaves. */
function entrywise(x: Tensor, mean: Tensor | null, { vectors }: Spectrum, ranks: readonly number[]) {
  const d = x.shape[1]!
  const errors = ranks.map(() => ({ l1: 0, linf: 0 }))
  const most = Math.max(...ranks)
  const V = firstRows(vectors, Math.max(1, most))
  const rows = Math.max(1, Math.min(x.shape[0]!, Math.floor(2 ** 18 / d)))
  lend(rows * Math.max(1, most) * 8 + 24, (Z) =>
    eachBlock(x, { mean, rows }, (block, count) => {
      const out = Z + rows * Math.max(1, most) * 8
      if (most > 0) lapack().gemm('f64', false, true, count, most, d, 1, block, d, V.pointer, d, 0, Z, most)
      let done = 0
      for (const [at, k] of ranks.entries()) {
        if (k > done)
          lapack().gemm('f64', false, false, count, d, k - done, -1, Z + done * 8, most, V.pointer + done * d * 8, d, 1, block, d) // biome-ignore format: one line
        done = k
        dataKernels(kernels()).sizes_f64(count * d, block, out)
        const [sum, largest] = kernels().f64(out, 3)
        errors[at]!.l1 += sum!
        errors[at]!.linf = Math.max(errors[at]!.linf, largest!)
      }
    }),
  )
  return errors
}
