/**
 * The one pass over a tensor's stored elements: entrywise statistics, row and column norms, the fingerprint, and a copy in computing precision
 * where a spectrum needs one. Chunks are small enough to stay in the processor's cache between these uses.
 */
import { readTensor, type Source } from '../../checkpoint/index.js'
import { FormatError, type StorageType, storageInfo, throwIfAborted, turn } from '../../core/index.js'
import { measures, type Pointer, type Statistics } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import { CodeSampler } from './codes.js'
import { ByteSampler } from './fingerprint.js'
import type { LineLayout, LineResult } from './lines.js'
import type { Arena } from './memory.js'
import type { Job, SliceFacts } from './types.js'
import { formsOf, usesOf } from './uses.js'

const chunkBytes = 512 * 1024
/** Four rows make a chunk up to this size. */
const largestChunkBytes = 1024 * 1024
/** With a signal to obey, the event loop gets a turn after so many bytes. */
const bytesPerTurn = 64 * 1024 * 1024

export interface StreamRequest {
  readonly layout: LineLayout | null
  /** Slices that are counted by themselves; they have passed `whyNotSliced`. */
  readonly slices: readonly SliceFacts[]
  /** Where to keep the elements as f32 or f64, row-major. */
  readonly keep: { readonly pointer: Pointer; readonly type: Real } | null
}

export interface StreamResult {
  readonly statistics: Statistics
  readonly lines: LineResult | null
  /** As `slices` of the request. */
  readonly slices: readonly Statistics[]
  readonly fingerprint: string
  /** Share of 8-bit codes at the ends of their range; null for other types. */
  readonly saturated: number | null
}

/** f16's smallest normal number is 2^-14; as f32 its subnormals are normal, and the exact histogram tells them apart. bf16 has f32's. */
function inStorage(type: StorageType, statistics: Statistics): Statistics {
  if (type !== 'f16') return statistics
  const { exponents, exponentMin } = statistics
  let subnormals = 0
  for (let i = 0; i < exponents.length && exponentMin + i < -14; i++) subnormals += exponents[i]!
  return { ...statistics, subnormals }
}

/** Units of a chunk: whole rows, in fours, where they fit, since the kernels like them best. */
function chunkUnitsOf(count: number, type: StorageType, layout: LineLayout | null): number {
  const { unit, unitBytes } = storageInfo(type)
  const all = Math.max(1, Math.ceil(count / unit))
  const units = Math.max(1, Math.floor(chunkBytes / unitBytes))
  if (layout === null || unit > 1) return Math.min(units, all)
  const fours = 4 * layout.columns
  const whole = fours * unitBytes <= largestChunkBytes ? Math.max(fours, units - (units % fours)) : units
  return Math.min(whole, all)
}

export function bytesOf(type: Real): 4 | 8 {
  return type === 'f64' ? 8 : 4
}

/** Reads the whole tensor once. */
export async function streamTensor(
  { entry, engine, options }: Job,
  sources: readonly Source[],
  request: StreamRequest,
  arena: Arena,
): Promise<StreamResult> {
  const { kernels } = engine
  const { type } = entry.data
  const { layout, keep, slices } = request
  const { unit, unitBytes } = storageInfo(type)
  const forms = formsOf(type, layout, keep?.type ?? null, slices)
  const { real, converts } = forms
  const realBytes = bytesOf(real)
  const chunkUnits = chunkUnitsOf(entry.count, type, layout)
  const raw = keep !== null && !converts ? 0 : arena.alloc(chunkUnits * unitBytes)
  const scratch = converts && keep === null ? arena.alloc(chunkUnits * unit * realBytes) : 0
  const uses = usesOf(kernels, forms, entry.shape, layout, slices)
  const reader = await readTensor(entry.data, sources, { crc32: options.crc32 })
  const sampler = new ByteSampler(reader.byteLength)
  const codes = CodeSampler.for(type, reader.byteLength)
  let done = 0
  let sinceTurn = 0
  try {
    while (done < entry.count) {
      const kept = keep === null ? 0 : keep.pointer + done * realBytes
      const target = raw === 0 ? kept : raw
      const view = kernels.u8(target, Math.min(chunkUnits, Math.ceil((entry.count - done) / unit)) * unitBytes)
      const next = reader.next(view)
      // The hot loop stays synchronous where the source is.
      const got = typeof next === 'number' ? next : await next
      if (got === 0) break
      const count = Math.min(entry.count - done, (got / unitBytes) * unit)
      const bytes = kernels.u8(target, got)
      sampler.update(bytes)
      codes?.update(bytes)
      const values = !converts ? target : keep === null ? scratch : kept
      if (converts) measures(kernels).convert(type, target, count, values, real)
      uses.update(target, values, count)
      done += count
      options.onBytes?.(got)
      sinceTurn += got
      if (options.signal && sinceTurn >= bytesPerTurn) {
        sinceTurn = 0
        await turn()
        throwIfAborted(options.signal)
      }
    }
    if (done < entry.count)
      throw new FormatError('truncated', `the tensor ended after ${done} of ${entry.count} elements.`)
    const counted = uses.finish()
    const statistics = forms.counts === type ? counted.statistics : inStorage(type, counted.statistics)
    return { ...counted, statistics, fingerprint: sampler.finish(type, statistics), saturated: codes?.finish() ?? null }
  } finally {
    reader.close()
    uses.dispose()
  }
}
