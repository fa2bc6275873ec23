/**
 * Projections and proximal steps of vector norms beside PyTorch on one thread, interleaved in one run, results compared. For the L1 ball and the
 * selection the faster of two PyTorch formulations counts. Run: npx tsx bench/norms.bench.ts [elements, 2^24 by default]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { l0, l1, linf } from '../src/norms/index.node.js'
import { manualSeed, randn, scope, sum, type Tensor } from '../src/tensor/index.node.js'
import { machine, median } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const rounds = 3
const n = Number(process.argv[2] ?? 2 ** 24)

interface Case {
  readonly run: (x: Tensor) => Tensor
  /** PyTorch's ways, and their argument. */
  readonly peers: readonly string[]
  readonly size: number
}

const cases: Record<string, Case> = {}
for (const part of [1e-4, 0.05, 0.5]) {
  // The mean size of a normal number is sqrt(2 / pi).
  const radius = part * n * Math.sqrt(2 / Math.PI)
  cases[`l1 ball, ${part} of the norm`] = {
    run: (x) => l1.project(x, radius),
    peers: ['l1 sort', 'l1 topk'],
    size: radius,
  }
}
for (const part of [0.01, 0.5]) {
  const k = Math.floor(part * n)
  cases[`keep ${100 * part} % largest`] = { run: (x) => l0.project(x, k), peers: ['keep topk', 'keep kth'], size: k }
}
cases['soft threshold'] = { run: (x) => l1.prox(x, 0.5), peers: ['soft'], size: 0.5 }
cases['hard threshold'] = { run: (x) => l0.prox(x, 0.125), peers: ['hard'], size: 0.5 }
cases['clip'] = { run: (x) => linf.project(x, 0.5), peers: ['clip'], size: 0.5 }

interface Answer {
  readonly seconds: number
  readonly figure: number
  readonly nonzero: number
}

/** Throws unless a result is PyTorch's, to the rounding of its sums. */
function compare(name: string, y: Tensor, answer: Answer): void {
  const [figure, nonzero] = scope(() => [sum(y.to('f64')).item(), y.ne(0).countNonzero().item()] as const)
  if (Math.abs(figure - answer.figure) > 1e-5 * n || Math.abs(nonzero - answer.nonzero) > 1e-5 * n)
    throw new Error(`${name}: sum ${figure}, ${nonzero} not 0; PyTorch ${answer.figure}, ${answer.nonzero}`)
}

async function measure(name: string, one: Case, x: Tensor, peer: PythonPeer): Promise<void> {
  const ours: number[] = []
  const theirs: Record<string, number[]> = {}
  for (let round = -1; round < rounds; round++) {
    const start = performance.now()
    const y = one.run(x)
    const seconds = (performance.now() - start) / 1000
    if (round >= 0) ours.push(seconds)
    for (const way of one.peers) {
      const answer = await peer.ask<Answer>({ case: way, size: one.size })
      if (round < 0) compare(`${name}, ${way}`, y, answer)
      else {
        theirs[way] ??= []
        theirs[way].push(answer.seconds)
      }
    }
    y.dispose()
  }
  const times = Object.entries(theirs).map(([way, list]) => ({ way, seconds: median(list) }))
  times.sort((a, b) => a.seconds - b.seconds)
  const best = times[0]!
  const own = median(ours)
  console.log(
    `${name.padEnd(30)} ${(1000 * own).toFixed(0).padStart(6)} ms; PyTorch ${times.map(({ way, seconds }) => `${way} ${(1000 * seconds).toFixed(0)} ms`).join(', ')}: ${(best.seconds / own).toFixed(1)} times as fast`,
  )
}

const peer = PythonPeer.start(new URL('norms.torch.py', import.meta.url), 1, 'torch')
if (peer !== null) {
  const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
  try {
    manualSeed(3)
    const x = randn([n])
    writeFileSync(join(folder, 'x'), x.data)
    const version = await peer.ask<string>({ load: join(folder, 'x'), n })
    console.log(`${machine()}, PyTorch ${version}; ${n} f32, medians of ${rounds}, one thread`)
    for (const [name, one] of Object.entries(cases)) await measure(name, one, x, peer)
  } finally {
    peer.end()
    rmSync(folder, { recursive: true, force: true })
  }
}
