/** A worker thread that runs a TypeScript module: on Node 20 a loader given by --import does not reach worker threads, so it is registered inside. */
import { Worker } from 'node:worker_threads'

const start = `
const { workerData } = require('node:worker_threads')
import(workerData.loader).then(({ register }) => (register(), import(workerData.module)))
`

export function startWorker(module: string, data: number): Worker {
  const loader = import.meta.resolve('tsx/esm/api')
  return new Worker(start, { eval: true, workerData: { loader, module, data } })
}
