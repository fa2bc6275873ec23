/** Folders of pictures: one sub-folder a class. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FormatError, inert } from '../../core/index.js'
import type { BytesDataset } from './bytesDataset.js'
import { readBytes } from './files.node.js'
import { type ImageOptions, imageDataset, type LabelledImage } from './imageDataset.js'

/**
 * Pictures (PNG, JPEG) of a folder with one sub-folder for each class, as PyTorch's ImageFolder: classes in the order of their names. Other files
 * are passed over. `classes` gives them for another part than the training part.
 *
 * Throws FormatError for a class without pictures, for a class that is not among `classes`, and what `imageDataset` throws.
 *
 * @example
 * const train = await readImageFolder('photos/train', { size: [64, 64] })
 * const test = await readImageFolder('photos/test', { size: [64, 64], classes: train.classes })
 */
export async function readImageFolder(
  folder: string,
  options: ImageOptions & { classes?: readonly string[] } = {},
): Promise<BytesDataset> {
  const { classes: known, ...rest } = options
  const fail = (what: string): never => {
    throw new FormatError('bad-data', `'${inert(folder)}' ${what}`, { file: folder })
  }
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
  if (found.length === 0) return fail('has no sub-folders; expected one for each class.')
  const classes = known ?? found
  const images: LabelledImage[] = []
  for (const name of found) {
    const label = classes.indexOf(name)
    if (label < 0) return fail(`has the class '${inert(name)}', which the training part does not have.`)
    const files = readdirSync(join(folder, name)).filter((file) => /\.(png|jpe?g)$/i.test(file)).sort() // biome-ignore format: one line
    if (files.length === 0) return fail(`has no pictures (.png, .jpg) of class '${inert(name)}'.`)
    for (const file of files) {
      const path = join(folder, name, file)
      images.push({ name: path, label, bytes: () => readBytes(path) })
    }
  }
  return imageDataset(images, classes, rest)
}
