/** Elements back in JavaScript: as typed arrays, nested arrays, and text. */
import { copyOf } from './ops/raw.js'
import { tidy } from './scope.js'
import type { Shape } from './shape.js'
import { describe, type Tensor, type TypedArray, view } from './tensor.js'

/** A copy of the elements, row-major: Float32Array, Float64Array, Int32Array, or Uint8Array of 0 and 1. */
export function toArray(x: Tensor): TypedArray {
  if (x.isContiguous) return view(x).slice()
  return tidy(() => view(copyOf(x)).slice())
}

/** Arrays within arrays, one level for each axis; a number or boolean for a scalar. */
export type NestedValues = number | boolean | NestedValues[]

/** The elements as nested arrays (booleans for bool); a plain value for a scalar. */
export function toNested(x: Tensor): NestedValues {
  const flat = toArray(x)
  const isBool = x.dtype === 'bool'
  let place = 0
  const level = (axis: number): NestedValues => {
    if (axis === x.rank) {
      const value = flat[place++]!
      return isBool ? value !== 0 : value
    }
    return Array.from({ length: x.shape[axis]! }, () => level(axis + 1))
  }
  return level(0)
}

export interface PrintOptions {
  /** Digits after the point (4 by default), as NumPy's `precision`. */
  precision?: number
  /** Tensors with more elements are abbreviated (1000 by default). */
  threshold?: number
  /** How many places at both ends are shown of a long axis (3 by default). */
  edgeItems?: number
  /** Characters of a line (75 by default). */
  lineWidth?: number
}

/** The elements as NumPy prints them, with aligned columns, then shape and type. */
export function format(x: Tensor, options: PrintOptions = {}): string {
  const { precision = 4, threshold = 1000, edgeItems = 3, lineWidth = 75 } = options
  const edge = x.size > threshold ? edgeItems : Number.POSITIVE_INFINITY
  const places = shownPlaces(x.shape, edge)
  const flat = toArray(x)
  const values: number[] = []
  forEachPlace(x.shape, places, (offset) => values.push(flat[offset]!))
  const texts =
    x.dtype === 'bool'
      ? values.map((value) => (value ? 'true' : 'false'))
      : columns(values, x.dtype !== 'i32', precision)
  const width = texts.reduce((most, text) => Math.max(most, text.length), 0)
  let next = 0
  const lead = 'tensor('
  const block = (axis: number, indent: number): string => {
    if (axis === x.rank) return texts[next++]!.padStart(width)
    const shown = places[axis]!
    const isLast = axis === x.rank - 1
    const parts = shown.map((place) => (place === null ? '...' : block(axis + 1, indent + 1)))
    if (isLast) return `[${wrapped(parts, indent + 1, lineWidth)}]`
    const blank = '\n'.repeat(x.rank - axis - 1)
    return `[${parts.join(`,${blank}${' '.repeat(indent + 1)}`)}]`
  }
  const body = x.size === 0 ? '[]' : block(0, lead.length)
  return `${lead}${body}, ${describe(x)})`
}

/** Places shown along each axis; null stands for what is left out. */
function shownPlaces(shape: Shape, edge: number): (number | null)[][] {
  return shape.map((size) => {
    const all = Array.from({ length: Math.min(size, 2 * edge + 1) }, (_, i) => i)
    if (size <= 2 * edge) return all
    return [...all.slice(0, edge), null, ...all.slice(0, edge).map((i) => size - edge + i)]
  })
}

function forEachPlace(
  shape: Shape,
  places: readonly (readonly (number | null)[])[],
  visit: (offset: number) => void,
): void {
  const walk = (axis: number, offset: number): void => {
    if (axis === shape.length) visit(offset)
    else for (const place of places[axis]!) if (place !== null) walk(axis + 1, offset * shape[axis]! + place)
  }
  walk(0, 0)
}

/** Breaks a row of equally wide parts into lines. */
function wrapped(parts: readonly string[], indent: number, lineWidth: number): string {
  const lines: string[] = ['']
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part},` : part
    const line = lines.at(-1)!
    if (line === '') lines[lines.length - 1] = text
    else if (indent + line.length + 1 + text.length > lineWidth) lines.push(text)
    else lines[lines.length - 1] = `${line} ${text}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** Numbers in one notation: all fixed, or all scientific where magnitudes differ too much, as NumPy decides. */
function columns(values: readonly number[], isFloat: boolean, precision: number): string[] {
  if (!isFloat) return values.map(String)
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs)
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  const least = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const isScientific =
    sizes.length > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000 * 10 ** Math.max(0, precision - 3))
  const special = (value: number): string | null =>
    Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? null : value > 0 ? 'inf' : '-inf'
  if (isScientific) return values.map((value) => special(value) ?? scientific(value, precision))
  // No more digits than the values have.
  const digits = values.reduce((most, value) => {
    if (!Number.isFinite(value)) return most
    const fraction = value.toFixed(precision).replace(/0+$/, '').split('.')[1] ?? ''
    return Math.max(most, fraction.length)
  }, 0)
  // As NumPy: points under one another, no zeros behind the last digit.
  const blank = (text: string): string => text.replace(/0+$/, (zeros) => ' '.repeat(zeros.length))
  return values.map((value) => special(value) ?? (digits === 0 ? `${value.toFixed(0)}.` : blank(value.toFixed(digits))))
}

function scientific(value: number, precision: number): string {
  const [mantissa, exponent] = value.toExponential(precision).split('e') as [string, string]
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}
