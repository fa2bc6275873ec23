/** Data files on disk. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { FormatError, inert, UsageError } from '../../core/index.js'
import { checkpointFiles } from '../files.node.js'
import type { BytesDataset, BytesDatasetOptions } from './bytesDataset.js'
import { idxDataset } from './idx.js'

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** A whole file. Throws SystemError where the system refuses, FormatError for what is no file. */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (isFolder(path))
    throw new FormatError('not-a-file', `'${inert(path)}' is a folder; expected a file.`, { file: path })
  const { NodeFileSource } = await checkpointFiles()
  const source = new NodeFileSource(path)
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

/** Images and labels of two IDX files on disk: see `idxDataset`. */
export async function readIdxFiles(
  images: string,
  labels: string,
  options: BytesDatasetOptions = {},
): Promise<BytesDataset> {
  return idxDataset(await readBytes(images), await readBytes(labels), { ...options, names: [images, labels] })
}

/**
 * The training and test part of a folder laid out as MNIST is: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k`
 * (or `test`), each plain or with `.gz`. The test part is null where it is absent.
 *
 * Throws UsageError where the folder has no training part, and what `idxDataset` throws.
 */
export async function readIdxFolder(
  folder: string,
  options: BytesDatasetOptions = {},
): Promise<{ train: BytesDataset; test: BytesDataset | null }> {
  const names = readdirSync(folder).sort()
  const find = (part: RegExp, what: 'images' | 'labels'): string | null => {
    const name = names.find((one) => part.test(one) && one.includes(what))
    return name === undefined ? null : join(folder, name)
  }
  const pair = async (part: RegExp, more: BytesDatasetOptions): Promise<BytesDataset | null> => {
    const [images, labels] = [find(part, 'images'), find(part, 'labels')]
    return images && labels ? readIdxFiles(images, labels, more) : null
  }
  const train = await pair(/^train.*idx/, options)
  if (train === null)
    throw new UsageError(
      `'${inert(folder)}' has no files train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz).`,
      { file: folder },
    )
  // The same classes, also where the test part lacks some.
  return { train, test: await pair(/^(t10k|test).*idx/, { ...options, classes: train.classes }) }
}
