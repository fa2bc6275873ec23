/**
 * NMF of 20,000 x 1,000 with k = 20 by coordinate descent beside scikit-learn, the same start and the same number of iterations, one thread, in turn in
 * one run, errors compared before they are timed.
 * Run: node bench/run.mjs nmf; PYTHON names another Python, ROUNDS (3) says how often.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NMF } from '../src/factor/index.node.js'
import { Generator, rand, scope, type Tensor } from '../src/tensor/index.node.js'
import { inTurn, report, type Side, summary, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const [n, d, k, iterations] = [20_000, 1_000, 20, 20]
const rounds = { count: Number(process.env['ROUNDS'] ?? 3), seconds: 0 }
const peer = PythonPeer.start(new URL('nmf.sklearn.py', import.meta.url), 1, 'sklearn')
console.log(`${machine()}; scikit-learn ${peer ? await peer.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`) // biome-ignore format: one line

const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
try {
  for (const dtype of ['f32', 'f64'] as const) {
    const generator = new Generator(7)
    const draw = (...shape: number[]): Tensor => rand(shape, { dtype, generator })
    const x = scope(() => draw(n, k).square().matmul(draw(k, d).square()).add(draw(n, d).mul(0.1)))
    const [W, H] = [draw(n, k), draw(k, d)]
    const fit = (): NMF => new NMF({ k, init: { W, H }, maxIterations: iterations, tol: 0 }).fit(x)
    const sides: Record<string, Side> = { ours: timed(() => fit().dispose()) }
    if (peer) {
      const files: Record<string, string> = {}
      for (const [name, one] of Object.entries({ x, W, H })) {
        files[name] = join(folder, name)
        writeFileSync(files[name], one.data)
      }
      await peer.ask({ files, dtype, n, d, k, iterations })
      const model = fit()
      const [, , error, count] = await peer.ask<[number, number, number, number]>('error')
      const { frobenius } = model.reconstructionError
      if (!(Math.abs(frobenius / error - 1) < 1e-4) || model.iterations !== count)
        throw new Error(`${frobenius} after ${model.iterations}, scikit-learn ${error} after ${count}`)
      model.dispose()
      sides['scikit-learn'] = async () => {
        const [wall, cpu] = await peer.ask<[number, number]>('fit')
        return { wall, cpu }
      }
    }
    const target = peer ? { peer: 'scikit-learn', most: 1 } : undefined
    report(`${dtype} ${n} x ${d}, k = ${k}`, await inTurn(rounds, sides), 'ours', target)
    for (const one of [x, W, H]) one.dispose()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer?.end()
}
summary()
