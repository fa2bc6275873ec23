/**
 * The portable LAPACK beside the system's library on one thread, in turn in one run; results are compared before they are timed. Products are given
 * in GFLOP/s, decompositions in milliseconds; the ratio is portable time / system time. `spectrum` is what `inspect` does for storage up to 32 bits.
 * Run: npx tsx bench/portable.bench.ts [gemm|syrk|trsm|cholesky|solve|inverse|qr|pivoted|... ...] [largest order]
 */
import { createKernels } from '../src/kernels/index.js'
import { type Lapack, type Real, selectLapack } from '../src/lapack/index.node.js'
import { createPortable } from '../src/lapack/portable/index.js'
import { machine, median } from './lib/measure.js'

const words = process.argv.slice(2)
const largestOrder = Number(words.find((word) => /^\d+$/.test(word)) ?? 1024)
const rounds = Number(process.env['ROUNDS'] ?? 3)

const kernels = createKernels()
const portable = createPortable(kernels)
let system: Lapack | null = null
try {
  system = selectLapack(kernels, 'system')
} catch {}
system?.setThreads(1)

interface Matrices {
  readonly n: number
  readonly type: Real
  readonly a: number
  readonly c: number
  readonly u: number
  readonly w: number
}

/** What runs on a matrix, how many operations it counts as (0: print milliseconds), and which of the buffers holds the result. */
interface Task {
  readonly operations: number
  readonly result: 'a' | 'c' | 'u' | 'w'
  /** What the matrices become before the clock starts; A is random and C zero without it. */
  prepare?(matrices: Matrices): void
  run(lapack: Lapack, matrices: Matrices): void
}

const tasks: Record<string, Task> = {
  gemm: {
    operations: 2,
    result: 'c',
    run: (lapack, { type, n, a, c }) => lapack.gemm(type, false, false, n, n, n, 1, a, n, a, n, 0, c, n),
  },
  syrk: {
    operations: 1,
    result: 'c',
    run: (lapack, { type, n, a, c }) => lapack.syrk(type, 'lower', false, n, n, 1, a, n, 0, c, n),
  },
  trsm: {
    operations: 1,
    result: 'c',
    prepare: triangular,
    run: (lapack, { type, n, a, c }) => lapack.trsm(type, 'left', 'lower', false, false, n, n, 1, a, n, c, n),
  },
  cholesky: {
    operations: 0,
    result: 'u',
    prepare: definite,
    run: (lapack, { type, n, u }) => lapack.potrf(type, 'lower', n, u, n),
  },
  solve: {
    operations: 0,
    result: 'w',
    prepare: ones,
    run: (lapack, { type, n, a, w }) => lapack.gesv(type, n, 1, a, n, w, 1),
  },
  inverse: {
    operations: 0,
    result: 'a',
    prepare: dominant,
    run: (lapack, { type, n, a }) => lapack.getri(type, n, a, n),
  },
  qr: {
    operations: 0,
    result: 'a',
    run: (lapack, { type, n, a, w }) => lapack.geqrf(type, n, n, a, n, w),
  },
  q: {
    operations: 0,
    result: 'a',
    prepare: (matrices) => portable.geqrf(matrices.type, matrices.n, matrices.n, matrices.a, matrices.n, matrices.w),
    run: (lapack, { type, n, a, w }) => lapack.orgqr(type, n, n, n, a, n, w),
  },
  pivoted: {
    operations: 0,
    result: 'a',
    prepare: falling,
    run: (lapack, { type, n, a, u, w }) => lapack.geqp3(type, n, n, a, n, u, w),
  },
  eigenvalues: {
    operations: 0,
    result: 'w',
    run: (lapack, { type, n, a, w }) => lapack.syevd(type, false, 'lower', n, a, n, w),
  },
  eigenvectors: {
    operations: 0,
    result: 'w',
    run: (lapack, { type, n, a, w }) => lapack.syevd(type, true, 'lower', n, a, n, w),
  },
  values: {
    operations: 0,
    result: 'w',
    run: (lapack, { type, n, a, w }) => lapack.gesdd(type, 'none', n, n, a, n, w, 0, 1, 0, 1),
  },
  vectors: {
    operations: 0,
    result: 'w',
    run: (lapack, { type, n, a, c, u, w }) => lapack.gesdd(type, 'thin', n, n, a, n, w, u, n, c, n),
  },
  // Real parts in order, as each implementation finds them in its own.
  generalValues: {
    operations: 0,
    result: 'w',
    run(lapack, { type, n, a, u, w }) {
      lapack.geev(type, false, n, a, n, w, u, 0, 1)
      view(type, w, n).sort()
    },
  },
  generalVectors: {
    operations: 0,
    result: 'w',
    run(lapack, { type, n, a, c, u, w }) {
      lapack.geev(type, true, n, a, n, w, u, c, n)
      view(type, w, n).sort()
    },
  },
  spectrum: {
    operations: 0,
    result: 'w',
    run(lapack, { type, n, a, c, w }) {
      lapack.syrk(type, 'lower', false, n, n, 1, a, n, 0, c, n)
      lapack.syevd(type, false, 'lower', n, c, n, w)
    },
  },
}

