/** A value of a view as people read it. */
import { inert, showBytes } from '../core/index.js'
import { showCount, showNumber, showShare } from './numbers.js'
import type { CellFormat } from './views/view.js'

/** `12.35`, `1,234`, `12 %`, `4.1 GB`, or inert text of at most `limit` characters; an en dash for what was not computed. */
export function showValue(value: string | number | null, format: CellFormat, limit = 120): string {
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
