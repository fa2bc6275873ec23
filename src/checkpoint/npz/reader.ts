/**
 * A zip archive of .npy arrays (.npz), as `numpy.savez` and `savez_compressed` write it. Arrays that hold no plain numbers are listed as skipped; object
 * arrays are pickles and are never loaded.
 */
import { holdsArrays, type NpyHeader, readComment, readNpz, type ZipStorage } from '../../archive/index.js'
import { FormatError, inert } from '../../core/index.js'
import { abbreviated, decodeUtf8 } from '../json.js'
import type { Reader, ReaderResult, Skipped, Source, TensorEntry } from '../types.js'

export const npzReader: Reader = {
  format: 'npz',
  // An archive without entries begins with its end record, one part of a split archive with its own mark.
  matches: (head) => head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5 || head[2] === 7),
  claims: holdsArrays,
  open,
}

async function open(source: Source): Promise<ReaderResult> {
  const { arrays, others } = await readNpz(source)
  const tensors: TensorEntry[] = []
  const skipped: Skipped[] = []
  const warnings = others.map((name) => `'${inert(name)}' in the archive is not an array and was not read.`)
  let refused: FormatError | null = null
  for (const { name, member, header } of arrays) {
    if (header.type === null) {
      const why = `its dtype '${header.dtype}' is unsupported: it is ${header.why}`
      refused ??= new FormatError('bad-dtype', `npz: the array '${inert(name)}' cannot be measured: ${why}.`, {
        tensor: name,
      })
      skipped.push({ name, dtype: header.dtype, shape: header.shape, what: 'tensor', why: `${why}.` })
    } else tensors.push(entryOf(name, member, header, header.type))
  }
  if (tensors.length === 0 && refused) throw refused
  const texts = await ownMetadata(source)
  const metadata = Object.create(null) as { [key: string]: string }
  for (const [key, value] of Object.entries(texts)) metadata[key] = abbreviated(value)
  return { sources: [source], metadata, texts, tensors, skipped, warnings }
}

/** Metadata that this package wrote as the archive's comment, where NumPy has no place for it; other comments are nobody's business. */
async function ownMetadata(source: Source): Promise<Record<string, string>> {
  const texts: Record<string, string> = Object.create(null)
  const text = decodeUtf8(await readComment(source))
  if (text === null || !text.startsWith('{')) return texts
  try {
    for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, unknown>))
      if (typeof value === 'string') texts[key] = value
  } catch {
    // Another program's comment.
  }
  return texts
}

function entryOf(
  name: string,
  member: ZipStorage,
  array: NpyHeader,
  type: NonNullable<NpyHeader['type']>,
): TensorEntry {
  const { dtype, shape, count, strides, bigEndian, dataOffset } = array
  return {
    name,
    dtype,
    shape,
    count,
    data: { storage: member, type, shape, offset: dataOffset, strides, bigEndian },
    kind: null,
    outAxis: null,
    groups: null,
    group: 'model',
    sharesWith: null,
  }
}
