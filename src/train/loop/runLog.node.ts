/** The run log as a file. */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { inert, SystemError } from '../../core/index.js'
import { refusal } from '../../system/index.node.js'
import { readBytes } from '../data/files.node.js'
import type { LogRecord } from '../types.js'
import type { RecordListener } from './options.js'
import { keptLength, lineOf, parseRunLog } from './runLog.js'

/** Records wait for others so many milliseconds, and characters. Those that matter are written at once. */
const patience = 200
const most = 1 << 16

/**
 * Writes the records of a run to a file, as `onRecord`. A run that begins starts the file anew; one that goes on first takes away what came after
 * the step that it goes on from, so that the file reads as if there had been no interruption.
 *
 * Throws SystemError where the system refuses (a full disk); the file then ends with a whole line.
 *
 * @example
 * await fit(model, data, { optimizer, loss, epochs: 10, onRecord: runLog('run/log.ndjson') })
 */
export function runLog(path: string): RecordListener & { flush(): void } {
  let waiting = ''
  let written = 0
  let flushed = 0
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
      throw new SystemError('cannot-write', `cannot write '${inert(path)}': ${refusal(error)}. Try another place for the output.`, { file: path, cause: error }) // biome-ignore format: one line
    }
  }
  const flush = (): void => {
    if (waiting === '') return
    const bytes = new TextEncoder().encode(waiting)
    waiting = ''
    flushed = performance.now()
    attempt(() => append(path, bytes, written))
    written += bytes.length
  }
  const begin = (from: number): void =>
    attempt(() => {
      mkdirSync(dirname(path), { recursive: true })
      written = from > 0 ? keptLength(textOf(path), from) : 0
      const fd = openSync(path, 'a')
      try {
        ftruncateSync(fd, written)
      } finally {
        closeSync(fd)
      }
    })
  const listener = (record: LogRecord): void => {
    if (record.type === 'start') begin(record.from)
    waiting += lineOf(record)
    if (record.type !== 'step' || waiting.length > most || performance.now() - flushed > patience) flush()
  }
  return Object.assign(listener, { flush })
}

function append(path: string, bytes: Uint8Array, from: number): void {
  const fd = openSync(path, 'r+')
  try {
    let done = 0
    while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, from + done)
  } catch (error) {
    ftruncateSync(fd, from)
    throw error
  } finally {
    closeSync(fd)
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The records of a log file: see `parseRunLog`. Throws SystemError where it cannot be read. */
export async function readRunLog(path: string): Promise<LogRecord[]> {
  return parseRunLog(new TextDecoder().decode(await readBytes(path)), path)
}
