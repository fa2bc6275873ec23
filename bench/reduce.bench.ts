/**
 * Reductions, order, random numbers and sparse products of the kernels beside PyTorch (and SciPy for the sparse product) on one thread,
 * interleaved in one run, figures checked. Run: npx tsx bench/reduce.bench.ts [case ...]
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createKernels, type ReduceOp, reduceOps } from '../src/kernels/index.js'
import { machine, median } from './lib/measure.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const rounds = 7
const count = 2 ** 22
const million = 2 ** 20
const side = 100

const kernels = createKernels()
const { array } = kernels
const x = kernels.alloc(4 * count)
const out = kernels.alloc(4 * count)
const wide = kernels.alloc(8 * million)
const work = kernels.alloc(array.sortBytes(million))
const f32 = 0
const f64 = 1

/** The 7-point Laplacian on a cube of `side`³ unknowns, in memory. */
function poisson() {
  const n = side ** 3
  const indptr = new Int32Array(n + 1)
  const indices = new Int32Array(7 * n)
  const values = new Float64Array(7 * n)
  let at = 0
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side]
    const add = (there: boolean, offset: number, value: number): void => {
      if (!there) return
      indices[at] = i + offset
      values[at++] = value
    }
    add(a > 0, -(side ** 2), -1)
    add(b > 0, -side, -1)
    add(c > 0, -1, -1)
    add(true, 0, 6)
    add(c < side - 1, 1, -1)
    add(b < side - 1, side, -1)
    add(a < side - 1, side ** 2, -1)
    indptr[i + 1] = at
  }
  const vector = Float64Array.from({ length: n }, (_, i) => Math.sin(i))
  const place = (view: Int32Array | Float64Array): number => {
    const pointer = kernels.alloc(view.byteLength)
    kernels.u8(pointer, view.byteLength).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    return pointer
  }
  const own = { indptr, indices: indices.subarray(0, at), values: values.subarray(0, at), v: vector }
  return {
    n,
    own,
    p: place(indptr),
    i: place(own.indices),
    a: place(own.values),
    v: place(vector),
    y: kernels.alloc(8 * n),
  }
}

const sparse = poisson()
const float = (pointer: number, at = 0): number => kernels.f32(pointer, at + 1)[at]!
const reduce = (op: ReduceOp, outer: number, length: number, inner: number): void =>
  array.reduce(reduceOps.indexOf(op), f32, outer, length, inner, x, out)

