/** Matrices factored by the way that suits each: what `solve` applies to right-hand sides, once or, on the tape, again and again. */
import type { Solver } from './apply.js'
import { finiteness, ok, type Status } from './outcome.js'
import { isSuspicious, singularity } from './singular.js'
import { bandOf, type Shape, type Structure, structureOf } from './structure.js'
import {
  copyOf,
  elementBytes,
  empty,
  kernels,
  lapack,
  matrixAt,
  type Real,
  type Stack,
  type Tensor,
} from './support.js'

/** How a system is solved. */
export type Method = 'division' | 'substitution' | 'band LU' | 'Cholesky' | 'LU'

/** What is known of one matrix. */
export interface Plan extends Shape {
  readonly method: Method
}

const methods: Readonly<Record<Structure, Method>> = {
  diagonal: 'division',
  'upper-triangular': 'substitution',
  'lower-triangular': 'substitution',
  banded: 'band LU',
  symmetric: 'Cholesky',
  general: 'LU',
}

export function planOf(A: Tensor, stack: Stack, i: number): Plan {
  const shape = structureOf(matrixAt(A, stack, i), stack.n)
  return { ...shape, method: methods[shape.structure] }
}

/** Whether the diagonal of a triangular matrix, or of a factor, is finite. */
function hasFiniteDiagonal(values: Float32Array | Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (!Number.isFinite(values[i * n + i])) return false
  return true
}

/**
 * Factors matrix i of `factors`, a contiguous copy of A, in place. Where Cholesky fails the plan becomes LU's. `once`: right-hand sides at `B`
 * [n, k] are solved at the same time, and the factors need not be kept.
 */
export function factorOne(
  A: Tensor,
  factors: Tensor,
  pivots: Tensor | null,
  stack: Stack,
  i: number,
  plan: Plan,
  once: { B: number; k: number } | null,
): { plan: Plan; status: Status } {
  const { type, n, step } = stack
  const a = factors.pointer + i * step
  // Infinities leave pivots that are far apart, so they are looked for here, where the way is long already.
  const closer = (): Status => {
    const finite = finiteness('solve', A)
    return finite.outcome === 'ok' ? singularity('solve', A, stack, i) : { ...finite, rcond: 0 }
  }
  const fine: Status = { ...ok, matrix: i }
  const diagonal = (): Float32Array | Float64Array => matrixAt(factors, stack, i)
  switch (plan.method) {
    case 'division':
    case 'substitution':
    case 'band LU': {
      const status = plan.method !== 'band LU' && isSuspicious(diagonal(), n, type) ? closer() : fine
      if (status.rcond === 0 || once === null) return { plan, status }
      return { plan, status: applyPlan(plan, type, n, a, 0, false, once.B, once.k) ? status : closer() }
    }
    case 'Cholesky':
      if (lapack().potrf(type, 'lower', n, a, n) === 0 && hasFiniteDiagonal(diagonal(), n)) {
        const status = isSuspicious(diagonal(), n, type, true) ? closer() : fine
        if (once !== null) applyPlan(plan, type, n, a, 0, false, once.B, once.k)
        return { plan, status }
      }
      diagonal().set(matrixAt(A, stack, i))
      return factorOne(A, factors, pivots, stack, i, { ...plan, structure: 'general', method: 'LU' }, once)
    case 'LU': {
      const info =
        once === null
          ? lapack().getrf(type, n, n, a, n, pivots!.pointer + 4 * n * i)
          : lapack().gesv(type, n, once.k, a, n, once.B, once.k)
      const isFine = info === 0 && !isSuspicious(diagonal(), n, type)
      return { plan, status: isFine ? fine : closer() }
    }
  }
}

/** B [n, k] = op(A)^-1 B with what `factorOne` left at `a`. False where a band matrix has a zero pivot. */
export function applyPlan(
  plan: Plan,
  type: Real,
  n: number,
  a: number,
  ipiv: number,
  trans: boolean,
  B: number,
  k: number,
): boolean {
  const { method, structure, below, above } = plan
  switch (method) {
    case 'division': {
      const [values, right] =
        type === 'f64'
          ? [kernels().f64(a, n * n), kernels().f64(B, n * k)]
          : [kernels().f32(a, n * n), kernels().f32(B, n * k)]
      for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) right[i * k + j] = right[i * k + j]! / values[i * n + i]!
      return true
    }
    case 'substitution':
      lapack().trsm(
        type,
        'left',
        structure === 'upper-triangular' ? 'upper' : 'lower',
        trans,
        false,
        n,
        k,
        1,
        a,
        n,
        B,
        k,
      )
      return true
    case 'band LU': {
      const width = below + above + 1
      const band = empty(type, [n, width])
      const [values, out] =
        type === 'f64'
          ? [kernels().f64(a, n * n), kernels().f64(band.pointer, n * width)]
          : [kernels().f32(a, n * n), kernels().f32(band.pointer, n * width)]
      const [kl, ku] = trans ? [above, below] : [below, above]
      bandOf(values, n, kl, ku, trans, out)
      const info = lapack().gbsv(type, n, kl, ku, k, band.pointer, B, k)
      band.dispose()
      return info === 0
    }
    case 'Cholesky':
      lapack().trsm(type, 'left', 'lower', false, false, n, k, 1, a, n, B, k)
      lapack().trsm(type, 'left', 'lower', true, false, n, k, 1, a, n, B, k)
      return true
    case 'LU':
      lapack().getrs(type, trans, n, k, a, n, ipiv, B, k)
      return true
  }
}

/** Contiguous A factored for use on the tape. */
export function factoredSolver(A: Tensor, stack: Stack, plans: Plan[]): { solver: Solver; status: Status[] } {
  const { n, count, batch, type, step } = stack
  const factors = copyOf(A)
  const pivots = empty('i32', [...batch, n])
  const status = Array.from({ length: count }, (_, i) => {
    const done = factorOne(A, factors, pivots, stack, i, plans[i]!, null)
    plans[i] = done.plan
    return done.status
  })
  const solver: Solver = {
    name: 'solve',
    parts: [factors, pivots],
    solve([F, ipiv], trans, B, places) {
      const k = B.shape.at(-1)!
      const bytes = n * k * elementBytes[type]
      for (const [i, place] of places.entries())
        applyPlan(
          plans[place]!,
          type,
          n,
          F!.pointer + place * step,
          ipiv!.pointer + 4 * n * place,
          trans,
          B.pointer + i * bytes,
          k,
        )
    },
  }
  return { solver, status }
}
