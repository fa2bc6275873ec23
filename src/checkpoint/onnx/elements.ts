/** Finds where a tensor's elements lie: a range of the file for raw and packed data, decoded bytes for what protobuf spells out number by number. */
import {
  elementCount,
  FormatError,
  inert,
  type StorageType,
  showBytes,
  showShape,
  storageInfo,
} from '../../core/index.js'
import type { Wire } from '../protobuf/index.js'
import type { Storage, TensorData } from '../types.js'
import type { ExternalFiles } from './external.js'
import { NumberDecoder, type NumbersPlace, numbersNeeded } from './numbers.js'
import { highestRank } from './parse.js'
import type { NumberRun, RawTensor } from './raw.js'
import { type ElementType, elementTypes } from './schema.js'
import { spread } from './spread.js'

/** A tensor with its data, or the reason why it has none that can be measured. */
export interface Placed {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly count: number
  readonly data: TensorData | null
  readonly why: string | null
}

/** Decoded values of one model that may stay in memory; real models keep all but a few scalars raw. */
const decodedBudget = 64 * 1024 * 1024

export class Elements {
  private budget = decodedBudget
  private readonly numbers: NumberDecoder

  constructor(
    wire: Wire,
    private readonly external: ExternalFiles,
  ) {
    this.numbers = new NumberDecoder(wire)
  }

  /** @param label the tensor's name as it is reported */
  async place(raw: RawTensor, label: string): Promise<Placed> {
    const { element, shape, count } = describe(raw, label)
    const { word: dtype, type } = element
    const skip = (why: string): Placed => ({ dtype, shape, count, data: null, why })
    if (raw.segmented)
      return skip('It is one segment of a tensor that is split over several files, which no writer of today makes.')
    if (type === null) return skip('A string tensor holds text, not numbers; it is skipped.')
    refuseMixedFields(raw, element, label)

    const bytes = dataBytes(element, count)
    const place = { label, shape, element, at: raw.at, needed: numbersNeeded(element, count) }
    let storage: Storage | null
    if (raw.isExternal) storage = await this.external.locate(raw, bytes, label)
    else if (raw.raw) storage = rawStorage(raw.raw, bytes, place)
    else storage = await this.typed(raw.numbers.get(element.field) ?? [], count, place)
    if (storage && element.perByte > 1 && (element.perByte === 4 || count % 2 === 1)) {
      return this.spreadOut(storage, element, shape, count)
    }
    if (!storage) return skip(tooLong(bytes))
    return { dtype, shape, count, data: contiguous(storage, type, shape), why: null }
  }

  /** Sets aside memory for decoded values; false when the model has used up what it may. */
  reserve(bytes: number): boolean {
    if (bytes > this.budget) return false
    this.budget -= bytes
    return true
  }

  /** The whole of a storage, for small ones. */
  bytesOf(storage: Storage): Promise<Uint8Array> {
    return this.external.bytesOf(storage)
  }

  /** How many numbers a list holds. */
  length(runs: readonly NumberRun[], element: ElementType, label: string, at: number): Promise<number> {
    return this.numbers.count(runs, element.field, { label, shape: [], element, at, needed: 0 })
  }

  /** A list of numbers outside a tensor, as in an attribute: its length is its shape; `known` where it was counted. */
  async list(
    runs: readonly NumberRun[],
    element: ElementType,
    label: string,
    at: number,
    known?: number,
  ): Promise<Placed> {
    const count = known ?? (await this.length(runs, element, label, at))
    const place = { label, shape: [], element, at, needed: 0 }
    const shape = [count]
    const storage = await this.typed(runs, count, { ...place, shape, needed: count })
    const data = storage && contiguous(storage, element.type!, shape)
    return { dtype: element.word, shape, count, data, why: storage ? null : tooLong(count * 8) }
  }

  private async typed(runs: readonly NumberRun[], count: number, place: NumbersPlace): Promise<Storage | null> {
    const { element } = place
    const only = runs.length === 1 && runs[0]!.packed ? runs[0]! : null
    const bytes = dataBytes(element, count)
    if (only && (element.field === 'float_data' || element.field === 'double_data')) {
      return rawStorage(only, bytes, place)
    }
    if (bytes > this.budget) {
      // Still checked: what is claimed must fit into what is there.
      const there = runs.reduce((sum, run) => sum + run.to - run.from, 0)
      if (place.needed > there) throw this.numbers.mismatch(place, `at most ${there}`)
      return null
    }
    const decoded = await this.numbers.decode(runs, place)
    this.budget -= decoded.length
    return { kind: 'bytes', bytes: decoded }
  }

