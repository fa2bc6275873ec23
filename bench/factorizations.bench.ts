/**
 * Factorizations, solutions and eigenvalues beside SciPy, and the bare cost of a small product beside NumPy, in turn in one run; each result
 * is compared before it is timed. Copies of the input are inside the clock on both sides. Run: npx tsx bench/factorizations.bench.ts
 * [portable] [solve|cholesky|...]; PYTHON names another Python, THREADS (1), ROUNDS (5) and ORDERS (64,256,1024) what they say.
 */
import { createKernels, type Pointer } from '../src/kernels/index.js'
import { type Real, selectLapack } from '../src/lapack/index.node.js'
import { machine, numpyVersion } from './lib/measure.js'
import { ScipyPeer, threads } from './lib/scipy.js'

const rounds = Number(process.env['ROUNDS'] ?? 5)
const orders = (process.env['ORDERS'] ?? '64,256,1024').split(',').map(Number)
const words = process.argv.slice(2)
const kernels = createKernels()
const lapack = selectLapack(kernels, words.includes('portable') ? 'portable' : 'system')

const bytes: Record<Real, number> = { f32: 4, f64: 8 }
const view = (type: Real, pointer: Pointer, length: number): Float32Array | Float64Array =>
  type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)

/** The numbers that the peer makes, too: uniform in [-1/2, 1/2). */
const element = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43758.5453
  return x - Math.floor(x) - 0.5
}

