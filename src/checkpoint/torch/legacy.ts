/**
 * PyTorch's files before version 1.6: five pickles in a row (magic number, protocol, machine, object, storage keys), then each storage as a count of 64 bits
 * and its elements. Counts and elements are little-endian whatever the machine was: the writer converted them.
 */
import { FormatError, inert, plural } from '../../core/index.js'
import { PyDict, PyList, type PyValue, unpickle } from '../pickle/index.js'
import type { ReaderResult, Source, Storage } from '../types.js'
import { describe, malformed } from './arguments.js'
import { EntryMaker, type Locator } from './entries.js'
import { plainHost, TorchHost } from './host.js'
import type { StorageValue } from './values.js'
import { walk } from './walk.js'

const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001
/** The pickles lie at the front of a file of any size: more of it is read only when they need it. */
const windows = [1 << 16, 1 << 20, 1 << 23, 1 << 26]

/** What the pickles at the front hold. */
interface Front {
  readonly object: PyValue
  readonly keys: readonly string[]
  readonly host: LegacyHost
  readonly end: number
  readonly warnings: readonly string[]
}

/** Remembers the storages that the object mentions. */
class LegacyHost extends TorchHost {
  readonly storages = new Map<string, StorageValue>()

  override persistent(id: PyValue): PyValue {
    const value = super.persistent(id)
    if (value instanceof Object && 'key' in value && 'count' in value) {
      const storage = value as StorageValue
      const known = this.storages.get(storage.key)
      if (known && (known.count !== storage.count || known.type !== storage.type)) {
        throw malformed(
          `the storage '${inert(storage.key, 40)}' is described twice with different sizes or types`,
          'size-mismatch',
        )
      }
      this.storages.set(storage.key, storage)
    }
    return value
  }
}

export async function readLegacy(source: Source): Promise<ReaderResult> {
  const front = await readFront(source)
  const { places, end } = await findStorages(source, front)
  const { found, metadata, warnings } = walk(front.object, front.end)
  const maker = new EntryMaker()
  maker.add(found, rangeLocator(places))
  const trailing = source.size - end
  const more = trailing > 0 ? [`${plural(trailing, 'byte')} behind the last storage were not read.`] : []
  return {
    sources: [source],
    metadata,
    ...maker.entries,
    warnings: [...front.warnings, ...warnings, ...front.host.warnings(), ...more],
  }
}

async function readFront(source: Source): Promise<Front> {
  for (const window of windows) {
    const bytes = await source.read(0, Math.min(window, source.size))
    try {
      return readPickles(bytes)
    } catch (error) {
      const moreHelps = error instanceof FormatError && error.code === 'truncated' && bytes.length < source.size
      if (!moreHelps || window === windows.at(-1)) throw error
    }
  }
  throw new Error('no window fits')
}

function readPickles(bytes: Uint8Array): Front {
  const magic = readMagic(bytes)
  const version = unpickle(bytes, plainHost, 'the protocol pickle', magic)
  if (version.value !== protocolVersion) {
    throw new FormatError(
      'version',
      `torch: the legacy file has protocol version ${describe(version.value)}; ${protocolVersion} is the only one known.`,
    )
  }
  const machine = unpickle(bytes, plainHost, 'the sys_info pickle', version.end)
  const little = machine.value instanceof PyDict ? machine.value.get('little_endian') : undefined
  const host = new LegacyHost()
  const object = unpickle(bytes, host, 'the legacy pickle', machine.end)
  const keys = unpickle(bytes, plainHost, 'the pickle of storage keys', object.end)
  return {
    object: object.value,
    keys: keyList(keys.value),
    host,
    end: keys.end,
    warnings:
      little === false
        ? ['Its sys_info says big-endian; the elements were read as little-endian, as PyTorch writes them.']
        : [],
  }
}

/** Returns where the magic number's pickle ends. */
function readMagic(bytes: Uint8Array): number {
  let found: PyValue
  let end: number
  try {
    ;({ value: found, end } = unpickle(bytes.subarray(0, 4096), plainHost, 'the first pickle'))
  } catch (error) {
    if (error instanceof FormatError && error.code === 'truncated' && bytes.length < 4096) {
      throw new FormatError(
        'truncated',
        `torch: the file is truncated inside its first pickle (${plural(bytes.length, 'byte')}).`,
        { cause: error },
      )
    }
    throw notLegacy(error)
  }
  if (found !== magicNumber) throw notLegacy(undefined)
  return end
}

function notLegacy(cause: unknown): FormatError {
  return new FormatError(
    'wrong-format',
    "torch: this is a plain pickle without PyTorch's magic number, not a file from torch.save, and it was not loaded; write its arrays with torch.save, numpy.savez or as safetensors.",
    { cause },
  )
}

function keyList(value: PyValue): string[] {
  if (!(value instanceof PyList)) throw malformed(`the storage keys are ${describe(value)} and not a list`)
  const keys = value.items.map((key) => {
    if (typeof key !== 'string') throw malformed(`a storage key is ${describe(key)} and not a string`)
    return key
  })
  if (new Set(keys).size < keys.length)
    throw malformed('the list of storage keys has a duplicate key', 'duplicate-name')
  return keys
}

type Places = ReadonlyMap<string, Storage>

async function findStorages(source: Source, { keys, host, end }: Front): Promise<{ places: Places; end: number }> {
  if (keys.length !== host.storages.size) {
    throw malformed(
      `the file lists ${plural(keys.length, 'storage key')} and its tensors use ${host.storages.size} storages: a mismatch`,
      'mismatch',
    )
  }
  const places = new Map<string, Storage>()
  let at = end
  for (const key of keys) {
    const storage = host.storages.get(key)
    if (!storage)
      throw malformed(
        `the storage key '${inert(key, 40)}' belongs to no tensor, so another storage is missing`,
        'missing-file',
      )
    if (at + 8 > source.size) throw truncated(key, at)
    const head = await source.read(at, 8)
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true)
    if (count !== BigInt(storage.count)) {
      throw new FormatError(
        'size-mismatch',
        `torch: the storage '${inert(key, 40)}' is said to have ${storage.count} elements, and the count before its data is ${count}.`,
        { offset: at },
      )
    }
    const length = storage.count * storage.type.bytes
    if (at + 8 + length > source.size) throw truncated(key, at)
    places.set(key, { kind: 'range', source: 0, offset: at + 8, length })
    at += 8 + length
  }
  return { places, end: at }
}

function truncated(key: string, offset: number): FormatError {
  return new FormatError(
    'truncated',
    `torch: the file is truncated: it ends inside the storage '${inert(key, 40)}', which begins at byte ${offset}.`,
    { offset },
  )
}

function rangeLocator(places: Places): Locator {
  return {
    bigEndian: false,
    locate({ key }) {
      // The keys were matched one by one.
      return { storage: places.get(key)!, base: 0, identity: key }
    },
  }
}
