/**
 * Alternating least squares of ratings beside the NumPy formulation (outer products summed by user, batched solve), interleaved in one run:
 * MovieTweetings' size (90,000 ratings of 16,000 users and 10,000 items, drawn by a seed), f = 10, 10 sweeps, constant penalty. Both must reach the
 * same objective within a hundredth before they are timed. Run: npx tsx bench/ratings.bench.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MatrixFactorization, type Ratings } from '../src/factor/index.node.js'
import { uniforms } from '../src/factor/random.js'
import { machine, median, numpyVersion, runPython } from './lib/measure.js'

const [users, items, count, k, lambda] = [16_000, 10_000, 90_000, 10, 10]
const rounds = 3

/** Popular items and busy users, as ratings have them. */
function drawn(): Ratings {
  const next = uniforms(1)
  const place = (n: number): number => Math.floor(n * next() ** 3)
  const list = Array.from({ length: count }, () => [place(users), place(items), Math.floor(11 * next())] as const)
  return { users: list.map(([u]) => u), items: list.map(([, i]) => i), ratings: list.map(([, , r]) => r) }
}

const peer = `
import json, sys, time
import numpy as np
k, lam = int(sys.argv[1]), float(sys.argv[2])
u, i, r = json.load(open(sys.argv[3]))
u, i, r = np.array(u), np.array(i), np.array(r, float)
n, m = u.max() + 1, i.max() + 1
def half(Z, other, res, own, rows):
    order = np.argsort(own, kind='stable'); counts = np.bincount(own, minlength=rows); start = np.concatenate([[0], np.cumsum(counts)[:-1]]); there = counts > 0
    z = Z[other[order]]
    A = np.add.reduceat((z[:, :, None] * z[:, None, :]).reshape(len(z), -1), start[there], 0).reshape(-1, k, k) + lam * np.eye(k)
    b = np.add.reduceat(z * res[order][:, None], start[there], 0)
    out = np.zeros((rows, k)); out[there] = np.linalg.solve(A, b[:, :, None])[:, :, 0]
    return out
begin = time.perf_counter()
mu = r.mean(); bu = np.zeros(n); bi = np.zeros(m); cu = np.bincount(u, minlength=n); ci = np.bincount(i, minlength=m)
for sweep in range(20):
    bi = np.bincount(i, r - mu - bu[u], minlength=m) / (1 + ci); bu = np.bincount(u, r - mu - bi[i], minlength=n) / (1 + cu)
res = r - mu - bu[u] - bi[i]
P = np.random.default_rng(0).normal(0, .1, (n, k))
for sweep in range(10):
    Q = half(P, u, res, i, m); P = half(Q, i, res, u, n)
seconds = time.perf_counter() - begin
print(json.dumps([seconds, float(((res - (P[u] * Q[i]).sum(1)) ** 2).sum() + lam * ((P ** 2).sum() + (Q ** 2).sum()))]))
`

const ratings = drawn()
/** Each user and item once, as the model keeps them. */
const kept = new Map(
  Array.from(
    ratings.ratings,
    (r, at) => [`${ratings.users[at]} ${ratings.items[at]}`, [ratings.users[at]!, ratings.items[at]!, r]] as const,
  ),
)
const lists = [0, 1, 2].map((part) => [...kept.values()].map((row) => row[part]))

function ours(start: 'svd' | 'random'): { seconds: number; objective: number } {
  const begin = performance.now()
  const model = new MatrixFactorization({
    k,
    regularization: lambda,
    biasRegularization: 1,
    iterations: 10,
    clip: false,
    start,
  }).fit(ratings)
  const seconds = (performance.now() - begin) / 1000
  const squares = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value * value, 0)
  const objective =
    model.rmse ** 2 * model.ratings +
    lambda * (squares(model.userFactors.toArray()) + squares(model.itemFactors.toArray()))
  model.dispose()
  return { seconds, objective }
}

const folder = mkdtempSync(join(tmpdir(), 'ratings-'))
const file = join(folder, 'ratings.json')
writeFileSync(file, JSON.stringify(lists))
console.log(machine())
const numpy = numpyVersion()
const times: Record<string, number[]> = { svd: [], random: [], numpy: [] }
const objectives: Record<string, number> = {}
for (let round = 0; round <= rounds; round++)
  for (const name of Object.keys(times)) {
    if (name === 'numpy' && numpy === null) continue
    const [seconds, objective] =
      name === 'numpy'
        ? runPython<[number, number]>(peer, [String(k), String(lambda), file], { OPENBLAS_NUM_THREADS: '1' })
        : (Object.values(ours(name as 'svd' | 'random')) as [number, number])
    objectives[name] = objective
    if (round > 0) times[name]!.push(seconds)
  }
rmSync(folder, { recursive: true })
for (const name of ['random', 'svd'])
  if (numpy !== null && objectives[name]! > 1.01 * objectives['numpy']!)
    throw new Error(`${name}: objective ${objectives[name]}, NumPy's ${objectives['numpy']}`)
const seconds = Object.fromEntries(
  Object.entries(times).map(([name, all]) => [name, all.length === 0 ? Number.NaN : median(all)]),
)
for (const name of ['random', 'svd'])
  console.log(
    `ALS, k ${k}, 10 sweeps, 90,000 ratings, start ${name}: ${seconds[name]!.toFixed(3)} s; NumPy ${numpy}: ${seconds['numpy']!.toFixed(3)} s, ${(seconds['numpy']! / seconds[name]!).toFixed(1)} times as long; at most 2 s: ${seconds[name]! <= 2 ? 'MET' : 'NOT MET'}`,
  )
