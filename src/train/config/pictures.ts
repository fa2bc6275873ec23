/** Pictures of a trained network: what its first layer looks for, and what comes out of it for one example. */
import type { Module } from '../../nn/index.js'
import { Tensor } from '../../tensor/index.js'

/** Small images of one size side by side; values are as they are, the page gives them colours. */
export interface Tiles {
  readonly title: string
  readonly note: string
  /** Of one tile. */
  readonly height: number
  readonly width: number
  /** Row-major, of each tile. */
  readonly tiles: readonly (readonly number[])[]
  /** Whether zero is the middle of the colours (weights), or their beginning (images). */
  readonly signed: boolean
}

/** As many as a page can show. */
const mostTiles = 64

/** Kernels of the first convolution, or rows of the first matrix as images; its output for an example; the example. */
export function picturesOf(model: Module, example: Tensor): Tiles[] {
  const image = imageShape(example.shape.slice(1))
  const pictures: Tiles[] = []
  const weight = [...model.namedParameters()].find(([, value]) => value.rank === 4 || value.rank === 2)
  if (image !== null) {
    const values = example.toArray()
    const size = image.height * image.width
    const tiles = Array.from({ length: image.channels }, (_, c) => Array.from(values.slice(c * size, (c + 1) * size)))
    pictures.push({ title: 'An example', note: 'The first one of the validation or training part.', ...plane(image), tiles, signed: false }) // biome-ignore format: one line
  }
  if (weight === undefined) return pictures
  const [name, value] = weight
  const rows = value.shape[0]!
  const shown = Math.min(rows, mostTiles)
  const more = rows > shown ? ` The first ${shown} of ${rows}.` : ''
  const plain = value.toArray()
  const length = value.size / rows
  if (value.rank === 4) {
    const [, channels = 1, height = 1, width = 1] = value.shape
    if (height * width > 1) {
      const area = height * width
      const tiles = Array.from({ length: shown }, (_, i) => meanOf(plain, i * length, channels, area))
      const note = `Kernels of ${name}${channels > 1 ? ', each the mean over its input channels' : ''}.${more}`
      pictures.push({ title: 'Filters of the first layer', note, height, width, tiles, signed: true })
    }
  } else if (image !== null && length === image.channels * image.height * image.width) {
    const area = image.height * image.width
    const tiles = Array.from({ length: shown }, (_, i) => meanOf(plain, i * length, image.channels, area))
    pictures.push({ title: 'Filters of the first layer', note: `Rows of ${name} as images.${more}`, ...plane(image), tiles, signed: true }) // biome-ignore format: one line
  }
  const maps = featureMaps(model, name, example)
  if (maps !== null) pictures.push(maps)
  return pictures
}

interface Image {
  readonly channels: number
  readonly height: number
  readonly width: number
}

const plane = ({ height, width }: Image): { height: number; width: number } => ({ height, width })

function imageShape(shape: readonly number[]): Image | null {
  if (shape.length === 3) return { channels: shape[0]!, height: shape[1]!, width: shape[2]! }
  return shape.length === 2 && shape[0]! > 1 && shape[1]! > 1 ? { channels: 1, height: shape[0]!, width: shape[1]! } : null // biome-ignore format: one line
}

/** The mean over `channels` planes of `area` numbers. */
function meanOf(values: ArrayLike<number>, from: number, channels: number, area: number): number[] {
  return Array.from({ length: area }, (_, at) => {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += values[from + c * area + at]!
    return sum / channels
  })
}

/** What the layer of parameter `name` puts out for the example, where that is images. */
function featureMaps(model: Module, name: string, example: Tensor): Tiles | null {
  const path = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const layer = [...model.namedModules()].find(([one]) => one === path)?.[1]
  if (layer === undefined) return null
  let found: Tiles | null = null
  const hook = (layer as unknown as Module).registerForwardHook((_, __, output) => {
    if (output instanceof Tensor && output.rank === 4 && output.shape[2]! > 1) {
      const [, channels = 0, height = 0, width = 0] = output.shape
      const values = output.toArray()
      const tiles = Array.from({ length: Math.min(channels, mostTiles) }, (_, c) =>
        Array.from(values.slice(c * height * width, (c + 1) * height * width)),
      )
      found = { title: 'Feature maps', note: `What ${path} puts out for the example.`, height, width, tiles, signed: true } // biome-ignore format: one line
    }
    return undefined
  })
  try {
    model.forward(example)
  } finally {
    hook.remove()
  }
  return found
}
