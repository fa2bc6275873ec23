/** Random assignments of rows to two samples: row by row, or in blocks where rows follow each other in time. */
import { UsageError } from '../../core/index.js'
import { Uniforms } from './random.js'

export interface PermutationOptions {
  /** Random assignments: p is at least 1 / (1 + permutations). */
  permutations?: number
  seed?: number
  /**
   * Rows of a block that stay together and in order; 1 (the default): rows are exchangeable. The rows of the first sample and then those of the second count
   * as one series, closed to a circle.
   */
  blockLength?: number
}

/** Options with their defaults. Throws UsageError for impossible values. */
export function permutationSettings(op: string, options: PermutationOptions): Required<PermutationOptions> {
  const { permutations = 999, seed = 0, blockLength = 1 } = options
  if (!Number.isInteger(permutations) || permutations < 1)
    throw new UsageError(`${op}: permutations ${permutations}; expected a whole number from 1 on.`)
  if (!Number.isInteger(blockLength) || blockLength < 1)
    throw new UsageError(`${op}: blockLength ${blockLength}; expected a whole number from 1 on.`)
  return { permutations, seed, blockLength }
}

/** (1 + how many of the permuted statistics reach the observed one) / (1 + their number): never 0, and valid (Phipson & Smyth 2010). */
export function permutationP(observed: number, permuted: Float64Array): number {
  // What differs by rounding alone counts as equal.
  const limit = observed - 1e-12 * Math.abs(observed)
  let count = 0
  for (const one of permuted) if (one >= limit) count++
  return (1 + count) / (1 + permuted.length)
}

/**
 * Calls `use` with assignments of N = n + m rows, one after the other: 1 for the n rows that are in the first sample. The array is reused.
 *
 * With blocks the circle of rows is cut at a random place and every `blockLength` rows from there, the blocks are put in random order, and the first n rows are
 * the first sample: rows near in time stay near, as the null hypothesis of one stationary series asks for.
 */
export function eachAssignment(
  n: number,
  m: number,
  settings: Required<PermutationOptions>,
  use: (isFirst: Uint8Array, permutation: number) => void,
): void {
  const N = n + m
  const { permutations, seed, blockLength } = settings
  const uniforms = new Uniforms(seed)
  const isFirst = new Uint8Array(N)
  const rows = Int32Array.from({ length: N }, (_, i) => i)
  const blocks = Int32Array.from({ length: Math.ceil(N / blockLength) }, (_, i) => i)
  for (let k = 0; k < permutations; k++) {
    isFirst.fill(0)
    if (blockLength === 1) firstRows(rows, n, uniforms, isFirst)
    else firstBlocks(blocks, blockLength, n, uniforms, isFirst)
    use(isFirst, k)
  }
}

/** Marks n rows, every set of them equally likely: the start of Fisher & Yates's shuffle. */
function firstRows(rows: Int32Array, n: number, uniforms: Uniforms, isFirst: Uint8Array): void {
  for (let i = 0; i < n; i++) {
    const j = i + uniforms.below(rows.length - i)
    const row = rows[j]!
    rows[j] = rows[i]!
    rows[i] = row
    isFirst[row] = 1
  }
}

function firstBlocks(blocks: Int32Array, length: number, n: number, uniforms: Uniforms, isFirst: Uint8Array): void {
  const N = isFirst.length
  const start = uniforms.below(N)
  uniforms.shuffle(blocks)
  let open = n
  for (const block of blocks) {
    const from = block * length
    for (let i = from; i < Math.min(from + length, N) && open > 0; i++, open--) isFirst[(start + i) % N] = 1
    if (open === 0) return
  }
}
