/**
 * A zip archive of .npy arrays (.npz), as `numpy.savez` and `savez_compressed` write it. Arrays that hold no plain numbers are listed as skipped; object
 * arrays are pickles and are never loaded.
 */
import { FormatError, inert, showShape, withPlace } from '../../core/index.js'
import { abbreviated, decodeUtf8 } from '../json.js'
import { looksLikeNpy, type NpyHeader, readNpyHeader } from '../npy/index.js'
import type { Reader, ReaderResult, Skipped, Source, TensorEntry } from '../types.js'
import { openMember, readComment, readZip, type ZipStorage } from '../zip/index.js'

export const npzReader: Reader = {
  format: 'npz',
  // An archive without entries begins with its end record, one part of a split archive with its own mark.
  matches: (head) => head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5 || head[2] === 7),
  claims,
  open,
}

/** Names are not enough: an array may lack the ending. */
async function claims(source: Source): Promise<boolean> {
  const members = await readZip(source)
  if (members.length === 0 || members.some(({ name }) => name.endsWith('.npy'))) return true
  for (const member of members.slice(0, mostLooks)) if (await isArray(member, source)) return true
  return false
}

async function open(source: Source): Promise<ReaderResult> {
  const members = await readZip(source)
  const tensors: TensorEntry[] = []
  const skipped: Skipped[] = []
  const warnings: string[] = []
  const names = new Set<string>()
  let refused: FormatError | null = null
  for (const member of members) {
    const array = await readArray(member, source)
    const name = array === null ? member.name : arrayName(member.name)
    if (array === null) {
      warnings.push(`'${inert(name)}' in the archive is not an array and was not read.`)
      continue
    }
    if (names.has(name)) {
      throw new FormatError(
        'duplicate-name',
        `npz: two entries have the same name '${inert(name)}' (duplicate arrays).`,
      )
    }
    names.add(name)
    if (array.type === null) {
      const why = `its dtype '${array.dtype}' is unsupported: it is ${array.why}`
      refused ??= new FormatError('bad-dtype', `npz: the array '${inert(name)}' cannot be measured: ${why}.`, {
        tensor: name,
      })
      skipped.push({ name, dtype: array.dtype, shape: array.shape, what: 'tensor', why: `${why}.` })
    } else tensors.push(entryOf(name, member, array, array.type))
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

/** NumPy names the arrays without the ending. */
function arrayName(name: string): string {
  return name.endsWith('.npy') ? name.slice(0, -4) : name
}

/** Null for a member that is no array; one named .npy must be one. */
async function readArray(member: ZipStorage, source: Source): Promise<NpyHeader | null> {
  try {
    if (!member.name.endsWith('.npy') && !(await isArray(member, source))) return null
    const header = await readNpyHeader((offset, length) => readStart(member, source, offset, length), member.size)
    if (header.type !== null && header.dataOffset + header.dataSize !== member.size) {
      throw new FormatError(
        'size-mismatch',
        `npz: the entry has a size of ${member.size} bytes and its array of shape ${showShape(header.shape)} ends at ${header.dataOffset + header.dataSize}; an entry that is larger than its array is corrupt or a bomb.`,
      )
    }
    return header
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    // The array's own offsets count from the beginning of its entry, perhaps compressed.
    if (error.message.startsWith('npy:')) error.offset = undefined
    error.message = `${error.message.replace(/\.$/, '')} (in the entry '${inert(member.name)}').`
    throw withPlace(error, { tensor: arrayName(member.name) })
  }
}

/** How many entries are looked into before an archive is given up as something else. */
const mostLooks = 100

async function isArray(member: ZipStorage, source: Source): Promise<boolean> {
  return looksLikeNpy(await readStart(member, source, 0, Math.min(member.size, 6)))
}

/** A few bytes near the beginning. Their checksum is known only when the whole member is read, and it is checked then. */
async function readStart(member: ZipStorage, source: Source, offset: number, length: number): Promise<Uint8Array> {
  const reader = openMember(member, source)
  const bytes = new Uint8Array(length)
  if (length > 0) await reader.readInto(offset, bytes)
  reader.close()
  return bytes
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
