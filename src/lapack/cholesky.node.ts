/** Cholesky factors and the inverse from them. A row-major L is LAPACK's U in place: A = L Lᵀ = Uᵀ U. */
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Factorizations, Lapack, Real } from './lapack.js'
import { type Threads, threadedFactor } from './threads.node.js'
import { leading, withInfo } from './workspace.node.js'

export function createCholesky(abi: Abi, frame: Frame, threads: Threads): Pick<Factorizations, 'potrf' | 'potri'> {
  const on =
    (name: string, routine: (type: Real) => Native): Lapack['potrf'] =>
    (type, triangle, n, a, lda) => {
      if (n === 0) return 0
      threads.use(n >= threadedFactor)
      return withInfo(frame, name, (info) => {
        const f = frame
        routine(type)(
          f.letter(triangle === 'upper' ? 'L' : 'U'),
          f.integer(0, n),
          f.base + a,
          f.integer(1, leading(lda, n)),
          info,
          1,
        )
      })
    }
  return { potrf: on('potrf', onDemand(abi, 'potrf', 5, 1)), potri: on('potri', onDemand(abi, 'potri', 5, 1)) }
}
