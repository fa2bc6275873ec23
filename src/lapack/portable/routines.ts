/** The module's triangular, LU, Cholesky and QR routines (`assembly/lapack/factorizations.ts`), typed. */
import type { Pointer } from '../../kernels/index.js'

/** `panel`, `work` and `scratch` are memory that the caller lends: `FactorizationSizes` says how much. Pivots and orders are i32, 0-based. */
export interface FactorizationRoutines {
  gemv(
    trans: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    x: Pointer,
    beta: number,
    y: Pointer,
    scratch: Pointer,
  ): void
  trsm(
    left: boolean,
    lower: boolean,
    trans: boolean,
    unit: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    scratch: Pointer,
  ): void
  trmm(
    left: boolean,
    lower: boolean,
    trans: boolean,
    unit: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    scratch: Pointer,
  ): void
  potrf(lower: boolean, n: number, a: Pointer, lda: number, scratch: Pointer): number
  potri(lower: boolean, n: number, a: Pointer, lda: number, scratch: Pointer): number
  getrf(m: number, n: number, a: Pointer, lda: number, pivots: Pointer, panel: Pointer, scratch: Pointer): number
  getrs(
    trans: boolean,
    n: number,
    count: number,
    a: Pointer,
    lda: number,
    pivots: Pointer,
    b: Pointer,
    ldb: number,
    scratch: Pointer,
  ): void
  getri(n: number, a: Pointer, lda: number, pivots: Pointer, work: Pointer, scratch: Pointer): void
  gbsv(n: number, kl: number, ku: number, count: number, ab: Pointer, b: Pointer, ldb: number, work: Pointer): number
  geqrf(
    m: number,
    n: number,
    a: Pointer,
    lda: number,
    taus: Pointer,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  geqp3(
    m: number,
    n: number,
    a: Pointer,
    lda: number,
    order: Pointer,
    taus: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  orgqr(
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    taus: Pointer,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  ormqr(
    left: boolean,
    trans: boolean,
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    taus: Pointer,
    c: Pointer,
    ldc: number,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
}

export const factorizationStems = [
  'gemv',
  'trsm',
  'trmm',
  'potrf',
  'potri',
  'getrf',
  'getrs',
  'getri',
  'gbsv',
  'geqrf',
  'geqp3',
  'orgqr',
  'ormqr',
] as const satisfies readonly (keyof FactorizationRoutines)[]

export interface FactorizationSizes {
  /** Bytes of `panel` for `getrf`. */
  getrfPanelBytes(m: number): number
  /** Elements of `panel` for reflectors of so many elements. */
  reflectorElements(length: number): number
  /** Elements of `work`. */
  getriWork(n: number): number
  gbsvWork(n: number, kl: number, ku: number): number
  /** Bytes of `work`. */
  geqp3Bytes(m: number, n: number): number
}

export const factorizationSizes = [
  'getrfPanelBytes',
  'reflectorElements',
  'getriWork',
  'gbsvWork',
  'geqp3Bytes',
] as const satisfies readonly (keyof FactorizationSizes)[]
