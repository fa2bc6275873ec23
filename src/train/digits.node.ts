/** The digits that come with the package. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BytesDataset } from './data/bytesDataset.js'
import { readIdxFiles } from './data/files.node.js'

/** Two folders up, from the sources, the library and the command alike. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../examples')

/** 1797 handwritten digits of 8 x 8 pixels (Alpaydin & Kaynak 1998; licence in examples/digits.LICENSE.txt). */
export async function readDigits(): Promise<BytesDataset> {
  const file = (name: string): string => join(folder, `digits-${name}-ubyte.gz`)
  return readIdxFiles(file('images-idx3'), file('labels-idx1'), { scale: 1 / 16 })
}
