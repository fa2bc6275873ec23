/**
 * Mini-batch k-means of 200,000 x 64 with k = 100 beside scikit-learn: the same start and the same batches in order (one pass, no reassignment), one thread, in turn
 * in one run, inertia of all rows compared before they are timed.
 * Run: node bench/run.mjs miniBatch; PYTHON names another Python, ROUNDS (3) says how often.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MiniBatchKMeans } from '../src/factor/index.node.js'
import { Generator, randn, scope, slice, tensor } from '../src/tensor/index.node.js'
import { inTurn, report, type Side, summary, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const [n, d, k, batch] = [200_000, 64, 100, 1024]
const rounds = { count: Number(process.env['ROUNDS'] ?? 3), seconds: 0 }
const peer = PythonPeer.start(new URL('miniBatch.sklearn.py', import.meta.url), 1, 'sklearn')
console.log(`${machine()}; scikit-learn ${peer ? await peer.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`) // biome-ignore format: one line

const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
try {
  for (const dtype of ['f32', 'f64'] as const) {
    const x = scope(() => {
      const generator = new Generator(7)
      const which = tensor(Int32Array.from({ length: n }, (_, i) => (i * 37) % k))
      return randn([k, d], { dtype, generator })
        .indexSelect(which, 0)
        .add(randn([n, d], { dtype, generator }))
    })
    const init = slice(x, { stop: k }).clone()
    const fit = (): MiniBatchKMeans => {
      const model = new MiniBatchKMeans({ k, init, reassignmentRatio: 0 })
      for (let start = 0; start < n; start += batch)
        scope(() => void model.partialFit(slice(x, { start, stop: Math.min(n, start + batch) })))
      return model
    }
    const sides: Record<string, Side> = { ours: timed(() => fit().dispose()) }
    if (peer) {
      const file = join(folder, 'rows')
      writeFileSync(file, x.data)
      await peer.ask({ file, dtype, n, d, k, batch })
      const model = fit()
      const [, , inertia] = await peer.ask<[number, number, number]>('score')
      if (!(Math.abs(-model.score(x) / inertia - 1) < 1e-4))
        throw new Error(`${-model.score(x)}, scikit-learn ${inertia}`)
      model.dispose()
      sides['scikit-learn'] = async () => {
        const [wall, cpu] = await peer.ask<[number, number]>('fit')
        return { wall, cpu }
      }
    }
    const target = peer ? { peer: 'scikit-learn', most: 1 } : undefined
    report(`${dtype} ${n} x ${d}, k = ${k}, batches of ${batch}`, await inTurn(rounds, sides), 'ours', target)
    x.dispose()
    init.dispose()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer?.end()
}
summary()
