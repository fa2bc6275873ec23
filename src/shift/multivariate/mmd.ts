/** The maximum mean discrepancy of two samples of rows, and their energy distance: one machinery, two kernels. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { kernels } from '../../tensor/internal.js'
import { eachAssignment, type PermutationOptions, permutationP, permutationSettings } from '../permutation/labels.js'
import { type Pooled, withPooled } from './matrices.js'
import { medianDistance, quadraticForms } from './pairs.js'

export interface MmdOptions extends PermutationOptions {
  /**
   * sigma of the kernel exp(-|x - y|^2 / (2 sigma^2)): a number, or `median` (the default), the median of the distances of all pairs i < j of the pooled
   * rows.
   */
  bandwidth?: number | 'median'
}

export interface MmdResult {
  /** Unbiased estimate of the squared discrepancy (Gretton et al. 2012, formula 3): about 0 without shift, and then as often below. */
  readonly squared: number
  /** The biased estimate (formula 5), pairs of a row with itself included; never below 0. */
  readonly biased: number
  readonly p: number
  readonly bandwidth: number
  readonly permutations: number
  readonly blockLength: number
}

/**
 * Tests whether two samples of rows are from one distribution by their maximum mean discrepancy with a Gaussian kernel: it sees any change, given enough
 * rows. Columns should have one unit: standardize them first.
 *
 * p is by permutation, (1 + those that reach it) / (1 + permutations), of the unbiased estimate; with `blockLength` in blocks of rows. Where all rows
 * are the same the bandwidth is 1, squared 0 and p 1. Time goes with (n + m)^2 (columns + permutations); of 10,000 rows no
 * matrix of pairs is ever stored.
 *
 * Throws UsageError for other than two matrices of finite numbers with the same columns and two rows or more each.
 *
 * Source: Gretton, Borgwardt, Rasch, Scholkopf & Smola, "A kernel two-sample test" (2012).
 * @example mmd(randn([100, 3]), randn([100, 3]).add(1), { permutations: 199 }).p // 0.005
 */
export function mmd(x: Tensor, y: Tensor, options: MmdOptions = {}): MmdResult {
  const { bandwidth = 'median' } = options
  const settings = permutationSettings('mmd', options)
  if (bandwidth !== 'median' && !(bandwidth > 0 && bandwidth < Infinity))
    throw new UsageError(`mmd: bandwidth ${bandwidth}; expected a number above 0, or 'median'.`)
  return withPooled('mmd', x, y, 2, (pooled) => {
    // A median of 0, where most rows are the same, gives no kernel.
    const sigma = bandwidth === 'median' ? medianDistance(pooled) || 1 : bandwidth
    const { n, m } = pooled
    const sums = within(pooled, 1 / (2 * sigma * sigma), settings)
    // The kernel is 1 for each of the n (or m) pairs of a row with itself.
    const squared = Float64Array.from(
      sums,
      ({ xx, yy, xy }) => (xx - n) / n / (n - 1) + (yy - m) / m / (m - 1) - (2 * xy) / n / m,
    )
    const { xx, yy, xy } = sums[0]!
    return {
      squared: squared[0]!,
      biased: Math.max(0, xx / n / n + yy / m / m - (2 * xy) / n / m),
      p: permutationP(squared[0]!, squared.subarray(1)),
      bandwidth: sigma,
      permutations: settings.permutations,
      blockLength: settings.blockLength,
    }
  })
}

export interface EnergyResult {
  /** 2 E|X - Y| - E|X - X'| - E|Y - Y'| over all pairs, those of a row with itself included (the V-statistic): never below 0. */
  readonly statistic: number
  /** The same without those (the U-statistic): about 0 without shift. */
  readonly unbiased: number
  readonly p: number
  readonly permutations: number
  readonly blockLength: number
}

/**
 * Tests whether two samples of rows are from one distribution by their energy distance (Szekely & Rizzo 2004), which needs no bandwidth. The p-value is
 * by permutation, as of `mmd`.
 *
 * Throws UsageError for other than two matrices of finite numbers with the same columns and two rows or more each.
 */
export function energyTest(x: Tensor, y: Tensor, options: PermutationOptions = {}): EnergyResult {
  const settings = permutationSettings('energyTest', options)
  return withPooled('energyTest', x, y, 2, (pooled) => {
    const { n, m } = pooled
    const sums = within(pooled, 0, settings)
    const statistics = Float64Array.from(sums, ({ xx, yy, xy }) => (2 * xy) / n / m - xx / n / n - yy / m / m)
    const { xx, yy, xy } = sums[0]!
    return {
      statistic: Math.max(0, statistics[0]!),
      unbiased: (2 * xy) / n / m - xx / n / (n - 1) - yy / m / (m - 1),
      p: permutationP(statistics[0]!, statistics.subarray(1)),
      permutations: settings.permutations,
      blockLength: settings.blockLength,
    }
  })
}

interface Sums {
  readonly xx: number
  readonly yy: number
  readonly xy: number
}

/** Sums of the kernel within both samples and between them: as they are, and then for each random assignment. */
function within(pooled: Pooled, scale: number, settings: Required<PermutationOptions>): Sums[] {
  const { n, m } = pooled
  const N = n + m
  const count = settings.permutations + 1
  const memory = kernels()
  const assignments = memory.alloc(8 * N * count)
  try {
    const labels = memory.f64(assignments, N * count)
    for (let i = 0; i < N; i++) labels[i * count] = i < n ? 1 : 0
    eachAssignment(n, m, settings, (isFirst, k) => {
      for (let i = 0, at = k + 1; i < N; i++, at += count) labels[at] = isFirst[i]!
    })
    const { forms, rowSums } = quadraticForms(pooled, scale, assignments, count)
    // Memory may have grown, which ends the view.
    const known = memory.f64(assignments, N * count)
    const total = rowSums.reduce((sum, one) => sum + one, 0)
    const firsts = new Float64Array(count)
    for (let i = 0, at = 0; i < N; i++)
      for (let k = 0; k < count; k++, at++) if (known[at] === 1) firsts[k] = firsts[k]! + rowSums[i]!
    return Array.from(forms, (xx, k) => ({ xx, xy: firsts[k]! - xx, yy: total - 2 * firsts[k]! + xx }))
  } finally {
    memory.free(assignments)
  }
}
