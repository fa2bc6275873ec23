/**
 * The path of each tensor through the checkpoints, from one reading of all of them side by side, chunk by chunk: sizes of updates, the angles
 * between them, the distance from the start. Checkpoints are open in windows; a window begins with the few before it again.
 */
import {
  type ReadOptions,
  readTensor,
  type Source,
  type TensorEntry,
  type TensorReader,
} from '../../checkpoint/index.js'
import { FormatError, storageInfo, throwIfAborted, turns, withPlace } from '../../core/index.js'
import { binaryOps, edits, elementTypes, type Kernels, measures, type Pointer } from '../../kernels/index.js'
import { type Arena, withArena } from '../measure/memory.js'
import type { Shelf } from './shelf.js'

/** Angles are taken between updates up to so many apart: oscillations of a period up to twice that show. */
export const mostLags = 4
/** Elements of a chunk; a multiple of every storage type's unit. With all buffers it stays in the processor's cache. */
const chunkElements = 16 * 1024
/** Files that a window may hold open, and checkpoints that it goes forward by, at least and at most. */
const mostFiles = 256
const stride = { least: 1, most: 24 } as const

/** One tensor's way. The arrays have one place for each member. */
export interface Path {
  readonly name: string
  /** Checkpoints that have the tensor in its final shape with finite floating elements, in order. */
  readonly members: readonly number[]
  /** A power of two that elements are multiplied by, so that no square leaves the range of float64. */
  readonly scale: number
  /** ||W_t - W_(t-1)||^2, scaled; 0 for the first. */
  readonly squares: Float64Array
  /** <D_t, D_(t-lag)> for lag 1 ... `mostLags`, scaled. */
  readonly products: readonly Float64Array[]
  /** ||W_t - W_0||^2, scaled. */
  readonly away: Float64Array
}

export function makePath(name: string, members: readonly number[], largest: number): Path {
  const exponent = Math.floor(Math.log2(largest > 0 && Number.isFinite(largest) ? largest : 1))
  return {
    name,
    members,
    scale: Math.abs(exponent) > 300 ? 2 ** -Math.max(-1000, Math.min(1000, exponent)) : 1,
    squares: new Float64Array(members.length),
    products: Array.from({ length: mostLags }, () => new Float64Array(members.length)),
    away: new Float64Array(members.length),
  }
}

export interface PathOptions extends ReadOptions {
  readonly signal?: AbortSignal | undefined
  onTensor?(name: string, share: number): void
}

/** Fills the paths. Every checkpoint is read once, and again a little where a window begins. */
export async function followPaths(
  kernels: Kernels,
  shelf: Shelf,
  checkpoints: number,
  paths: readonly Path[],
  options: PathOptions,
): Promise<void> {
  const due = turns()
  for (let from = 0; from < checkpoints; ) {
    const files = (await shelf.take(from)).checkpoint.sources.length
    const room = Math.floor(mostFiles / Math.max(1, files)) - mostLags - 2
    const to = Math.min(checkpoints, from + Math.max(stride.least, Math.min(stride.most, room)))
    for (const [index, path] of paths.entries()) {
      const first = path.members.findIndex((member) => member >= from)
      const end = first < 0 ? 0 : path.members.filter((member) => member < to).length
      if (first < 0 || end <= first) continue
      await followWindow(kernels, shelf, path, first, end, options)
      options.onTensor?.(path.name, (from + ((to - from) * (index + 1)) / paths.length) / checkpoints)
      throwIfAborted(options.signal)
      const wait = due()
      if (wait) await wait
    }
    // What the next window begins with stays open; tensors that are missing here and there open what they need again.
    await shelf.retain((index) => index === 0 || (index >= to - mostLags - 1 && index < to))
    from = to
  }
}

/** Members [first, end) of one path; those before are read only to continue from. */
async function followWindow(
  kernels: Kernels,
  shelf: Shelf,
  path: Path,
  first: number,
  end: number,
  options: PathOptions,
): Promise<void> {
  if (end < 2) return
  const begin = Math.max(0, first - mostLags - 1)
  const places = Array.from({ length: end - begin }, (_, i) => begin + i)
  // The start is read too, for the distance from it.
  if (begin > 0) places.unshift(0)
  await withArena(kernels, async (arena) => {
    const streams: Stream[] = []
    try {
      for (const place of places) streams.push(await openStream(shelf, path, place, options))
      const walk = new Walk(kernels, path, arena)
      const { count } = streams[0]!.entry
      for (let at = 0; at < count; at += chunkElements) {
        const n = Math.min(chunkElements, count - at)
        walk.begin(n)
        for (const stream of streams) {
          await walk.read(stream)
          walk.step(stream.place, stream.place >= first)
        }
        throwIfAborted(options.signal)
      }
    } catch (error) {
      throw withPlace(error, { tensor: path.name })
    } finally {
      for (const { reader } of streams) reader.close()
    }
  })
}

