/** External data: elements that lie in files beside the model. Only files below the model's own folder are opened, and only as ranges. */
import { FormatError, inert, UsageError, withPlace } from '../../core/index.js'
import { safeSteps } from '../folder.js'
import type { Folder, Source, Storage } from '../types.js'
import type { RawTensor } from './raw.js'

export class ExternalFiles {
  private readonly opened = new Map<string, number>()

  /** @param sources `sources[0]` is the model itself; opened files are appended */
  constructor(
    private readonly folder: Folder | null,
    private readonly sources: Source[],
  ) {}

  /** Where the `bytes` bytes of an external tensor lie. */
  async locate(raw: RawTensor, bytes: number, label: string): Promise<Storage> {
    const entries = readEntries(raw, label)
    const fail = failure(label, raw.at)
    const location = safeLocation(entries.get('location'), raw, label)
    const offset = wholeNumber(entries.get('offset') ?? '0', 'offset', fail)
    const length = entries.has('length') ? wholeNumber(entries.get('length')!, 'length', fail) : bytes
    if (length !== bytes) {
      throw fail(
        'size-mismatch',
        `the external length ${length} does not match the ${bytes} bytes that its type and shape need`,
      )
    }
    if (bytes === 0) return { kind: 'bytes', bytes: new Uint8Array(0) }
    const index = await this.open(location, fail)
    const source = this.sources[index]!
    if (offset + length > source.size) {
      throw fail(
        'truncated',
        `external offset ${offset} and length ${length} reach past the end of '${inert(location)}', which has ${source.size} bytes; that file is truncated or not the right one`,
      )
    }
    return { kind: 'range', source: index, offset, length }
  }

  /** Reads a small storage whole. */
  async bytesOf(storage: Storage): Promise<Uint8Array> {
    if (storage.kind === 'bytes') return storage.bytes
    if (storage.kind !== 'range') throw new UsageError(`onnx: bytesOf takes a range, got ${storage.kind}`)
    return this.sources[storage.source]!.read(storage.offset, storage.length)
  }

  private async open(location: string, fail: Fail): Promise<number> {
    const known = this.opened.get(location)
    if (known !== undefined) return known
    if (!this.folder) {
      throw fail(
        'missing-file',
        `its external data is in '${inert(location)}', which cannot be found from a single file; open the model from its folder`,
      )
    }
    if (this.sources[0]!.name.split(/[\\/]/).at(-1) === location) {
      throw fail(
        'self-reference',
        `its external data is the model file itself ('${inert(location)}'), which no writer makes`,
      )
    }
    const source = await this.folder.open(location)
    if (!source) {
      throw fail(
        'missing-file',
        `its external data file '${inert(location)}' was not found beside the model; put the file there`,
      )
    }
    this.sources.push(source)
    await refusePointer(source, location, fail)
    this.opened.set(location, this.sources.length - 1)
    return this.sources.length - 1
  }
}

type Fail = (code: string, what: string) => FormatError

function failure(label: string, offset: number): Fail {
  return (code, what) => new FormatError(code, `onnx: tensor '${inert(label)}': ${what}.`, { tensor: label, offset })
}

function readEntries(raw: RawTensor, label: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const { key, value } of raw.external) {
    if (entries.has(key)) throw failure(label, raw.at)('duplicate-key', `external_data gives '${inert(key)}' twice`)
    entries.set(key, value)
  }
  return entries
}

/** A relative path below the model's folder, in forward slashes. */
function safeLocation(location: string | undefined, raw: RawTensor, label: string): string {
  if (!location) throw failure(label, raw.at)('missing-field', 'its external data has no location')
  try {
    return safeSteps(location, `onnx: tensor '${inert(label)}': the external location`).join('/')
  } catch (error) {
    throw withPlace(error, { tensor: label, offset: raw.at })
  }
}

/** Decimal digits only: the format stores numbers as text, and nothing else is one. */
function wholeNumber(text: string, what: string, fail: Fail): number {
  const value = /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) {
    throw fail('bad-offset', `the external ${what} '${inert(text, 40)}' is not an integer from 0 to 2^53`)
  }
  return value
}

/** A Git LFS pointer in the place of the data would be measured as numbers. */
async function refusePointer(source: Source, location: string, fail: Fail): Promise<void> {
  const start = 'version https://git-lfs'
  if (source.size < start.length || source.size > 1024) return
  const head = await source.read(0, start.length)
  if (String.fromCharCode(...head) !== start) return
  throw fail(
    'lfs-pointer',
    `the external data file '${inert(location)}' is a Git LFS pointer and not the data; run 'git lfs pull'`,
  )
}
