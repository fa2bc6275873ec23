/** Writes Matrix Market files. */
import { UsageError } from '../../../core/index.js'
import type { Csr } from '../csr.js'
import { isSymmetric } from '../structure.js'
import type { Field } from './header.js'

export interface WriteOptions {
  /** `auto` (default) writes one triangle of a symmetric matrix; `general` always all entries. */
  symmetry?: 'auto' | 'general'
  /** Default `real`; `integer` needs whole numbers, `pattern` leaves the values out. */
  field?: Field
  /** Lines for the head of the file. */
  comment?: string
}

const showValue = (value: number): string =>
  Number.isFinite(value)
    ? `${Object.is(value, -0) ? '-0' : value}`
    : Number.isNaN(value)
      ? 'nan'
      : value > 0
        ? 'inf'
        : '-inf'

/**
 * A matrix as bytes of a Matrix Market file of format `coordinate`. Values are written with as many digits as bring them back exactly.
 *
 * @throws UsageError where `field: 'integer'` meets a value that is not whole.
 */
export function formatMatrixMarket(matrix: Csr, options: WriteOptions = {}): Uint8Array {
  const { field = 'real', comment = '' } = options
  const { rows, columns, indptr, indices, values } = matrix
  const half = (options.symmetry ?? 'auto') === 'auto' && rows > 0 && isSymmetric(matrix)
  if (field === 'integer') checkWhole(matrix)
  let entries = indices.length
  if (half)
    for (let i = 0; i < rows; i++) for (let k = indptr[i]!; k < indptr[i + 1]!; k++) if (indices[k]! > i) entries--
  const pieces: Uint8Array[] = []
  const encoder = new TextEncoder()
  let text = `%%MatrixMarket matrix coordinate ${field} ${half ? 'symmetric' : 'general'}\n`
  for (const line of comment === '' ? [] : comment.split(/\r?\n/)) text += `% ${line.slice(0, 1000)}\n`
  text += `${rows} ${columns} ${entries}\n`
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      const j = indices[k]!
      if (half && j > i) break
      text += field === 'pattern' ? `${i + 1} ${j + 1}\n` : `${i + 1} ${j + 1} ${showValue(values[k]!)}\n`
    }
    if (text.length > 1 << 20) {
      pieces.push(encoder.encode(text))
      text = ''
    }
  }
  pieces.push(encoder.encode(text))
  return joined(pieces)
}

/** A dense row-major matrix as an `array` file. */
export function formatMatrixMarketArray(rows: number, columns: number, dense: ArrayLike<number>): Uint8Array {
  const pieces: Uint8Array[] = []
  const encoder = new TextEncoder()
  let text = `%%MatrixMarket matrix array real general\n${rows} ${columns}\n`
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) text += `${showValue(dense[i * columns + j]!)}\n`
    if (text.length > 1 << 20 || j === columns - 1) {
      pieces.push(encoder.encode(text))
      text = ''
    }
  }
  if (text !== '') pieces.push(encoder.encode(text))
  return joined(pieces)
}

function checkWhole({ values }: Csr): void {
  for (const value of values) {
    if (!Number.isSafeInteger(value))
      throw new UsageError(`formatMatrixMarket: ${value} is not whole, but field 'integer' was asked for. Try 'real'.`)
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
