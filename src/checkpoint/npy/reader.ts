/** One NumPy array in a file of its own (.npy). Its name is the file's, without the ending. */
import { looksLikeNpy, readNpyHeader } from '../../archive/index.js'
import { FormatError, plural } from '../../core/index.js'
import type { Reader, ReaderResult, Source } from '../types.js'

export const npyReader: Reader = {
  format: 'npy',
  matches: (head) => looksLikeNpy(head),
  open,
}

async function open(source: Source): Promise<ReaderResult> {
  const header = await readNpyHeader((offset, length) => source.read(offset, length), source.size)
  if (header.type === null) {
    throw new FormatError(
      'bad-dtype',
      `npy: the dtype '${header.dtype}' is unsupported: it is ${header.why}. Arrays of numbers can be measured.`,
    )
  }
  const { dtype, type, shape, count, strides, bigEndian, dataOffset, dataSize } = header
  const trailing = source.size - dataOffset - dataSize
  return {
    sources: [source],
    metadata: Object.create(null),
    tensors: [
      {
        name: arrayName(source.name),
        dtype,
        shape,
        count,
        data: {
          storage: { kind: 'range', source: 0, offset: dataOffset, length: dataSize },
          type,
          shape,
          offset: 0,
          strides,
          bigEndian,
        },
        kind: null,
        outAxis: null,
        groups: null,
        group: 'model',
        sharesWith: null,
      },
    ],
    skipped: [],
    warnings: trailing > 0 ? [`${plural(trailing, 'byte')} behind the array (a second array?) were not read.`] : [],
  }
}

/** The file's name without folder and ending. */
function arrayName(path: string): string {
  const name = path.split(/[\\/]/).at(-1)!
  return name.replace(/\.npy$/i, '') || 'array'
}
