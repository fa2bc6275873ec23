/** `normball factor picture.png`: the compressed picture beside the original. */
import { UsageError } from '../core/index.js'
import type { FactorCliOptions } from './factor.js'

/** Whether a file is a picture, by its first bytes. */
export async function isPicture(_path: string): Promise<boolean> {
  return false
}

export async function runFactorPicture(_path: string, _options: FactorCliOptions): Promise<number> {
  throw new UsageError('factor: pictures are not there yet.')
}
