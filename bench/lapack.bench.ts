/**
 * Products, eigenvalues and singular values beside NumPy and SciPy, in turn in one run, on one thread and on two; each result is compared before it
 * is timed. Run: npx tsx bench/lapack.bench.ts [portable] [gemm|syrk|eigenvalues|svd|spectrum ...]; PYTHON names another Python.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createKernels, measures } from '../src/kernels/index.js'
import { type Real, selectLapack } from '../src/lapack/index.node.js'
import { machine, median, numpyVersion } from './lib/measure.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const rounds = Number(process.env['ROUNDS'] ?? 3)

/** A peer that stays alive: one line of JSON in (task, type, n), one out (seconds a call, the largest value of the result). */
const peerProgram = `
import json, sys, time
import numpy as np
try:
    from scipy.linalg import svdvals
except ImportError:
    svdvals = None
made = {}
def fill(type, n):
    if (type, n) not in made:
        x = np.sin(np.arange(n * n, dtype=np.float64) * 12.9898) * 43758.5453
        made.clear()
        made[(type, n)] = (x - np.floor(x) - 0.5).reshape(n, n).astype({'f32': np.float32, 'f64': np.float64}[type])
    return made[(type, n)]
tasks = {
    'gemm': lambda a: a @ a,
    'syrk': lambda a: a @ a.T,
    'eigenvalues': lambda a: np.linalg.eigvalsh(a),
    'svd': lambda a: np.linalg.svd(a, compute_uv=False),
    'spectrum': lambda a: np.linalg.svd(a, compute_uv=False),
    'scipy': lambda a: svdvals(a),
}
for line in sys.stdin:
    task, type, n = json.loads(line)
    a = fill(type, n)
    calls = max(1, min(2000, 30_000_000 // n ** 3))
    if task == 'scipy' and svdvals is None:
        print(json.dumps(None), flush=True)
        continue
    start = time.perf_counter()
    for _ in range(calls):
        result = tasks[task](a)
    print(json.dumps([(time.perf_counter() - start) / calls, float(np.max(np.abs(result)))]), flush=True)
`

type Answer = [seconds: number, largest: number] | null

class Peer {
  private readonly child: ChildProcess
  private readonly waiting: ((answer: Answer) => void)[] = []
  constructor(threads: number) {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
    this.child = spawn(python, ['-c', peerProgram], { stdio: ['pipe', 'pipe', 'inherit'], env })
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line) as Answer),
    )
  }
  ask(task: string, type: Real, n: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      this.child.stdin!.write(`${JSON.stringify([task, type, n])}\n`)
    })
  }
  end(): void {
    this.child.stdin!.end()
  }
}

const words = process.argv.slice(2)
const kernels = createKernels()
const lapack = selectLapack(kernels, words.includes('portable') ? 'portable' : 'system')

const view = (type: Real, pointer: number, length: number): Float32Array | Float64Array =>
  type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)

/** One of our tasks on order n: prepares outside the clock, returns the seconds of a call and the largest absolute value of the result. */
function ours(task: string, type: Real, n: number): [number, number] {
  const calls = Math.max(1, Math.min(2000, Math.floor(30_000_000 / n ** 3)))
  const [a, c, w] = [8 * n * n, 8 * n * n, 8 * n].map((bytes) => kernels.alloc(bytes)) as [number, number, number]
  const prepare = (): void => {
    const memory = view(type, a, n * n)
    for (let i = 0; i < n * n; i++) {
      const x = Math.sin(i * 12.9898) * 43758.5453
      memory[i] = x - Math.floor(x) - 0.5
    }
    if (task === 'syrk') view(type, c, n * n).fill(0)
  }
  prepare()
  let seconds = 0
  for (let call = 0; call < calls; call++) {
    if (call > 0 && task !== 'gemm' && task !== 'syrk') prepare()
    const start = performance.now()
    if (task === 'gemm') lapack.gemm(type, false, false, n, n, n, 1, a, n, a, n, 0, c, n)
    else if (task === 'syrk') lapack.syrk(type, 'upper', false, n, n, 1, a, n, 0, c, n)
    else if (task === 'eigenvalues') lapack.syevd(type, false, 'lower', n, a, n, w)
    else if (task === 'svd') lapack.gesdd(type, 'none', n, n, a, n, w, 0, 1, 0, 1)
    else spectrum(type, n, a, c, w)
    seconds += performance.now() - start
  }
  const result =
    task === 'gemm' || task === 'syrk' ? view(type, c, n * n) : view(task === 'spectrum' ? 'f64' : type, w, n)
  let largest = 0
  for (const x of result) largest = Math.max(largest, Math.abs(x))
  for (const pointer of [a, c, w]) kernels.free(pointer)
  return [seconds / 1000 / calls, largest]
}

