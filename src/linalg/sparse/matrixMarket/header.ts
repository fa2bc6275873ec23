/** The first line of a Matrix Market file: what the matrix is. */
import { FormatError, inert } from '../../../core/index.js'

export type Field = 'real' | 'integer' | 'pattern'
export type Symmetry = 'general' | 'symmetric' | 'skew-symmetric'

export interface Header {
  /** `coordinate`: places and values of entries; `array`: every element, column by column. */
  readonly format: 'coordinate' | 'array'
  /** `pattern` has places only, which count as 1. */
  readonly field: Field
  /** Other than `general`, a file holds one triangle. */
  readonly symmetry: Symmetry
}

export function matrixMarketError(code: string, line: number, what: string): FormatError {
  return new FormatError(code, `Matrix Market, line ${line}: ${what}`)
}

/** Other words for the same fields, as some writers have them. */
const fields: Readonly<Record<string, Field>> = {
  real: 'real',
  double: 'real',
  integer: 'integer',
  'unsigned-integer': 'integer',
  pattern: 'pattern',
}
const symmetries: readonly string[] = ['general', 'symmetric', 'skew-symmetric']

/** Reads `%%MatrixMarket matrix coordinate real general`; case does not matter. */
export function parseHeader(text: string): Header {
  const refuse = (code: string, what: string): never => {
    throw matrixMarketError(code, 1, what)
  }
  const [banner = '', object, format = '', field = '', symmetry = '', ...more] = text.trim().toLowerCase().split(/\s+/)
  if (banner !== '%%matrixmarket')
    refuse('bad-header', `'${inert(text.trim(), 40)}' is no header; expected '%%MatrixMarket matrix ...'.`)
  if (object !== 'matrix') refuse('unsupported', `an object '${inert(object ?? '', 40)}'; only 'matrix' is read.`)
  if (format !== 'coordinate' && format !== 'array')
    refuse('bad-header', `the format '${inert(format, 40)}'; expected 'coordinate' or 'array'.`)
  if (field === 'complex')
    refuse('unsupported', 'complex values are not supported. Try writing the real and the imaginary part as two files.')
  if (symmetry === 'hermitian')
    refuse('unsupported', "a Hermitian matrix is not supported. A real one is called 'symmetric'.")
  const known = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (known === undefined)
    refuse('bad-header', `the field '${inert(field, 40)}'; expected 'real', 'integer' or 'pattern'.`)
  if (!symmetries.includes(symmetry))
    refuse('bad-header', `the symmetry '${inert(symmetry, 40)}'; expected 'general', 'symmetric' or 'skew-symmetric'.`)
  if (more.length > 0)
    refuse('bad-header', `'${inert(more[0]!, 40)}' after the symmetry; expected the end of the line.`)
  if (known === 'pattern' && format === 'array')
    refuse('bad-header', "a 'pattern' of format 'array' has nothing to read; expected 'coordinate'.")
  if (known === 'pattern' && symmetry === 'skew-symmetric')
    refuse('bad-header', "a 'skew-symmetric' matrix has signs, which a 'pattern' has not.")
  return { format: format as Header['format'], field: known!, symmetry: symmetry as Symmetry }
}
