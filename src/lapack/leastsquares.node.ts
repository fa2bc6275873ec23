/** Least squares of minimum norm through LAPACK's ?gelsd, on transposed copies. */
import { elementBytes, type Kernels } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Factorizations } from './lapack.js'
import { allFinite, fillMatrix, transposeInto, viewOf } from './memory.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { answerTo, finished, queried, withWorkspace } from './workspace.node.js'

export function createLeastSquares(
  abi: Abi,
  frame: Frame,
  threads: Threads,
  kernels: Kernels,
): Pick<Factorizations, 'gelsd'> {
  const routine = onDemand(abi, 'gelsd', 14, 0)

  return {
    gelsd(type, m, n, nrhs, a, lda, b, ldb, s, rcond) {
      const k = Math.min(m, n)
      if (k === 0) {
        fillMatrix(kernels, type, n, nrhs, b, ldb, 0)
        return { info: 0, rank: 0 }
      }
      if (!allFinite(kernels, type, m, n, a, lda)) {
        viewOf(kernels, type, s, k).fill(Number.NaN)
        fillMatrix(kernels, type, n, nrhs, b, ldb, Number.NaN)
        return { info: k, rank: 0 }
      }
      threads.use(k >= threadedOrder)
      const bytes = elementBytes[type]
      const rows = Math.max(m, n)
      // LAPACK refuses to have no right-hand side.
      const count = Math.max(1, nrhs)
      return withWorkspace(kernels, [m * n * bytes, rows * count * bytes], ([columns, right]) => {
        transposeInto(kernels, type, m, n, a, lda, columns!, m)
        if (nrhs > 0) transposeInto(kernels, type, rows, nrhs, b, ldb, right!, rows)
        else viewOf(kernels, type, right!, rows).fill(0)
        // A right-hand side that is not finite would end the process in some libraries, and spoil the others' scaling.
        const spoilt: number[] = []
        for (let j = 0; j < nrhs; j++) {
          const column = right! + j * rows * bytes
          if (allFinite(kernels, type, 1, m, column, m)) continue
          spoilt.push(j)
          viewOf(kernels, type, column, m).fill(0)
        }
        const run = (work: number, lwork: number, iwork: number): void => {
          const f = frame
          routine(type)(
            f.integer(0, m),
            f.integer(1, n),
            f.integer(2, count),
            f.base + columns!,
            f.integer(3, m),
            f.base + right!,
            f.integer(4, rows),
            f.base + s,
            f.real(5, type, rcond),
            f.integer(6, 0),
            work,
            f.integer(7, lwork),
            iwork,
            f.integer(8, 0),
          )
        }
        const answer = answerTo(frame, `gelsd ${type} ${m} ${n} ${count}`, () => {
          run(frame.cell(9), -1, frame.cell(10))
          return [queried(frame, 9, type), Math.max(1, frame.integerAt(10))]
        })
        const [lwork, liwork] = [answer[0]!, answer[1]!]
        return withWorkspace(kernels, [lwork * bytes, liwork * abi.integerBytes], ([work, iwork]) => {
          frame.fresh()
          run(frame.base + work!, lwork, frame.base + iwork!)
          const info = finished('gelsd', frame.integerAt(8))
          for (const j of spoilt) viewOf(kernels, type, right! + j * rows * bytes, rows).fill(Number.NaN)
          transposeInto(kernels, type, nrhs, rows, right!, rows, b, ldb)
          return { info, rank: frame.integerAt(6) }
        })
      })
    },
  }
}
