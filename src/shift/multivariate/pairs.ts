/**
 * Sums over all pairs of rows, without ever holding all pairs: blocks of inner products become distances and kernels, are used, and are overwritten.
 * Of blocks that mirror each other one is made.
 */
import { dataKernels } from '../../kernels/index.js'
import { kernels, lapack } from '../../tensor/internal.js'
import { Uniforms } from '../permutation/random.js'
import type { Pooled } from './matrices.js'

/** Rows of a block: its square fits a core's cache beside the labels. */
const side = 384

interface Block {
  /** First row and number of rows of the block, and of its columns. */
  readonly i: number
  readonly rows: number
  readonly j: number
  readonly columns: number
}

/** The blocks on and above the diagonal. */
function* blocksOf(N: number): Generator<Block> {
  for (let i = 0; i < N; i += side)
    for (let j = i; j < N; j += side) yield { i, rows: Math.min(side, N - i), j, columns: Math.min(side, N - j) }
}

/** Squared distances of a block at `out`; exactly 0 of a row from itself. */
function distancesOf({ columns: d, z, squares }: Pooled, block: Block, out: number): void {
  const { i, rows, j, columns } = block
  if (d > 0) lapack().gemm('f64', false, true, rows, columns, d, 1, z + 8 * i * d, d, z + 8 * j * d, d, 0, out, columns)
  else
    kernels()
      .f64(out, rows * columns)
      .fill(0)
  dataKernels(kernels()).squaredDistances_f64(rows, columns, out, squares + 8 * i, squares + 8 * j)
  if (i !== j) return
  const own = kernels().f64(out, rows * columns)
  for (let k = 0; k < rows; k++) own[k * columns + k] = 0
}

export interface Forms {
  /** Sum over i, j of s_i K_ij s_j for each assignment s of 0 and 1. */
  readonly forms: Float64Array
  /** Sum over j of K_ij, for each row. */
  readonly rowSums: Float64Array
}

/**
 * Quadratic forms of the kernel over pooled rows for many assignments at once, `assignments` [rows, count] row-major in the kernels' memory. `scale` > 0:
 * the kernel exp(-scale |x - y|^2); 0: the distance |x - y|. One matrix product for each block: time goes with rows^2 (columns + count), memory
 * with rows times count.
 */
export function quadraticForms(pooled: Pooled, scale: number, assignments: number, count: number): Forms {
  const N = pooled.n + pooled.m
  const memory = kernels()
  const data = dataKernels(memory)
  const room = memory.alloc(8 * (side * side + side * count + N + count))
  try {
    const block = room
    const products = block + 8 * side * side
    const rowSums = products + 8 * side * count
    const forms = rowSums + 8 * N
    memory.f64(rowSums, N + count).fill(0)
    for (const { i, rows, j, columns } of blocksOf(N)) {
      distancesOf(pooled, { i, rows, j, columns }, block)
      const isOwn = i === j
      data.pairKernel_f64(rows, columns, block, scale, rowSums + 8 * i, isOwn ? 0 : rowSums + 8 * j)
      // What stands right of the diagonal counts twice; the block on it begins the sum.
      const [labels, factor] = [assignments + 8 * j * count, isOwn ? 1 : 2]
      lapack().gemm(
        'f64',
        false,
        false,
        rows,
        count,
        columns,
        factor,
        block,
        columns,
        labels,
        count,
        isOwn ? 0 : 1,
        products,
        count,
      )
      if (j + columns === N) data.columnProducts_f64(rows, count, assignments + 8 * i * count, products, forms)
    }
    return { forms: memory.f64(forms, count).slice(), rowSums: memory.f64(rowSums, N).slice() }
  } finally {
    memory.free(room)
  }
}

/** Pairs that are sorted as they are; of more the median is looked for where a sample says it is. */
const mostSorted = 2_000_000
/** Pairs of that sample. The median's rank in it has a deviation of half its root: it is taken eight deviations wide. */
const sampled = 65_536
const reach = 8

/**
 * The median of the distances of all pairs of different rows i < j, the mean of both middle ones where their number is even. Of many pairs a sample
 * brackets it, and in one pass over all of them what lies below is counted and what lies within is kept and sorted (Floyd & Rivest 1975):
 * exact, and where the bracket fails, or many distances are equal, it is selected by its digits, to 12 of them.
 */
