/**
 * A matrix as f64 row panels, so that no full copy in f64 is needed. The elements come from a copy in kernel memory or are read from the file
 * again, and are scaled by a power of two where f64 could over- or underflow.
 */
import { readTensor, type Source } from '../../../checkpoint/index.js'
import { storageInfo, throwIfAborted } from '../../../core/index.js'
import { type Kernels, measures, type Pointer } from '../../../kernels/index.js'
import type { Real } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { bytesOf } from '../stream.js'
import type { Job } from '../types.js'

/** A matrix in kernel memory. */
export interface MatrixView {
  readonly pointer: Pointer
  readonly type: Real
  readonly rows: number
  readonly columns: number
  /** Elements from one row to the next. */
  readonly stride: number
}

/** `values` hold rows [first, first + rows) times 2^-scale, row-major without gaps; a visitor must not change them. */
export type VisitPanel = (values: Pointer, first: number, rows: number) => void

export interface Panels {
  readonly rows: number
  readonly columns: number
  /** The panels hold the matrix times 2^-scale. */
  readonly scale: number
  /** Visits the panels in order. */
  each(visit: VisitPanel): Promise<void>
}

/** Enough rows for a fast product, few enough to stay small. */
const panelBytes = 16 * 1024 * 1024
/** Up to this size a matrix is converted once and held. */
const heldBytes = 384 * 1024 * 1024

/** Rows of a panel of so many columns. */
export function panelRows(rows: number, columns: number): number {
  return Math.min(rows, Math.max(16, Math.floor(panelBytes / (8 * columns))))
}

/** The power of two that brings `linf` near 1, or 0 where products of four such numbers are safe anyway. */
export function scaleFor(linf: number): number {
  if (linf === 0 || (linf > 1e-60 && linf < 1e60)) return 0
  return Math.floor(Math.log2(linf))
}

/** Multiplies by 2^-scale, in two steps so that the factor itself neither overflows nor underflows. */
export function scaleDown(values: Float64Array, scale: number): void {
  const half = Math.trunc(scale / 2)
  const a = 2 ** -half
  const b = 2 ** (half - scale)
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * a * b
}

/** 2^scale times `value`, without a detour over an overflow. */
export function scaleUp(value: number, scale: number): number {
  const half = Math.trunc(scale / 2)
  return value * 2 ** half * 2 ** (scale - half)
}

/** Copies rows [first, first + rows) of `view` to f64 at `target`, without gaps and scaled. */
export function copyRows(
  kernels: Kernels,
  view: MatrixView,
  first: number,
  rows: number,
  target: Pointer,
  scale: number,
): void {
  const { columns, stride, type } = view
  const start = view.pointer + first * stride * bytesOf(type)
  if (stride === columns) measures(kernels).convert(type, start, rows * columns, target, 'f64')
  else
    for (let i = 0; i < rows; i++)
      measures(kernels).convert(type, start + i * stride * bytesOf(type), columns, target + i * columns * 8, 'f64')
  if (scale !== 0) scaleDown(kernels.f64(target, rows * columns), scale)
}

/** Copies columns [first, first + count) of `view` to f64 at `target`, as [rows, count] without gaps. */
export function copyColumns(
  kernels: Kernels,
  { pointer, type, rows, stride }: MatrixView,
  first: number,
  count: number,
  target: Pointer,
): void {
  for (let i = 0; i < rows; i++)
    measures(kernels).convert(
      type,
      pointer + (i * stride + first) * bytesOf(type),
      count,
      target + i * count * 8,
      'f64',
    )
}

/** Panels of a matrix in kernel memory. */
export function panelsOf(kernels: Kernels, view: MatrixView, scale: number, arena: Arena): Panels {
  const { rows, columns } = view
  const held = rows * columns * 8 <= heldBytes
  const step = held ? rows : panelRows(rows, columns)
  let copy: Pointer | null = null
  return {
    rows,
    columns,
    scale,
    async each(visit) {
      const fresh = copy === null
      copy ??= arena.alloc(step * columns * 8)
      for (let first = 0; first < rows; first += step) {
        const count = Math.min(step, rows - first)
        if (!held || fresh) copyRows(kernels, view, first, count, copy, scale)
        visit(copy, first, count)
      }
    },
  }
}

/** Panels of the tensor's [rows, columns] view, read from the file at every visit: for matrices too large to keep. */
export function panelsFromFile(
  { entry, engine, options }: Job,
  sources: readonly Source[],
  rows: number,
  columns: number,
  arena: Arena,
): Panels {
  const { kernels } = engine
  const { type } = entry.data
  const { unit, unitBytes } = storageInfo(type)
  const step = panelRows(rows, columns)
  // Whole rows need not be whole units: elements are decoded as they come and visited by rows.
  const chunkUnits = Math.max(1, Math.floor((256 * 1024) / unitBytes))
  let buffers: { raw: Pointer; panel: Pointer } | null = null
  return {
    rows,
    columns,
    scale: 0,
    async each(visit) {
      buffers ??= {
        raw: arena.alloc(chunkUnits * unitBytes),
        panel: arena.alloc((step * columns + chunkUnits * unit) * 8),
      }
      const { raw, panel } = buffers
      const reader = await readTensor(entry.data, sources, { crc32: options.crc32 })
      let filled = 0
      let first = 0
      try {
        while (first < rows) {
          throwIfAborted(options.signal)
          const next = reader.next(kernels.u8(raw, chunkUnits * unitBytes))
          const got = typeof next === 'number' ? next : await next
          if (got > 0) {
            measures(kernels).convert(type, raw, (got / unitBytes) * unit, panel + filled * 8, 'f64')
            filled += (got / unitBytes) * unit
          }
          const count = Math.min(step, rows - first)
          if (filled < count * columns) {
            if (got === 0) break
            continue
          }
          visit(panel, first, count)
          first += count
          filled -= count * columns
          kernels.u8(panel, (count * columns + filled) * 8).copyWithin(0, count * columns * 8)
        }
      } finally {
        reader.close()
      }
    },
  }
}
