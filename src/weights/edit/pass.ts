/** One tensor from the input to the output, chunk by chunk: read, decoded, measured, rewritten, encoded, measured again, written. */
import type { TensorEntry } from '../../checkpoint/index.js'
import type { TensorSink } from '../../checkpoint/internal.js'
import { inert, NumericalError, plural, type StorageType, storageInfo } from '../../core/index.js'
import { measures, type Pointer } from '../../kernels/index.js'
import { withArena } from '../measure/memory.js'
import { type Changes, changePass } from './changes.js'
import {
  chunkMemory,
  chunkSize,
  computingType,
  decodeChunk,
  eachChunk,
  parkNonfinite,
  putBack,
  type Reading,
  realBytes,
} from './chunks.js'
import { decodeStored, encodeChunk, encodedBytes } from './encode.js'
import { ZeroLines } from './multiplyAdds.js'
import { type Told, toldPass } from './told.js'
import type { EntryRewriter } from './types.js'

export interface Passing {
  readonly entry: TensorEntry
  /** What it is stored as in the output. */
  readonly storage: StorageType
  /** Null where elements stay as they are. */
  readonly rewriter: EntryRewriter | null
  /** Elements that no chunk may cut. */
  readonly run?: number | undefined
  /** Null where nothing is written. */
  readonly sink: TensorSink | null
  /** Where to keep the elements in computing precision, before and after, for spectra. */
  readonly keep: { readonly before: Pointer; readonly after: Pointer } | null
}

export interface Passed {
  readonly before: Told
  readonly after: Told
  /** Before beside after; null where the bytes were copied. */
  readonly delta: Changes | null
  /** The share of elements in no row or column of zeros. */
  readonly live: number
}

/** Bytes as they are, measured on the way. */
async function copy(reading: Reading, { entry, sink, keep }: Passing): Promise<Passed> {
  const { kernels } = reading
  const { type } = entry.data
  const { unit, unitBytes } = storageInfo(type)
  const statistics = toldPass(kernels, type)
  try {
    return await withArena(kernels, async (arena) => {
      const size = chunkSize(entry)
      const raw = arena.alloc((size / unit) * unitBytes)
      const real = computingType(entry)
      await eachChunk(reading, entry, raw, size, (count, at) => {
        statistics.update(raw, count)
        if (keep) measures(kernels).convert(type, raw, count, keep.before + at * realBytes(real), real)
        return sink?.write(kernels.u8(raw, Math.ceil(count / unit) * unitBytes))
      })
      const before = statistics.finish()
      return { before, after: before, delta: null, live: 1 }
    })
  } finally {
    statistics.dispose()
  }
}

/** Passes one tensor on. Throws FormatError for an element that is not finite where that is not allowed, NumericalError where the output's type overflows. */
export async function passTensor(reading: Reading, passing: Passing): Promise<Passed> {
  const { entry, storage, rewriter, run, sink, keep } = passing
  const { type } = entry.data
  if (rewriter === null && type === storage) return copy(reading, passing)
  const { kernels } = reading
  const real = computingType(entry)
  const bytes = realBytes(real)
  const passBefore = toldPass(kernels, type)
  const passAfter = toldPass(kernels, storage)
  const changes = changePass(kernels, real)
  const lines = rewriter !== null && entry.shape.length >= 2 && entry.count > 0 ? new ZeroLines(entry.shape) : null
  try {
    return await withArena(kernels, async (arena) => {
      const size = chunkSize(entry, run)
      const { raw, work } = chunkMemory(arena, entry, size)
      const before = arena.alloc(size * bytes)
      const out = storage === real ? work : arena.alloc(encodedBytes(storage, size))
      const after = storage === real ? work : arena.alloc(size * bytes)
      let overflowed = 0
      await eachChunk(reading, entry, raw, size, (count, at) => {
        passBefore.update(raw, count)
        decodeChunk(kernels, entry, raw, count, work)
        if (keep) copyReal(reading, work, count * bytes, keep.before + at * bytes)
        copyReal(reading, work, count * bytes, before)
        if (rewriter !== null) {
          const parked = parkNonfinite(reading, entry, work, count, at)
          rewriter.update(work, count, at)
          putBack(kernels, real, work, count, parked)
        }
        overflowed += encodeChunk(kernels, real, work, count, storage, out)
        decodeStored(kernels, storage, out, count, after, real)
        passAfter.update(out, count)
        changes.update(before, after, count)
        lines?.update(real === 'f64' ? kernels.f64(after, count) : kernels.f32(after, count), at)
        if (keep) copyReal(reading, after, count * bytes, keep.after + at * bytes)
        return sink?.write(kernels.u8(out, encodedBytes(storage, count)))
      })
      if (overflowed > 0 && !reading.allowNonfinite) throw overflow(reading, entry, storage, overflowed)
      return {
        before: passBefore.finish(),
        after: passAfter.finish(),
        delta: changes.finish(),
        live: lines?.finish() ?? 1,
      }
    })
  } finally {
    for (const pass of [passBefore, passAfter, changes]) pass.dispose()
  }
}

function copyReal({ kernels }: Reading, source: Pointer, bytes: number, target: Pointer): void {
  new Uint8Array(kernels.memory.buffer).copyWithin(target, source, source + bytes)
}

/** Numbers that the output's type cannot hold. */
export function overflow(
  { command }: Reading,
  entry: TensorEntry,
  storage: StorageType,
  overflowed: number,
): NumericalError {
  return new NumericalError(
    'overflow',
    `${command}: ${plural(overflowed, 'element')} of tensor '${inert(entry.name)}' would become infinite as ${storage}. Try a wider type, ${command === 'convert' ? '--saturate, ' : ''}or --allow-nonfinite.`,
    { tensor: entry.name },
  )
}
