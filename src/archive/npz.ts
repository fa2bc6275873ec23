/** The arrays in a zip archive of .npy files (.npz), as `numpy.savez` and `savez_compressed` write it: their names and headers. */
import { FormatError, inert, showShape, withPlace } from '../core/index.js'
import { looksLikeNpy, type NpyHeader, readNpyHeader } from './npy/header.js'
import type { Source, ZipStorage } from './types.js'
import { openMember, readZip } from './zip/index.js'

export interface NpzArray {
  readonly name: string
  readonly member: ZipStorage
  readonly header: NpyHeader
}

/** Whether an archive holds arrays. Names are not enough: an array may lack the ending. */
export async function holdsArrays(source: Source): Promise<boolean> {
  const members = await readZip(source)
  if (members.length === 0 || members.some(({ name }) => name.endsWith('.npy'))) return true
  for (const member of members.slice(0, mostLooks)) if (await isArray(member, source)) return true
  return false
}

/**
 * The arrays in the archive's order, and the names of what is no array.
 *
 * @throws FormatError for a damaged archive, for headers that contradict it, and for two arrays of one name
 */
export async function readNpz(source: Source): Promise<{ arrays: NpzArray[]; others: string[] }> {
  const arrays: NpzArray[] = []
  const others: string[] = []
  const names = new Set<string>()
  for (const member of await readZip(source)) {
    const header = await readArray(member, source)
    if (header === null) {
      others.push(member.name)
      continue
    }
    const name = arrayName(member.name)
    if (names.has(name)) {
      throw new FormatError(
        'duplicate-name',
        `npz: two entries have the same name '${inert(name)}' (duplicate arrays).`,
      )
    }
    names.add(name)
    arrays.push({ name, member, header })
  }
  return { arrays, others }
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