const view = (type: Real, pointer: number, length: number): Float32Array | Float64Array =>
  type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)

function fill({ type, n, a, c }: Matrices): void {
  const memory = view(type, a, n * n)
  let state = 1
  for (let i = 0; i < n * n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    memory[i] = state / 2 ** 32 - 0.5
  }
  view(type, c, n * n).fill(0)
}

function prepare(task: Task, matrices: Matrices): void {
  fill(matrices)
  task.prepare?.(matrices)
}

/** A well-conditioned A, and a C to solve for. */
function triangular({ type, n, a, c }: Matrices): void {
  const A = view(type, a, n * n)
  view(type, c, n * n).set(A)
  for (let i = 0; i < n * n; i++) A[i]! /= n
  for (let i = 0; i < n; i++) A[i * n + i] = 2
}

/** Columns of falling norms, so that both implementations take them in one order. */
function falling({ type, n, a }: Matrices): void {
  const A = view(type, a, n * n)
  for (let i = 0; i < n * n; i++) A[i]! *= 2 ** (-(i % n) / 16)
}

function dominant({ type, n, a }: Matrices): void {
  const A = view(type, a, n * n)
  for (let i = 0; i < n; i++) A[i * n + i]! += Math.sqrt(n)
}

/** A positive definite U with its upper triangle zero, so that factors can be compared. */
function definite({ type, n, a, u }: Matrices): void {
  view(type, u, n * n).fill(0)
  portable.syrk(type, 'lower', false, n, n, 1, a, n, 0, u, n)
  const U = view(type, u, n * n)
  for (let i = 0; i < n; i++) U[i * n + i]! += n
}

/** The right-hand side. */
function ones(matrices: Matrices): void {
  dominant(matrices)
  view(matrices.type, matrices.w, matrices.n).fill(1)
}

/** Milliseconds of a call; small products are repeated, decompositions find a fresh matrix. */
function milliseconds(task: Task, lapack: Lapack, matrices: Matrices): number {
  const calls = task.operations > 0 ? Math.max(1, Math.floor(2e7 / matrices.n ** 3)) : 1
  prepare(task, matrices)
  const start = performance.now()
  for (let call = 0; call < calls; call++) task.run(lapack, matrices)
  return (performance.now() - start) / calls
}

/** Largest difference of the two implementations' results, against the largest value. */
function disagreement(task: Task, matrices: Matrices): number {
  if (system === null) return 0
  const results = [portable, system].map((lapack) => {
    prepare(task, matrices)
    task.run(lapack, matrices)
    return view(matrices.type, matrices[task.result], task.result === 'w' ? matrices.n : matrices.n ** 2).slice()
  })
  const [mine, theirs] = results as [Float64Array, Float64Array]
  let [apart, most] = [0, 0]
  for (let i = 0; i < mine.length; i++) {
    apart = Math.max(apart, Math.abs(mine[i]! - theirs[i]!))
    most = Math.max(most, Math.abs(theirs[i]!))
  }
  return apart / most
}

const chosen = Object.entries(tasks).filter(([name]) => words.every((word) => !(word in tasks)) || words.includes(name))
console.log(`${machine()}; portable beside ${system?.info.name ?? 'no system library'}; median of ${rounds}`)
for (const [name, task] of chosen)
  for (const type of ['f32', 'f64'] as const)
    for (const n of [16, 32, 64, 96, 256, 512, 1024, 2048]) {
      if (n > largestOrder || (task.operations === 0 && n < 256)) continue
      const matrices = {
        n,
        type,
        a: kernels.alloc(8 * n * n),
        c: kernels.alloc(8 * n * n),
        u: kernels.alloc(8 * n * n),
        w: kernels.alloc(8 * n),
      }
      const apart = disagreement(task, matrices)
      if (!(apart < n * (type === 'f32' ? 1e-6 : 1e-14))) throw new Error(`${name} ${type} ${n}: off by ${apart}`)
      const [mine, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        mine.push(milliseconds(task, portable, matrices))
        if (system) theirs.push(milliseconds(task, system, matrices))
      }
      const show = (ms: number): string =>
        task.operations > 0
          ? `${((task.operations * n ** 3) / ms / 1e6).toFixed(1)} GFLOP/s (${(ms * 1000).toFixed(2)} µs)`
          : `${ms.toFixed(1)} ms`
      const [ours, other] = [median(mine), system ? median(theirs) : null]
      const ratio = other === null ? '' : `  system ${show(other)}  ratio ${(ours / other).toFixed(2)}`
      console.log(`${name.padEnd(12)} ${type} ${String(n).padStart(4)}  portable ${show(ours)}${ratio}`)
      for (const pointer of [matrices.a, matrices.c, matrices.u, matrices.w]) kernels.free(pointer)
    }
process.exit(0)
