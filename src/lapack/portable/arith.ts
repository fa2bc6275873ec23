/** The LAPACK module's routines (`assembly/lapack/`), typed: one set for each element type. Strides are in elements. */
import type { Kernels, Pointer } from '../../kernels/index.js'
import type { Real } from '../lapack.js'
import {
  type FactorizationRoutines,
  type FactorizationSizes,
  factorizationSizes,
  factorizationStems,
} from './routines.js'

/** What part of C a product writes. */
export const whole = 0
export const lower = 1
export const upper = 2

/** A pointer to i32 line numbers, or 0 for lines in their own order. */
type Order = Pointer

/** `panel`, `work` and `scratch` are memory that the caller lends: `Sizes` says how much. */
export interface Routines extends FactorizationRoutines {
  gemm(
    triangle: number,
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    beta: number,
    c: Pointer,
    ldc: number,
    scratch: Pointer,
  ): void
  sytrd(
    n: number,
    a: Pointer,
    lda: number,
    d: Pointer,
    e: Pointer,
    taus: Pointer,
    panel: Pointer,
    scratch: Pointer,
  ): void
  gebrd(
    n: number,
    a: Pointer,
    lda: number,
    d: Pointer,
    e: Pointer,
    q: Pointer,
    ldq: number,
    tauQ: Pointer,
    tauP: Pointer,
    panel: Pointer,
    scratch: Pointer,
  ): void
  gelqf(
    m: number,
    n: number,
    a: Pointer,
    lda: number,
    diagonal: Pointer,
    taus: Pointer,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  copyL(m: number, a: Pointer, lda: number, diagonal: Pointer, l: Pointer, ldl: number): void
  ormForward(
    rows: number,
    n: number,
    count: number,
    shift: number,
    v: Pointer,
    ldv: number,
    taus: Pointer,
    c: Pointer,
    ldc: number,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  ormBackward(
    rows: number,
    n: number,
    v: Pointer,
    ldv: number,
    taus: Pointer,
    c: Pointer,
    ldc: number,
    panel: Pointer,
    work: Pointer,
    scratch: Pointer,
  ): void
  transpose(m: number, n: number, a: Pointer, lda: number, order: Order, b: Pointer, ldb: number): void
  /** A is float64. */
  takeRows(m: number, n: number, a: Pointer, lda: number, order: Order, b: Pointer, ldb: number): void
  setIdentity(m: number, n: number, shift: number, a: Pointer, lda: number): void
  mirrorUpper(n: number, a: Pointer, lda: number): void
  absMax(n: number, x: Pointer): number
  scal(n: number, alpha: number, x: Pointer): void
}

const stems = [
  ...factorizationStems,
  'gemm',
  'sytrd',
  'gebrd',
  'gelqf',
  'copyL',
  'ormForward',
  'ormBackward',
  'transpose',
  'takeRows',
  'setIdentity',
  'mirrorUpper',
  'absMax',
  'scal',
] as const satisfies readonly (keyof Routines)[]

/** Routines on float64 only, and how much memory to lend. */
export interface Common {
  sterf(n: number, d: Pointer, e: Pointer): number
  stedc(
    n: number,
    d: Pointer,
    e: Pointer,
    z: Pointer,
    ldz: number,
    work: Pointer,
    batch: Pointer,
    scratch: Pointer,
  ): number
  bdsqr(
    n: number,
    d: Pointer,
    e: Pointer,
    vectors: boolean,
    ut: Pointer,
    ldu: number,
    vt: Pointer,
    ldv: number,
    columns: number,
    batches: Pointer,
  ): number
  bdsdc(
    n: number,
    d: Pointer,
    e: Pointer,
    ut: Pointer,
    ldu: number,
    vt: Pointer,
    ldv: number,
    work: Pointer,
    batches: Pointer,
    scratch: Pointer,
  ): number
  geev(
    single: boolean,
    n: number,
    a: Pointer,
    wr: Pointer,
    wi: Pointer,
    zt: Pointer,
    x: Pointer,
    vectors: Pointer,
    panel: Pointer,
    work: Pointer,
    space: Pointer,
    scratch: Pointer,
  ): number
  readonly gemmScratchBytes: number
  batchBytes(n: number): number
  /** Bytes of `work` for `stedc` and `bdsdc`. */
  stedcBytes(n: number): number
  bdsdcBytes(n: number): number
  /** Elements of `panel` for vectors of n elements. */
  panelElements(n: number): number
  /** Elements of `panel` for `geev`. */
  gehrdPanel(n: number): number
  /** Elements of `space` for `geev`. */
  hseqrSpace(n: number): number
  /** Elements of `work` for a matrix of so many rows. */
  workElements(rows: number): number
}

/** The portable implementation's tools, shared by its drivers. */
export interface Portable extends Common, FactorizationSizes {
  readonly kernels: Kernels
  readonly f32: Routines
  readonly f64: Routines
  /** `gemmScratchBytes` that live as long as the kernels. */
  readonly scratch: Pointer
  /** Room for `pivotRoom` i32 that lives as long: asking for memory takes longer than a small system. */
  readonly pivots: Pointer
}

type Callable = (...values: readonly (number | boolean)[]) => number

/** Pivots of systems up to this order need no memory of their own. */
export const pivotRoom = 2048

/** Finds the routines among the module's exports. */
export function openPortable(kernels: Kernels): Portable {
  const callable = (name: string): Callable => kernels.lapack[`lapack_${name}`] as Callable
  const routines = (type: Real): Routines =>
    Object.fromEntries(stems.map((stem) => [stem, callable(`${stem}_${type}`)])) as unknown as Routines
  // Sizes in bytes come back as signed 32-bit numbers.
  const size =
    (name: string) =>
    (...values: number[]) =>
      callable(name)(...values) >>> 0
  const gemmScratchBytes = callable('gemmScratchBytes')()
  const scratch = kernels.alloc(gemmScratchBytes + 4 * pivotRoom)
  return {
    kernels,
    f32: routines('f32'),
    f64: routines('f64'),
    sterf: callable('sterf'),
    stedc: callable('stedc'),
    bdsqr: callable('bdsqr'),
    bdsdc: callable('bdsdc'),
    geev: callable('geev'),
    gemmScratchBytes,
    scratch,
    pivots: scratch + gemmScratchBytes,
    batchBytes: size('batchBytes'),
    stedcBytes: size('stedcBytes'),
    bdsdcBytes: size('bdsdcBytes'),
    panelElements: callable('panelElements'),
    gehrdPanel: callable('gehrdPanel'),
    hseqrSpace: callable('hseqrSpace'),
    workElements: callable('larfbWork'),
    ...(Object.fromEntries(factorizationSizes.map((name) => [name, size(name)])) as unknown as FactorizationSizes),
  }
}
