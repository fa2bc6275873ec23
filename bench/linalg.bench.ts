/**
 * `normball/linalg` on Tensors beside SciPy, in turn in one run: everything that a call does is inside the clock, and each result is compared
 * before it is timed. Run: npx tsx bench/linalg.bench.ts [portable] [solve|svd|...]; THREADS (1), ROUNDS (5), ORDERS (64,256,1024) and TYPES
 * (f64) are what they say.
 */
import { cholesky, eig, eigh, inv, lstsq, lu, norm, qr, solve, svd, svdvals } from '../src/linalg/index.node.js'
import {
  add,
  eye,
  matmul,
  memory,
  ones,
  scope,
  setBackend,
  type Tensor,
  tensor,
  transpose,
} from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { machine, numpyVersion } from './lib/measure.js'
import { ScipyPeer, threads } from './lib/scipy.js'

const rounds = Number(process.env['ROUNDS'] ?? 5)
const orders = (process.env['ORDERS'] ?? '64,256,1024').split(',').map(Number)
const types = (process.env['TYPES'] ?? 'f64').split(',') as ('f32' | 'f64')[]
const words = process.argv.slice(2)
setBackend(words.includes('portable') ? 'portable' : 'system')
lapack().setThreads(threads)

/** The numbers that the peer makes, too: uniform in [-1/2, 1/2). */
const element = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43758.5453
  return x - Math.floor(x) - 0.5
}

const tasks: Record<string, (A: Tensor, S: Tensor, b: Tensor) => Tensor> = {
  solve: (A, _, b) => solve(A, b),
  cholesky: (_, S) => cholesky(S),
  lu: (A) => lu(A).factors,
  inverse: (A) => inv(A),
  qr: (A) => qr(A).R,
  eig: (A) => eig(A).eigenvectors.re,
  lstsq: (A, _, b) => lstsq(A, b).solution,
  svd: (A) => svd(A).S,
  svdvals: (A) => svdvals(A),
  eigh: (_, S) => eigh(S).eigenvalues,
}

const callsFor = (n: number): number => Math.max(1, Math.min(20_000, Math.floor(2e7 / n ** 3)))
const unit = (seconds: number): string =>
  seconds < 1e-3 ? `${(seconds * 1e6).toFixed(2)} µs` : `${(seconds * 1e3).toFixed(2)} ms`

const peer = numpyVersion() === null ? null : new ScipyPeer()
console.log(`${machine()}, ${threads} BLAS threads`)
for (const type of types)
  for (const n of orders) {
    const A = tensor(
      Float64Array.from({ length: n * n }, (_, i) => element(i)),
      { shape: [n, n], dtype: type },
    )
    const S = scope(() => add(matmul(A, transpose(A)), eye(n, { dtype: type })))
    const b = ones([n], { dtype: type })
    for (const [task, run] of Object.entries(tasks)) {
      if (words.some((word) => word in tasks) && !words.includes(task)) continue
      const once = (): number => scope(() => norm(run(A, S, b), { ord: Infinity }).item())
      const largest = once()
      const calls = callsFor(n)
      const [mine, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        for (let call = 0; call < Math.min(calls, 100); call++) scope(() => void run(A, S, b))
        const start = performance.now()
        for (let call = 0; call < calls; call++) scope(() => void run(A, S, b))
        mine.push((performance.now() - start) / 1000 / calls)
        if (!peer) continue
        const [seconds, other] = await peer.ask(task, type, n, calls)
        theirs.push(seconds)
        // Of A's eigenvectors the order is free, and packed factors differ where pivots tie.
        const same = Math.abs(largest - other) <= (type === 'f64' ? 1e-6 : 1e-2) * other
        if (task !== 'eig' && !same) throw new Error(`${task} ${type} ${n}: ours ${largest}, SciPy ${other}`)
      }
      // The least of the rounds: whatever else the machine does only adds.
      const [best, other] = [Math.min(...mine), Math.min(...theirs)]
      console.log(
        `${task} ${type} ${n}: ${unit(best)}${peer ? `; SciPy ${unit(other)}, ours takes ${(best / other).toFixed(2)}` : ''}`,
      )
    }
    for (const x of [A, S, b]) x.dispose()
  }
peer?.end()
console.log(`${memory().tensors} tensors left`)
