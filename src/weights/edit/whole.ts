/** Tensors that are rewritten as a whole: in memory, as tensors. */
import type { TensorEntry } from '../../checkpoint/index.js'
import type { TensorSink } from '../../checkpoint/internal.js'
import { type StorageType, showShape } from '../../core/index.js'
import { measures, type Pointer, type Statistics } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { empty, tidy, together } from '../../tensor/internal.js'
import { withArena } from '../measure/memory.js'
import { type Changes, changePass } from './changes.js'
import {
  chunkMemory,
  chunkSize,
  computingType,
  decodeChunk,
  eachChunk,
  parkNonfinite,
  type Reading,
  type Real,
  realBytes,
} from './chunks.js'
import { decodeStored, encodeChunk, encodedBytes } from './encode.js'
import { ZeroLines } from './multiplyAdds.js'
import { overflow, type Passed } from './pass.js'
import type { Rewrite } from './types.js'

/** Elements that are encoded at a time. */
const pieceElements = 65536

export type WholeRewrite = Extract<Rewrite, { kind: 'whole' }>

/** The whole tensor in computing precision, with its own shape. Elements that are not finite are put to 0 where they are allowed, and listed. */
export async function loadWhole(
  reading: Reading,
  entry: TensorEntry,
  statistics: { update(pointer: Pointer, count: number): void } | null = null,
): Promise<{ x: Tensor; odd: { place: number; value: number }[] }> {
  const { kernels } = reading
  const real = computingType(entry)
  const x = empty(real, [...entry.shape]).keep()
  const odd: { place: number; value: number }[] = []
  try {
    await withArena(kernels, async (arena) => {
      const size = chunkSize(entry)
      const { raw } = chunkMemory(arena, entry, size)
      await eachChunk(reading, entry, raw, size, (count, at) => {
        statistics?.update(raw, count)
        const target = x.pointer + at * realBytes(real)
        decodeChunk(kernels, entry, raw, count, target)
        if (entry.data.type === real)
          new Uint8Array(kernels.memory.buffer).copyWithin(target, raw, raw + count * realBytes(real))
        const parked = parkNonfinite(reading, entry, target, count, at)
        for (const [i, place] of parked?.places.entries() ?? [])
          odd.push({ place: at + place, value: parked!.values[i]! })
      })
    })
    return { x, odd }
  } catch (error) {
    x.dispose()
    throw error
  }
}

export interface PassedWhole extends Passed {
  /** Before and after in computing precision, for spectra; the caller frees them. */
  readonly tensors: { readonly before: Tensor; readonly after: Tensor }
}

/** Passes one tensor on, rewritten as a whole; its outputs one after the other. */
export async function passWhole(
  reading: Reading,
  entry: TensorEntry,
  storage: StorageType,
  rewrite: WholeRewrite,
  sink: TensorSink | null,
): Promise<PassedWhole> {
  const { kernels } = reading
  const passBefore = measures(kernels).statistics(entry.data.type)
  const made: Tensor[] = []
  let x: Tensor | null = null
  try {
    const loaded = await loadWhole(reading, entry, passBefore)
    x = loaded.x
    const source = x
    const result = tidy(() => rewrite.make(source, storage))
    const outputs = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor]
    for (const one of outputs) made.push(one.keep())
    const shapes = rewrite.outputs?.map(({ shape }) => shape) ?? [entry.shape]
    // What is stored stands in for what was computed, so that all figures after are of the file.
    const after: Statistics[] = []
    for (const [i, one] of outputs.entries()) {
      if (String(one.shape) !== String(shapes[i]))
        throw new Error(`an edit made ${showShape(one.shape)} where ${showShape(shapes[i] ?? [])} was announced`)
      if (rewrite.outputs === null) restore(one, loaded.odd)
      made[i] = contiguous(one, made)
      after.push(await store(reading, entry, made[i]!, storage, sink))
    }
    const whole =
      rewrite.outputs === null ? made[0]! : rewrite.assemble ? tidy(() => rewrite.assemble!(made)).keep() : null
    if (whole !== null && whole !== made[0]) made.push(whole)
    const delta = whole === null ? null : differenceOf(reading, x, whole)
    const before = passBefore.finish()
    return {
      before,
      after: rewrite.outputs === null || whole === null ? after[0]! : statisticsOf(reading, whole),
      delta,
      live: whole === null ? 1 : liveShare(whole),
      tensors: { before: x.keep(), after: (whole ?? made[0]!).keep() },
      ...keepOnly(made, whole ?? made[0]!),
    }
  } catch (error) {
    x?.dispose()
    for (const one of made) one.dispose()
    throw error
  } finally {
    passBefore.dispose()
  }
}

/** Frees the others. */
function keepOnly(made: readonly Tensor[], kept: Tensor): object {
  for (const one of made) if (one !== kept) one.dispose()
  return {}
}

function contiguous(x: Tensor, made: Tensor[]): Tensor {
  const whole = together(x)
  if (whole === x) return x
  made.push(x)
  return whole.keep()
}

function restore(x: Tensor, odd: readonly { place: number; value: number }[]): void {
  if (odd.length === 0) return
  const data = x.data
  for (const { place, value } of odd) data[place] = value
}

/** Encodes and writes; puts what was stored in the tensor's place and measures it. */
async function store(
  reading: Reading,
  entry: TensorEntry,
  x: Tensor,
  storage: StorageType,
  sink: TensorSink | null,
): Promise<Statistics> {
  const { kernels } = reading
  const real = x.dtype as Real
  const pass = measures(kernels).statistics(storage)
  try {
    await sink?.begin()
    await withArena(kernels, async (arena) => {
      const out = arena.alloc(encodedBytes(storage, pieceElements))
      let overflowed = 0
      for (let at = 0; at < x.size; at += pieceElements) {
        const count = Math.min(pieceElements, x.size - at)
        const pointer = x.pointer + at * realBytes(real)
        overflowed += encodeChunk(kernels, real, pointer, count, storage, out)
        decodeStored(kernels, storage, out, count, pointer, real)
        pass.update(out, count)
        await sink?.write(kernels.u8(out, encodedBytes(storage, count)))
      }
      if (overflowed > 0 && !reading.allowNonfinite) throw overflow(reading, entry, storage, overflowed)
    })
    await sink?.end()
    return pass.finish()
  } finally {
    pass.dispose()
  }
}

function statisticsOf({ kernels }: Reading, x: Tensor): Statistics {
  const pass = measures(kernels).statistics(x.dtype as Real)
  try {
    pass.update(x.pointer, x.size)
    return pass.finish()
  } finally {
    pass.dispose()
  }
}

function differenceOf({ kernels }: Reading, before: Tensor, after: Tensor): Changes {
  const real = before.dtype as Real
  const changes = changePass(kernels, real)
  try {
    for (let at = 0; at < before.size; at += pieceElements) {
      const offset = at * realBytes(real)
      const count = Math.min(pieceElements, before.size - at)
      changes.update(before.pointer + offset, after.pointer + offset, count)
    }
    return changes.finish()
  } finally {
    changes.dispose()
  }
}

function liveShare(x: Tensor): number {
  if (x.rank < 2 || x.size === 0) return 1
  const lines = new ZeroLines(x.shape)
  lines.update(x.data as Float32Array | Float64Array, 0)
  return lines.finish()
}
