/** PyTorch's zip archives, TorchScript's among them: `root/data.pkl`, its storages under `root/data/`, and constants of the code under `root/constants/`. */

import { openMember, readZip, type ZipStorage } from '../../archive/index.js'
import { FormatError, inert, plural, showBytes, withPlace } from '../../core/index.js'
import { PyTuple, type PyValue, unpickle } from '../pickle/index.js'
import type { ReaderResult, Source } from '../types.js'
import { EntryMaker, type Locator } from './entries.js'
import { TorchHost } from './host.js'
import { type StorageValue, UnmeasuredValue } from './values.js'
import { type Found, walk } from './walk.js'

/** Pickles are read whole; the largest honest ones have some megabytes. */
const largestPickle = 64 * 2 ** 20

export async function readArchive(source: Source): Promise<ReaderResult> {
  const members = new Map((await readZip(source)).map((member) => [member.name, member]))
  const root = findRoot(members)
  const bigEndian = await readByteOrder(members.get(`${root}byteorder`), source)
  const host = new TorchHost()
  const maker = new EntryMaker()
  const data = await readPickle(members.get(`${root}data.pkl`)!, source, host)
  const main = walk(data.value, data.size)
  maker.add(main.found, memberLocator(members, `${root}data/`, bigEndian))
  const constants = members.get(`${root}constants.pkl`)
  if (constants) {
    const found = await readConstants(constants, source, host)
    const locator = memberLocator(members, `${root}constants/`, bigEndian)
    maker.add(found, locator, maker.entries.tensors.length > 0 ? 'constant' : null)
  }
  const warnings = [...main.warnings, ...host.warnings()]
  return { sources: [source], metadata: main.metadata, ...maker.entries, warnings }
}

/** The folder that holds data.pkl, whose name is free; there must be one only. */
function findRoot(members: ReadonlyMap<string, ZipStorage>): string {
  const roots = [...members.keys()]
    .filter((name) => (name === 'data.pkl' || name.endsWith('/data.pkl')) && !name.startsWith('__MACOSX/'))
    .map((name) => name.slice(0, -'data.pkl'.length))
  if (roots.length === 1) return roots[0]!
  if (roots.length > 1) {
    throw new FormatError(
      'ambiguous',
      `torch: the archive has more than one data.pkl (${roots
        .slice(0, 3)
        .map((root) => `'${inert(root, 40)}data.pkl'`)
        .join(', ')}), so which checkpoint is meant is ambiguous.`,
    )
  }
  throw new FormatError(
    'missing-file',
    `torch: the archive of ${plural(members.size, 'entry', 'entries')} has no data.pkl, the pickle that names the weights; it is incomplete or not from torch.save or torch.jit.save.`,
  )
}

async function readByteOrder(member: ZipStorage | undefined, source: Source): Promise<boolean> {
  if (!member) return false
  const order = new TextDecoder('latin1').decode(await readMember(member, source, 64)).trim()
  if (order === 'little' || order === 'big') return order === 'big'
  throw new FormatError(
    'bad-type',
    `torch: the archive's byteorder is '${inert(order, 20)}'; 'little' or 'big' was expected.`,
  )
}

async function readPickle(
  member: ZipStorage,
  source: Source,
  host: TorchHost,
): Promise<{ value: PyValue; size: number }> {
  const bytes = await readMember(member, source, largestPickle)
  const label = member.name.slice(member.name.lastIndexOf('/') + 1)
  if (bytes.length === 0) throw new FormatError('empty', `torch: the pickle ${label} is empty.`)
  const { value, end } = unpickle(bytes, host, label)
  if (end === bytes.length) return { value, size: bytes.length }
  throw new FormatError(
    'trailing',
    `torch: ${label} has ${plural(bytes.length - end, 'byte')} of code or data behind the end of its pickle, which is refused.`,
    { offset: end },
  )
}

async function readMember(member: ZipStorage, source: Source, limit: number): Promise<Uint8Array> {
  if (member.size > limit) {
    throw new FormatError(
      'too-large',
      `torch: '${inert(member.name)}' has ${showBytes(member.size)}; the limit is ${showBytes(limit)}.`,
    )
  }
  const reader = openMember(member, source)
  const bytes = new Uint8Array(member.size)
  await reader.readInto(0, bytes)
  await reader.verify()
  reader.close()
  return bytes
}

/** A tuple whose tensors are constants of the code; in a frozen module they are all the weights. */
async function readConstants(member: ZipStorage, source: Source, host: TorchHost): Promise<Found[]> {
  try {
    const { value, size } = await readPickle(member, source, host)
    if (!(value instanceof PyTuple)) return []
    return walk(value, size).found.map(({ path, value, ...rest }) => {
      const empty = !(value instanceof UnmeasuredValue) && value.shape.includes(0)
      const shown = empty
        ? new UnmeasuredValue(value.type.word, value.shape, 'an empty constant of the TorchScript code')
        : value
      return { path: ['constants', ...path], value: shown, ...rest }
    })
  } catch (error) {
    if (error instanceof FormatError) error.message = `${error.message.replace(/\.$/, '')} (in constants.pkl).`
    throw withPlace(error, {})
  }
}

function memberLocator(members: ReadonlyMap<string, ZipStorage>, folder: string, bigEndian: boolean): Locator {
  return {
    bigEndian,
    locate({ key, count, type }: StorageValue) {
      const member = members.get(folder + key)
      if (!member) {
        throw new FormatError(
          'missing-file',
          `torch: the storage '${inert(key, 40)}' is missing: there is no entry '${inert(folder + key)}' in the archive.`,
        )
      }
      if (member.size !== count * type.bytes) {
        throw new FormatError(
          'size-mismatch',
          `torch: the storage '${inert(key, 40)}' should have ${count} elements of ${type.bytes} bytes, and its entry has ${member.size} bytes: a size mismatch.`,
        )
      }
      return { storage: member, base: 0, identity: member.name }
    },
  }
}
