/** Pictures in other sizes. */
import { decodePicture, type Picture } from '../../table/internal.js'

export { decodePicture, type Picture }

/** Stretched to a size, by triangles as wide as a new pixel (at least as an old one): PIL's BILINEAR, which does not alias. */
export function resized({ channels, height, width, data }: Picture, rows: number, columns: number): Picture {
  const across = weightsOf(width, columns)
  const down = weightsOf(height, rows)
  const out = new Uint8Array(channels * rows * columns)
  const narrow = new Float64Array(height * columns)
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++)
      for (const [x, { from, weights }] of across.entries()) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * data[(c * height + y) * width + from + i]!
        narrow[y * columns + x] = sum
      }
    for (const [y, { from, weights }] of down.entries())
      for (let x = 0; x < columns; x++) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * narrow[(from + i) * columns + x]!
        out[(c * rows + y) * columns + x] = Math.min(255, Math.max(0, Math.round(sum)))
      }
  }
  return { channels, height: rows, width: columns, data: out }
}

/** Of each new pixel the old ones that it is made of. */
function weightsOf(before: number, after: number): { from: number; weights: number[] }[] {
  const scale = before / after
  const reach = Math.max(1, scale)
  return Array.from({ length: after }, (_, i) => {
    const centre = (i + 0.5) * scale
    const from = Math.max(0, Math.floor(centre - reach + 0.5))
    const to = Math.min(before, Math.floor(centre + reach + 0.5))
    const raw = Array.from({ length: Math.max(1, to - from) }, (_, j) => Math.max(0, 1 - Math.abs(from + j + 0.5 - centre) / reach)) // biome-ignore format: one line
    const sum = raw.reduce((a, b) => a + b, 0)
    return { from, weights: sum > 0 ? raw.map((weight) => weight / sum) : raw.map(() => 1 / raw.length) }
  })
}

/** The middle of a picture that is at least as large. */
export function centred({ channels, height, width, data }: Picture, rows: number, columns: number): Picture {
  const [top, left] = [(height - rows) >> 1, (width - columns) >> 1]
  const out = new Uint8Array(channels * rows * columns)
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < rows; y++) {
      const from = (c * height + top + y) * width + left
      out.set(data.subarray(from, from + columns), (c * rows + y) * columns)
    }
  return { channels, height: rows, width: columns, data: out }
}
