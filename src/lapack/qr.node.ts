/** QR through LAPACK. A = Q R means Aᵀ = Rᵀ Qᵀ: LAPACK's LQ of the memory as it is leaves R and the reflectors where QR of a row-major matrix has them. */
import { elementBytes, type Kernels } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import { withIndices } from './indices.node.js'
import type { Factorizations } from './lapack.js'
import { allFinite, fillMatrix, transposeInto, viewOf } from './memory.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { leading, withQuery, withWorkspace } from './workspace.node.js'

type Routines = Pick<Factorizations, 'geqrf' | 'geqp3' | 'orgqr' | 'ormqr'>

export function createQR(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Routines {
  const gelqf = onDemand(abi, 'gelqf', 8, 0)
  const orglq = onDemand(abi, 'orglq', 9, 0)
  const ormlq = onDemand(abi, 'ormlq', 13, 2)
  const geqp3 = onDemand(abi, 'geqp3', 9, 0)

  return {
    geqrf(type, m, n, a, lda, tau) {
      if (m === 0 || n === 0) return
      threads.use(Math.min(m, n) >= threadedOrder)
      withQuery(kernels, frame, type, 'gelqf', (work, lwork, info) => {
        const f = frame
        gelqf(type)(
          f.integer(0, n),
          f.integer(1, m),
          f.base + a,
          f.integer(2, leading(lda, n)),
          f.base + tau,
          work,
          f.integer(3, lwork),
          info,
        )
      })
    },

    orgqr(type, m, n, k, a, lda, tau) {
      if (m === 0 || n === 0) return
      threads.use(n >= threadedOrder)
      withQuery(kernels, frame, type, 'orglq', (work, lwork, info) => {
        const f = frame
        orglq(type)(
          f.integer(0, n),
          f.integer(1, m),
          f.integer(2, k),
          f.base + a,
          f.integer(3, leading(lda, n)),
          f.base + tau,
          work,
          f.integer(4, lwork),
          info,
        )
      })
    },

    ormqr(type, side, trans, m, n, k, a, lda, tau, c, ldc) {
      if (m === 0 || n === 0 || k === 0) return
      threads.use(k >= threadedOrder)
      withQuery(kernels, frame, type, 'ormlq', (work, lwork, info) => {
        const f = frame
        ormlq(type)(
          f.letter(side === 'left' ? 'R' : 'L'),
          f.letter(trans ? 'T' : 'N'),
          f.integer(0, n),
          f.integer(1, m),
          f.integer(2, k),
          f.base + a,
          f.integer(3, leading(lda, k)),
          f.base + tau,
          f.base + c,
          f.integer(4, leading(ldc, n)),
          work,
          f.integer(5, lwork),
          info,
          1,
          1,
        )
      })
    },

    // Columns are exchanged, so the factors of the transpose would be of no use.
    geqp3(type, m, n, a, lda, jpvt, tau) {
      const k = Math.min(m, n)
      if (k === 0 || !allFinite(kernels, type, m, n, a, lda)) {
        const places = kernels.i32(jpvt, n)
        for (let j = 0; j < n; j++) places[j] = j
        fillMatrix(kernels, type, m, n, a, lda, Number.NaN)
        viewOf(kernels, type, tau, k).fill(Number.NaN)
        return
      }
      threads.use(k >= threadedOrder)
      withWorkspace(kernels, [m * n * elementBytes[type]], ([columns]) => {
        transposeInto(kernels, type, m, n, a, lda, columns!, m)
        withIndices(kernels, abi.integerBytes, n, jpvt, (places) =>
          withQuery(kernels, frame, type, 'geqp3', (work, lwork, info) => {
            const f = frame
            geqp3(type)(
              f.integer(0, m),
              f.integer(1, n),
              f.base + columns!,
              f.integer(2, m),
              f.base + places,
              f.base + tau,
              work,
              f.integer(3, lwork),
              info,
            )
          }),
        )
        transposeInto(kernels, type, n, m, columns!, m, a, lda)
      })
    },
  }
}
