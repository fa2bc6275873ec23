/**
 * Tests of columns whose rows are in the order of time: neighbours depend on each other, n rows say less than n independent ones, and the usual
 * p-values cry wolf. Blocks of rows are permuted instead.
 */
import { kernels } from '../../tensor/internal.js'
import { autoBlockLength } from '../permutation/blocks.js'
import { eachAssignment, type PermutationOptions, permutationP, permutationSettings } from '../permutation/labels.js'
import type { Values } from './sample.js'

export interface OrderedResult {
  readonly statistic: number
  readonly p: number
  readonly blockLength: number
  /** The 95 % quantile of the statistic over the permutations. */
  readonly threshold: number
}

/** Fewer blocks than this are too few to tell shift from slow change. */
export const fewestBlocks = 20

/**
 * The Kolmogorov-Smirnov test of two stretches of one series, the first sample before the second: p is the share of permutations of blocks of rows whose
 * distance is as large, (1 + count) / (1 + permutations). `blockLength`: from the autocorrelation by default (`autoBlockLength`).
 *
 * Values must not be NaN. Time goes with permutations times rows.
 * @example ksInOrder([1, 2, 3, 4], [3, 4, 5, 6], { blockLength: 2, permutations: 99 }).statistic // 0.5
 */
export function ksInOrder(a: Values, b: Values, options: PermutationOptions = {}): OrderedResult {
  const [n, m] = [a.length, b.length]
  const pooled = new Float64Array(n + m)
  pooled.set(a)
  pooled.set(b, n)
  const { places, ends } = orderOf(pooled)
  return inOrder([a, b], options, 'ksInOrder', (isFirst) => {
    let [at, best] = [0, 0]
    for (let i = 0; i < places.length; i++) {
      at += isFirst[places[i]!] === 1 ? m : -n
      if (ends[i] === 1 && Math.abs(at) > best) best = Math.abs(at)
    }
    return best / n / m
  })
}

/**
 * The same for codes of categories 0 .. categories - 1, by the distance in total variation. The default block length is the longest of those of the ten
 * most frequent categories.
 */
export function countsInOrder(
  a: Values,
  b: Values,
  categories: number,
  options: PermutationOptions = {},
): OrderedResult {
  const [n, m] = [a.length, b.length]
  const codes = new Int32Array(n + m)
  codes.set(a)
  codes.set(b, n)
  const total = new Float64Array(categories)
  for (const code of codes) total[code] = total[code]! + 1
  const frequent = Array.from(total.keys())
    .sort((i, j) => total[j]! - total[i]!)
    .slice(0, 10)
  const blockLength =
    options.blockLength ??
    Math.max(1, ...frequent.map((code) => autoBlockLength(indicator(a, code), indicator(b, code))))
  const first = new Float64Array(categories)
  return inOrder([a, b], { ...options, blockLength }, 'countsInOrder', (isFirst) => {
    first.fill(0)
    for (let i = 0; i < codes.length; i++) if (isFirst[i] === 1) first[codes[i]!] = first[codes[i]!]! + 1
    let sum = 0
    for (let k = 0; k < categories; k++) sum += Math.abs(first[k]! / n - (total[k]! - first[k]!) / m)
    return sum / 2
  })
}

function indicator(codes: Values, code: number): Float64Array {
  return Float64Array.from(codes, (one) => (one === code ? 1 : 0))
}

function inOrder(
  [a, b]: readonly [Values, Values],
  options: PermutationOptions,
  op: string,
  statisticOf: (isFirst: Uint8Array) => number,
): OrderedResult {
  const blockLength = options.blockLength ?? autoBlockLength(a, b)
  const settings = permutationSettings(op, { ...options, blockLength })
  const statistic = statisticOf(new Uint8Array(a.length + b.length).fill(1, 0, a.length))
  const permuted = new Float64Array(settings.permutations)
  eachAssignment(a.length, b.length, settings, (isFirst, k) => {
    permuted[k] = statisticOf(isFirst)
  })
  const p = permutationP(statistic, permuted)
  const threshold = permuted.sort()[Math.min(permuted.length - 1, Math.ceil(0.95 * (permuted.length + 1)) - 1)]!
  return { statistic, p, blockLength, threshold }
}

/** Places of ascending values, and 1 where a run of equal ones ends. */
function orderOf(values: Float64Array): { places: Int32Array; ends: Uint8Array } {
  const memory = kernels()
  const n = values.length
  const room = memory.alloc(12 * n + 8 + memory.array.sortBytes(n))
  try {
    memory.f64(room, n).set(values)
    // Type 1: f64.
    memory.array.sort(1, 1, n, false, room, 0, room + 8 * n, room + 12 * n + ((12 * n) % 8))
    const places = memory.i32(room + 8 * n, n).slice()
    const ends = new Uint8Array(n)
    for (let i = 0; i < n; i++) ends[i] = i === n - 1 || values[places[i]!] !== values[places[i + 1]!] ? 1 : 0
    return { places, ends }
  } finally {
    memory.free(room)
  }
}
