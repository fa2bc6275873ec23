/**
 * PCA of 100,000 x 256 beside scikit-learn's (full and randomized) and the covariance way of its later versions written in NumPy, all of one thread, in
 * turn in one run; variances are compared before they are timed, and the memory beside the table is told.
 * Run: node bench/run.mjs pca; PYTHON names another Python, ROUNDS (3) and ROWS (100000) what they say.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PCA, type PCAOptions } from '../src/factor/index.node.js'
import { Generator, randn, scope, type Tensor } from '../src/tensor/index.node.js'
import { kernels } from '../src/tensor/internal.js'
import { inTurn, report, type Side, summary, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const [n, d] = [Number(process.env['ROWS'] ?? 100_000), 256]
const rounds = { count: Number(process.env['ROUNDS'] ?? 3), seconds: 0 }
const peer = PythonPeer.start(new URL('pca.sklearn.py', import.meta.url), 1, 'sklearn')
console.log(`${machine()}; scikit-learn ${peer ? await peer.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`) // biome-ignore format: one line

const generator = new Generator(7)
const draw = (...shape: number[]): Tensor => randn(shape, { dtype: 'f64', generator })
const x = scope(() => draw(n, 30).matmul(draw(30, d)).add(draw(n, d)).add(5))
const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
try {
  if (peer) {
    writeFileSync(join(folder, 'x'), x.data)
    await peer.ask({ file: join(folder, 'x'), n, d })
  }
  const jobs: Record<string, [PCAOptions, string[]]> = {
    'k = 20': [{ k: 20 }, ['full', 'covariance']],
    'all components': [{}, ['full', 'covariance']],
    'k = 20, exact': [{ k: 20, solver: 'exact' }, ['full']],
    'k = 20, randomized': [{ k: 20, solver: 'randomized' }, ['randomized']],
  }
  for (const [name, [options, solvers]] of Object.entries(jobs)) {
    const before = kernels().bytesInUse
    const model = new PCA(options).fit(x)
    const variances = model.explainedVariance.toArray() as Float64Array
    console.log(`${name}: ${model.components.shape[0]} components, held after the fit ${Math.round((kernels().bytesInUse - before) / 1024)} KiB`) // biome-ignore format: one line
    model.dispose()
    const sides: Record<string, Side> = { ours: timed(() => new PCA(options).fit(x).dispose()) }
    for (const solver of peer ? solvers : []) {
      const ask = { solver, k: options.k ?? d }
      const [, , theirs] = await peer!.ask<[number, number, number[]]>(ask)
      for (const [i, one] of theirs.entries())
        if (!(Math.abs(one / variances[i]! - 1) < (solver === 'randomized' ? 1e-4 : 1e-8)))
          throw new Error(`${name}: variance ${i} ours ${variances[i]}, theirs ${one}`)
      sides[solver] = async () => {
        const [wall, cpu] = await peer!.ask<[number, number]>(ask)
        return { wall, cpu }
      }
    }
    const target = peer ? { peer: solvers[0]!, most: 1 } : undefined
    report(`${n} x ${d}, ${name}`, await inTurn(rounds, sides), 'ours', target)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer?.end()
}
summary()
