/**
 * Cholesky factors and the inverse from them. A row-major L is LAPACK's U in place: A = L Lᵀ = Uᵀ U. OpenBLAS is slower at that form (twice
 * at n = 64, a fifth at 1024), so L is found on a transposed copy.
 */
import { elementBytes, type Kernels } from '../kernels/index.js'
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Factorizations, Lapack, Real } from './lapack.js'
import { transposeInto } from './memory.js'
import { type Threads, threadedFactor } from './threads.node.js'
import { leading, withInfo, withWorkspace } from './workspace.node.js'

export function createCholesky(
  abi: Abi,
  frame: Frame,
  threads: Threads,
  kernels: Kernels,
): Pick<Factorizations, 'potrf' | 'potri'> {
  const inPlace =
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
  const factor = inPlace('potrf', onDemand(abi, 'potrf', 5, 1))

  return {
    potrf(type, triangle, n, a, lda) {
      if (triangle === 'upper' || n < 16) return factor(type, triangle, n, a, lda)
      // The copy carries the other triangle along, and brings it back as it was.
      return withWorkspace(kernels, [n * n * elementBytes[type]], ([copy]) => {
        transposeInto(kernels, type, n, n, a, lda, copy!, n)
        const info = factor(type, 'upper', n, copy!, n)
        transposeInto(kernels, type, n, n, copy!, n, a, lda)
        return info
      })
    },
    potri: inPlace('potri', onDemand(abi, 'potri', 5, 1)),
  }
}