/** What each case runs, and the figure that PyTorch's must be (0 where numbers are random). */
const cases: Record<string, { run(): void; figure(): number; tolerance?: number }> = {
  sum: { run: () => reduce('sum', 1, count, 1), figure: () => float(out), tolerance: 1e-2 },
  max: { run: () => reduce('max', 1, count, 1), figure: () => float(out) },
  argmax: { run: () => reduce('argmax', 1, count, 1), figure: () => kernels.i32(out, 1)[0]! },
  variance: { run: () => array.variance(f32, 1, count, 1, 1, x, out, 0), figure: () => float(out) },
  l2: { run: () => reduce('l2', 1, count, 1), figure: () => float(out), tolerance: 1e-3 },
  'sum of columns': { run: () => reduce('sum', 1, 2048, 2048), figure: () => float(out, 5), tolerance: 1e-3 },
  'sum of rows of 10': { run: () => reduce('sum', 400_000, 10, 1), figure: () => float(out, 5) },
  'max of columns': { run: () => reduce('max', 1, 2048, 2048), figure: () => float(out, 5) },
  'variance of columns': { run: () => array.variance(f32, 1, 2048, 2048, 1, x, out, 0), figure: () => float(out, 5) },
  logsumexp: { run: () => reduce('logsumexp', 4096, 1000, 1), figure: () => float(out, 5) },
  softmax: { run: () => array.softmax(f32, false, 4096, 1000, 1, x, out), figure: () => float(out, 5005) },
  'softmax of columns': {
    run: () => array.softmax(f32, false, 1, 2048, 2048, x, out),
    figure: () => float(out, 5 * 2048 + 5),
  },
  'log softmax': { run: () => array.softmax(f32, true, 4096, 1000, 1, x, out), figure: () => float(out, 5005) },
  cumsum: { run: () => array.scan(0, f32, 1, count, 1, x, out), figure: () => float(out, 1000), tolerance: 1e-3 },
  dot: { run: () => kernels.f32(out, 1).fill(array.dot(f32, count, x, x)), figure: () => float(out), tolerance: 1e-3 },
  'sort 1M': {
    run: () => array.sort(f32, 1, million, false, x, out, out + 4 * million, work),
    figure: () => float(out, 1000),
  },
  'sort 1M f64': {
    run: () => array.sort(f64, 1, million, false, wide, out, out + 8 * million, work),
    figure: () => kernels.f64(out, 1001)[1000]!,
  },
  'sort rows of 10': {
    run: () => array.sort(f32, 400_000, 10, false, x, out, wide, work),
    figure: () => float(out, 55),
  },
  'top 100': {
    run: () => array.topk(f32, 1, count, 100, false, x, out, out + 400, work),
    figure: () => float(out, 99),
  },
  uniform: { run: () => array.uniform(f32, count, 1, 2, 0, out), figure: () => 0 },
  normal: { run: () => array.normal(f32, count, 1, 2, 0, out), figure: () => 0 },
  'permutation 1M': { run: () => array.permutation(million, 1, 2, 0, out), figure: () => 0 },
  spmv: {
    run: () => array.spmv(f64, sparse.n, sparse.p, sparse.i, sparse.a, 1, sparse.v, 0, sparse.y),
    figure: () => kernels.f64(sparse.y, 6)[5]!,
  },
}

async function main(): Promise<void> {
  if (spawnSync(python, ['-c', 'import torch, scipy']).status !== 0) {
    console.log(`skipped: ${python} has no PyTorch and SciPy to compare with (apt install python3-torch python3-scipy)`)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
  try {
    array.normal(f32, count, 3, 4, 0, x)
    kernels.f64(wide, million).set(kernels.f32(x, million))
    writeFileSync(join(folder, 'x'), kernels.u8(x, 4 * count))
    for (const [name, view] of Object.entries(sparse.own)) writeFileSync(join(folder, name), view)
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
    const script = fileURLToPath(new URL('reduce.torch.py', import.meta.url))
    const peer = spawn(python, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'], env })
    const lines = createInterface({ input: peer.stdout! })[Symbol.asyncIterator]()
    const answer = async (): Promise<string[]> => String((await lines.next()).value).split(' ')
    const [, torch, scipy] = await answer()
    console.log(`${machine()}, PyTorch ${torch}, SciPy ${scipy}; medians of ${rounds}, one thread`)
    const wanted = process.argv.slice(2)
    for (const [name, { run, figure, tolerance = 1e-5 }] of Object.entries(cases)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let round = -1; round < rounds; round++) {
        const start = performance.now()
        run()
        const seconds = (performance.now() - start) / 1000
        peer.stdin!.write(`${name}\n`)
        const [peerSeconds, peerFigure] = (await answer()).map(Number)
        const [a, b] = [figure(), peerFigure!]
        if (!(Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))))
          throw new Error(`${name}: ${a}, PyTorch ${b}`)
        if (round < 0) continue
        ours.push(seconds)
        theirs.push(peerSeconds!)
      }
      const [a, b] = [median(ours), median(theirs)]
      console.log(
        `${name.padEnd(20)} ${(1000 * a).toFixed(2).padStart(8)} ms, peer ${(1000 * b).toFixed(2).padStart(8)} ms: ${(a / b).toFixed(2)} of its time, the best ${(Math.min(...ours) / Math.min(...theirs)).toFixed(2)}`,
      )
    }
    peer.stdin!.end()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
