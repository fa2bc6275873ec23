/** The run log: NDJSON, one record a line, in the order of the run. */
import { FormatError, inert } from '../../core/index.js'
import type { LogRecord } from '../types.js'
import { fromJson, toJson } from './json.js'

export const lineOf = (record: LogRecord): string => `${toJson(record)}\n`

/**
 * The records of a log. A last line that is not whole (the run was killed) is left out.
 *
 * Throws FormatError for a line that is no record.
 */
export function parseRunLog(text: string, name = 'the log'): LogRecord[] {
  const records: LogRecord[] = []
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    const record = recordOf(line)
    if (record !== null) records.push(record)
    else if (i < lines.length - 1)
      throw new FormatError('bad-log', `'${inert(name)}' line ${i + 1} is no record of a run log.`, { file: name })
  }
  return records
}

function recordOf(line: string): LogRecord | null {
  try {
    const record = fromJson(line)
    return typeof record === 'object' && record !== null && 'type' in record ? (record as LogRecord) : null
  } catch {
    return null
  }
}

/** Characters (bytes, of UTF-8) of the log that belong to the run up to step `from`: what a run that goes on from there keeps. */
export function keptLength(text: string, from: number): number {
  let length = 0
  const encoder = new TextEncoder()
  for (const line of text.split(/(?<=\n)/)) {
    const record = line.endsWith('\n') ? recordOf(line) : null
    if (record === null || record.type === 'end') break
    if ('step' in record && record.step > from) break
    length += encoder.encode(line).length
  }
  return length
}
