/** Examples as a configuration names them. */
import { isAbsolute, join } from 'node:path'
import { readIdxFiles, readIdxFolder } from '../data/files.node.js'
import { readDigits } from '../digits.node.js'
import type { Dataset } from '../types.js'
import type { DataParts } from './assemble.js'
import { fault } from './fault.js'
import type { DataConfig } from './types.js'

/** Reads all parts, split as the configuration says. Relative paths start from `folder`. */
export async function readData(config: DataConfig, folder: string, _seed: number): Promise<DataParts> {
  const at = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  if (config.format === 'digits') return { train: await readDigits() }
  if (config.train === undefined) throw fault(['data'], "'train' is missing: a file or a folder.")
  if (config.trainLabels !== undefined) return { train: await readIdxFiles(at(config.train), at(config.trainLabels)) }
  const { train, test } = await readIdxFolder(at(config.train))
  return { train: train as Dataset, test }
}
