/** Reads a tensor chunk by chunk, in whole runs, into the kernels' memory. */
import { readTensor, type Source, type TensorEntry } from '../../checkpoint/index.js'
import type { Crc32 } from '../../checkpoint/internal.js'
import { FormatError, inert, storageInfo, throwIfAborted, turns } from '../../core/index.js'
import { edits, type Kernels, measures, type Pointer } from '../../kernels/index.js'
import type { Arena } from '../measure/memory.js'

export type Real = 'f32' | 'f64'

/** What reading is the same for every tensor of a run. */
export interface Reading {
  readonly kernels: Kernels
  readonly sources: readonly Source[]
  readonly crc32: Crc32 | undefined
  readonly signal: AbortSignal | undefined
  /** For messages. */
  readonly command: string
  readonly allowNonfinite: boolean
  /** Told after each chunk how many stored bytes it held. */
  onBytes(bytes: number): void
}

/** Elements of a chunk: all that is done to it then finds it in the processor's cache. */
const chunkElements = 65536

/** Computing precision of a stored type. */
export function computingType(entry: TensorEntry): Real {
  return storageInfo(entry.data.type).compute
}

export function realBytes(type: Real): 4 | 8 {
  return type === 'f64' ? 8 : 4
}

/** Elements of a chunk that holds whole runs and whole storage units. */
export function chunkSize({ count, data }: TensorEntry, run = 1): number {
  const { unit } = storageInfo(data.type)
  const step = run % unit === 0 ? run : unit % run === 0 ? unit : run * unit
  return Math.min(Math.max(step, chunkElements - (chunkElements % step)), Math.ceil(Math.max(1, count) / unit) * unit)
}

/**
 * Reads the elements as they are stored to `raw`, which has room for `size` of them (as `chunkSize` says), and shows each chunk. `visit` is
 * synchronous or not, as it likes.
 */
export async function eachChunk(
  reading: Reading,
  entry: TensorEntry,
  raw: Pointer,
  size: number,
  visit: (count: number, at: number) => void | Promise<void>,
): Promise<void> {
  const { kernels, sources, crc32, signal } = reading
  const { unit, unitBytes } = storageInfo(entry.data.type)
  const reader = readTensor(entry.data, sources, { crc32 })
  // Sources that make one wait are read to the side: the kernels' memory may move in the meantime.
  const aside = sources.some(({ locator }) => locator === null) ? new Uint8Array((size / unit) * unitBytes) : null
  const due = turns()
  try {
    let at = 0
    while (at < entry.count) {
      const wanted = Math.min(size / unit, Math.ceil((entry.count - at) / unit)) * unitBytes
      const target = aside?.subarray(0, wanted) ?? kernels.u8(raw, wanted)
      let got = 0
      while (got < wanted) {
        const next = reader.next(got === 0 ? target : target.subarray(got))
        // The hot loop stays synchronous where the source is.
        const length = typeof next === 'number' ? next : await next
        if (length === 0) break
        got += length
      }
      const count = Math.min(entry.count - at, (got / unitBytes) * unit)
      if (got < wanted)
        throw new FormatError('truncated', `the tensor ended after ${at + count} of ${entry.count} elements.`)
      if (aside !== null) kernels.u8(raw, got).set(target)
      const done = visit(count, at)
      if (done) await done
      at += count
      reading.onBytes(got)
      const wait = due()
      if (wait) await wait
      throwIfAborted(signal)
    }
  } finally {
    reader.close()
  }
}

/** A chunk's elements in computing precision at `work`; where that is the stored type itself, `work` is `raw`. */
export function decodeChunk(kernels: Kernels, entry: TensorEntry, raw: Pointer, count: number, work: Pointer): void {
  if (work !== raw) measures(kernels).convert(entry.data.type, raw, count, work, computingType(entry))
}

/** Non-finite elements of a chunk that were replaced by 0, to be put back. */
export interface Parked {
  readonly places: number[]
  readonly values: number[]
}

/** Puts 0 in the place of what is not finite; null where all is. Throws FormatError where that is not allowed. */
export function parkNonfinite(
  { kernels, command, allowNonfinite }: Reading,
  entry: TensorEntry,
  work: Pointer,
  count: number,
  at: number,
): Parked | null {
  const type = computingType(entry)
  if (edits(kernels)[`finite_${type}`](work, count) === 1) return null
  const values = type === 'f64' ? kernels.f64(work, count) : kernels.f32(work, count)
  const parked: Parked = { places: [], values: [] }
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    if (Number.isFinite(value)) continue
    if (!allowNonfinite)
      throw new FormatError(
        'nonfinite',
        `${command}: tensor '${inert(entry.name)}' holds ${value} at element ${at + i}; expected finite numbers. Try --allow-nonfinite, which leaves such elements as they are, or --tensors to leave the tensor out.`,
        { tensor: entry.name },
      )
    parked.places.push(i)
    parked.values.push(value)
    values[i] = 0
  }
  return parked
}

export function putBack(kernels: Kernels, type: Real, work: Pointer, count: number, parked: Parked | null): void {
  if (parked === null) return
  const values = type === 'f64' ? kernels.f64(work, count) : kernels.f32(work, count)
  for (const [i, place] of parked.places.entries()) values[place] = parked.values[i]!
}

/** Memory for a chunk as stored, and in computing precision: the same where the types are. */
export function chunkMemory(arena: Arena, entry: TensorEntry, size: number): { raw: Pointer; work: Pointer } {
  const { unit, unitBytes } = storageInfo(entry.data.type)
  const type = computingType(entry)
  const raw = arena.alloc((size / unit) * unitBytes)
  return { raw, work: entry.data.type === type ? raw : arena.alloc(size * realBytes(type)) }
}
