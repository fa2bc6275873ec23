/**
 * Symmetric eigenvalues through LAPACK. With vectors, and for small orders, ?syevd. Values alone of a large matrix go by the two-stage
 * reduction (to a band, then to tridiagonal form, then QL/QR): its first stage is matrix products, where ?sytrd is bound by memory.
 */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Abi } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Info, Lapack, Real } from './lapack.js'
import { magnitude } from './magnitude.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { transposeSquare } from './transpose.js'
import { elementBytes, finished, type Letter, queried, withWorkspace } from './workspace.node.js'

/** From this order the two stages are faster than ?sytrd (measured with OpenBLAS; with BLIS and LAPACK earlier). */
const twoStageOrder = 768
/** Width of the band: wider makes the products faster and the chase down to tridiagonal form longer. */
const bandWidth = (n: number): number => (n < 1536 ? 32 : 48)

/** Magnitudes whose squares and products over n elements stay inside the type; outside, ?syevd scales first. */
const safe: Record<Real, { low: number; high: number }> = {
  f32: { low: 1e-15, high: 1e15 },
  f64: { low: 1e-140, high: 1e140 },
}

interface Routines {
  syevd: Native
  sy2sb: Native | null
  sb2st: Native | null
  sterf: Native | null
}

export function createEigen(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Pick<Lapack, 'syevd'> {
  const routines = (letter: 's' | 'd'): Routines => ({
    syevd: abi.required(`${letter}syevd`, 11),
    sy2sb: abi.routine(`${letter}sytrd_sy2sb`, 11),
    sb2st: abi.routine(`${letter}sytrd_sb2st`, 14),
    sterf: abi.routine(`${letter}sterf`, 4),
  })
  const table: Record<Real, Routines> = { f32: routines('s'), f64: routines('d') }

  return {
    syevd(type, vectors, triangle, n, a, lda, w) {
      if (n === 0) return 0
      const most = magnitude(kernels, type, a, lda, n, n, triangle)
      const values = type === 'f64' ? kernels.f64(w, n) : kernels.f32(w, n)
      if (!Number.isFinite(most)) {
        values.fill(Number.NaN)
        return n
      }
      const routine = table[type]
      const call: Call = { routine, type, letter: triangle === 'upper' ? 'L' : 'U', n, a, lda, w }
      const context = { frame, threads, kernels, integerBytes: abi.integerBytes }
      const inside = most === 0 || (most >= safe[type].low && most <= safe[type].high)
      if (!vectors && n >= twoStageOrder && inside && routine.sy2sb && routine.sb2st && routine.sterf)
        return twoStage(context, call, routine.sy2sb, routine.sb2st, routine.sterf)
      const info = divideAndConquer(context, call, vectors)
      // LAPACK's columns are our rows.
      if (vectors && info === 0) transposeSquare(kernels, type, a, lda, n)
      return info
    },
  }
}

interface Context {
  frame: Frame
  threads: Threads
  kernels: Kernels
  integerBytes: 4 | 8
}

interface Call {
  routine: Routines
  type: Real
  /** The triangle as LAPACK sees it. */
  letter: Letter
  n: number
  a: Pointer
  lda: number
  w: Pointer
}

function divideAndConquer(context: Context, call: Call, vectors: boolean): Info {
  const { frame, threads, kernels, integerBytes } = context
  const { routine, type, letter, n, a, lda, w } = call
  threads.use(n >= threadedOrder)
  const run = (work: number, lwork: number, iwork: number, liwork: number): void => {
    const f = frame
    routine.syevd(
      f.letter(vectors ? 'V' : 'N'),
      f.letter(letter),
      f.integer(0, n),
      f.base + a,
      f.integer(1, Math.max(n, lda)),
      f.base + w,
      work,
      f.integer(2, lwork),
      iwork,
      f.integer(3, liwork),
      f.integer(4, 0),
      1,
      1,
      0,
    )
  }
  frame.fresh()
  run(frame.cell(5), -1, frame.cell(6), -1)
  const sizes = [elementBytes[type] * queried(frame, 5, type), integerBytes * Math.max(1, frame.integerAt(6))]
  return withWorkspace(kernels, sizes, ([work, iwork]) => {
    frame.fresh()
    run(frame.base + work!, sizes[0]! / elementBytes[type], frame.base + iwork!, sizes[1]! / integerBytes)
    return finished('syevd', frame.integerAt(4))
  })
}

function twoStage(context: Context, call: Call, sy2sb: Native, sb2st: Native, sterf: Native): Info {
  const { frame, threads, kernels } = context
  const { type, letter, n, a, lda, w } = call
  const size = elementBytes[type]
  const kd = bandWidth(n)
  const ldab = kd + 1
  const reduce = (band: number, tau: number, work: number, lwork: number): void => {
    const f = frame
    sy2sb(
      f.letter(letter),
      f.integer(0, n),
      f.integer(1, kd),
      f.base + a,
      f.integer(2, Math.max(n, lda)),
      band,
      f.integer(3, ldab),
      tau,
      work,
      f.integer(4, lwork),
      f.integer(5, 0),
      1,
      0,
      0,
    )
  }
  const chase = (band: number, e: number, hous: number, lhous: number, work: number, lwork: number): void => {
    const f = frame
    sb2st(
      f.letter('Y'),
      f.letter('N'),
      f.letter(letter),
      f.integer(0, n),
      f.integer(1, kd),
      band,
      f.integer(3, ldab),
      f.base + w,
      e,
      hous,
      f.integer(6, lhous),
      work,
      f.integer(7, lwork),
      f.integer(5, 0),
      1,
      1,
      1,
    )
  }
  frame.fresh()
  const nothing = frame.cell(10)
  reduce(nothing, nothing, frame.cell(8), -1)
  const forReduction = queried(frame, 8, type)
  chase(nothing, nothing, frame.cell(8), -1, frame.cell(9), -1)
  const lhous = queried(frame, 8, type)
  const forChase = queried(frame, 9, type)
  const sizes = [ldab * n, n, n, lhous, Math.max(forReduction, forChase)].map((count) => count * size)
  return withWorkspace(kernels, sizes, ([band, tau, e, hous, work]) => {
    const { base } = frame.fresh()
    threads.use(true)
    reduce(base + band!, base + tau!, base + work!, forReduction)
    let info = finished('sytrd_sy2sb', frame.integerAt(5))
    // The chase is thousands of tiny steps, which threads only slow down.
    threads.use(false)
    chase(base + band!, base + e!, base + hous!, lhous, base + work!, forChase)
    info ||= finished('sytrd_sb2st', frame.integerAt(5))
    sterf(frame.integer(0, n), base + w, base + e!, frame.integer(5, 0), 0, 0, 0)
    return info || finished('sterf', frame.integerAt(5))
  })
}
