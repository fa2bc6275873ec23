/** A worker thread of the pool: does the jobs it is sent, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { reopen, type Source } from '../checkpoint/index.node.js'
import { fastCrc32 } from '../checkpoint/internal.node.js'
import { postableError } from '../core/index.js'
import { createEngine } from './engine.node.js'
import type { MeasureEngine, MeasureOptions } from './measure/index.js'
import type { Engine } from './measurer.js'
import type { FromWorker, ToWorker, WorkerStart } from './pool.node.js'
import { type ResultOf, type TaskOf, type WorkName, works } from './work.js'

const start = workerData as WorkerStart
const port = parentPort!
const perform = works[start.work] as (
  task: TaskOf<WorkName>,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
) => Promise<ResultOf<WorkName>>
const send = (...messages: FromWorker[]): void => port.postMessage(messages)

/** Bytes are told in portions, since a message each chunk would cost more than the chunk. */
const bytesPerMessage = 64 * 1024 * 1024
/** Results wait for others so many milliseconds: each message wakes the main thread, and may take the processor from a worker. */
const patience = 50

let engine: Engine
let sources: Source[] = []
let currentRun = 0
let broken = false

async function take(message: ToWorker): Promise<void> {
  if (message.kind === 'files') {
    for (const source of sources) await source.close()
    sources = []
    currentRun = message.run
    broken = false
    for (const locator of message.locators) sources.push(reopen(locator))
    return
  }
  let results: FromWorker[] = []
  let unsaid = 0
  let said = performance.now()
  for (const { index, task } of message.jobs) {
    if (broken || message.run !== currentRun) return
    const onBytes = (bytes: number): void => {
      unsaid += bytes
      if (unsaid < bytesPerMessage) return
      send({ kind: 'bytes', run: currentRun, bytes: unsaid })
      unsaid = 0
    }
    try {
      const result = await perform(task, sources, engine, { ...start.run, onBytes, crc32: fastCrc32 })
      results.push({ kind: 'bytes', run: currentRun, bytes: unsaid })
      results.push({ kind: 'done', run: currentRun, index, result })
      unsaid = 0
      if (performance.now() - said > patience) {
        send(...results)
        results = []
        said = performance.now()
      }
    } catch (error) {
      broken = true
      throw error
    }
  }
  send(...results, { kind: 'idle', run: currentRun })
}

let last: Promise<void> = createEngine(start.backend, start.needsLapack).then(
  (made) => {
    engine = made
    engine.lapack?.setThreads(1)
    send({ kind: 'ready', backend: engine.lapack?.info ?? null })
  },
  (error: unknown) => {
    broken = true
    send({ kind: 'failed', run: 0, error: postableError(error) })
  },
)
// Messages are handled strictly one after the other, though measuring may await.
port.on('message', (message: ToWorker) => {
  last = last
    .then(() => take(message))
    .catch((error: unknown) => send({ kind: 'failed', run: currentRun, error: postableError(error) }))
})
