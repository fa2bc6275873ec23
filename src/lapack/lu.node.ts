/**
 * LU through LAPACK. Factoring the memory as it is gives Aᵀ's factors, which solve and invert just as well without a copy; only getrf, whose
 * factors are handed out, works on a transposed one. LAPACK's search for pivots may read astray among NaN, so such matrices never reach it.
 */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import { withIndices } from './indices.node.js'
import type { Factorizations, Info, Real, Triangular } from './lapack.js'
import { allFinite, fillMatrix, transposeInto, viewOf } from './memory.js'
import { swapRows } from './pivots.js'
import { type Threads, threadedFactor } from './threads.node.js'
import { leading, withInfo, withQuery, withWorkspace } from './workspace.node.js'

type Routines = Pick<Factorizations, 'getrf' | 'getrs' | 'gesv' | 'getri' | 'gbsv'>

export function createLU(
  abi: Abi,
  frame: Frame,
  threads: Threads,
  kernels: Kernels,
  trsm: Triangular['trsm'],
): Routines {
  const { integerBytes } = abi
  const getrf = onDemand(abi, 'getrf', 6, 0)
  const getrs = onDemand(abi, 'getrs', 9, 1)
  const getri = onDemand(abi, 'getri', 7, 0)
  const gbtrf = onDemand(abi, 'gbtrf', 8, 0)
  const gbtrs = onDemand(abi, 'gbtrs', 11, 1)

  /** LAPACK's own getrf on a [m, n] column by column; `pivots` are the library's integers. */
  const factor = (type: Real, m: number, n: number, a: Pointer, lda: number, pivots: Pointer): Info => {
    threads.use(Math.min(m, n) >= threadedFactor)
    return withInfo(frame, 'getrf', (info) => {
      const f = frame
      getrf(type)(f.integer(0, m), f.integer(1, n), f.base + a, f.integer(2, leading(lda, m)), f.base + pivots, info)
    })
  }

  return {
    getrf(type, m, n, a, lda, ipiv) {
      const k = Math.min(m, n)
      if (k === 0) return 0
      if (!allFinite(kernels, type, m, n, a, lda)) {
        fillMatrix(kernels, type, m, n, a, lda, Number.NaN)
        const places = kernels.i32(ipiv, k)
        for (let i = 0; i < k; i++) places[i] = i
        return 0
      }
      return withWorkspace(kernels, [m * n * elementBytes[type]], ([columns]) => {
        transposeInto(kernels, type, m, n, a, lda, columns!, m)
        const info = withIndices(kernels, integerBytes, k, ipiv, (pivots) => factor(type, m, n, columns!, m, pivots))
        transposeInto(kernels, type, n, m, columns!, m, a, lda)
        return info
      })
    },

    getrs(type, trans, n, nrhs, a, lda, ipiv, b, ldb) {
      if (n === 0 || nrhs === 0) return
      if (!trans) swapRows(kernels, type, n, nrhs, ipiv, b, ldb, 'forward')
      const [first, second] = trans ? (['upper', 'lower'] as const) : (['lower', 'upper'] as const)
      for (const triangle of [first, second])
        trsm(type, 'left', triangle, trans, triangle === 'lower', n, nrhs, 1, a, lda, b, ldb)
      if (trans) swapRows(kernels, type, n, nrhs, ipiv, b, ldb, 'backward')
    },

    // P Aᵀ = L U, so A = Uᵀ Lᵀ P: to us, in the same memory, Uᵀ is the lower triangle and Lᵀ the upper one with a unit diagonal.
    gesv(type, n, nrhs, a, lda, b, ldb) {
      if (n === 0) return 0
      if (!allFinite(kernels, type, n, n, a, lda)) {
        fillMatrix(kernels, type, n, nrhs, b, ldb, Number.NaN)
        return 0
      }
      const inOneCall = nrhs === 1 && ldb === 1
      return withWorkspace(kernels, [(inOneCall ? integerBytes : 4) * n], ([ipiv]) => {
        if (inOneCall) {
          // One column is laid out as LAPACK has it, and its getrs does all three steps.
          const failed = factor(type, n, n, a, lda, ipiv!)
          if (failed > 0) return failed
          return withInfo(frame, 'getrs', (status) => {
            const f = frame
            const [order, stride] = [f.integer(0, n), f.integer(2, leading(lda, n))]
            getrs(type)(
              f.letter('T'),
              order,
              f.integer(1, 1),
              f.base + a,
              stride,
              f.base + ipiv!,
              f.base + b,
              order,
              status,
              1,
            )
          })
        }
        const info = withIndices(kernels, integerBytes, n, ipiv!, (pivots) => factor(type, n, n, a, lda, pivots))
        if (info > 0 || nrhs === 0) return info
        trsm(type, 'left', 'lower', false, false, n, nrhs, 1, a, lda, b, ldb)
        trsm(type, 'left', 'upper', false, true, n, nrhs, 1, a, lda, b, ldb)
        swapRows(kernels, type, n, nrhs, ipiv!, b, ldb, 'backward')
        return 0
      })
    },

    // The inverse of the transpose is the transpose of the inverse.
    getri(type, n, a, lda) {
      if (n === 0) return 0
      if (!allFinite(kernels, type, n, n, a, lda)) {
        fillMatrix(kernels, type, n, n, a, lda, Number.NaN)
        return 0
      }
      return withWorkspace(kernels, [integerBytes * n], ([pivots]) => {
        const info = factor(type, n, n, a, lda, pivots!)
        if (info > 0) return info
        return withQuery(kernels, frame, type, 'getri', `${n}`, (work, lwork, status) => {
          const f = frame
          const order = f.integer(0, n)
          const stride = f.integer(1, leading(lda, n))
          getri(type)(order, f.base + a, stride, f.base + pivots!, work, f.integer(2, lwork), status)
        })
      })
    },

    // Row i of the band is column i of Aᵀ's band, which has ku diagonals below and kl above; pivoting needs room for ku more above.
    gbsv(type, n, kl, ku, nrhs, ab, b, ldb) {
      if (n === 0) return 0
      const bytes = elementBytes[type]
      const width = kl + ku + 1
      const ldw = width + ku
      return withWorkspace(
        kernels,
        [n * ldw * bytes, integerBytes * n, n * nrhs * bytes],
        ([band, pivots, columns]) => {
          const source = viewOf(kernels, type, ab, n * width)
          const target = viewOf(kernels, type, band!, n * ldw).fill(0)
          for (let i = 0; i < n; i++)
            for (let d = Math.max(0, kl - i); d < Math.min(width, n - i + kl); d++)
              target[i * ldw + ku + d] = source[i * width + d]!
          if (!allFinite(kernels, type, n, ldw, band!, ldw)) {
            fillMatrix(kernels, type, n, nrhs, b, ldb, Number.NaN)
            return 0
          }
          threads.use(false)
          const info = withInfo(frame, 'gbtrf', (status) => {
            const f = frame
            const [order, lower, upper, stride] = [
              f.integer(0, n),
              f.integer(1, ku),
              f.integer(2, kl),
              f.integer(3, ldw),
            ]
            gbtrf(type)(order, order, lower, upper, f.base + band!, stride, f.base + pivots!, status)
          })
          if (info > 0 || nrhs === 0) return info
          transposeInto(kernels, type, n, nrhs, b, ldb, columns!, n)
          withInfo(frame, 'gbtrs', (status) => {
            const f = frame
            gbtrs(type)(
              f.letter('T'),
              f.integer(0, n),
              f.integer(1, ku),
              f.integer(2, kl),
              f.integer(4, nrhs),
              f.base + band!,
              f.integer(3, ldw),
              f.base + pivots!,
              f.base + columns!,
              f.integer(5, n),
              status,
              1,
            )
          })
          transposeInto(kernels, type, nrhs, n, columns!, n, b, ldb)
          return 0
        },
      )
    },
  }
}
