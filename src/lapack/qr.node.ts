/**
 * QR through LAPACK. A = Q R means Aᵀ = Rᵀ Qᵀ: LAPACK's LQ of the memory as it is leaves R and the reflectors where QR of a row-major matrix
 * has them. But reflectors in rows are read across memory, so beyond the first cache QR of a transposed copy is faster: a seventh at 256 and
 * a fifth at 1024, the two transposes included.
 */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import { withIndices } from './indices.node.js'
import type { Factorizations, Real } from './lapack.js'
import { allFinite, fillMatrix, transposeInto, viewOf } from './memory.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { leading, withQuery, withWorkspace } from './workspace.node.js'

/** Whether a transposed copy pays: for reflectors that are long, unless they are few beside the rest of their rows. */
const isWorthCopying = (m: number, n: number): boolean => m >= 128 && 2 * m >= n

type Routines = Pick<Factorizations, 'geqrf' | 'geqp3' | 'orgqr' | 'ormqr'>

export function createQR(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Routines {
  const gelqf = onDemand(abi, 'gelqf', 8, 0)
  const geqrf = onDemand(abi, 'geqrf', 8, 0)
  const orglq = onDemand(abi, 'orglq', 9, 0)
  const orgqr = onDemand(abi, 'orgqr', 9, 0)
  const ormlq = onDemand(abi, 'ormlq', 13, 2)
  const geqp3 = onDemand(abi, 'geqp3', 9, 0)

  /** LAPACK's geqrf or gelqf of a [rows, columns] column by column. */
  const factor = (
    type: Real,
    name: 'geqrf' | 'gelqf',
    rows: number,
    columns: number,
    a: Pointer,
    lda: number,
    tau: Pointer,
  ): void => {
    const routine = (name === 'geqrf' ? geqrf : gelqf)(type)
    withQuery(kernels, frame, type, name, `${rows} ${columns}`, (work, lwork, info) => {
      const f = frame
      const [m, n, stride] = [f.integer(0, rows), f.integer(1, columns), f.integer(2, leading(lda, rows))]
      routine(m, n, f.base + a, stride, f.base + tau, work, f.integer(3, lwork), info)
    })
  }

  /** LAPACK's orgqr or orglq. */
  const form = (
    type: Real,
    name: 'orgqr' | 'orglq',
    rows: number,
    columns: number,
    k: number,
    a: Pointer,
    lda: number,
    tau: Pointer,
  ): void => {
    const routine = (name === 'orgqr' ? orgqr : orglq)(type)
    withQuery(kernels, frame, type, name, `${rows} ${columns} ${k}`, (work, lwork, info) => {
      const f = frame
      const [m, n, stride] = [f.integer(0, rows), f.integer(1, columns), f.integer(2, leading(lda, rows))]
      routine(m, n, f.integer(4, k), f.base + a, stride, f.base + tau, work, f.integer(3, lwork), info)
    })
  }

  /** Runs `body` on a copy of A [m, n] column by column, and brings it back. */
  const onColumns = (type: Real, m: number, n: number, a: Pointer, lda: number, body: (columns: Pointer) => void) =>
    withWorkspace(kernels, [m * n * elementBytes[type]], ([columns]) => {
      transposeInto(kernels, type, m, n, a, lda, columns!, m)
      body(columns!)
      transposeInto(kernels, type, n, m, columns!, m, a, lda)
    })

  return {
    geqrf(type, m, n, a, lda, tau) {
      if (m === 0 || n === 0) return
      threads.use(Math.min(m, n) >= threadedOrder)
      if (!isWorthCopying(m, n)) factor(type, 'gelqf', n, m, a, lda, tau)
      else onColumns(type, m, n, a, lda, (columns) => factor(type, 'geqrf', m, n, columns, m, tau))
    },

    orgqr(type, m, n, k, a, lda, tau) {
      if (m === 0 || n === 0) return
      threads.use(n >= threadedOrder)
      if (!isWorthCopying(m, n)) form(type, 'orglq', n, m, k, a, lda, tau)
      else onColumns(type, m, n, a, lda, (columns) => form(type, 'orgqr', m, n, k, columns, m, tau))
    },

    ormqr(type, side, trans, m, n, k, a, lda, tau, c, ldc) {
      if (m === 0 || n === 0 || k === 0) return
      threads.use(k >= threadedOrder)
      withQuery(kernels, frame, type, 'ormlq', `${side} ${trans} ${m} ${n} ${k}`, (work, lwork, info) => {
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
      onColumns(type, m, n, a, lda, (columns) => {
        withIndices(kernels, abi.integerBytes, n, jpvt, (places) =>
          withQuery(kernels, frame, type, 'geqp3', `${m} ${n}`, (work, lwork, info) => {
            const f = frame
            const [rows, width] = [f.integer(0, m), f.integer(1, n)]
            geqp3(type)(
              rows,
              width,
              f.base + columns,
              rows,
              f.base + places,
              f.base + tau,
              work,
              f.integer(3, lwork),
              info,
            )
          }),
        )
      })
    },
  }
}
