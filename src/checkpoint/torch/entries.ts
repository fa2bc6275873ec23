/** Tensors that were found in a pickle, as entries of the checkpoint: unique names, places in the file, what shares what. */
import { elementCount, FormatError, inert, plural, rowMajorStrides, showShape, withPlace } from '../../core/index.js'
import type { Kind, Skipped, Storage, TensorData, TensorEntry } from '../types.js'
import { Sharing } from './share.js'
import { BytesTensorValue, type StorageValue, type TensorValue, UnmeasuredValue } from './values.js'
import type { Found } from './walk.js'

/** Finds the bytes of a storage in the file; throws FormatError where they are not there or have another size. */
export interface Locator {
  /** `identity` tells storages apart; `base` is where the storage begins inside `storage`. */
  locate(storage: StorageValue): { readonly storage: Storage; readonly base: number; readonly identity: string }
  readonly bigEndian: boolean
}

export interface Entries {
  readonly tensors: TensorEntry[]
  readonly skipped: Skipped[]
}

/** A view that repeats its elements more often than this is listed and not measured, unless it is small. */
const mostRepeats = 64
const smallCount = 2 ** 24

/** Adds `found` to `entries`; `sharing` and `names` go on over several calls for one file. */
export class EntryMaker {
  readonly entries: Entries = { tensors: [], skipped: [] }
  private readonly sharing = new Sharing()
  private readonly names = new Set<string>()

  add(found: readonly Found[], locator: Locator, kind: Kind | null = null): void {
    for (const item of found) {
      const name = this.nameOf(item.path)
      try {
        this.addOne(item, name, locator, kind)
      } catch (error) {
        if (error instanceof FormatError && error.tensor === undefined) {
          error.message = `${error.message.replace(/\.$/, '')} (tensor '${inert(name)}').`
        }
        throw withPlace(error, { tensor: name })
      }
    }
  }

  private addOne({ value, group, role }: Found, name: string, locator: Locator, kind: Kind | null): void {
    if (value instanceof UnmeasuredValue) {
      this.skip(name, value.dtype, value.shape, value.why)
      return
    }
    const count = elementCount(value.shape)
    const distinct = value instanceof BytesTensorValue ? (count ?? 0) : distinctElements(value)
    if (count === null || (count > smallCount && count > mostRepeats * distinct)) {
      const times = `a view that repeats ${plural(distinct, 'stored element')} to the size ${showShape(value.shape)}, too many to measure`
      this.skip(name, value.type.word, value.shape, `it is ${times} (expanded, stride 0, or overlapping)`)
      return
    }
    const [data, sharesWith] =
      value instanceof BytesTensorValue ? [bytesData(value), null] : this.viewData(value, name, count, locator)
    const { shape, type } = value
    this.entries.tensors.push({
      name,
      dtype: type.word,
      shape,
      count,
      data,
      kind: role?.kind ?? kind,
      outAxis: role?.outAxis ?? null,
      groups: role?.groups ?? null,
      group,
      sharesWith,
    })
  }

  private viewData(value: TensorValue, name: string, count: number, locator: Locator): [TensorData, string | null] {
    const { storage, base, identity } = locator.locate(value.storage)
    const { shape, strides, offset } = value
    const { bytes } = value.type
    const common = { type: value.type.type!, shape, bigEndian: locator.bigEndian }
    if (count === 0)
      return [{ ...common, storage: { kind: 'bytes', bytes: new Uint8Array(0) }, offset: 0, strides: null }, null]
    const contiguous = rowMajorStrides(shape).every((stride, axis) => shape[axis] === 1 || stride === strides[axis])
    // Axes of one element may carry any stride; readers see a harmless one.
    const used = strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride))
    const sharesWith = this.sharing.add(`${identity}:${bytes}`, { name, offset, shape, strides: used })
    return [{ ...common, storage, offset: base + offset * bytes, strides: contiguous ? null : used }, sharesWith]
  }

  private skip(name: string, dtype: string | null, shape: readonly number[] | null, why: string): void {
    this.entries.skipped.push({ name, dtype, shape, what: 'tensor', why: `${why}.` })
  }

  /** The path joined by dots; where another tensor has that name already, by slashes, and then with a number. */
  private nameOf(path: readonly string[]): string {
    const dotted = path.length === 0 ? 'tensor' : path.join('.')
    let name = dotted
    if (this.names.has(name)) name = path.join('/')
    for (let number = 2; this.names.has(name); number++) name = `${dotted}#${number}`
    this.names.add(name)
    return name
  }
}

/** At most so many stored elements does a view show. */
function distinctElements({ shape, strides }: TensorValue): number {
  return shape.reduce((span, size, axis) => span + Math.max(0, size - 1) * strides[axis]!, 1)
}

function bytesData({ bytes, type, shape, strides, bigEndian }: BytesTensorValue): TensorData {
  return { storage: { kind: 'bytes', bytes }, type: type.type!, shape, offset: 0, strides, bigEndian }
}
