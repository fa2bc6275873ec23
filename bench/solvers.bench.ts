/**
 * Sparse matrix times vector, conjugate gradients, and reading Matrix Market, beside SciPy, in turn in one run: the 7-point Laplacian on k^3
 * points (100^3 unless an argument says otherwise), f64, b = A ones. Results are compared before times are shown.
 * Run: npx tsx bench/solvers.bench.ts [k]; PYTHON names another Python, ROUNDS the number of rounds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cg } from '../src/linalg/krylov/index.js'
import { type SparseMatrix, sparse } from '../src/linalg/sparse/index.js'
import { ones, scope } from '../src/tensor/index.node.js'
import { machine, median } from './lib/measure.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const rounds = Number(process.env['ROUNDS'] ?? 3)
const k = Number(process.argv[2] ?? 100)
const products = 20

/** Stays alive: a task a line, answered by [seconds, a figure to compare]. */
const peerProgram = `
import sys, time, json, inspect
import numpy as np, scipy, scipy.sparse as sp, scipy.sparse.linalg as sla, scipy.io
k = int(sys.argv[1])
one = sp.diags([-np.ones(k - 1), 2 * np.ones(k), -np.ones(k - 1)], [-1, 0, 1])
I = sp.identity(k)
A = (sp.kron(sp.kron(one, I), I) + sp.kron(sp.kron(I, one), I) + sp.kron(sp.kron(I, I), one)).tocsr()
ones = np.ones(k ** 3)
b = A @ ones
tol = {'rtol' if 'rtol' in inspect.signature(sla.cg).parameters else 'tol': 1e-5}
print(json.dumps(scipy.__version__), flush=True)
for line in sys.stdin:
    task = line.strip()
    count = [0]
    def tick(x): count[0] += 1
    start = time.perf_counter()
    if task == 'spmv':
        for _ in range(${products}): y = A @ b
        figure = float(np.linalg.norm(y))
    elif task == 'cg':
        x, info = sla.cg(A, b, callback=tick, **tol)
        figure = count[0]
    else:
        figure = float(abs(scipy.io.mmread(task)).sum())
    print(json.dumps([time.perf_counter() - start, figure]), flush=True)
`

class Peer {
  private readonly child: ChildProcess
  private readonly waiting: ((line: string) => void)[] = []
  readonly version: Promise<string>
  constructor() {
    this.child = spawn(python, ['-c', peerProgram, String(k)], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.waiting.shift()?.(line))
    this.version = this.next() as Promise<string>
  }
  private next(): Promise<unknown> {
    return new Promise((resolve) => this.waiting.push((line) => resolve(JSON.parse(line))))
  }
  ask(task: string): Promise<[number, number]> {
    this.child.stdin!.write(`${task}\n`)
    return this.next() as Promise<[number, number]>
  }
  end(): void {
    this.child.stdin!.end()
  }
}

/** Rows in order, columns ascending. */
function poisson(size: number): SparseMatrix {
  const n = size ** 3
  const indptr = new Int32Array(n + 1)
  const indices = new Int32Array(7 * n)
  const values = new Float64Array(7 * n)
  let count = 0
  const put = (column: number, value: number): void => {
    indices[count] = column
    values[count++] = value
  }
  for (let p = 0; p < n; p++) {
    const [z, y, x] = [Math.floor(p / size ** 2), Math.floor(p / size) % size, p % size]
    if (z > 0) put(p - size ** 2, -1)
    if (y > 0) put(p - size, -1)
    if (x > 0) put(p - 1, -1)
    put(p, 6)
    if (x < size - 1) put(p + 1, -1)
    if (y < size - 1) put(p + size, -1)
    if (z < size - 1) put(p + size ** 2, -1)
    indptr[p + 1] = count
  }
  return sparse.csr([n, n], indptr, indices.subarray(0, count), values.subarray(0, count))
}

const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
const file = join(folder, 'matrix.mtx')
const peer = new Peer()
try {
  const A = poisson(k)
  const b = A.matmul(ones([k ** 3], { dtype: 'f64' }))
  writeFileSync(file, sparse.formatMatrixMarket(poisson(Math.min(k, 55)), { symmetry: 'general' }))
  console.log(`${machine()}; SciPy ${await peer.version}; ${k}^3 = ${k ** 3} unknowns, ${A.nonzeros} entries; median of ${rounds}`) // biome-ignore format: one line
  const ours: Record<string, () => number> = {
    spmv: () => {
      for (let i = 1; i < products; i++) scope(() => void A.matmul(b))
      return scope(() => Math.sqrt((A.matmul(b).data as Float64Array).reduce((sum, value) => sum + value * value, 0)))
    },
    cg: () => scope(() => cg(A, b).iterations),
    [file]: () => sparse.parseMatrixMarket(readFileSync(file)).norm('l1'),
  }
  for (const [task, run] of Object.entries(ours)) {
    const [mine, theirs]: [number[], number[]] = [[], []]
    let figures: [number, number] = [0, 0]
    for (let round = 0; round <= rounds; round++) {
      const start = performance.now()
      const figure = run()
      const seconds = (performance.now() - start) / 1000
      const [peerSeconds, peerFigure] = await peer.ask(task)
      // The first round warms both up.
      if (round > 0) {
        mine.push(seconds)
        theirs.push(peerSeconds)
      }
      figures = [figure, peerFigure]
    }
    const [own, other] = figures
    if (Math.abs(own - other) > Math.max(1e-9 * other, task === 'cg' ? 3 : 0))
      throw new Error(`${task}: ours gives ${own}, SciPy ${other}`)
    const per = task === 'spmv' ? products : 1
    const [m, t] = [(median(mine) / per) * 1000, (median(theirs) / per) * 1000]
    const label = task === 'cg' ? `CG, ${own} iterations` : task === 'spmv' ? 'A x' : 'read .mtx'
    console.log(`${label.padEnd(20)} ${m.toFixed(1).padStart(9)} ms   SciPy ${t.toFixed(1).padStart(9)} ms   ratio ${(m / t).toFixed(2)}`) // biome-ignore format: one line
  }
} finally {
  peer.end()
  rmSync(folder, { recursive: true, force: true })
}
