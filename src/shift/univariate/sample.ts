/** Samples in ascending order, in the memory of the kernels: what every test of a column starts from. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { kernels } from '../../tensor/internal.js'

/** Numbers of one sample. */
export type Values = ArrayLike<number>

/** Ascending numbers at a place in the kernels' memory. */
export interface Sorted {
  readonly pointer: number
  /** Numbers that are not NaN, infinite ones among them. */
  readonly count: number
  readonly nan: number
  readonly negInf: number
  readonly posInf: number
}

/** The sorted numbers as they lie in memory: a view, which dies when memory grows. */
export function sortedView(sample: Sorted): Float64Array {
  return kernels().f64(sample.pointer, sample.count)
}

/** The part of a sample that is finite. */
export function finitePart(sample: Sorted): Sorted {
  const { negInf, posInf } = sample
  if (negInf === 0 && posInf === 0) return sample
  const count = sample.count - negInf - posInf
  return { pointer: sample.pointer + 8 * negInf, count, nan: 0, negInf: 0, posInf: 0 }
}

/** The first place in ascending `x` whose number is >= `value`, or > `value` with `right`. */
export function placeOf(x: Float64Array, value: number, right = false): number {
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (right ? x[middle]! <= value : x[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Calls `fn` with both samples sorted; the memory is given back afterwards. NaN is counted and left out. */
export function withSorted<T>(a: Values, b: Values, fn: (a: Sorted, b: Sorted) => T): T {
  const memory = kernels()
  const data = dataKernels(memory)
  const larger = Math.max(a.length, b.length)
  const pointer = memory.alloc(8 * (a.length + b.length) + data.sortValuesBytes(larger))
  try {
    const work = pointer + 8 * (a.length + b.length)
    const first = sortInto(a, pointer, work)
    const second = sortInto(b, pointer + 8 * a.length, work)
    return fn(first, second)
  } finally {
    memory.free(pointer)
  }
}

function sortInto(values: Values, pointer: number, work: number): Sorted {
  const memory = kernels()
  const all = memory.f64(pointer, values.length)
  all.set(values)
  dataKernels(memory).sortValues_f64(values.length, pointer, work)
  // NaN came last; of the rest the infinite ones are at both ends.
  let count = values.length
  while (count > 0 && Number.isNaN(all[count - 1])) count--
  const kept = all.subarray(0, count)
  const negInf = placeOf(kept, Number.NEGATIVE_INFINITY, true)
  const posInf = count - placeOf(kept, Number.POSITIVE_INFINITY)
  return { pointer, count, nan: values.length - count, negInf, posInf: count === negInf ? 0 : posInf }
}

/** Throws UsageError for a sample that `op` cannot test: no values, or NaN among them. */
export function checkSamples(op: string, ...samples: readonly Sorted[]): void {
  for (const [i, sample] of samples.entries()) {
    const which = i === 0 ? 'first' : 'second'
    if (sample.nan > 0)
      throw new UsageError(
        `${op}: ${sample.nan} of the ${sample.nan + sample.count} values of the ${which} sample are NaN; expected numbers. Try to leave them out and to say so.`,
      )
    if (sample.count === 0) throw new UsageError(`${op}: the ${which} sample has no values; expected one or more.`)
  }
}

/** Throws UsageError where a sample holds infinite numbers, for statistics that measure distances. */
export function checkFinite(op: string, ...samples: readonly Sorted[]): void {
  for (const [i, { negInf, posInf }] of samples.entries())
    if (negInf + posInf > 0)
      throw new UsageError(
        `${op}: ${negInf + posInf} values of the ${i === 0 ? 'first' : 'second'} sample are infinite; expected finite numbers, between which there are distances.`,
      )
}
