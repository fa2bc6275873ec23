/**
 * Proximal steps of the nuclear norm for a row of tall tables A [n, d] that change little from one to the next: singular values are lowered by t, those
 * below go to 0. By the Gram matrix, whose eigenvectors tell all values that stay; and once few stay, by subspace iteration from the vectors before
 * (Halko, Martinsson & Tropp 2011), which takes a few products with A in place of eigenvectors of [d, d].
 */
import { eigh, qr, svd } from '../../linalg/index.js'
import { keep, matmul, slice, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { empty, lapack, tidy, view } from '../../tensor/internal.js'
import { firstRows } from './signs.js'

/** A with its singular values lowered. */
export interface Lowered {
  /** [n, d]. */
  readonly L: Tensor
  /** Of L, descending, above 0. */
  readonly values: Float64Array
  /** Right singular vectors of L as rows, one for each value; one at least. */
  readonly vectors: Tensor
  /** Whether all singular values of A were looked at. */
  readonly isExact: boolean
}

/** Vectors beside those that stay: they show when one more comes up to the threshold. */
const spare = 8
/** Products with A before the Gram matrix is cheaper. */
const mostSweeps = 4
/** Below this share of the first value the Gram matrix has too few digits of what stays. */
const gramReach = 1e-4

/** The steps of one run. Give it back with `dispose`. */
export class SingularThreshold {
  /** Rows [b, d], b a few more than stayed in the step before; null where too many stayed. */
  #before: Tensor | null = null

  /** `accuracy`: of the singular vectors that stay, by the first value; `exact` looks at all. Tensors belong to the scope that is open. */
  lower(A: Tensor, t: number, accuracy: number, exact: boolean): Lowered {
    const before = this.#before
    const found = (before === null || exact ? null : iterated(A, before, t, accuracy)) ?? decomposed(A, t)
    const rank = found.values.findIndex((value) => !(value > t))
    const kept = rank < 0 ? found.values.length : rank
    const width = kept + spare
    this.dispose()
    if (4 * width <= A.shape[1]!)
      this.#before = keep(firstRows(found.vectors, Math.min(width, found.vectors.shape[0]!)))
    const values = found.values.slice(0, kept)
    const vectors = firstRows(found.vectors, Math.max(1, kept))
    return { L: product(A, values, t, vectors), values: values.map((value) => value - t), vectors, isExact: found.isExact } // biome-ignore format: one line
  }

  dispose(): void {
    this.#before?.dispose()
    this.#before = null
  }
}

interface Found {
  /** Singular values of A, descending: all, or the leading ones. */
  readonly values: Float64Array
  /** Right singular vectors as rows. */
  readonly vectors: Tensor
  readonly isExact: boolean
}

/** All singular values that may stay. */
function decomposed(A: Tensor, t: number): Found {
  const [n, d] = A.shape as readonly [number, number]
  return tidy(() => {
    const G = empty('f64', [d, d])
    lapack().syrk('f64', 'upper', true, d, n, 1, A.pointer, d, 0, G.pointer, d)
    const elements = view(G)
    for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) elements[i * d + j] = elements[j * d + i]!
    const { eigenvalues, eigenvectors } = eigh(G)
    const values = Float64Array.from(view(eigenvalues)).reverse().map((one) => Math.sqrt(Math.max(0, one))) // biome-ignore format: one step
    if (t < gramReach * values[0]!) {
      const { S, Vh } = svd(A)
      return { values: Float64Array.from(view(S)), vectors: Vh, isExact: true }
    }
    return { values, vectors: descending(eigenvectors), isExact: true }
  })
}

/** Columns that ascend as rows that descend. */
function descending(columns: Tensor): Tensor {
  const [rows, count] = columns.shape as readonly [number, number]
  const out = empty('f64', [count, rows])
  const [from, to] = [view(columns), view(out)]
  for (let i = 0; i < count; i++) for (let j = 0; j < rows; j++) to[i * rows + j] = from[j * count + count - 1 - i]!
  return out
}

/** By subspace iteration from rows [b, d]; null where it does not get there soon, or all that it knows stay. */
function iterated(A: Tensor, before: Tensor, t: number, accuracy: number): Found | null {
  const [n, d] = A.shape as readonly [number, number]
  const b = before.shape[0]!
  const found = tidy(() => {
    let W: Tensor = transpose(before).contiguous()
    for (let sweep = 0; sweep < mostSweeps; sweep++) {
      const AW = empty('f64', [n, b])
      lapack().gemm('f64', false, false, n, b, d, 1, A.pointer, d, W.pointer, b, 0, AW.pointer, b)
      const { eigenvalues, eigenvectors } = eigh(matmul(transpose(AW), AW))
      const turn = transpose(descending(eigenvectors))
      const V = matmul(W, turn).contiguous()
      // A^T A W, turned as W is: what is left of it beside V S^2 is the error of the vectors, and its columns are the next step's.
      const Z = empty('f64', [d, b])
      lapack().gemm('f64', true, false, d, b, n, 1, A.pointer, d, AW.pointer, b, 0, Z.pointer, b)
      const squares = Float64Array.from(view(eigenvalues)).reverse()
      const image = matmul(Z, turn).contiguous()
      if (settled(view(image), view(V), squares, t, accuracy))
        return { values: squares.map((one) => Math.sqrt(Math.max(0, one))), vectors: transpose(V).contiguous(), isExact: false } // biome-ignore format: one line
      W = qr(image).Q.contiguous()
    }
    return null
  })
  return found !== null && found.values[b - 1]! < t ? found : null
}

/** Whether |A^T u - s v| is at most accuracy * s_1 for each of the values that stay. */
function settled(
  image: ArrayLike<number>,
  V: ArrayLike<number>,
  squares: Float64Array,
  t: number,
  accuracy: number,
): boolean {
  // biome-ignore format: one line
  const b = squares.length
  const d = V.length / b
  const errors = new Float64Array(b)
  for (let j = 0; j < d; j++)
    for (let m = 0; m < b; m++) errors[m]! += (image[j * b + m]! - squares[m]! * V[j * b + m]!) ** 2
  return errors.every((one, m) => squares[m]! <= t * t || one <= accuracy * accuracy * squares[0]! * squares[m]!)
}

/** A V diag(1 - t / s) V^T. */
function product(A: Tensor, values: Float64Array, t: number, vectors: Tensor): Tensor {
  const [n, d] = A.shape as readonly [number, number]
  const L = empty('f64', [n, d])
  const k = values.length
  if (k === 0) {
    view(L).fill(0)
    return L
  }
  return tidy(() => {
    const scores = empty('f64', [n, k])
    lapack().gemm('f64', false, true, n, k, d, 1, A.pointer, d, vectors.pointer, d, 0, scores.pointer, k)
    const lowered = tensor(Float64Array.from(values, (value) => 1 - t / value))
    const rows = slice(vectors, { stop: k })
      .mul(lowered.reshape([k, 1]))
      .contiguous()
    lapack().gemm('f64', false, false, n, d, k, 1, scores.pointer, k, rows.pointer, d, 0, L.pointer, d)
    return L
  })
}