export function medianDistance(pooled: Pooled): number {
  const N = pooled.n + pooled.m
  const pairs = (N * (N - 1)) / 2
  const [low, high] = [Math.floor((pairs - 1) / 2), Math.floor(pairs / 2)]
  if (pairs <= mostSorted) {
    const all = new Float64Array(pairs)
    let at = 0
    eachRow(pooled, (row) => {
      all.set(row(), at)
      at += row().length
    })
    all.sort()
    return (Math.sqrt(all[low]!) + Math.sqrt(all[high]!)) / 2
  }
  const found = bracketed(pooled, low, high)
  if (found) return (Math.sqrt(found[0]) + Math.sqrt(found[1])) / 2
  const first = selected(pooled, low)
  const second = low === high || first.through > high ? first.value : selected(pooled, high).value
  return (Math.sqrt(first.value) + Math.sqrt(second)) / 2
}

/** Squared distances of two ranks about the middle; null where the bracket misses them, or holds too many. */
function bracketed(pooled: Pooled, low: number, high: number): [number, number] | null {
  const memory = kernels()
  const data = dataKernels(memory)
  const [from, to] = bracketOf(pooled)
  const pairs = low + high + 1
  // Half as much again as is expected.
  const room = Math.min(pairs, Math.ceil((1.5 * reach * pairs) / Math.sqrt(sampled)))
  const kept = memory.alloc(8 + 8 * room + data.sortValuesBytes(room))
  try {
    const values = kept + 8
    new Uint32Array(memory.memory.buffer, kept, 2).fill(0)
    eachRow(pooled, (_, pointer, length) => data.gatherBetween_f64(length, pointer, from, to, values, room, kept))
    const [below, count] = new Uint32Array(memory.memory.buffer, kept, 2) as unknown as [number, number]
    if (count > room || low < below || high >= below + count) return null
    data.sortValues_f64(count, values, values + 8 * room)
    const sorted = memory.f64(values, count)
    return [sorted[low - below]!, sorted[high - below]!]
  } finally {
    memory.free(kept)
  }
}

/** Squared distances between which the median of all pairs surely is, from pairs of random rows. */
function bracketOf({ n, m, columns, z }: Pooled): [number, number] {
  const N = n + m
  const rows = kernels().f64(z, N * columns)
  const uniforms = new Uniforms(0)
  const sample = Float64Array.from({ length: sampled }, () => {
    const i = uniforms.below(N)
    const j = uniforms.below(N - 1)
    const [a, b] = [i * columns, (j < i ? j : j + 1) * columns]
    let sum = 0
    for (let k = 0; k < columns; k++) sum += (rows[a + k]! - rows[b + k]!) ** 2
    return sum
  }).sort()
  const wide = (reach / 2) * Math.sqrt(sampled)
  return [sample[Math.floor(sampled / 2 - wide)]!, sample[Math.ceil(sampled / 2 + wide)]!]
}

/** Calls `use` for each run of squared distances right of the diagonal; what it is given reads them. */
function eachRow(pooled: Pooled, use: (row: () => Float64Array, pointer: number, length: number) => void): void {
  const memory = kernels()
  const block = memory.alloc(8 * side * side)
  try {
    for (const one of blocksOf(pooled.n + pooled.m)) {
      distancesOf(pooled, one, block)
      if (one.i !== one.j) {
        const length = one.rows * one.columns
        use(() => memory.f64(block, length), block, length)
        continue
      }
      for (let k = 0; k < one.rows; k++) {
        const pointer = block + 8 * (k * one.columns + k + 1)
        const length = one.columns - k - 1
        if (length > 0) use(() => memory.f64(pointer, length), pointer, length)
      }
    }
  } finally {
    memory.free(block)
  }
}

/** The squared distance of a rank, by three digits of 16 bits; `through` is the rank after the last that has these digits. */
function selected(pooled: Pooled, rank: number): { value: number; through: number } {
  const memory = kernels()
  const data = dataKernels(memory)
  const counts = memory.alloc(4 * 65536)
  const bits = new DataView(new ArrayBuffer(8))
  try {
    let below = 0
    let through = 0
    for (const [digit, shift] of [48, 32, 16].entries()) {
      new Uint32Array(memory.memory.buffer, counts, 65536).fill(0)
      const like = bits.getFloat64(0)
      eachRow(pooled, (_, pointer, length) => data.countDigits_f64(length, pointer, shift, like, counts))
      const found = new Uint32Array(memory.memory.buffer, counts, 65536)
      let bucket = 0
      while (below + found[bucket]! <= rank) below += found[bucket++]!
      through = below + found[bucket]!
      bits.setUint16(2 * digit, bucket)
    }
    // The middle of what has these digits.
    bits.setUint16(6, 0x8000)
    return { value: bits.getFloat64(0), through }
  } finally {
    memory.free(counts)
  }
}
