/**
 * Products of tensors, wrapping and checks of shapes included, beside NumPy and, on the portable backend, the JavaScript peers; in turn in one
 * run, each result compared before it is timed. Run: node bench/run.mjs matmul [system|portable] [f32|f64]; PYTHON names another Python, THREADS
 * (1), ROUNDS (5) and ORDERS (16,64,256,1024,2048) what they say.
 */
import { matmul } from '../src/linalg/index.node.js'
import { backend, setBackend } from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { inTurn, report, type Side, summary, type Target, timed } from './lib/compare.js'
import { largest, matrixPeers } from './lib/javascript.js'
import { inputsOf, matricesOf } from './lib/matrices.js'
import { machine } from './lib/measure.js'
import { PythonPeer, peerCore } from './lib/python.js'

const words = process.argv.slice(2)
const threads = Number(process.env['THREADS'] ?? 1)
const orders = (process.env['ORDERS'] ?? '16,64,256,1024,2048').split(',').map(Number)
const rounds = { count: Number(process.env['ROUNDS'] ?? 5), seconds: 0.1, patience: 3 }
const asked = <T extends string>(all: readonly T[]): readonly T[] =>
  all.some((one) => words.includes(one)) ? all.filter((one) => words.includes(one)) : all

/** Shares of NumPy's time with the machine's library, where it has AVX-512 and where not. */
const wide: Record<string, Record<number, number>> = {
  f32: { 16: 1, 64: 0.6, 256: 0.75, 1024: 0.75, 2048: 0.85 },
  f64: { 16: 1, 64: 0.9, 256: 0.9, 1024: 0.9, 2048: 0.9 },
}
const narrow: Record<number, number> = { 16: 1, 64: 1, 256: 1.05, 1024: 1.05, 2048: 1.05 }

const numpy = PythonPeer.start(new URL('factorizations.scipy.py', import.meta.url), threads, 'scipy')
const javascript = await matrixPeers()

function target(kind: string, type: 'f32' | 'f64', n: number): Target | undefined {
  if (kind === 'system') {
    const most = (backend().core === 'SkylakeX' ? wide[type]! : narrow)[n]
    return most === undefined ? undefined : { peer: 'NumPy', most }
  }
  // The bounds in microseconds are f32's.
  if (n < 256) return type === 'f64' ? undefined : { seconds: n === 16 ? 1.5e-6 : 12e-6 }
  return { peer: javascript.map(({ name }) => name), most: 1 }
}

async function compare(kind: 'system' | 'portable', type: 'f32' | 'f64', n: number): Promise<void> {
  const matrices = matricesOf(type, n)
  const { A, S } = matrices
  const out = matmul(A, S)
  const figure = largest(out.toArray())
  const check = (name: string, theirs: number): void => {
    if (!(Math.abs(figure - theirs) <= (type === 'f32' ? 1e-3 : 1e-9) * figure))
      throw new Error(`matmul ${type} ${n}: ours ${figure}, ${name} ${theirs}`)
  }
  const sides: Record<string, Side> = { ours: timed(() => matmul(A, S).dispose()) }
  if (n === 16)
    sides['the seam'] = timed(() =>
      lapack().gemm(type, false, false, n, n, n, 1, A.pointer, n, S.pointer, n, 0, out.pointer, n),
    )
  if (numpy) {
    const ask = (calls: number) => numpy.ask<[number, number, number]>(['gemm', type, n, calls])
    check('NumPy', (await ask(1))[1])
    sides['NumPy'] = async (calls) => {
      const [wall, , cpu] = await ask(calls)
      return { wall, cpu }
    }
  }
  const prepared =
    kind === 'system'
      ? []
      : javascript.map((peer) => [peer.name, peer.prepare('gemm', inputsOf(type, matrices))] as const)
  for (const [name, one] of prepared) {
    if (one === null) continue
    check(name, await one.figure())
    sides[name] = one.side
  }
  const times = await inTurn(rounds, sides)
  for (const [, one] of prepared) one?.free()
  for (const one of [A, S, matrices.b, out]) one.dispose()
  report(`matmul ${type} ${n}, ${kind}`, times, 'ours', target(kind, type, n))
  if (kind === 'system' && times['the seam'] && times['NumPy'])
    report(`  its call alone`, { ours: times['the seam'], NumPy: times['NumPy'] }, 'ours', {
      peer: 'NumPy',
      most: 0.35,
    })
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
    `${machine()}; ${name} (${core ?? 'no core named'}), NumPy's ${peerCore()}; ${threads} thread(s); medians of ${rounds.count}`,
  )
  for (const type of asked(['f32', 'f64'])) for (const n of orders) await compare(kind, type, n)
}
summary()
numpy?.end()
