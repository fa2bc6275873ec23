/** Columns of values that are stored as numbers: numbers, truth values, times. */
import { inert } from '../core/index.js'
import { absentOf } from './grow.js'
import type { Column, ColumnType } from './types.js'
import { type PlaceOf, wordsColumn } from './words.js'

export interface Numbers {
  readonly name: string
  readonly values: Float64Array
  /** 1 where a value is missing. */
  readonly absent: Uint8Array | null
  readonly kind: 'numbers' | 'truth' | 'times'
  /** What the file stores where that is narrower. */
  readonly stored: 'f32' | null
}

const own = { numbers: 'numeric', truth: 'boolean', times: 'time' } as const

/** The column, of its own type or of the one that the caller gives: truth values may be numbers, and anything words. */
export function numbersColumn(
  { name, values, absent, kind, stored }: Numbers,
  type: ColumnType | null,
  file: string,
  placeOf: PlaceOf,
): Column {
  // biome-ignore format: one line
  const kept = { name, ...absentOf(absent) }
  const wanted = type ?? own[kind]
  if (wanted === own[kind] || (wanted === 'numeric' && kind === 'truth')) {
    if (wanted === 'boolean') return { ...kept, type: wanted, values: Uint8Array.from(values, (value) => (value > 0 ? 1 : 0)) } // biome-ignore format: one line
    if (wanted === 'time') return { ...kept, type: wanted, values }
    return { ...kept, type: 'numeric', values, ...(stored && { stored }) }
  }
  return wordsColumn({ name, ...coded(values, kept.absent, kind) }, wanted === 'numeric' ? null : wanted, file, placeOf)
}

function coded(
  values: Float64Array,
  absent: Uint8Array | null,
  kind: Numbers['kind'],
): { codes: Int32Array; words: string[] } {
  // biome-ignore format: one line
  const places = new Map<number, number>()
  const codes = Int32Array.from(values, (value, row) => {
    if (absent?.[row] === 1) return -1
    const found = places.get(value)
    if (found !== undefined) return found
    places.set(value, places.size)
    return places.size - 1
  })
  const wordFor = (value: number): string => (kind === 'truth' ? String(value > 0) : kind === 'times' ? new Date(value).toISOString() : String(value)) // biome-ignore format: one line
  return { codes, words: [...places.keys()].map(wordFor) }
}

/** What is said of 64-bit whole numbers that a double may not hold. */
export const roundedNote = (name: string, file: string): string => `'${inert(file)}': column '${inert(name)}' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest.` // biome-ignore format: one line

/** A whole number and a power of ten, to the nearest double. */
export function decimalOf(whole: number | bigint, scale: number): number {
  const near = Number(whole)
  // Both are exact, so that one rounding is all.
  if (Number.isSafeInteger(near) && scale >= 0 && scale <= 22) return near / 10 ** scale
  return Number(`${whole}e${-scale}`)
}
