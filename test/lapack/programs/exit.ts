// Ends with code 37 while a worker thread is inside a singular value decomposition that takes many seconds; prints when it began to end.
import { writeSync } from 'node:fs'
import { isMainThread, parentPort } from 'node:worker_threads'
import { createKernels } from '../../../src/kernels/index.js'
import { exitNow, prepareExit, selectLapack } from '../../../src/lapack/index.node.js'
import { startWorker } from './worker.js'

const n = 4000

if (isMainThread) {
  prepareExit()
  const worker = startWorker(import.meta.url, 0)
  worker.on('message', () => {
    setTimeout(() => {
      writeSync(1, String(Date.now()))
      exitNow(37)
    }, 300)
  })
} else {
  const kernels = createKernels()
  const lapack = selectLapack(kernels, 'system')
  const [a, s] = [kernels.alloc(8 * n * n), kernels.alloc(8 * n)]
  const matrix = kernels.f64(a, n * n)
  for (let i = 0; i < matrix.length; i++) matrix[i] = Math.sin(i * 1.7)
  parentPort!.postMessage('computing')
  lapack.gesdd('f64', 'none', n, n, a, n, s, 0, 1, 0, 1)
}
