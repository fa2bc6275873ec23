/** A worker thread of the pool: measures the tensors it is sent, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { reopen, type Source } from '../checkpoint/index.node.js'
import { withPlace } from '../core/index.js'
import { fastCrc32 } from './crc32.node.js'
import { createEngine } from './engine.node.js'
import { measureTensor } from './measure/index.js'
import type { Engine } from './measurer.js'
import { type FromWorker, postableError, type ToWorker, type WorkerStart } from './pool.node.js'

const start = workerData as WorkerStart
const port = parentPort!
const send = (message: FromWorker): void => port.postMessage(message)

/** Bytes are told in portions, since a message each chunk would cost more than the chunk. */
const bytesPerMessage = 64 * 1024 * 1024

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
  for (const { index, entry, facts } of message.jobs) {
    if (broken || message.run !== currentRun) return
    let unsaid = 0
    const onBytes = (bytes: number): void => {
      unsaid += bytes
      if (unsaid < bytesPerMessage) return
      send({ kind: 'bytes', run: currentRun, bytes: unsaid })
      unsaid = 0
    }
    try {
      const measured = await measureTensor(entry, facts, sources, engine, { ...start.run, onBytes, crc32: fastCrc32 })
      if (unsaid > 0) send({ kind: 'bytes', run: currentRun, bytes: unsaid })
      send({ kind: 'measured', run: currentRun, index, measured })
    } catch (error) {
      broken = true
      const storage = entry.data.storage
      const file = storage.kind === 'bytes' ? undefined : sources[storage.source]?.name
      throw withPlace(error, { tensor: entry.name, file })
    }
  }
  send({ kind: 'idle', run: currentRun })
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
