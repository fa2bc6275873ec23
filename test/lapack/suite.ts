/**
 * What every implementation of `Lapack` must do, a function of laws for each stem. An implementation's test file calls `lapackSuite` and
 * lists its deviations, if it has any. Tolerances are c n eps ||A||, the form of LAPACK's own test programs (LAPACK Working Note 41), whose
 * threshold for c is 30; ours are in `suite/common.ts`.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Lapack } from '../../src/lapack/index.js'
import { choleskyLaws } from './suite/cholesky.js'
import { conditionLaws } from './suite/condition.js'
import { gbsvLaws } from './suite/gbsv.js'
import { geevLaws } from './suite/geev.js'
import { gelsdLaws } from './suite/gelsd.js'
import { gemmLaws } from './suite/gemm.js'
import { geqp3Laws } from './suite/geqp3.js'
import { gesddLaws } from './suite/gesdd.js'
import { luLaws } from './suite/lu.js'
import { qrLaws } from './suite/qr.js'
import { solveLaws } from './suite/solve.js'
import { syevdLaws } from './suite/syevd.js'
import { syrkLaws } from './suite/syrk.js'
import { gemvLaws, triangularLaws } from './suite/triangular.js'

/** Laws by what they are about; `largest` is the largest order of a decomposition in those over all matrix classes. */
export const laws = {
  gemm: gemmLaws,
  syrk: syrkLaws,
  gemv: gemvLaws,
  /** trsm, trmm. */
  triangular: triangularLaws,
  /** potrf, potri. */
  cholesky: choleskyLaws,
  /** getrf, getrs. */
  lu: luLaws,
  /** gesv, getri. */
  solve: solveLaws,
  gbsv: gbsvLaws,
  /** geqrf, orgqr, ormqr. */
  qr: qrLaws,
  geqp3: geqp3Laws,
  gelsd: gelsdLaws,
  /** gecon, pocon, trcon. */
  condition: conditionLaws,
  syevd: syevdLaws,
  gesdd: gesddLaws,
  geev: geevLaws,
} satisfies Record<string, (lapack: () => Lapack, largest: number) => void>

export type LawName = keyof typeof laws

export interface SuiteOptions {
  /** The largest order of a decomposition in the laws over all classes. */
  largest?: number
  /** Which laws; all of them unless an implementation does not have the routines yet. */
  only?: readonly LawName[]
}

export function lapackSuite(name: string, open: () => Promise<Lapack>, options: SuiteOptions = {}): void {
  describe(name, () => {
    let lapack: Lapack
    let before = 0
    beforeAll(async () => {
      lapack = await open()
      before = lapack.kernels.bytesInUse
    })
    afterAll(() => {
      expect(lapack.kernels.bytesInUse, 'workspaces are freed').toBe(before)
    })
    for (const law of options.only ?? (Object.keys(laws) as LawName[])) laws[law](() => lapack, options.largest ?? 100)
  })
}
