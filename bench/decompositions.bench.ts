/**
 * Factorizations, eigenvalues and systems of f64 tensors, wrapping and checks included, beside SciPy and, on the portable backend, the JavaScript
 * peers; in turn in one run, each result compared before it is timed. The bare LAPACK calls are in factorizations.bench.ts.
 * Run: node bench/run.mjs decompositions [system|portable] [svd|solve|...]; PYTHON names another Python, THREADS (1), ROUNDS (5), ORDERS
 * (64,256,1024) and PATIENCE (60 seconds for a JavaScript peer) what they say.
 */
import { cholesky, eig, eigh, lstsq, qr, solve, svd, svdvals } from '../src/linalg/index.node.js'
import { backend, scope, setBackend, type Tensor } from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { inTurn, report, type Side, summary, type Target, type Timing, timed, timedAsync } from './lib/compare.js'
import { largest, matrixPeers, type Prepared } from './lib/javascript.js'
import { inputsOf, type Matrices, matricesOf } from './lib/matrices.js'
import { machine } from './lib/measure.js'
import { PythonPeer, peerCore } from './lib/python.js'

const words = process.argv.slice(2)
const threads = Number(process.env['THREADS'] ?? 1)
const orders = (process.env['ORDERS'] ?? '64,256,1024').split(',').map(Number)
const rounds = { count: Number(process.env['ROUNDS'] ?? 5), seconds: 0.1, patience: 3 }
const asked = <T extends string>(all: readonly T[]): readonly T[] =>
  all.some((one) => words.includes(one)) ? all.filter((one) => words.includes(one)) : all

interface Task {
  /** Makes what is judged, by its largest absolute value. */
  run(matrices: Matrices): Tensor
  /** Share of SciPy's time with the machine's library, and of the best JavaScript peer's at 1024 without. */
  system: number
  portable?: number
  /** Not judged: eigenvectors of a general matrix may turn in the plane. */
  isFree?: boolean
}

const tasks: Record<string, Task> = {
  svd: { run: ({ A }) => svd(A).S, system: 1, portable: 1 / 5 },
  svdvals: { run: ({ A }) => svdvals(A), system: 1, portable: 1 / 4 },
  eigh: { run: ({ S }) => eigh(S).eigenvalues, system: 1, portable: 1 / 4 },
  qr: { run: ({ A }) => qr(A).R, system: 0.85, portable: 1 / 4 },
  solve: { run: ({ A, b }) => solve(A, b), system: 0.65, portable: 1 / 2 },
  cholesky: { run: ({ S }) => cholesky(S).L, system: 0.65, portable: 1 / 2 },
  eig: { run: ({ A }) => eig(A).eigenvectors.re, system: 1.05, isFree: true },
  lstsq: { run: ({ A, b }) => lstsq(A, b).solution, system: 1.05 },
}

const scipy = PythonPeer.start(new URL('factorizations.scipy.py', import.meta.url), threads, 'scipy')
const javascript = await matrixPeers()
/** Seconds that a JavaScript peer may take for one run. */
const patience = Number(process.env['PATIENCE'] ?? 60)
/** Peers by task that needed too long at a smaller order. */
const tooSlow = new Set<string>()

function target(kind: string, task: Task, n: number): Target | undefined {
  if (kind === 'system') return { peer: 'SciPy', most: task.system }
  if (n !== 1024 || task.portable === undefined) return undefined
  return { peer: javascript.map(({ name }) => name), most: task.portable }
}

async function compare(kind: 'system' | 'portable', name: string, n: number): Promise<void> {
  const task = tasks[name]!
  const matrices = matricesOf('f64', n)
  const figure = scope(() => largest(task.run(matrices).toArray()))
  const check = (peer: string, theirs: number): void => {
    if (!task.isFree && !(Math.abs(figure - theirs) <= 1e-6 * figure))
      throw new Error(`${name} ${n}: ours ${figure}, ${peer} ${theirs}`)
  }
  const sides: Record<string, Side> = { ours: timed(() => scope(() => void task.run(matrices))) }
  if (scipy) {
    const ask = (calls: number) => scipy.ask<[number, number, number]>([name, 'f64', n, calls])
    check('SciPy', (await ask(1))[1])
    sides['SciPy'] = async (calls) => {
      const [wall, , cpu] = await ask(calls)
      return { wall, cpu }
    }
  }
  const prepared: Prepared[] = []
  for (const peer of kind === 'system' ? [] : javascript) {
    const key = `${peer.name} ${name}`
    if (tooSlow.has(key))
      console.log(`skipped: ${key} ${n}: it would take more than ${patience} s, or failed before. Try PATIENCE=600`)
    const one = tooSlow.has(key) ? null : peer.prepare(name, inputsOf('f64', matrices))
    if (one === null) continue
    const tried = await first(one, (theirs) => check(peer.name, theirs))
    if (typeof tried === 'string') console.log(`skipped: ${key} ${n}: ${tried}`)
    // What takes long is judged and timed by one run.
    else sides[peer.name] = tried.wall > rounds.patience ? () => tried : one.side
    // Their work grows with the cube of the order.
    if (typeof tried === 'string' || tried.wall * 64 > patience) tooSlow.add(key)
    prepared.push(one)
  }
  const times = await inTurn(rounds, sides)
  for (const one of prepared) one.free()
  for (const one of [matrices.A, matrices.S, matrices.b]) one.dispose()
  report(`${name} f64 ${n}, ${kind}`, times, 'ours', target(kind, task, n))
}

/** How long a peer's first run took, whose result is judged, or why it is left out. */
async function first(one: Prepared, check: (figure: number) => void): Promise<Timing | string> {
  let figure = 0
  try {
    const timing = (await timedAsync(async () => {
      figure = await one.figure()
    })(1)) as Timing
    check(figure)
    return timing
  } catch (error) {
    return (error as Error).message
  }
}

for (const kind of asked(['system', 'portable'])) {
  try {
    setBackend(kind)
  } catch (error) {
    console.log(`skipped: ${(error as Error).message}`)
    continue
  }
  lapack().setThreads(threads)
  const { name, core } = backend()
  console.log(
    `${machine()}; ${name} (${core ?? 'no core named'}), SciPy's ${peerCore()}; ${threads} thread(s); medians of ${rounds.count}`,
  )
  for (const task of asked(Object.keys(tasks))) for (const n of orders) await compare(kind, task, n)
}
summary()
scipy?.end()
