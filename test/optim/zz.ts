import { groupLassoPath, lassoPath, elasticNetPath } from '../../src/optim/index.node.js'
import { Generator, randn, tensor } from '../../src/tensor/index.node.js'
const g = new Generator(1)
for (const [n, p] of [[10000, 50], [500, 500],[200, 2000]] as const) {
  const X = randn([n, p], { generator: g, dtype: 'f64' })
  const w = tensor(Array.from({ length: p }, (_, j) => j < 10 ? 1 + j % 3 : 0), { dtype: 'f64' })
  const y = X.matmul(w).add(randn([n], { generator: g, dtype: 'f64' }))
  let t = performance.now(); const a = lassoPath(X, y, {check: false}); console.log(n, p, 'lasso', (performance.now() - t).toFixed(0), Math.max(...a.gaps!), a.df.at(-1), a.iterations.reduce((x, y) => x + y))
  t = performance.now(); const b = elasticNetPath(X, y, {check:false}); console.log('enet', (performance.now() - t).toFixed(0), Math.max(...b.gaps!))
  t = performance.now(); const c = groupLassoPath(X, y, {check: false, groups: Array.from({length: p/5}, (_, i) => [0,1,2,3,4].map((k) => 5*i+k)), tol: 1e-6, count: 30, eps: 0.05}); console.log('group', (performance.now() - t).toFixed(0), Math.max(...c.gaps!))
}
const X = randn([500, 30], { generator: g, dtype: 'f64' })
const y = X.slice(null, { start: 0, stop: 4 }).mul(2).add(randn([500, 4], { generator: g, dtype: 'f64' })).argmax({ axis: 1 })
let t = performance.now(); const c = groupLassoPath(X, y, { loss: 'softmax', count: 30, eps: 0.01 }); console.log('softmax', (performance.now() - t).toFixed(0), c.iterations.reduce((x, y) => x + y), c.enters.slice(0,6))
