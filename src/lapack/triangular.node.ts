/** gemv, trsm and trmm through the Fortran BLAS. Seen column by column a row-major triangle is the other one, transposed, and B's sides change places. */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Lapack, Real, Triangle, Triangular } from './lapack.js'
import { viewOf } from './memory.js'
import { type Threads, threadedWork } from './threads.node.js'
import { leading } from './workspace.node.js'

export function createTriangular(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Triangular {
  const gemv = onDemand(abi, 'gemv', 11, 1)
  const trsv = onDemand(abi, 'trsv', 8, 3)
  const trsm = onDemand(abi, 'trsm', 11, 4)
  const trmm = onDemand(abi, 'trmm', 11, 4)

  /** op(A) x = b in place, x with a stride. */
  const solveVector = (
    type: Real,
    triangle: Triangle,
    trans: boolean,
    unit: boolean,
    n: number,
    a: Pointer,
    lda: number,
    x: Pointer,
    stride: number,
  ): void => {
    const f = frame.fresh()
    trsv(type)(
      f.letter(triangle === 'upper' ? 'L' : 'U'),
      f.letter(trans ? 'N' : 'T'),
      f.letter(unit ? 'U' : 'N'),
      f.integer(0, n),
      f.base + a,
      f.integer(1, leading(lda, n)),
      f.base + x,
      f.integer(2, stride),
      1,
      1,
      1,
    )
  }

  const withTriangle =
    (routine: (type: Real) => Native): Lapack['trmm'] =>
    (type, side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) => {
      if (m === 0 || n === 0) return
      const order = side === 'left' ? m : n
      threads.use(m * n * order >= 2 * threadedWork)
      const f = frame.fresh()
      routine(type)(
        f.letter(side === 'left' ? 'R' : 'L'),
        f.letter(triangle === 'upper' ? 'L' : 'U'),
        f.letter(trans ? 'T' : 'N'),
        f.letter(unit ? 'U' : 'N'),
        f.integer(0, n),
        f.integer(1, m),
        f.real(2, type, alpha),
        f.base + a,
        f.integer(3, leading(lda, order)),
        f.base + b,
        f.integer(4, leading(ldb, n)),
        1,
        1,
        1,
        1,
      )
    }
  const solve = withTriangle(trsm)

  return {
    gemv(type, trans, m, n, alpha, a, lda, x, beta, y) {
      const [rows, inner] = trans ? [n, m] : [m, n]
      if (rows === 0) return
      if (inner === 0) {
        // BLAS returns at once and leaves y as it was.
        const out = viewOf(kernels, type, y, rows)
        for (let i = 0; i < rows; i++) out[i] = beta === 0 ? 0 : beta * out[i]!
        return
      }
      // Some libraries multiply y by a zero beta, and so keep its NaN.
      if (beta === 0) kernels.u8(y, rows * elementBytes[type]).fill(0)
      threads.use(m * n >= threadedElements)
      const f = frame.fresh()
      gemv(type)(
        f.letter(trans ? 'N' : 'T'),
        f.integer(0, n),
        f.integer(1, m),
        f.real(2, type, alpha),
        f.base + a,
        f.integer(3, leading(lda, n)),
        f.base + x,
        f.integer(4, 1),
        f.real(5, type, beta),
        f.base + y,
        f.integer(4, 1),
        1,
      )
    },

    trsm(type, side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) {
      if (alpha === 1 && side === 'left' && n === 1) solveVector(type, triangle, trans, unit, m, a, lda, b, ldb)
      else if (alpha === 1 && side === 'right' && m === 1) solveVector(type, triangle, !trans, unit, n, a, lda, b, 1)
      else solve(type, side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb)
    },

    trmm: withTriangle(trmm),
  }
}

/** Elements of a matrix above which its product with a vector, bound by memory, gains from a second thread. */
const threadedElements = 512 ** 2