/** The exact spectrum as `inspect` takes it for storage up to 32 bits: to f64, Gram matrix, eigenvalues, roots. */
function spectrum(type: Real, n: number, a: number, c: number, w: number): void {
  const wide = type === 'f64' ? a : kernels.alloc(8 * n * n)
  if (type === 'f32') measures(kernels).convert('f32', a, n * n, wide, 'f64')
  lapack.syrk('f64', 'upper', false, n, n, 1, wide, n, 0, c, n)
  lapack.syevd('f64', false, 'upper', n, c, n, w)
  const values = kernels.f64(w, n)
  for (let i = 0; i < n; i++) values[i] = Math.sqrt(Math.max(0, values[i]!))
  if (wide !== a) kernels.free(wide)
}

/** Names of layers whose matrices have about these orders. */
const orders: readonly (readonly [string, number])[] = [
  ['call', 16],
  ['ResNet-50 layer3', 256],
  ['GPT-2 attention', 768],
  ['transformer', 1024],
  ['LLM attention', 2048],
]
const tasks = ['gemm', 'syrk', 'eigenvalues', 'svd', 'spectrum'].filter(
  (task) => !words.some((word) => word !== 'portable') || words.includes(task),
)
const unit = (seconds: number): string =>
  seconds < 1e-3 ? `${(seconds * 1e6).toFixed(2)} µs` : `${(seconds * 1e3).toFixed(1)} ms`

console.log(
  `${machine()}; ${lapack.info.name} (${lapack.info.core ?? 'no core named'}); NumPy ${numpyVersion() ?? 'none'}`,
)
console.log('task, type, order, threads: ours, NumPy, ratio; median of', rounds)
for (const threads of lapack.info.kind === 'system' ? [1, 2] : [1]) {
  lapack.setThreads(threads)
  const peer = numpyVersion() === null ? null : new Peer(threads)
  for (const task of tasks)
    for (const type of ['f32', 'f64'] as const)
      for (const [layer, n] of orders) {
        if (n < 768 && (task === 'svd' || task === 'spectrum')) continue
        const mine: number[] = []
        const theirs: number[] = []
        const scipy: number[] = []
        for (let round = 0; round < rounds; round++) {
          const [seconds, largest] = ours(task, type, n)
          mine.push(seconds)
          const answer = (await peer?.ask(task, type, n)) ?? null
          if (answer) {
            theirs.push(answer[0])
            if (!(Math.abs(largest - answer[1]) <= 1e-3 * (type === 'f32' ? 1 : 1e-8) * answer[1]))
              throw new Error(`${task} ${type} ${n}: ours ${largest}, NumPy ${answer[1]}`)
          }
          const other = task === 'spectrum' ? ((await peer?.ask('scipy', type, n)) ?? null) : null
          if (other) scipy.push(other[0])
        }
        const best = median(mine)
        const flops = task === 'gemm' ? ` ${((2 * n ** 3) / best / 1e9).toFixed(0)} GFLOP/s` : ''
        const beside = theirs.length > 0 ? `${unit(median(theirs))}, ${(median(theirs) / best).toFixed(2)} x` : '-'
        const third =
          scipy.length > 0 ? `; SciPy svdvals ${unit(median(scipy))}, ${(median(scipy) / best).toFixed(2)} x` : ''
        console.log(`${task} ${type} ${n} (${layer}), ${threads}: ${unit(best)}${flops}, ${beside}${third}`)
      }
  peer?.end()
}
