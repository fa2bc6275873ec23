/** Small images as a picture: one PNG of all of them inside an SVG, so that the page needs nothing from elsewhere. */
import type { Tiles } from '../train/index.js'
import { pngOf } from './png.js'

/** Pixels between two tiles. */
const gap = 1
/** Columns of a grid, and the width of its picture on the page. */
const mostColumns = 16
const pageWidth = 640

/** Red for what is above zero, blue for what is below (signed), or light for much; each grid has its own scale. */
export function tilesSvg({ tiles, height, width, signed, title }: Tiles): string {
  const columns = Math.min(mostColumns, tiles.length)
  const rows = Math.ceil(tiles.length / columns)
  const [w, h] = [columns * (width + gap) + gap, rows * (height + gap) + gap]
  const pixels = new Uint8Array(w * h * 3).fill(128)
  let largest = 0
  for (const tile of tiles) for (const value of tile) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value)) // biome-ignore format: one line
  for (const [i, tile] of tiles.entries()) {
    const [left, top] = [gap + (i % columns) * (width + gap), gap + Math.floor(i / columns) * (height + gap)]
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const value = largest > 0 ? (tile[y * width + x] ?? 0) / largest : 0
        pixels.set(signed ? diverging(value) : grey(value), 3 * ((top + y) * w + left + x))
      }
  }
  const scale = Math.max(1, Math.min(16, Math.floor(pageWidth / w)))
  const data = base64(pngOf(pixels, w, h))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w * scale}" height="${h * scale}" role="img" aria-label="${title}"><image width="${w}" height="${h}" style="image-rendering:pixelated" href="data:image/png;base64,${data}"/></svg>`
}

const byte = (x: number): number => Math.max(0, Math.min(255, Math.round(x)))

/** White at zero. */
function diverging(value: number): [number, number, number] {
  if (!Number.isFinite(value)) return [0, 0, 0]
  const fade = 255 * (1 - Math.abs(value))
  return value >= 0 ? [byte(178 + 77 * (1 - value)), byte(fade), byte(fade)] : [byte(fade), byte(fade), byte(178 + 77 * (1 + value))] // biome-ignore format: one line
}

const grey = (value: number): [number, number, number] => {
  const shade = byte(255 * Math.max(0, value))
  return [shade, shade, shade]
}

export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
