/**
 * k-means of 200,000 x 64 with k = 100 beside scikit-learn (Lloyd and Elkan), the same start and the same number of iterations, one thread, in turn in
 * one run, centres compared before they are timed: rows about 100 overlapping centres, and rows of noise alone, where bounds save least.
 * Run: node bench/run.mjs clusters; PYTHON names another Python, ROUNDS (3) says how often.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KMeans } from '../src/factor/index.node.js'
import { Generator, randn, scope, slice, type Tensor, tensor } from '../src/tensor/index.node.js'
import { inTurn, report, type Side, summary, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const [n, d, k, iterations] = [200_000, 64, 100, 20]
const rounds = { count: Number(process.env['ROUNDS'] ?? 3), seconds: 0 }
const peer = PythonPeer.start(new URL('clusters.sklearn.py', import.meta.url), 1, 'sklearn')
console.log(`${machine()}; scikit-learn ${peer ? await peer.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`) // biome-ignore format: one line

/** Rows about k centres that lie `apart` times the rows' own deviation from each other. */
function rows(dtype: 'f32' | 'f64', apart: number): Tensor {
  return scope(() => {
    const generator = new Generator(7)
    const centers = randn([k, d], { dtype, generator }).mul(apart)
    const which = tensor(Int32Array.from({ length: n }, (_, i) => (i * 37) % k))
    return centers.indexSelect(which, 0).add(randn([n, d], { dtype, generator }))
  })
}

const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
try {
  for (const [name, dtype, apart] of [
    ['clusters f32', 'f32', 1],
    ['clusters f64', 'f64', 1],
    ['noise f32', 'f32', 0],
    ['noise f64', 'f64', 0],
  ] as const) {
    const x = rows(dtype, apart)
    const init = slice(x, { stop: k }).clone()
    const fit = (): KMeans => new KMeans({ k, init, maxIterations: iterations, tol: 0 }).fit(x)
    const sides: Record<string, Side> = { ours: timed(() => fit().dispose()) }
    if (peer) {
      const file = join(folder, 'rows')
      writeFileSync(file, x.data)
      await peer.ask({ file, dtype, n, d, k, iterations })
      const model = fit()
      const [, , inertia, count] = await peer.ask<[number, number, number, number]>('lloyd')
      if (!(Math.abs(model.inertia / inertia - 1) < 1e-5) || model.iterations !== count)
        throw new Error(`${name}: ${model.inertia} after ${model.iterations}, scikit-learn ${inertia} after ${count}`)
      model.dispose()
      for (const algorithm of ['lloyd', 'elkan'])
        sides[`scikit-learn ${algorithm}`] = async () => {
          const [wall, cpu] = await peer.ask<[number, number]>(algorithm)
          return { wall, cpu }
        }
    }
    const target = peer ? { peer: ['scikit-learn lloyd', 'scikit-learn elkan'], most: 1 } : undefined
    report(`${name} ${n} x ${d}, k = ${k}`, await inTurn(rounds, sides), 'ours', target)
    x.dispose()
    init.dispose()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer?.end()
}
summary()
