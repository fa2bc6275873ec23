/**
 * Low-rank changes, scale * up * down, that are never formed: with thin factorizations up = Qu Ru and down^T = Qd Rd, the singular values of
 * up * down are those of the small Ru Rd^T. A difference of two is one again, of stacked factors.
 */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { measures, type PairSums, type Pointer, type Statistics } from '../../kernels/index.js'
import type { Lapack } from '../../lapack/index.js'
import {
  type Arena,
  derivedFigures,
  type MeasureEngine,
  type MeasureOptions,
  padded,
  withArena,
} from '../measure/index.js'
import { withoutAlpha } from './pair.js'
import { streamOne } from './stream.js'
import type { Compared, CompareTask, DeltaFigures, Factors } from './types.js'

type Added = Extract<CompareTask, { kind: 'added' }>
type Both = Extract<CompareTask, { kind: 'factors' }>

/** up [m, r] and down [r, n] in f64; the scale is in `up`. */
interface Product {
  readonly m: number
  readonly n: number
  readonly r: number
  readonly up: Pointer
  readonly down: Pointer
}

const epsilon = 2 ** -52
const unformed = 'the difference is known by its factors and was not formed'

/** An adapter's change of a weight: base + scale * up * down against base. */
export async function compareAdded(
  { base, added, transposed }: Added,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Compared> {
  const skipped: Compared['skipped'][number][] = []
  const lapack = engine.lapack!
  return withArena(engine.kernels, async (arena) => {
    const product = await load(added, sources, engine, options, arena, transposed)
    const values = singularValues(lapack, product)
    const l2D = norm(values)
    const { statistics, dot } = await against(base, product, sources, engine, options)
    const { l2 } = statistics
    const sums: PairSums = {
      ...counts(base.count, statistics),
      a: side(l2, statistics.l1, statistics.linf),
      b: side(Math.sqrt(Math.max(0, l2 * l2 + 2 * dot + l2D * l2D))),
      delta: side(l2D),
      dot: [l2 * l2 + dot, 0],
    }
    const delta = figures(product, values, options, skipped)
    return { sums, formed: false, delta, angles: null, skipped }
  })
}

/** Two adapters of one layer: the difference has at most the sum of their ranks. */
export async function compareFactors(
  { a, b }: Both,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Compared> {
  const skipped: Compared['skipped'][number][] = []
  const lapack = engine.lapack!
  return withArena(engine.kernels, async (arena) => {
    const [A, B] = [
      await load(a, sources, engine, options, arena, false),
      await load(b, sources, engine, options, arena, false),
    ]
    const [l2A, l2B] = [norm(singularValues(lapack, A)), norm(singularValues(lapack, B))]
    const same = isSame(lapack, A, B)
    const values = same ? new Float64Array(Math.min(A.m, A.n)) : singularValues(lapack, stacked(lapack, A, B, arena))
    const l2D = norm(values)
    const sums: PairSums = {
      ...counts(A.m * A.n, null),
      a: side(l2A),
      b: side(l2B),
      delta: side(l2D),
      // ||b - a||^2 = ||a||^2 + ||b||^2 - 2 <a, b>.
      dot: [(l2A * l2A + l2B * l2B - l2D * l2D) / 2, 0],
    }
    const delta = figures(A, values, options, skipped)
    return { sums, formed: false, delta, angles: null, skipped }
  })
}

function side(l2: number, l1 = Number.NaN, linf = Number.NaN): PairSums['a'] {
  return { linf, zone: 0, l1: [l1, 0], squares: [l2 * l2, 0] }
}

function counts(count: number, statistics: Statistics | null) {
  const bad = statistics === null ? 0 : statistics.nan + statistics.posInf + statistics.negInf
  return { finite: count - bad, changed: Number.NaN, nonfiniteA: bad, nonfiniteB: bad }
}

/** Root of the sum of squares, from the largest down so that no square leaves the range. */
function norm(values: Float64Array): number {
  const top = values[0] ?? 0
  if (top === 0) return 0
  return top * Math.sqrt(values.reduceRight((sum, value) => sum + (value / top) ** 2, 0))
}

/** The factors in f64, the scale multiplied in; `transposed`: those of the transpose. */
async function load(
  { down, up, scale }: Factors,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
  arena: Arena,
  transposed: boolean,
): Promise<Product> {
  const { kernels } = engine
  const r = down.shape[0]!
  const [m, n] = [up.shape[0]!, r === 0 ? 0 : down.count / r]
  const read = async (entry: TensorEntry): Promise<Pointer> => {
    const target = arena.alloc(entry.count * 8)
    await withArena(kernels, (inner) =>
      streamOne(entry, sources, engine, options, 'f64', inner, (values, count, at) =>
        kernels.f64(target, entry.count).set(kernels.f64(values, count), at),
      ),
    )
    return target
  }
  const [U, D] = [await read(up), await read(down)]
  const scaled = kernels.f64(U, m * r)
  for (let i = 0; i < scaled.length; i++) scaled[i]! *= scale
  if (!transposed) return { m, n, r, up: U, down: D }
  return { m: n, n: m, r, up: flip(engine, D, r, n, arena), down: flip(engine, U, m, r, arena) }
}

/** The transpose [columns, rows] of a matrix [rows, columns]. */
function flip(
  { kernels }: Pick<Lapack, 'kernels'>,
  from: Pointer,
  rows: number,
  columns: number,
  arena: Arena,
): Pointer {
  const to = arena.alloc(rows * columns * 8)
  const [source, target] = [kernels.f64(from, rows * columns), kernels.f64(to, rows * columns)]
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) target[j * rows + i] = source[i * columns + j]!
  return to
}

/** b - a as one product: [up_b, -up_a] [down_b; down_a]. */
function stacked({ kernels }: Lapack, a: Product, b: Product, arena: Arena): Product {
  const { m, n } = a
  const r = a.r + b.r
  const [up, down] = [arena.alloc(m * r * 8), arena.alloc(r * n * 8)]
  const to = kernels.f64(up, m * r)
  const [ua, ub] = [kernels.f64(a.up, m * a.r), kernels.f64(b.up, m * b.r)]
  for (let i = 0; i < m; i++) {
    to.set(ub.subarray(i * b.r, (i + 1) * b.r), i * r)
    for (let j = 0; j < a.r; j++) to[i * r + b.r + j] = -ua[i * a.r + j]!
  }
  const rows = kernels.f64(down, r * n)
  rows.set(kernels.f64(b.down, b.r * n))
  rows.set(kernels.f64(a.down, a.r * n), b.r * n)
  return { m, n, r, up, down }
}

function isSame({ kernels }: Lapack, a: Product, b: Product): boolean {
  if (a.r !== b.r) return false
  const same = (x: Pointer, y: Pointer, count: number): boolean => {
    const [one, other] = [kernels.f64(x, count), kernels.f64(y, count)]
    return one.every((value, i) => value === other[i])
  }
  return same(a.up, b.up, a.m * a.r) && same(a.down, b.down, a.r * a.n)
}

/** All min(m, n) of up * down: at most r are not zero. */
function singularValues(lapack: Lapack, { m, n, r, up, down }: Product): Float64Array {
  const { kernels } = lapack
  const all = Math.min(m, n)
  if (r === 0 || all === 0) return new Float64Array(all)
  const held: Pointer[] = []
  const alloc = (size: number): Pointer => {
    const pointer = kernels.alloc(Math.max(1, size) * 8)
    held.push(pointer)
    return pointer
  }
  try {
    const left = alloc(m * r)
    const right = alloc(n * r)
    kernels.f64(left, m * r).set(kernels.f64(up, m * r))
    const [from, to] = [kernels.f64(down, r * n), kernels.f64(right, n * r)]
    for (let i = 0; i < r; i++) for (let j = 0; j < n; j++) to[j * r + i] = from[i * n + j]!
    const [rowsL, rowsR] = [triangle(lapack, left, m, r, alloc), triangle(lapack, right, n, r, alloc)]
    const [core, s] = [alloc(rowsL * rowsR), alloc(Math.min(rowsL, rowsR))]
    lapack.gemm('f64', false, true, rowsL, rowsR, r, 1, left, r, right, r, 0, core, rowsR)
    lapack.gesdd('f64', 'none', rowsL, rowsR, core, rowsR, s, 0, 1, 0, 1)
    return padded(kernels.f64(s, Math.min(rowsL, rowsR)).slice(), all)
  } finally {
    for (const pointer of held) kernels.free(pointer)
  }
}

/** Replaces X [rows, r] by its R of QR where that is smaller; returns how many rows are left. */
function triangle(lapack: Lapack, X: Pointer, rows: number, r: number, alloc: (size: number) => Pointer): number {
  if (rows <= r) return rows
  lapack.geqrf('f64', rows, r, X, r, alloc(r))
  const R = lapack.kernels.f64(X, r * r)
  for (let i = 1; i < r; i++) R.fill(0, i * r, i * r + i)
  return r
}

/** The base's statistics, and <W, up down> = <up^T W, down>, in one reading of W by rows. Elements that are not finite count as 0 there. */
async function against(
  base: TensorEntry,
  { m, n, r, up, down }: Product,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<{ statistics: Statistics; dot: number }> {
  const { kernels } = engine
  const lapack = engine.lapack!
  const pass = measures(kernels).statistics('f64')
  try {
    return await withArena(kernels, async (arena) => {
      const T = arena.alloc(r * n * 8)
      kernels.f64(T, r * n).fill(0)
      // Chunks are not whole rows: rows are gathered.
      const step = Math.max(1, Math.min(m, Math.floor((4 * 2 ** 20) / (8 * Math.max(1, n)))))
      const panel = arena.alloc(step * n * 8)
      let [first, filled] = [0, 0]
      const multiply = (): void => {
        const rows = filled / n
        const values = kernels.f64(panel, filled)
        for (let i = 0; i < filled; i++) if (!Number.isFinite(values[i]!)) values[i] = 0
        lapack.gemm('f64', true, false, r, n, rows, 1, up + first * r * 8, r, panel, n, 1, T, n)
        first += rows
        filled = 0
      }
      await streamOne(base, sources, engine, options, 'f64', arena, (values, count) => {
        pass.update(values, count)
        for (let done = 0; done < count; ) {
          const some = Math.min(count - done, step * n - filled)
          kernels.f64(panel + filled * 8, some).set(kernels.f64(values + done * 8, some))
          filled += some
          done += some
          if (filled === step * n) multiply()
        }
      })
      if (filled > 0) multiply()
      const [t, d] = [kernels.f64(T, r * n), kernels.f64(down, r * n)]
      let dot = 0
      for (let i = 0; i < r * n; i++) dot += t[i]! * d[i]!
      return { statistics: pass.finish(), dot }
    })
  } finally {
    pass.dispose()
  }
}

function figures(
  { m, n, r }: Product,
  values: Float64Array,
  options: MeasureOptions,
  skipped: { what: string; why: string }[],
): DeltaFigures | null {
  for (const what of ['deltaL1', 'deltaLinf', 'changed']) skipped.push({ what, why: unformed })
  const skip = (what: string, why: string): void => {
    if (what !== 'alpha') skipped.push({ what, why })
  }
  if (m === 0 || n === 0) {
    skip('delta', 'has no elements')
    return null
  }
  const error = 4 * Math.sqrt(Math.max(m, n, r)) * epsilon * (values[0] ?? 0)
  const spectrum = { method: 'svd', values, complete: true, error } as const
  const { rankTolerance } = options
  return withoutAlpha(
    derivedFigures({ shape: [m, n], spectrum, frobenius: norm(values), rankTolerance, storage: 'f32' }, skip),
  )
}
