/**
 * Products. gemm goes through the C interface where the BLAS has one: its arguments go by value, which makes a small product a third faster
 * to call. Else, and for syrk, through Fortran: a row-major matrix is its own transpose seen column by column, so Cᵀ = op(B)ᵀ op(A)ᵀ needs no copy: the
 * operands change places, and for syrk the triangles and `trans` do.
 */
import { type Abi, onDemand } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Lapack, Real } from './lapack.js'
import { type Threads, threadedWork } from './threads.node.js'
import { leading } from './workspace.node.js'

type Table = Record<Real, Native>

/** cblas_sgemm and cblas_dgemm, where both are there. */
function cInterface(abi: Abi): Table | null {
  const [int, address] = [abi.integerBytes === 8 ? 'int64' : 'int', 'uintptr_t']
  const find = (name: string, real: string): Native | null => {
    const strided = [address, int]
    return abi.helper(name, 'void', [
      ...['int', 'int', 'int', int, int, int, real],
      ...[...strided, ...strided, real, ...strided],
    ])
  }
  const [f32, f64] = [find('cblas_sgemm', 'float'), find('cblas_dgemm', 'double')]
  return f32 && f64 ? { f32, f64 } : null
}

/** The C interface's names. */
const [rowMajor, asStored, transposed] = [101, 111, 112]

function createGemm({ f32, f64 }: Table, frame: Frame, threads: Threads): Lapack['gemm'] {
  return (type, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    if (m === 0 || n === 0) return
    threads.use(m * n * k >= threadedWork)
    const { base } = frame.fresh()
    const routine = type === 'f64' ? f64 : f32
    routine(
      rowMajor,
      transA ? transposed : asStored,
      transB ? transposed : asStored,
      m,
      n,
      k,
      alpha,
      base + a,
      leading(lda, transA ? m : k),
      base + b,
      leading(ldb, transB ? k : n),
      beta,
      base + c,
      leading(ldc, n),
    )
  }
}

export function createBlas(abi: Abi, frame: Frame, threads: Threads): Pick<Lapack, 'gemm' | 'syrk'> {
  const gemms = onDemand(abi, 'gemm', 13)
  const byValue = cInterface(abi)
  const syrks = onDemand(abi, 'syrk', 10)

  const gemm: Lapack['gemm'] = (type, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    if (m === 0 || n === 0) return
    threads.use(m * n * k >= threadedWork)
    const f = frame.fresh()
    gemms(type)(
      f.letter(transB ? 'T' : 'N'),
      f.letter(transA ? 'T' : 'N'),
      f.integer(0, n),
      f.integer(1, m),
      f.integer(2, k),
      f.real(3, type, alpha),
      f.base + b,
      f.integer(4, leading(ldb, transB ? k : n)),
      f.base + a,
      f.integer(5, leading(lda, transA ? m : k)),
      f.real(6, type, beta),
      f.base + c,
      f.integer(7, leading(ldc, n)),
      1,
      1,
      0,
    )
  }

  return {
    gemm: byValue ? createGemm(byValue, frame, threads) : gemm,

    syrk(type, triangle, trans, n, k, alpha, a, lda, beta, c, ldc) {
      if (n === 0) return
      threads.use(n * n * k >= 2 * threadedWork)
      const f = frame.fresh()
      syrks(type)(
        f.letter(triangle === 'upper' ? 'L' : 'U'),
        f.letter(trans ? 'N' : 'T'),
        f.integer(0, n),
        f.integer(1, k),
        f.real(2, type, alpha),
        f.base + a,
        f.integer(3, leading(lda, trans ? n : k)),
        f.real(4, type, beta),
        f.base + c,
        f.integer(5, leading(ldc, n)),
        1,
        1,
        0,
      )
    },
  }
}
