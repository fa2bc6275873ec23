// Several worker threads open the library and compute at the same time; each prints the largest difference from what one thread alone computed.
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createKernels } from '../../../src/kernels/index.js'
import { type Lapack, openSystem } from '../../../src/lapack/index.node.js'
import { startWorker } from './worker.js'

const n = 260
const rounds = 6

/** Eigenvalues, singular values and a product of fixed matrices. */
function compute(lapack: Lapack): Float64Array {
  const { kernels } = lapack
  const [a, b, c, w] = [0, 0, 0, 0].map(() => kernels.alloc(8 * n * n)) as [number, number, number, number]
  const fill = (pointer: number): void => {
    const view = kernels.f64(pointer, n * n)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) view[i * n + j] = Math.sin(i * j + i + j)
  }
  const out = new Float64Array(n * n + 2 * n)
  fill(a)
  fill(b)
  lapack.gemm('f64', false, true, n, n, n, 1, a, n, b, n, 0, c, n)
  out.set(kernels.f64(c, n * n))
  if (lapack.syevd('f64', false, 'upper', n, a, n, w) !== 0) throw new Error('syevd did not converge')
  out.set(kernels.f64(w, n), n * n)
  if (lapack.gesdd('f64', 'none', n, n, b, n, w, 0, 1, 0, 1) !== 0) throw new Error('gesdd did not converge')
  out.set(kernels.f64(w, n), n * n + n)
  for (const pointer of [a, b, c, w]) kernels.free(pointer)
  return out
}

async function open(threads: number): Promise<Lapack> {
  const lapack = openSystem(createKernels())
  if ('why' in lapack) throw new Error(lapack.why)
  lapack.setThreads(threads)
  return lapack
}

if (isMainThread) {
  const [crowd, threads] = process.argv.slice(2).map(Number) as [number, number]
  // No library in this thread before the workers start: they must be able to load it at the same moment.
  const answers = await Promise.all(
    Array.from({ length: crowd }, () => {
      const worker = startWorker(import.meta.url, threads)
      return new Promise<Float64Array[]>((resolve, reject) => {
        worker.on('message', resolve)
        worker.on('error', reject)
      })
    }),
  )
  const alone = compute(await open(1))
  const worst = answers.flat().reduce((most, answer) => {
    return answer.reduce((here, x, i) => Math.max(here, Math.abs(x - alone[i]!)), most)
  }, 0)
  console.log(JSON.stringify({ answers: answers.flat().length, worst }))
} else {
  const lapack = await open((workerData as { data: number }).data)
  parentPort!.postMessage(Array.from({ length: rounds }, () => compute(lapack)))
}
