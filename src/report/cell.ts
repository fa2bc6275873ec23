/** Values and tones of a view as people read them. */
import { inert, showBytes } from '../core/index.js'
import { showCount, showNumber, showShare } from './numbers.js'
import type { CellFormat, CellValue, Tone, ViewRow, ViewTag } from './views/view.js'

/** `12.35`, `1,234`, `12 %`, `4.1 GB`, or inert text of at most `limit` characters; an en dash for what was not computed. */
export function showValue(value: CellValue, format: CellFormat, limit = 120): string {
  if (value === null) return '–'
  if (typeof value === 'string') return inert(value, limit)
  if (!Number.isFinite(value)) return showNumber(value)
  switch (format) {
    case 'count':
      return Number.isInteger(value) ? showCount(value) : showNumber(value)
    case 'share':
      return value >= 0 && value <= 1 ? showShare(value, 1) : `${showNumber(value * 100, 3)} %`
    case 'bytes':
      return value < 0 ? `-${showBytes(-value)}` : showBytes(value)
    default:
      return showNumber(value)
  }
}

/** What a tone is called in a sentence. */
export const toneWords: Record<Tone, string> = { error: 'error', warning: 'warning', info: 'note', good: 'good' }

const byWeight: readonly Tone[] = ['error', 'warning', 'info', 'good']

/** Errors first, what has no tone last. */
export function toneRank(tone: Tone | undefined): number {
  return tone === undefined ? byWeight.length : byWeight.indexOf(tone)
}

/** A row's own tone, or the heaviest of its tags'. */
export function rowTone(row: Pick<ViewRow, 'tone' | 'tags'>): Tone | null {
  if (row.tone) return row.tone
  const tags: readonly ViewTag[] = row.tags ?? []
  return byWeight.find((tone) => tags.some((tag) => tag.tone === tone)) ?? null
}
