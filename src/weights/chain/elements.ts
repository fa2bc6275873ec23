/** Elements of single tensors, for what no figure of `inspect` says. */
import { type Checkpoint, type ReadOptions, readTensor, type TensorEntry } from '../../checkpoint/index.js'
import { FormatError, storageInfo } from '../../core/index.js'
import { type Kernels, measures } from '../../kernels/index.js'
import type { ConvLayout } from '../measure/conv/layout.js'
import { withArena } from '../measure/memory.js'

/** Elements of a chunk; a multiple of every unit. */
const chunkElements = 64 * 1024

/** Streams a tensor as f64, front to back; `visit` must not keep the array. */
async function eachChunk(
  kernels: Kernels,
  checkpoint: Checkpoint,
  { name, count, data }: TensorEntry,
  options: ReadOptions,
  visit: (values: Float64Array, at: number) => void,
): Promise<void> {
  const { unit, unitBytes } = storageInfo(data.type)
  await withArena(kernels, async (arena) => {
    const raw = arena.alloc((chunkElements / unit) * unitBytes)
    const target = arena.alloc(chunkElements * 8)
    const reader = readTensor(data, checkpoint.sources, { crc32: options.crc32 })
    try {
      for (let done = 0; done < count; ) {
        const units = Math.ceil(Math.min(chunkElements, count - done) / unit)
        const got = await reader.next(kernels.u8(raw, units * unitBytes))
        if (got === 0)
          throw new FormatError('truncated', `the tensor ended after ${done} of ${count} elements.`, { tensor: name })
        const n = (got / unitBytes) * unit
        measures(kernels).convert(data.type, raw, n, target, 'f64')
        visit(kernels.f64(target, Math.min(n, count - done)), done)
        done += n
      }
    } finally {
      reader.close()
    }
  })
}

/** All elements of a small tensor. */
export async function readValues(
  kernels: Kernels,
  checkpoint: Checkpoint,
  entry: TensorEntry,
  options: ReadOptions,
): Promise<Float64Array> {
  const values = new Float64Array(entry.count)
  await eachChunk(kernels, checkpoint, entry, options, (chunk, at) => values.set(chunk, at))
  return values
}

/**
 * The largest sum of |w| over one row channel, and over one column channel. A matrix is [rows, columns]; a kernel's channels sum over all its positions, and over
 * the rows of their own group only.
 */
export async function channelSums(
  kernels: Kernels,
  checkpoint: Checkpoint,
  entry: TensorEntry,
  layout: ConvLayout | null,
  options: ReadOptions,
): Promise<{ rows: number; columns: number }> {
  const m = layout?.rows ?? entry.shape[0]!
  const n = layout?.columns ?? entry.count / m
  const perGroup = m / (layout?.groups ?? 1)
  const taps = entry.count / m / n
  const rows = new Float64Array(m)
  const columns = new Float64Array((m / perGroup) * n)
  await eachChunk(kernels, checkpoint, entry, options, (values, at) => {
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i]!)
      const place = at + i
      const r = layout?.spatialFirst ? place % m : Math.floor(place / (n * taps))
      const c = layout?.spatialFirst ? Math.floor(place / m) % n : Math.floor(place / taps) % n
      rows[r]! += size
      columns[Math.floor(r / perGroup) * n + c]! += size
    }
  })
  const most = (sums: Float64Array): number => sums.reduce((a, b) => Math.max(a, b), 0)
  return { rows: most(rows), columns: most(columns) }
}
