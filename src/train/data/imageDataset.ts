/** Pictures in classes as a data set. */
import { FormatError, inert, showBytes, turns, UsageError } from '../../core/index.js'
import { BytesDataset } from './bytesDataset.js'
import { centred, decodePicture, type Picture, resized } from './image.js'

export interface ImageOptions {
  /** What all pictures become; the first's size by default, and then another size is an error. */
  size?: readonly [height: number, width: number]
  /** How a picture of another size becomes of that: stretched (the default), or scaled until it covers the size, and its middle cut out. */
  fit?: 'stretch' | 'crop'
  /** 1 for grey, 3 for colour; as the first picture by default. */
  channels?: 1 | 3
}

export interface LabelledImage {
  readonly name: string
  /** Place among the classes. */
  readonly label: number
  bytes(): Uint8Array | Promise<Uint8Array>
}

/** Bytes of all pictures together. */
const mostBytes = 2 ** 31

/**
 * Decodes all pictures into memory, as bytes: inputs f32 [channels, height, width] from 0 to 1, targets their classes.
 *
 * Throws FormatError for a picture that is damaged, or of another size than the first when no `size` is given (with its name), UsageError where
 * there are none, or too many for memory.
 */
export async function imageDataset(
  images: readonly LabelledImage[],
  classes: readonly string[],
  options: ImageOptions = {},
): Promise<BytesDataset> {
  if (images.length === 0) throw new UsageError('imageDataset: there are no pictures.')
  const { size, fit = 'stretch' } = options
  for (const length of size ?? [])
    if (!Number.isInteger(length) || length < 1)
      throw new UsageError(`imageDataset: size ${size!.join(' x ')}; expected whole numbers of at least 1.`)
  const pause = turns()
  let all: Uint8Array | null = null
  let shape: readonly [number, number, number] | null = null
  for (const [i, image] of images.entries()) {
    const picture = await decodePicture(await image.bytes(), image.name, (shape?.[0] as 1 | 3) ?? options.channels)
    shape ??= [picture.channels, ...(size ?? ([picture.height, picture.width] as const))]
    const [channels, height, width] = shape
    const each = channels * height * width
    if (each * images.length > mostBytes)
      throw new UsageError(`imageDataset: ${images.length} pictures of ${channels} x ${height} x ${width} take ${showBytes(each * images.length)}. Try a smaller size.`) // biome-ignore format: one line
    all ??= new Uint8Array(each * images.length)
    all.set(fitted(picture, image.name, height, width, size === undefined ? 'error' : fit).data, i * each)
    await pause()
  }
  return new BytesDataset(all!, shape!, Int32Array.from(images, ({ label }) => label), { classes }) // biome-ignore format: one line
}

function fitted(
  picture: Picture,
  name: string,
  height: number,
  width: number,
  fit: 'stretch' | 'crop' | 'error',
): Picture {
  // biome-ignore format: one line
  if (picture.height === height && picture.width === width) return picture
  if (fit === 'error')
    throw new FormatError(
      'bad-image',
      `'${inert(name)}' is ${picture.height} x ${picture.width}; the first picture is ${height} x ${width}. Try size: [${height}, ${width}] to resize all.`,
      { file: name },
    )
  if (fit === 'stretch') return resized(picture, height, width)
  const scale = Math.max(height / picture.height, width / picture.width)
  const cover = (length: number, least: number): number => Math.max(least, Math.round(length * scale))
  return centred(resized(picture, cover(picture.height, height), cover(picture.width, width)), height, width)
}
