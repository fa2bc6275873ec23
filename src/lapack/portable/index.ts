/**
 * The portable LAPACK: ours, blocked, on the kernels' SIMD routines. It serves browsers, and machines without a system library; results are
 * the same bits everywhere.
 */
import type { Kernels } from '../../kernels/index.js'
import { createConditions } from '../condition.js'
import type { BackendInfo, Lapack } from '../lapack.js'
import { openPortable } from './arith.js'
import { factorizations } from './factorizations.js'
import { geev } from './geev.js'
import { gelsd } from './gelsd.js'
import { gesdd } from './gesdd.js'
import { products } from './products.js'
import { syevd } from './syevd.js'

const info: BackendInfo = {
  kind: 'portable',
  name: 'portable',
  path: null,
  core: null,
  threads: 1,
  integerBytes: null,
}

/** The portable implementation on `kernels`; it keeps about 1.3 MB of their memory for packing. Source: LAPACK's stems, see each driver. */
export function createPortable(kernels: Kernels): Lapack {
  const portable = openPortable(kernels)
  const triangular = products(portable)
  const factored = factorizations(portable)
  return {
    info,
    kernels,
    setThreads() {},
    ...triangular,
    ...factored,
    ...createConditions(kernels, { getrs: factored.getrs, trsm: triangular.trsm }),
    geev(type, vectors, n, a, lda, wr, wi, vr, ldvr) {
      return geev(portable, type, vectors, n, a, lda, wr, wi, vr, ldvr)
    },
    gelsd(type, m, n, nrhs, a, lda, b, ldb, s, rcond) {
      return gelsd(portable, type, m, n, nrhs, a, lda, b, ldb, s, rcond)
    },
    syevd(type, vectors, triangle, n, a, lda, w) {
      return syevd(portable, type, vectors, triangle, n, a, lda, w)
    },
    gesdd(type, vectors, m, n, a, lda, s, u, ldu, vh, ldvh) {
      return gesdd(
        portable,
        type,
        vectors,
        m,
        n,
        { pointer: a, stride: lda },
        s,
        { pointer: u, stride: ldu },
        { pointer: vh, stride: ldvh },
      )
    },
  }
}
