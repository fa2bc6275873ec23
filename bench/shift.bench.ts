/**
 * Covariate shift beside SciPy and NumPy, in turn in one run, results compared before they are timed: one numeric column of a million rows in each of two
 * tables (theirs: Kolmogorov-Smirnov and PSI; ours: all of `compareColumns`), and the maximum mean discrepancy of 5,000 + 5,000 rows with 200
 * permutations, the median bandwidth given or found. Then 50 such columns one after the other, with the memory that they take.
 * Run: node bench/run.mjs shift [columns|mmd|fifty]; THREADS (1), ROUNDS (5), PYTHON.
 */
import { compareColumns, mmd } from '../src/shift/index.node.js'
import type { NumericColumn } from '../src/table/index.js'
import { type Tensor, tensor } from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { inTurn, report, type Side, type Target, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const words = process.argv.slice(2)
const isAsked = (part: string): boolean => words.length === 0 || words.includes(part)
const threads = Number(process.env['THREADS'] ?? 1)
const rounds = { count: Number(process.env['ROUNDS'] ?? 5), seconds: 0.1 }
lapack().setThreads(threads)

const scipy = PythonPeer.start(new URL('shift.scipy.py', import.meta.url), threads, 'scipy')
console.log(
  `${machine()}; SciPy ${scipy ? await scipy.ask<string>(null) : 'not here'}; medians of ${rounds.count}, ${threads} threads`,
)

/** Exponential numbers from a multiplicative sequence: the same on both sides. */
function column(n: number, seed: number, factor = 1): Float64Array {
  return Float64Array.from(
    { length: n },
    (_, i) => factor * -Math.log((((i + 1) * 16807 * seed) % 2147483647) / 2147483647),
  )
}

async function compare(
  name: string,
  question: readonly unknown[],
  figures: readonly number[],
  run: () => unknown,
  target: Target,
  tolerances: readonly number[],
): Promise<void> {
  const sides: Record<string, Side> = { ours: timed(run) }
  if (scipy) {
    const ask = (calls: number) => scipy.ask<[number, number, number[]]>([...question, calls])
    const [, , theirs] = await ask(1)
    for (const [i, figure] of figures.entries())
      if (!(Math.abs(figure - theirs[i]!) <= tolerances[i]! * Math.abs(theirs[i]!)))
        throw new Error(`${name}: figure ${i} is ${figure}, theirs ${theirs[i]}`)
    sides['SciPy'] = async (calls) => {
      const [wall, cpu] = await ask(calls)
      return { wall, cpu }
    }
  }
  report(name, await inTurn(rounds, sides), 'ours', target)
}

const numeric = (name: string, values: Float64Array): NumericColumn => ({
  name,
  type: 'numeric',
  values,
  missing: 0,
  absent: null,
})

async function columns(): Promise<void> {
  const n = 1_000_000
  const [a, b] = [numeric('x', column(n, 3)), numeric('x', column(n, 7, 1.01))]
  const run = () => compareColumns(a, b)
  const found = run()
  await compare(
    'KS and PSI, 1M rows',
    ['columns', [n]],
    [found.ks!.statistic, found.ks!.p, found.psi!],
    run,
    { peer: 'SciPy', most: 0.2 },
    [1e-6, 1e-3, 1e-3],
  )
}

function rows(n: number, d: number, from: number, factor: number): Tensor {
  const values = new Float64Array(n * d)
  for (let j = 0; j < d; j++)
    for (const [i, value] of column(n, from + 2 * j, factor).entries()) values[i * d + j] = value
  return tensor(values, { dtype: 'f64' }).reshape([n, d])
}

async function discrepancy(): Promise<void> {
  const [n, d, permutations] = [5000, 10, 200]
  const [x, y] = [rows(n, d, 3, 1), rows(n, d, 4, 1.05)]
  const found = mmd(x, y, { permutations })
  const target = { peer: 'SciPy', most: 1 }
  // p is of other permutations: compared loosely.
  const given = () => mmd(x, y, { permutations, bandwidth: found.bandwidth })
  await compare(
    'MMD 5,000 + 5,000',
    ['mmd', [n, d, permutations, found.bandwidth]],
    [found.squared, found.bandwidth],
    given,
    target,
    [1e-6, 1e-9],
  )
  await compare(
    'with the median',
    ['mmd', [n, d, permutations, null]],
    [found.squared, found.bandwidth],
    () => mmd(x, y, { permutations }),
    target,
    [1e-6, 1e-9],
  )
}

/** Fifty columns one after the other, as a file by columns gives them. */
function fifty(): void {
  const n = 1_000_000
  let seconds = 0
  for (let j = 0; j < 50; j++) {
    const [a, b] = [numeric(`x${j}`, column(n, 3 + j)), numeric(`x${j}`, column(n, 60 + j))]
    const start = performance.now()
    compareColumns(a, b)
    seconds += (performance.now() - start) / 1e3
  }
  const most = process.resourceUsage().maxRSS / 1024
  console.log(
    `50 columns of 1M rows, twice: ${seconds.toFixed(2)} s, most memory ${most.toFixed(0)} MB (under 1,000 asked)`,
  )
}

if (isAsked('fifty')) fifty()
if (isAsked('columns')) await columns()
if (isAsked('mmd')) await discrepancy()
scipy?.end()
