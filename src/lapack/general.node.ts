/** Eigenvalues of general matrices through LAPACK's ?geev: the left eigenvectors of Aᵀ, conjugated, are A's right ones. */
import { elementBytes, type Kernels } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Spectral } from './lapack.js'
import { allFinite, fillMatrix, viewOf } from './memory.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { transposeSquare } from './transpose.js'
import { leading, withQuery } from './workspace.node.js'

export function createGeneral(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Spectral {
  const routine = onDemand(abi, 'geev', 14, 2)

  return {
    geev(type, vectors, n, a, lda, wr, wi, vr, ldvr) {
      if (n === 0) return 0
      if (!allFinite(kernels, type, n, n, a, lda)) {
        for (const values of [wr, wi]) viewOf(kernels, type, values, n).fill(Number.NaN)
        if (vectors) fillMatrix(kernels, type, n, n, vr, ldvr, Number.NaN)
        return n
      }
      threads.use(n >= threadedOrder)
      const info = withQuery(kernels, frame, type, 'geev', `${vectors} ${n}`, (work, lwork, status) => {
        const f = frame
        const stride = f.integer(2, vectors ? leading(ldvr, n) : 1)
        routine(type)(
          f.letter(vectors ? 'V' : 'N'),
          f.letter('N'),
          f.integer(0, n),
          f.base + a,
          f.integer(1, leading(lda, n)),
          f.base + wr,
          f.base + wi,
          vectors ? f.base + vr : f.cell(5),
          stride,
          f.cell(5),
          f.integer(3, 1),
          work,
          f.integer(4, lwork),
          status,
          1,
          1,
        )
      })
      if (vectors && info === 0) {
        // LAPACK's columns are our rows still: the second of a pair is the imaginary part.
        const imaginary = viewOf(kernels, type, wi, n)
        for (let j = 1; j < n; j++) {
          if (!(imaginary[j]! < 0)) continue
          const row = viewOf(kernels, type, vr + j * ldvr * elementBytes[type], n)
          for (let i = 0; i < n; i++) row[i] = -row[i]!
        }
        transposeSquare(kernels, type, vr, ldvr, n)
      }
      return info
    },
  }
}
