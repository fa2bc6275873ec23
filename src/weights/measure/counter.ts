/** Entrywise statistics of a stream of elements and of slices of it. */
import { type StorageType, storageInfo } from '../../core/index.js'
import { type Kernels, measures, type Pointer, type Statistics, type StatisticsPass } from '../../kernels/index.js'
import type { SliceFacts } from './types.js'

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/**
 * Whether slices can be counted in one pass: all on one axis, in order, disjoint, inside the shape, and made of whole storage units. Returns the
 * reason when they cannot.
 */
export function whyNotSliced(
  slices: readonly SliceFacts[],
  shape: readonly number[],
  type: StorageType,
): string | null {
  const axis = slices[0]?.axis ?? 0
  const size = shape[axis]
  if (size === undefined) return `axis ${axis} does not exist`
  const inner = product(shape.slice(axis + 1))
  const { unit } = storageInfo(type)
  let last = 0
  for (const { name, axis: other, from, to } of slices) {
    if (other !== axis) return 'the slices lie on different axes'
    if (from < last || to <= from || to > size) return `slice ${name} [${from}, ${to}) does not fit an axis of ${size}`
    if ((from * inner) % unit !== 0 || (to * inner) % unit !== 0)
      return `slice ${name} cuts through blocks of ${unit} elements`
    last = to
  }
  return (size * inner) % unit === 0 ? null : `rows cut through blocks of ${unit} elements`
}

/** Counts a stream whole, or the runs of each slice apart; the whole is then the merger of its parts, so that every element is read once. */
export class Counter {
  readonly #rest: StatisticsPass
  readonly #parts: StatisticsPass[]
  /** The runs of one period: where each ends, and who counts it. Ascending; the last end is the period. */
  readonly #runs: { readonly end: number; readonly pass: StatisticsPass }[] = []
  readonly #unit: number
  readonly #unitBytes: number
  #inPeriod = 0
  #run = 0

  /** `slices` must have passed `whyNotSliced`. */
  constructor(kernels: Kernels, type: StorageType, shape: readonly number[], slices: readonly SliceFacts[]) {
    const { unit, unitBytes } = storageInfo(type)
    this.#unit = unit
    this.#unitBytes = unitBytes
    this.#rest = measures(kernels).statistics(type)
    this.#parts = slices.map(() => measures(kernels).statistics(type))
    if (slices.length === 0) return
    const { axis } = slices[0]!
    const inner = product(shape.slice(axis + 1))
    let last = 0
    slices.forEach(({ from, to }, i) => {
      if (from > last) this.#runs.push({ end: from * inner, pass: this.#rest })
      this.#runs.push({ end: to * inner, pass: this.#parts[i]! })
      last = to
    })
    if (last < shape[axis]!) this.#runs.push({ end: shape[axis]! * inner, pass: this.#rest })
  }

  update(pointer: Pointer, count: number): void {
    if (this.#runs.length === 0) {
      this.#rest.update(pointer, count)
      return
    }
    for (let left = count, at = pointer; left > 0; ) {
      const { end, pass } = this.#runs[this.#run]!
      const take = Math.min(left, end - this.#inPeriod)
      pass.update(at, take)
      left -= take
      at += (take / this.#unit) * this.#unitBytes
      this.#inPeriod += take
      if (this.#inPeriod < end) continue
      this.#run++
      if (this.#run === this.#runs.length) {
        this.#run = 0
        this.#inPeriod = 0
      }
    }
  }

  finish(): { statistics: Statistics; slices: Statistics[] } {
    const slices = this.#parts.map((part) => part.finish())
    for (const part of this.#parts) this.#rest.merge(part)
    return { statistics: this.#rest.finish(), slices }
  }

  dispose(): void {
    this.#rest.dispose()
    for (const part of this.#parts) part.dispose()
  }
}