  /** One element a byte (or f32) for packed types that do not fill their last byte, which no storage type of ours allows. */
  private async spreadOut(
    storage: Storage,
    element: ElementType,
    shape: readonly number[],
    count: number,
  ): Promise<Placed> {
    const dtype = element.word
    if (count > this.budget) {
      const why = `Its ${count} elements lie ${element.perByte} to a byte in a way that would take ${showBytes(count)} of memory to spread out; it is skipped.`
      return { dtype, shape, count, data: null, why }
    }
    const packed = await this.external.bytesOf(storage)
    const { bytes, type } = spread(packed, element, count)
    this.budget -= bytes.length
    return { dtype, shape, count, data: contiguous({ kind: 'bytes', bytes }, type, shape), why: null }
  }
}

const tooLong = (bytes: number): string =>
  `Its numbers are spelled out one by one in the protobuf and would take ${showBytes(bytes)} of memory decoded; save the model with raw_data to have it measured.`

export function contiguous(storage: Storage, type: StorageType, shape: readonly number[]): TensorData {
  return { storage, type, shape, offset: 0, strides: null, bigEndian: false }
}

/** Type, shape and count, checked. */
export function describe(raw: RawTensor, label: string): { element: ElementType; shape: number[]; count: number } {
  const element = elementTypes.get(Number(raw.dataType))
  if (!element) {
    const what = raw.dataType === 0n ? 'no data_type' : `data_type ${raw.dataType}, which is unknown`
    throw new FormatError(
      'bad-dtype',
      `onnx: tensor '${inert(label)}' has ${what}; expected one of onnx.proto's element types 1 to 26.`,
      { tensor: label, offset: raw.at },
    )
  }
  const shape = shapeOf(raw.dims, label, raw.at)
  const count = elementCount(shape)
  if (count === null) {
    throw new FormatError(
      'overflow',
      `onnx: tensor '${inert(label)}' has shape ${showShape(shape)}, whose number of elements overflows.`,
      { tensor: label, offset: raw.at },
    )
  }
  return { element, shape, count }
}

export function shapeOf(dims: readonly bigint[], label: string, offset: number): number[] {
  if (dims.length > highestRank) {
    throw new FormatError(
      'bad-shape',
      `onnx: tensor '${inert(label)}' has a shape of more than ${highestRank} dimensions; nothing real does.`,
      { tensor: label, offset },
    )
  }
  return dims.map((dim) => {
    if (dim < 0n || dim > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new FormatError(
        dim < 0n ? 'bad-shape' : 'overflow',
        `onnx: tensor '${inert(label)}' has a dim of ${dim}, which is ${dim < 0n ? 'negative' : 'too large'}.`,
        { tensor: label, offset },
      )
    }
    return Number(dim)
  })
}

/** A tensor must say its elements once, in the place its type prescribes. */
function refuseMixedFields(raw: RawTensor, element: ElementType, label: string): void {
  const typed = [...raw.numbers].filter(([, runs]) => runs.length > 0).map(([field]) => field as string)
  if (raw.strings > 0) typed.push('string_data')
  const place = { tensor: label, offset: raw.at }
  const hasRaw = raw.raw !== null && raw.raw.to > raw.raw.from
  const said = [...typed, ...(hasRaw ? ['raw_data'] : []), ...(raw.isExternal ? ['external_data'] : [])]
  if (said.length > 1) {
    throw new FormatError(
      'ambiguous-data',
      `onnx: tensor '${inert(label)}' gives its data twice, in both ${said.join(' and ')}; which of them counts is unknown.`,
      place,
    )
  }
  const [field] = typed
  if (field !== undefined && field !== element.field) {
    throw new FormatError(
      'wrong-field',
      `onnx: tensor '${inert(label)}' has type ${element.word}, whose elements belong in raw_data or ${element.field}, but its data is in ${field}.`,
      place,
    )
  }
}

function dataBytes(element: ElementType, count: number): number {
  return element.perByte === 1 ? count * storageInfo(element.type!).unitBytes : Math.ceil(count / element.perByte)
}

function rawStorage(range: { from: number; to: number }, expected: number, place: NumbersPlace): Storage {
  const { label, shape, element, at } = place
  const length = range.to - range.from
  if (length !== expected) {
    throw new FormatError(
      'size-mismatch',
      `onnx: tensor '${inert(label)}' of type ${element.word} and shape ${showShape(shape)} needs ${expected} bytes, but its data has ${length} bytes.`,
      { tensor: label, offset: at },
    )
  }
  return { kind: 'range', source: 0, offset: range.from, length }
}
