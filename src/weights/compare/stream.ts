/** Reads two tensors in step, whatever their storage types. */
import { readTensor, type Source, type TensorEntry, type TensorReader } from '../../checkpoint/index.js'
import { FormatError, storageInfo, throwIfAborted, turn, withPlace } from '../../core/index.js'
import { type Kernels, measures, type Pointer } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import { type Arena, bytesOf, fileOf, type MeasureEngine, type MeasureOptions } from '../measure/index.js'

/** Elements of a chunk: a whole number of units of every storage type, small enough to stay in the processor's cache. */
export const chunkElements: number = 64 * 1024
/** With a signal to obey, the event loop gets a turn after so many elements. */
const elementsPerTurn = 16 * 1024 * 1024

/** `count` elements of each at `a` and `b`, the first of which is element `at` (row-major). */
export type VisitPair = (a: Pointer, b: Pointer, count: number, at: number) => void

/** The type that holds both exactly (64-bit integers apart). */
export function realOf(...entries: readonly TensorEntry[]): Real {
  return entries.some(({ data }) => storageInfo(data.type).compute === 'f64') ? 'f64' : 'f32'
}

/** Visits both tensors, which have as many elements, chunk by chunk as `real`. */
export async function streamPair(
  pair: readonly [TensorEntry, TensorEntry],
  sources: readonly Source[],
  { kernels }: MeasureEngine,
  options: MeasureOptions,
  real: Real,
  arena: Arena,
  visit: VisitPair,
): Promise<void> {
  const { count } = pair[0]
  const sides: Side[] = []
  let sinceTurn = 0
  try {
    for (const entry of pair) sides.push(new Side(entry, sources, kernels, options, real, arena))
    const [a, b] = sides as [Side, Side]
    for (let at = 0; at < count; at += chunkElements) {
      const some = Math.min(chunkElements, count - at)
      for (const side of sides) {
        // The hot loop stays synchronous where the source is.
        const filling = side.fill(some)
        if (filling) await filling
      }
      visit(a.values, b.values, some, at)
      sinceTurn += some
      if (options.signal && sinceTurn >= elementsPerTurn) {
        sinceTurn = 0
        await turn()
        throwIfAborted(options.signal)
      }
    }
  } finally {
    for (const side of sides) side.close()
  }
}

/** Visits one tensor the same way. */
export async function streamOne(
  entry: TensorEntry,
  sources: readonly Source[],
  { kernels }: MeasureEngine,
  options: MeasureOptions,
  real: Real,
  arena: Arena,
  visit: (values: Pointer, count: number, at: number) => void,
): Promise<void> {
  const side = new Side(entry, sources, kernels, options, real, arena)
  try {
    for (let at = 0; at < entry.count; at += chunkElements) {
      const some = Math.min(chunkElements, entry.count - at)
      await side.fill(some)
      visit(side.values, some, at)
    }
  } finally {
    side.close()
  }
}

/** One tensor on its way through two buffers: bytes as stored, elements as f32 or f64. */
class Side {
  readonly values: Pointer
  readonly #raw: Pointer
  readonly #reader: TensorReader

  constructor(
    private readonly entry: TensorEntry,
    private readonly sources: readonly Source[],
    private readonly kernels: Kernels,
    private readonly options: MeasureOptions,
    private readonly real: Real,
    arena: Arena,
  ) {
    const { type } = entry.data
    const { unit, unitBytes } = storageInfo(type)
    const most = Math.min(chunkElements, Math.ceil(entry.count / unit) * unit)
    this.values = arena.alloc(most * bytesOf(real))
    this.#raw = type === real ? this.values : arena.alloc((most / unit) * unitBytes)
    this.#reader = this.placed(() => readTensor(entry.data, sources, { crc32: options.crc32 }))
  }

  /** The next `count` elements to `values`. Nothing to wait for where the source is synchronous. */
  fill(count: number): Promise<void> | null {
    const { unit, unitBytes } = storageInfo(this.entry.data.type)
    const wanted = Math.ceil(count / unit) * unitBytes
    const first = this.placed(() => this.#next(0, wanted))
    if (typeof first === 'number' && first === wanted) {
      this.#take(count, wanted)
      return null
    }
    return this.#rest(first, count, wanted)
  }

  close(): void {
    this.#reader.close()
  }

  #next(got: number, wanted: number): number | Promise<number> {
    return this.#reader.next(this.kernels.u8(this.#raw + got, wanted - got))
  }

  async #rest(first: number | Promise<number>, count: number, wanted: number): Promise<void> {
    try {
      let got = await first
      while (got < wanted) {
        const more = await this.#next(got, wanted)
        if (more === 0) throw new FormatError('truncated', 'the tensor ended before its last element.')
        got += more
      }
    } catch (error) {
      throw this.place(error)
    }
    this.#take(count, wanted)
  }

  #take(count: number, bytes: number): void {
    const { type } = this.entry.data
    if (this.#raw !== this.values) measures(this.kernels).convert(type, this.#raw, count, this.values, this.real)
    this.options.onBytes?.(bytes)
  }

  private placed<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.place(error)
    }
  }

  private place(error: unknown): unknown {
    return withPlace(error, { tensor: this.entry.name, file: fileOf(this.entry, this.sources) })
  }
}
