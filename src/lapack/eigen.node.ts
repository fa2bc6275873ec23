/**
 * Symmetric eigenvalues through LAPACK. With vectors, and for small orders, ?syevd. Values alone of a large matrix go by the two-stage
 * reduction (to a band, then to tridiagonal form, then QL/QR): its first stage is matrix products, where ?sytrd is bound by memory.
 */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import type { Abi } from './abi.node.js'
import { type Extremes, extremes, rescale } from './extremes.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Info, Lapack, Real } from './lapack.js'
import { type Threads, threadedOrder } from './threads.node.js'
import { mirrorLower, transposeSquare } from './transpose.js'
import { answerTo, finished, type Letter, queried, withWorkspace } from './workspace.node.js'

/** From these orders the two stages are faster than ?sytrd (measured with OpenBLAS on one and two threads; with BLIS it is earlier). */
const twoStageOrder: Record<Real, number> = { f32: 1536, f64: 1280 }
/** Width of the band: wider makes the products faster and the chase down to tridiagonal form longer. */
const bandWidth = (n: number): number => (n < 1536 ? 32 : 48)

/**
 * Largest elements that need no scaling: squares and sums over n of them stay inside the type. And the span below the largest element that
 * can matter: what is smaller is cleared, a change far below the rounding error of the reduction, and so never seen by code that divides by it.
 */
const comfortable: Record<Real, { low: number; high: number; span: number }> = {
  f32: { low: 1e-15, high: 1e15, span: 1e-18 },
  f64: { low: 1e-140, high: 1e140, span: 1e-60 },
}

/** The power of two by which a matrix is multiplied first: 1 for nearly all. */
function scaleOf(type: Real, { most }: Extremes): number {
  const { low, high } = comfortable[type]
  return most === 0 || (most >= low && most <= high) ? 1 : 2 ** -Math.floor(Math.log2(most))
}

interface Stages {
  sy2sb: Native
  sb2st: Native
  sterf: Native
}

interface Routines {
  syevd: Native
  /** Null for a LAPACK older than 3.7. */
  stages: Stages | null
}

export function createEigen(abi: Abi, frame: Frame, threads: Threads, kernels: Kernels): Pick<Lapack, 'syevd'> {
  const routines = (letter: 's' | 'd'): Routines => {
    const [sy2sb, sb2st] = [abi.routine(`${letter}sytrd_sy2sb`, 11), abi.routine(`${letter}sytrd_sb2st`, 14)]
    const sterf = abi.routine(`${letter}sterf`, 4)
    return {
      syevd: abi.required(`${letter}syevd`, 11),
      stages: sy2sb && sb2st && sterf ? { sy2sb, sb2st, sterf } : null,
    }
  }
  const table: Record<Real, Routines> = { f32: routines('s'), f64: routines('d') }

  return {
    syevd(type, vectors, triangle, n, a, lda, w) {
      if (n === 0) return 0
      const found = extremes(kernels, type, a, lda, n, n, triangle)
      const values = (): Float32Array | Float64Array => (type === 'f64' ? kernels.f64(w, n) : kernels.f32(w, n))
      if (!Number.isFinite(found.most)) {
        values().fill(Number.NaN)
        return n
      }
      const scale = scaleOf(type, found)
      const { span } = comfortable[type]
      if (scale !== 1 || found.least < found.most * span)
        rescale(kernels, type, a, lda, n, triangle, scale, found.most * scale * span)

      const call: Call = { routine: table[type], type, letter: triangle === 'upper' ? 'L' : 'U', n, a, lda, w }
      const context = { frame, threads, kernels, integerBytes: abi.integerBytes }
      const stages = vectors || n < twoStageOrder[type] ? null : table[type].stages
      const info = stages ? twoStage(context, call, stages) : divideAndConquer(context, call, vectors)
      // LAPACK's columns are our rows.
      if (vectors && info === 0) transposeSquare(kernels, type, a, lda, n)
      if (scale !== 1) values().set(values().map((x) => x / scale))
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
  const sizes = answerTo(frame, `syevd ${type} ${vectors} ${n}`, () => {
    run(frame.cell(5), -1, frame.cell(6), -1)
    return [elementBytes[type] * queried(frame, 5, type), integerBytes * Math.max(1, frame.integerAt(6))]
  })
  return withWorkspace(kernels, sizes, ([work, iwork]) => {
    frame.fresh()
    run(frame.base + work!, sizes[0]! / elementBytes[type], frame.base + iwork!, sizes[1]! / integerBytes)
    return finished('syevd', frame.integerAt(4))
  })
}

function twoStage(context: Context, call: Call, { sy2sb, sb2st, sterf }: Stages): Info {
  const { frame, threads, kernels } = context
  const { type, n, a, lda, w } = call
  const size = elementBytes[type]
  // Both stages are written for LAPACK's lower triangle, our upper one, and are a fifth slower on the other.
  if (call.letter === 'U') mirrorLower(kernels, type, a, lda, n)
  const letter = 'L'
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
