/**
 * The two factors of a matrix of rank k, and the matrix that they stand for. Sums run in f64, panel by panel, whatever the storage; results are
 * rounded once.
 */
import { measures, type Pointer } from '../../../kernels/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { elementBytes, empty, kernels, lapack, together } from '../../../tensor/internal.js'
import { Arena, copyColumns, copyRows, type MatrixView } from '../../measure/index.js'
import { type Basis, viewOfMatrix } from './basis.js'

const panelBytes = 16 * 1024 * 1024
/** Below this share of the largest a direction is rounding, and is not balanced by its own size. */
const negligible = 1e-8

/**
 * W [m, n] ~ P [m, k] Q [k, n], of W's type: the projection of W onto the first k vectors of the basis.
 *
 * Balanced: column i of P and row i of Q both have norm sqrt(sigma_i). Then ||P||_F^2 = ||Q||_F^2 = the nuclear norm, the least that the sum can be:
 * both layers get gradients of like size when the net is trained further, weight decay on them is the nuclear penalty on W, and
 * neither is more likely than the other to leave the range of f16.
 */
export function factorsOf(matrix: Tensor, basis: Basis, k: number): [P: Tensor, Q: Tensor] {
  const W = together(matrix)
  const view = viewOfMatrix(W)
  const { side, vectors } = basis
  const { rows: m, columns: n, type } = view
  const [size, kept] = vectors.shape as readonly [number, number]
  const [P, Q] = [empty(type, [m, k]), empty(type, [k, n])]
  const arena = new Arena(kernels())
  try {
    const roots = rootsOf(basis.sizes, k)
    const [up, down] = [arena.alloc(size * k * 8), arena.alloc(size * k * 8)]
    const from = kernels().f64(vectors.pointer, size * kept)
    const [more, less] = [kernels().f64(up, size * k), kernels().f64(down, size * k)]
    for (let i = 0; i < size; i++)
      for (let j = 0; j < k; j++) {
        more[i * k + j] = from[i * kept + j]! * roots[j]!
        less[i * k + j] = from[i * kept + j]! / roots[j]!
      }
    if (side === 'rows') {
      store(up, P)
      overColumns(view, arena, k, (panel, first, count, out) => {
        lapack().gemm('f64', true, false, k, count, m, 1, down, k, panel, count, 0, out, count)
        storeColumns(out, Q, first, count)
      })
    } else {
      storeTransposed(up, Q, arena)
      overRows(view, arena, k, (panel, first, count, out) => {
        lapack().gemm('f64', false, false, count, k, n, 1, panel, n, down, k, 0, out, k)
        storeRows(out, P, first, count)
      })
    }
    return [P, Q]
  } finally {
    arena.release()
    if (W !== matrix) W.dispose()
  }
}

/** The projection of W onto the first k vectors of the basis, of W's shape and type. */
export function projected(matrix: Tensor, { side, vectors }: Basis, k: number): Tensor {
  const W = together(matrix)
  const view = viewOfMatrix(W)
  const { rows: m, columns: n, type } = view
  const kept = vectors.shape[1]!
  const result = empty(type, [m, n])
  const arena = new Arena(kernels())
  try {
    if (side === 'rows')
      overColumns(view, arena, k, (panel, first, count, out) => {
        lapack().gemm('f64', true, false, k, count, m, 1, vectors.pointer, kept, panel, count, 0, out, count)
        lapack().gemm('f64', false, false, m, count, k, 1, vectors.pointer, kept, out, count, 0, panel, count)
        storeColumns(panel, result, first, count)
      })
    else
      overRows(view, arena, k, (panel, first, count, out) => {
        lapack().gemm('f64', false, false, count, k, n, 1, panel, n, vectors.pointer, kept, 0, out, k)
        lapack().gemm('f64', false, true, count, n, k, 1, out, k, vectors.pointer, kept, 0, panel, n)
        storeRows(panel, result, first, count)
      })
    return result
  } finally {
    arena.release()
    if (W !== matrix) W.dispose()
  }
}

/** Roots of the sizes, kept away from 0: any positive numbers give the same product. */
function rootsOf(sizes: Float64Array, k: number): Float64Array {
  const top = sizes.reduce((most, size) => Math.max(most, size), 0)
  return Float64Array.from({ length: k }, (_, i) => (top > 0 ? Math.sqrt(Math.max(sizes[i]!, negligible * top)) : 1))
}

/** `panel` holds rows or columns [first, first + count) of W in f64, `out` has room for its product with k vectors. */
type Visit = (panel: Pointer, first: number, count: number, out: Pointer) => void

function overColumns(view: MatrixView, arena: Arena, k: number, visit: Visit): void {
  const { rows, columns } = view
  overPanels(arena, columns, rows, k, visit, (first, count, panel) => copyColumns(kernels(), view, first, count, panel))
}

function overRows(view: MatrixView, arena: Arena, k: number, visit: Visit): void {
  const { rows, columns } = view
  overPanels(arena, rows, columns, k, visit, (first, count, panel) => copyRows(kernels(), view, first, count, panel, 0))
}

function overPanels(
  arena: Arena,
  lines: number,
  length: number,
  k: number,
  visit: Visit,
  copy: (first: number, count: number, panel: Pointer) => void,
): void {
  const step = Math.min(lines, Math.max(64, Math.floor(panelBytes / (8 * length))))
  const [panel, out] = [arena.alloc(step * length * 8), arena.alloc(step * k * 8)]
  for (let first = 0; first < lines; first += step) {
    const count = Math.min(step, lines - first)
    copy(first, count, panel)
    visit(panel, first, count, out)
  }
}

/** Rounds f64 elements to a tensor, all of it. */
function store(from: Pointer, to: Tensor): void {
  storeRows(from, to, 0, to.shape[0]!)
}

function storeRows(from: Pointer, to: Tensor, first: number, count: number): void {
  const width = to.shape[1]!
  const type = to.dtype as 'f32' | 'f64'
  measures(kernels()).convert('f64', from, count * width, to.pointer + first * width * elementBytes[type], type)
}

function storeColumns(from: Pointer, to: Tensor, first: number, count: number): void {
  const [rows, width] = to.shape as readonly [number, number]
  const type = to.dtype as 'f32' | 'f64'
  const reading = measures(kernels())
  for (let i = 0; i < rows; i++)
    reading.convert('f64', from + i * count * 8, count, to.pointer + (i * width + first) * elementBytes[type], type)
}

/** `from` is [to.shape[1], to.shape[0]]. */
function storeTransposed(from: Pointer, to: Tensor, arena: Arena): void {
  const [rows, columns] = to.shape as readonly [number, number]
  const turned = arena.alloc(rows * columns * 8)
  const [source, target] = [kernels().f64(from, rows * columns), kernels().f64(turned, rows * columns)]
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) target[i * columns + j] = source[j * rows + i]!
  store(turned, to)
}