/** The memory of one task and order: inputs A, a positive definite S and b that stay, and outputs. */
class Memory {
  readonly #pointers: Pointer[] = []
  readonly A: Pointer
  readonly S: Pointer
  readonly b: Pointer
  readonly work: Pointer
  readonly U: Pointer
  readonly V: Pointer
  readonly x: Pointer
  readonly y: Pointer
  readonly pivots: Pointer
  constructor(
    readonly type: Real,
    readonly n: number,
  ) {
    const [square, line] = [() => this.take(n * n), () => this.take(n)]
    ;[this.A, this.S, this.work, this.U, this.V] = [square(), square(), square(), square(), square()]
    ;[this.b, this.x, this.y, this.pivots] = [line(), line(), line(), line()]
    const A = view(type, this.A, n * n)
    for (let i = 0; i < n * n; i++) A[i] = element(i)
    view(type, this.b, n).fill(1)
    lapack.gemm(type, false, true, n, n, n, 1, this.A, n, this.A, n, 0, this.S, n)
    const S = view(type, this.S, n * n)
    for (let i = 0; i < n; i++) S[i * n + i]! += 1
  }
  private take(count: number): Pointer {
    const pointer = kernels.alloc(bytes[this.type] * count)
    this.#pointers.push(pointer)
    return pointer
  }
  copy(from: Pointer, to: Pointer, count: number): Pointer {
    const size = bytes[this.type]
    kernels.u8(to, count * size).set(kernels.u8(from, count * size))
    return to
  }
  largest(pointer: Pointer, count: number): number {
    let most = 0
    for (const x of view(this.type, pointer, count)) most = Math.max(most, Math.abs(x))
    return most
  }
  free(): void {
    for (const pointer of this.#pointers) kernels.free(pointer)
  }
}

/** A task computes; what it leaves (a place and a count) is judged by its largest absolute value, as the peer's result is. */
const tasks: Record<string, (m: Memory) => readonly [Pointer, number]> = {
  gemm({ type, n, A, S, U }) {
    lapack.gemm(type, false, false, n, n, n, 1, A, n, S, n, 0, U, n)
    return [U, n * n]
  },
  solve(m) {
    const { type, n } = m
    lapack.gesv(type, n, 1, m.copy(m.A, m.work, n * n), n, m.copy(m.b, m.x, n), 1)
    return [m.x, n]
  },
  cholesky(m) {
    const { type, n } = m
    const L = m.copy(m.S, m.work, n * n)
    lapack.potrf(type, 'lower', n, L, n)
    kernels.array.triangle(bytes[type], false, 1, n, n, 0, L, m.U)
    return [m.U, n * n]
  },
  lu(m) {
    const { type, n } = m
    lapack.getrf(type, n, n, m.copy(m.A, m.work, n * n), n, m.pivots)
    return [m.work, n * n]
  },
  inverse(m) {
    const { type, n } = m
    lapack.getri(type, n, m.copy(m.A, m.work, n * n), n)
    return [m.work, n * n]
  },
  qr(m) {
    const { type, n } = m
    const Q = m.copy(m.A, m.work, n * n)
    lapack.geqrf(type, n, n, Q, n, m.x)
    kernels.array.triangle(bytes[type], true, 1, n, n, 0, Q, m.U)
    lapack.orgqr(type, n, n, n, Q, n, m.x)
    return [m.U, n * n]
  },
  eig(m) {
    const { type, n } = m
    lapack.geev(type, true, n, m.copy(m.A, m.work, n * n), n, m.x, m.y, m.V, n)
    return [m.V, n]
  },
  lstsq(m) {
    const { type, n } = m
    lapack.gelsd(type, n, n, 1, m.copy(m.A, m.work, n * n), n, m.copy(m.b, m.x, n), 1, m.y, -1)
    return [m.x, n]
  },
  svd(m) {
    const { type, n } = m
    lapack.gesdd(type, 'thin', n, n, m.copy(m.A, m.work, n * n), n, m.x, m.U, n, m.V, n)
    return [m.x, n]
  },
  svdvals(m) {
    const { type, n } = m
    lapack.gesdd(type, 'none', n, n, m.copy(m.A, m.work, n * n), n, m.x, 0, 1, 0, 1)
    return [m.x, n]
  },
  eigh(m) {
    const { type, n } = m
    lapack.syevd(type, true, 'lower', n, m.copy(m.S, m.work, n * n), n, m.x)
    return [m.x, n]
  },
}

/** Multiplications of a task on order n, roughly, for the number of calls in a round. */
const callsFor = (n: number): number => Math.max(1, Math.min(20_000, Math.floor(2e7 / n ** 3)))

const unit = (seconds: number): string =>
  seconds < 1e-3 ? `${(seconds * 1e6).toFixed(2)} µs` : `${(seconds * 1e3).toFixed(2)} ms`

async function compare(peer: ScipyPeer | null, task: string, type: Real, n: number): Promise<void> {
  const memory = new Memory(type, n)
  const run = tasks[task]!
  const calls = callsFor(n)
  const [pointer, count] = run(memory)
  const largest = memory.largest(pointer, count)
  const [mine, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    for (let call = 0; call < Math.min(calls, 100); call++) run(memory)
    const start = performance.now()
    for (let call = 0; call < calls; call++) run(memory)
    mine.push((performance.now() - start) / 1000 / calls)
    if (!peer) continue
    const [seconds, other] = await peer.ask(task, type, n, calls)
    theirs.push(seconds)
    // Eigenvectors of A hang on the order of eigenvalues, solutions on the condition: what is compared is meant to catch blunders.
    const same = Math.abs(largest - other) <= (type === 'f64' ? 1e-6 : 1e-2) * other
    if (task !== 'eig' && !same) throw new Error(`${task} ${type} ${n}: ours ${largest}, SciPy ${other}`)
  }
  memory.free()
  // The least of the rounds: whatever else the machine does only adds.
  const [best, other] = [Math.min(...mine), Math.min(...theirs)]
  const beside = theirs.length > 0 ? `SciPy ${unit(other)}, ours takes ${(best / other).toFixed(2)}` : '-'
  console.log(`${task} ${type} ${n}: ${unit(best)}; ${beside}`)
}

const wanted = Object.keys(tasks).filter((task) => words.includes(task))
const peer = numpyVersion() === null ? null : new ScipyPeer()
lapack.setThreads(threads)
console.log(
  `${machine()}; ${lapack.info.name} (${lapack.info.core ?? 'no core named'}), ${threads} thread(s); least of ${rounds}`,
)
for (const task of wanted.length > 0 ? wanted : Object.keys(tasks))
  for (const type of task === 'gemm' ? (['f32', 'f64'] as const) : (['f64'] as const))
    for (const n of task === 'gemm' ? [16, ...orders] : orders) await compare(peer, task, type, n)
peer?.end()
