/** The honest sentence: what an edit gained in bytes and multiply-adds, or that it gained nothing. */
import { showBytes } from '../../core/index.js'
import type { EditCommand, EditTotals } from './types.js'

/** What names, types and the record of an edit may take. */
const headerBytes = 4096

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`

/** One or two sentences. */
export function gainOf(command: EditCommand, bytesIn: number, bytesOut: number, totals: EditTotals): string {
  const { multiplyAddsBefore, multiplyAddsAfter, zerosAfter, bytesSparse } = totals
  const sentences: string[] = []
  const smaller = 1 - bytesOut / bytesIn
  // A header more or less is no difference.
  const isSame = Math.abs(bytesIn - bytesOut) < Math.max(headerBytes, 0.005 * bytesIn)
  if (!isSame && smaller > 0)
    sentences.push(`The file is ${percent(smaller)} smaller (${showBytes(bytesIn)} to ${showBytes(bytesOut)}).`)
  else if (!isSame)
    sentences.push(`The file is ${percent(-smaller)} larger (${showBytes(bytesIn)} to ${showBytes(bytesOut)}).`)
  else if (zerosAfter > totals.zerosBefore)
    sentences.push(
      `The file is as large as before: zeros are stored like other numbers; stored sparse they would take ${showBytes(bytesSparse)}.`,
    )
  else sentences.push('The file is as large as before.')
  if (multiplyAddsAfter < multiplyAddsBefore)
    sentences.push(
      `Multiply-adds: ${percent(1 - multiplyAddsAfter / multiplyAddsBefore)} fewer${command === 'compress' ? '' : ', where rows and columns of zeros are removed'}.`,
    )
  else if (multiplyAddsAfter > multiplyAddsBefore)
    sentences.push(`Multiply-adds: ${percent(multiplyAddsAfter / multiplyAddsBefore - 1)} more.`)
  else if (zerosAfter > totals.zerosBefore)
    sentences.push('No multiply-adds are saved: no whole row or column is zero.')
  return sentences.join(' ')
}