interface Stream {
  readonly place: number
  readonly entry: TensorEntry
  readonly reader: TensorReader
  readonly file: string
}

async function openStream(shelf: Shelf, { name, members }: Path, place: number, options: ReadOptions): Promise<Stream> {
  const { checkpoint, entries } = await shelf.take(members[place]!)
  const entry = entries.get(name)
  const file = checkpoint.path
  if (entry === undefined)
    throw new FormatError('changed-while-read', `the tensor '${name}' has gone since the file was measured.`, { file })
  const sources: readonly Source[] = checkpoint.sources
  return { place, entry, file, reader: readTensor(entry.data, sources, { crc32: options.crc32 }) }
}

const f64 = elementTypes.indexOf('f64')
const sub = binaryOps.indexOf('sub')

/** One chunk of every checkpoint in turn: the chunks of the start, of the last one, and the last few updates are at hand. */
class Walk {
  readonly #kernels: Kernels
  readonly #path: Path
  readonly #raw: Pointer
  readonly #start: Pointer
  #last: Pointer
  #now: Pointer
  readonly #away: Pointer
  /** Updates by place modulo its length. */
  readonly #updates: readonly Pointer[]
  #n = 0
  /** Place of the last chunk; the start before the window does not count. */
  #lastPlace = -1
  #updatesKnown = 0

  constructor(kernels: Kernels, path: Path, arena: Arena) {
    const chunk = (): Pointer => arena.alloc(chunkElements * 8)
    this.#kernels = kernels
    this.#path = path
    this.#raw = chunk()
    this.#start = chunk()
    this.#last = chunk()
    this.#now = chunk()
    this.#away = chunk()
    this.#updates = Array.from({ length: mostLags + 1 }, chunk)
  }

  begin(n: number): void {
    this.#n = n
    this.#lastPlace = -1
    this.#updatesKnown = 0
  }

  /** The next chunk of a checkpoint, as scaled f64. */
  async read({ entry, reader, file }: Stream): Promise<void> {
    const { type } = entry.data
    const { unit, unitBytes } = storageInfo(type)
    const bytes = Math.ceil(this.#n / unit) * unitBytes
    for (let done = 0; done < bytes; ) {
      const next = reader.next(this.#kernels.u8(this.#raw + done, bytes - done))
      const got = typeof next === 'number' ? next : await next
      if (got === 0) throw new FormatError('truncated', 'the tensor ended before its last element.', { file })
      done += got
    }
    ;[this.#last, this.#now] = [this.#now, this.#last]
    measures(this.#kernels).convert(type, this.#raw, Math.ceil(this.#n / unit) * unit, this.#now, 'f64')
    if (this.#path.scale !== 1) edits(this.#kernels).scale_f64(this.#now, this.#n, this.#path.scale)
  }

  /** Takes the chunk just read for the tensor at `place`; `counts` is false for those that an earlier window has counted. */
  step(place: number, counts: boolean): void {
    const { squares, products, away } = this.#path
    if (place === 0) this.#copy(this.#now, this.#start)
    else {
      const update = this.#updates[place % this.#updates.length]!
      if (this.#lastPlace === place - 1) {
        this.#difference(this.#now, this.#last, update)
        this.#updatesKnown++
        if (counts) {
          squares[place]! += this.#dot(update, update)
          for (let lag = 1; lag <= mostLags && lag < this.#updatesKnown; lag++)
            products[lag - 1]![place]! += this.#dot(update, this.#updates[(place - lag) % this.#updates.length]!)
        }
      }
      if (counts) {
        this.#difference(this.#now, this.#start, this.#away)
        away[place]! += this.#dot(this.#away, this.#away)
      }
    }
    this.#lastPlace = place
  }

  #copy(from: Pointer, to: Pointer): void {
    this.#kernels.u8(to, this.#n * 8).set(this.#kernels.u8(from, this.#n * 8))
  }

  #difference(a: Pointer, b: Pointer, target: Pointer): void {
    this.#kernels.array.binary(sub, f64, this.#n, a, b, target)
  }

  #dot(a: Pointer, b: Pointer): number {
    return this.#kernels.array.dot(f64, this.#n, a, b)
  }
}
