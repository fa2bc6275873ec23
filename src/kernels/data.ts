/** What factorizations, clusters and tests of shift compute with: the module `data`, on the memory of kernels that are there. */
import type { ClusterKernels, Typed } from './clusters.js'
import { dataWasm } from './embedded/data.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Names are `op_dtype`, as in `assembly/data/`. Counts are elements. Nothing is allocated. */
export interface DataKernels extends Typed<ClusterKernels> {
  // ---- distances
  /** out [rows] = squared length of each row of x [rows, columns]. */
  rowSquares_f64(rows: number, columns: number, x: Pointer, out: Pointer): void
  // ---- blocks of rows
  /** out [columns], f64 = sums of the columns of x [rows, columns]. */
  columnSums_f64(rows: number, columns: number, x: Pointer, out: Pointer): void
  columnSums_f32(rows: number, columns: number, x: Pointer, out: Pointer): void
  /** out [rows, columns], f64 = scale (x - mean [columns], f64). */
  centre_f64(rows: number, columns: number, x: Pointer, mean: Pointer, scale: number, out: Pointer): void
  centre_f32(rows: number, columns: number, x: Pointer, mean: Pointer, scale: number, out: Pointer): void
  /** out [3] = sum of sizes, largest size, sum of squares; a NaN makes each NaN. */
  sizes_f64(n: number, x: Pointer, out: Pointer): void
  // ---- factors
  /** FISTA for each row of codes [n, k], products [n, k], work [3 k]; returns the most steps that a row took. */
  fistaRows_f64(n: number, k: number, gram: Pointer, products: Pointer, alpha: number, step: number, tol: number, most: number, codes: Pointer, work: Pointer): number // biome-ignore format: one line
  /** Coordinate descent for the same; work [k], returns the most passes that a row took. */
  descendRows_f64(n: number, k: number, gram: Pointer, products: Pointer, alpha: number, tol: number, most: number, codes: Pointer, work: Pointer): number // biome-ignore format: one line
  /** Adds distances of rows from `count` others to out [rows, k] by the others' labels; `assembly/data/clusters/distances.ts` says more. */
  distanceSums_f64(rows: number, count: number, k: number, d: number, products: Pointer, squares: Pointer, rowSquares: Pointer, slack: number, scale: number, x: Pointer, base: number, index: Pointer, others: Pointer, labels: Pointer, out: Pointer): void // biome-ignore format: one line
  /** A pass of coordinate descent over each column of z [k, m] >= 0 for 1/2 z' G z - p' z; returns the projected gradient's size. m in whole 64 bytes. */
  descendColumns_f64(k: number, m: number, z: Pointer, gram: Pointer, products: Pointer): number
  descendColumns_f32(k: number, m: number, z: Pointer, gram: Pointer, products: Pointer): number
  /** Half the distances of centres [k, d] from each other [k, k] (0: not wanted), and the least of each from another [k]. */
  halfDistances_f64(k: number, d: number, centers: Pointer, scale: number, between: Pointer, half: Pointer): void

  // ---- ratings; rows of factors are `ld` apart, a multiple of 4, and zero from k on
  /**
   * Each row of out [rows, ld] = (base + sum w z zᵀ + ridge I)⁻¹ sum v z over its entries in compressed rows: z are rows of `fixed`, w `weights`
   * (0: all 1), v `values`; base [ld, ld] (0: none). ridge is lambda, `perEntry` times their number. Rows without entries are 0; so are
   * unknowns whose pivot is lost to rounding, and their number is returned. `work` [ld + 1, ld].
   */
  ridgeRows_f64(rows: number, k: number, ld: number, indptr: Pointer, indices: Pointer, weights: Pointer, values: Pointer, fixed: Pointer, base: Pointer, lambda: number, perEntry: boolean, out: Pointer, work: Pointer): number // biome-ignore format: one line
  /**
   * `steps` of conjugate gradient from `out` towards (base + sum w z zᵀ + lambda I)⁻¹ sum v z of each row, as above; base and weights are given. Rows
   * without entries are 0. `work` [3, ld].
   */
  conjugateRows_f64(rows: number, k: number, ld: number, indptr: Pointer, indices: Pointer, weights: Pointer, values: Pointer, fixed: Pointer, base: Pointer, lambda: number, steps: number, out: Pointer, work: Pointer): void // biome-ignore format: one line
  /**
   * One pass of stochastic gradient descent over n ratings in the order of `order` (i32): e = r - (mean + bu + bi + p q), then bu += rate (e -
   * biasRegularization bu), p += rate (e q - regularization p) and so on, all from the values before the step. Returns the sum of e².
   */
  factorEpoch_f64(n: number, k: number, ld: number, order: Pointer, users: Pointer, items: Pointer, ratings: Pointer, mean: number, userBiases: Pointer, itemBiases: Pointer, userFactors: Pointer, itemFactors: Pointer, rate: number, regularization: number, biasRegularization: number, learnBiases: boolean): number // biome-ignore format: one line
  // ---- sorting, two samples
  /** Sorts x [n] ascending in place: -0 becomes 0, NaN comes last. `work` has `sortValuesBytes(n)`. */
  sortValues_f64(n: number, x: Pointer, work: Pointer): void
  sortValuesBytes(n: number): number
  /** Figures of two sorted samples without NaN, n, m >= 1; out [10], as `assembly/data/twoSample.ts` lists them. */
  twoSample_f64(n: number, a: Pointer, m: number, b: Pointer, out: Pointer): void

