/** The small pictures in a tensor's row: its spectrum and its histogram of exponents. */
import type { MatrixFigures, TensorFigures } from '../../weights/index.js'
import { showNumber } from '../numbers.js'
import { html, type Markup } from './markup.js'

const width = 96
const height = 28

const round = (value: number): string => String(Math.round(value * 10) / 10)

/** Singular values against their index, both on logarithmic axes; six decades at most. */
export function spectrumPicture(matrix: MatrixFigures): Markup | null {
  const { index, value } = matrix.spectrum
  const top = value[0] ?? 0
  if (!(top > 0) || value.length < 2) return null
  const floor = Math.max(1e-6, Math.min(...value.filter((one) => one > 0)) / top)
  const decades = Math.max(1, -Math.log10(floor))
  const right = Math.max(1, Math.log10(index.at(-1)!))
  const points = index.map((place, i) => {
    const share = value[i]! / top
    const depth = share <= floor ? 1 : -Math.log10(share) / decades
    return `${round(2 + ((width - 4) * Math.log10(place)) / right)},${round(2 + (height - 4) * depth)}`
  })
  const label = `singular values from ${showNumber(top)} down to ${showNumber(value.at(-1)!)}`
  return html`<svg class="p" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><title>${label}</title><polyline points="${points.join(' ')}"/></svg>`
}

/** How many elements lie in each power of two, smallest to the left. */
export function exponentPicture(tensor: TensorFigures): Markup | null {
  const { min, counts } = tensor.exponents
  if (counts.length === 0) return null
  // Long tails of single elements would squeeze the bulk into nothing.
  const most = 48
  const shown = counts.slice(-most)
  const first = min + counts.length - shown.length
  const top = Math.max(...shown)
  const step = Math.min(6, (width - 4) / shown.length)
  const bars = shown.map((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1, ((height - 4) * count) / top)
    return count === 0
      ? ''
      : `M${round(2 + i * step)} ${height - 2}v${round(-tall)}h${round(Math.max(0.6, step - 0.6))}v${round(tall)}z`
  })
  const label = `sizes from 2^${first} to 2^${first + shown.length}`
  return html`<svg class="p" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><title>${label}</title><path d="${bars.join('')}"/></svg>`
}
