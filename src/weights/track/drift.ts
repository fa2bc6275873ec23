/** How far the shape of a spectrum moved, whatever its size. */
import type { MatrixFigures } from '../types.js'

/** What is kept of a spectrum until the next checkpoint. */
export type SpectrumSummary = Pick<MatrixFigures, 'shape' | 'frobenius' | 'spectrum'>

/**
 * ||s / ||s|| - s' / ||s'|| || of two spectra of one shape: 0 for the same shape whatever the scale, at most sqrt(2). Values between those of the
 * summary (at most 64) are interpolated linearly; of an estimate only the largest values are compared. Null for a zero matrix.
 */
export function spectrumDrift(before: SpectrumSummary, now: SpectrumSummary): number | null {
  if (!(before.frobenius > 0) || !(now.frobenius > 0)) return null
  if (!Number.isFinite(before.frobenius) || !Number.isFinite(now.frobenius)) return null
  const count = Math.min(lastIndex(before), lastIndex(now))
  if (count === 0) return null
  const one = valuesOf(before, count)
  const other = valuesOf(now, count)
  let squares = 0
  for (let i = 0; i < count; i++) squares += (one[i]! / before.frobenius - other[i]! / now.frobenius) ** 2
  return Math.sqrt(squares)
}

const lastIndex = ({ spectrum }: SpectrumSummary): number => spectrum.index.at(-1) ?? 0

function valuesOf({ spectrum: { index, value } }: SpectrumSummary, count: number): Float64Array {
  const values = new Float64Array(count)
  let at = 0
  for (let i = 1; i <= count; i++) {
    while (index[at + 1] !== undefined && index[at + 1]! <= i) at++
    const next = index[at + 1]
    const share = next === undefined ? 0 : (i - index[at]!) / (next - index[at]!)
    values[i - 1] = value[at]! + (next === undefined ? 0 : share * (value[at + 1]! - value[at]!))
  }
  return values
}
