/**
 * Which tensors share stored elements. Two views of one storage share when their elements may coincide: their spans overlap, and neither the remainders of
 * their offsets by a common divisor of all strides nor their column ranges under a common row stride keep them apart. Disjoint pieces of one flat buffer, or
 * of one fused matrix, are therefore tensors of their own.
 */

/** A view, in elements of one size from the beginning of its storage. */
export interface View {
  readonly name: string
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

interface Span extends View {
  readonly end: number
}

/** Comparisons in all; only a hostile file has so many overlapping views. */
const mostComparisons = 20_000_000

export class Sharing {
  private readonly storages = new Map<string, { spans: Span[]; end: number }>()
  private comparisons = 0

  /** The name of the first earlier view that shares elements with this one; the view is remembered. */
  add(storage: string, view: View): string | null {
    const known = this.storages.get(storage) ?? { spans: [], end: 0 }
    this.storages.set(storage, known)
    const span: Span = { ...view, end: endOf(view) }
    if (span.end === span.offset) return null
    let shared: string | null = null
    // Pieces of a flat buffer come in ascending order, and then nothing is compared.
    if (span.offset < known.end) {
      this.comparisons += known.spans.length
      const first = known.spans.find((earlier) => this.comparisons > mostComparisons || overlap(earlier, span))
      shared = first?.name ?? null
    }
    known.spans.push(span)
    known.end = Math.max(known.end, span.end)
    return shared
  }
}

function endOf({ offset, shape, strides }: View): number {
  if (shape.includes(0)) return offset
  return shape.reduce((end, size, axis) => end + (size - 1) * strides[axis]!, offset) + 1
}

function overlap(a: Span, b: Span): boolean {
  if (a.end <= b.offset || b.end <= a.offset) return false
  const divisor = commonDivisor([...stepsOf(a), ...stepsOf(b)])
  if (divisor > 1 && (a.offset - b.offset) % divisor !== 0) return false
  return !separateColumns(a, b)
}

function stepsOf({ shape, strides }: View): number[] {
  return strides.filter((stride, axis) => shape[axis]! > 1 && stride > 0)
}

function commonDivisor(numbers: readonly number[]): number {
  let divisor = 0
  for (let number of numbers) while (number > 0) [divisor, number] = [number, divisor % number]
  return divisor
}

/** Both have rows at the same stride, and their columns (everything but the rows) lie apart within it. */
function separateColumns(a: Span, b: Span): boolean {
  const row = Math.max(0, ...stepsOf(a))
  if (row === 0 || row !== Math.max(0, ...stepsOf(b))) return false
  const [aStart, aWidth] = columns(a, row)
  const [bStart, bWidth] = columns(b, row)
  if (aStart + aWidth > row || bStart + bWidth > row) return false
  return aStart + aWidth <= bStart || bStart + bWidth <= aStart
}

function columns({ offset, shape, strides }: View, row: number): [number, number] {
  let width = 1
  for (const [axis, stride] of strides.entries()) if (stride !== row) width += (shape[axis]! - 1) * stride
  return [offset % row, width]
}
