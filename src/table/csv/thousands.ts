/** Numbers with a mark between their thousands: `1,234,567.5`. */
import { inert, UsageError } from '../../core/index.js'

const escaped = (mark: string): string => mark.replace(/[.*+?^${}()|[\]\\]/, '\\$&')

/** Reads such a number; null for a word that is none, of which groups of other than three digits are. Throws UsageError for a mark that is none. */
export function groupedNumber(mark: string, point: number): (word: string) => number | null {
  const decimal = String.fromCharCode(point)
  if ([...mark].length !== 1 || /[\d+\-eE"\r\n]/.test(mark))
    throw new UsageError(`readTable: the mark between thousands '${inert(mark, 20)}' is no single character that could be one. Try ',' or ' '.`) // biome-ignore format: one line
  if (mark === decimal)
    throw new UsageError(`readTable: '${mark}' cannot be the decimal mark and the one between thousands.`)
  const pattern = new RegExp(`^[+-]?\\d{1,3}(?:${escaped(mark)}\\d{3})+(?:${escaped(decimal)}\\d*)?(?:[eE][+-]?\\d+)?$`)
  return (word) => (pattern.test(word) ? Number(word.replaceAll(mark, '').replace(decimal, '.')) : null)
}

const looks = /^[+-]?\d{1,3}(?:([,.' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d*)?$/

/** The first of such words, where all are numbers and some have a mark between thousands. */
export function groupedWord(
  words: readonly string[],
  isNumber: (word: string) => boolean,
): { readonly word: string; readonly mark: string } | null {
  let found: { word: string; mark: string } | null = null
  for (const word of words) {
    const match = looks.exec(word)
    if (match) found ??= { word, mark: match[1]! }
    else if (!isNumber(word)) return null
  }
  return found
}
