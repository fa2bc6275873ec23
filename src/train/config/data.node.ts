/** Examples as a configuration names them. */
import { isAbsolute, join } from 'node:path'
import { readIdxFiles, readIdxFolder } from '../data/files.node.js'
import { readDigits } from '../digits.node.js'
import type { Dataset } from '../types.js'
import type { DataParts } from './assemble.js'
import { fault } from './fault.js'
import type { TrainConfig } from './types.js'

/** A path of a configuration, which starts from `folder`. */
export const pathFrom = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path))

/** Reads all parts, split as the configuration says. Relative paths start from `folder`. */
export async function readData({ data }: TrainConfig, folder: string): Promise<DataParts> {
  const at = (path: string): string => pathFrom(folder, path)
  if (data.format === 'digits') return { train: await readDigits() }
  if (data.train === undefined) throw fault(['data'], "'train' is missing: a file or a folder.")
  if (data.trainLabels !== undefined) return { train: await readIdxFiles(at(data.train), at(data.trainLabels)) }
  const { train, test } = await readIdxFolder(at(data.train))
  return { train: train as Dataset, test }
}
