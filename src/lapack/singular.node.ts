/** Singular values through LAPACK's ?gesdd. A row-major A is Aᵀ to LAPACK, whose U and Vᵀ are therefore our Vhᵀ and Uᵀ, in place. */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import type { Abi } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Lapack, Real } from './lapack.js'
import { allFinite } from './memory.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { answerTo, finished, queried, withWorkspace } from './workspace.node.js'

const jobs = { none: 'N', thin: 'S', full: 'A' } as const

export function createSingular(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Pick<Lapack, 'gesdd'> {
  const table: Record<Real, Native> = { f32: abi.required('sgesdd', 14), f64: abi.required('dgesdd', 14) }

  return {
    gesdd(type, vectors, m, n, a, lda, s, u, ldu, vh, ldvh) {
      const k = Math.min(m, n)
      if (k === 0) {
        if (vectors === 'full') {
          fillIdentity(kernels, type, u, ldu, m)
          fillIdentity(kernels, type, vh, ldvh, n)
        }
        return 0
      }
      if (!allFinite(kernels, type, m, n, a, lda)) {
        const values = type === 'f64' ? kernels.f64(s, k) : kernels.f32(s, k)
        values.fill(Number.NaN)
        return k
      }
      threads.use(k >= threadedOrder)
      const run = (work: number, lwork: number, iwork: number): void => {
        const f = frame
        table[type](
          f.letter(jobs[vectors]),
          f.integer(0, n),
          f.integer(1, m),
          f.base + a,
          f.integer(2, Math.max(n, lda)),
          f.base + s,
          f.base + vh,
          f.integer(3, Math.max(vectors === 'none' ? 1 : n, ldvh)),
          f.base + u,
          f.integer(4, Math.max(vectors === 'none' ? 1 : vectors === 'thin' ? k : m, ldu)),
          work,
          f.integer(5, lwork),
          iwork,
          f.integer(6, 0),
          1,
          0,
          0,
        )
      }
      const answer = answerTo(frame, `gesdd ${type} ${vectors} ${m} ${n}`, () => {
        run(frame.cell(7), -1, frame.cell(8))
        return [queried(frame, 7, type)]
      })
      const lwork = answer[0]!
      return withWorkspace(kernels, [elementBytes[type] * lwork, abi.integerBytes * 8 * k], ([work, iwork]) => {
        frame.fresh()
        run(frame.base + work!, lwork, frame.base + iwork!)
        return finished('gesdd', frame.integerAt(6))
      })
    },
  }
}

function fillIdentity(kernels: Kernels, type: Real, pointer: Pointer, stride: number, n: number): void {
  if (n === 0) return
  const length = (n - 1) * stride + n
  const out = type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * stride + j] = i === j ? 1 : 0
}