  // ---- words; tokens are i32 places of words, -1 where a text ends
  /** Copies tokens, each word with the chance keep [words] (f64); returns how many it kept. `state`: 8 random bytes, moved on. */
  subsample_i32(n: number, tokens: Pointer, keep: Pointer, out: Pointer, state: Pointer): number
  /**
   * One pass of skip-gram with negative sampling over tokens, f32 rows `ld` apart, a multiple of 4. Windows reach 1 to `window` words, drawn for
   * each word; the rate falls linearly from `rate` to `rateEnd`. Negatives are drawn by an alias table (chances u32 of 2^32, aliases u32) and passed
   * over where they are the context itself. sigmoids and losses [1025]: 1 / (1 + exp(-x)) and log(1 + exp(-x)) from -8 to 8. `change` [ld] is
   * scratch; figures (f64) become the sum of losses and the number of pairs.
   */
  skipGram_f32(n: number, tokens: Pointer, ld: number, window: number, negatives: number, words: number, chances: Pointer, aliases: Pointer, vectors: Pointer, contexts: Pointer, rate: number, rateEnd: number, sigmoids: Pointer, losses: Pointer, state: Pointer, change: Pointer, figures: Pointer): void // biome-ignore format: one line
  /**
   * One pass of AdaGrad over n entries in the order of `order` for the sum of weight (w c + bw + bc - log)² / 2. Rows of words and contexts are k
   * factors and a bias; their sums of squared gradients (to start at 1) likewise. Returns the sum before each step.
   */
  gloveEpoch_f64(n: number, order: Pointer, rows: Pointer, columns: Pointer, logs: Pointer, weights: Pointer, k: number, words: Pointer, contexts: Pointer, wordSums: Pointer, contextSums: Pointer, rate: number): number // biome-ignore format: one line
  // ---- pairs of rows
  /** In place of inner products g [rows, columns]: squared distances, from squared lengths x2 [rows] and y2 [columns]. */
  squaredDistances_f64(rows: number, columns: number, g: Pointer, x2: Pointer, y2: Pointer): void
  /** In place of squared distances d: exp(-scale d), with scale 0 their roots; adds sums of rows to `sums`, of columns to `across` (0: not wanted). */
  pairKernel_f64(rows: number, columns: number, d: Pointer, scale: number, sums: Pointer, across: Pointer): void
  /** out [columns] += sums over rows of a times b [rows, columns]. */
  columnProducts_f64(rows: number, columns: number, a: Pointer, b: Pointer, out: Pointer): void
  /** Adds numbers >= 0 to counts [65536] (u32) by 16 of their bits, among those whose higher bits are `like`'s. */
  countDigits_f64(n: number, x: Pointer, shift: number, like: number, counts: Pointer): void
  /** Numbers from low to high are put behind the state[1] that out [room] has; state[0] counts those below; both u32. What has no room is counted alone. */
  gatherBetween_f64(n: number, x: Pointer, low: number, high: number, out: Pointer, room: number, state: Pointer): void
}

const known = new WeakMap<Kernels, DataKernels>()

/** The data kernels on the memory of `kernels`: the same each time. */
export function dataKernels(kernels: Kernels): DataKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'data', dataWasm) as unknown as DataKernels
    known.set(kernels, found)
  }
  return found
}
