/**
 * The journal of a search: a line of JSON for the search itself, then one for each run that is done. A line is written whole and synced before it
 * counts, so that a search that is killed at any moment goes on from its last line; half a line at the end is cut off.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { FormatError, inert, SystemError, UsageError, version } from '../../core/index.js'
import { refusal, writeAll } from '../../system/index.node.js'
import type { RunResult } from './types.js'

interface Header {
  readonly type: 'search'
  readonly version: string
  /** The search without where it writes: what must be the same to go on. */
  readonly search: unknown
}

interface RunLine {
  readonly type: 'run'
  readonly key: string
  readonly result: RunResult
}

/** JSON that does not depend on the order in which keys were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}

export class Journal {
  readonly #fd: number
  readonly #done: Map<string, RunResult>
  readonly #path: string

  /**
   * Opens the journal at `path`, or begins one.
   *
   * @throws UsageError where it is of another search, FormatError where a line is damaged, SystemError where it cannot be read or written
   */
  constructor(path: string, search: unknown) {
    this.#path = path
    const { lines, bytes } = existsSync(path) ? read(path) : { lines: [], bytes: 0 }
    const [header, ...runs] = lines as [Header | undefined, ...RunLine[]]
    if (header !== undefined) check(path, header, search)
    this.#done = new Map(runs.map(({ key, result }) => [key, revived(result)]))
    this.#fd = this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true })
      // What is behind the last whole line goes; then all is written at the end.
      const fd = openSync(path, 'a', 0o666)
      ftruncateSync(fd, bytes)
      return fd
    })
    if (header === undefined) this.#append({ type: 'search', version, search } satisfies Header)
  }

  #attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new SystemError('cannot-write', `cannot write '${inert(this.#path)}': ${refusal(error)}.`, {
        file: this.#path,
        cause: error,
      })
    }
  }

  #append(line: Header | RunLine): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`, 'utf8')
    this.#attempt(() => {
      writeAll(this.#fd, bytes)
      fsyncSync(this.#fd)
    })
  }

  /** Runs that were done when it was opened, and since. */
  get size(): number {
    return this.#done.size
  }

  get(key: string): RunResult | undefined {
    return this.#done.get(key)
  }

  /** Writes a run down. */
  add(key: string, result: RunResult): void {
    this.#append({ type: 'run', key, result: posted(result) })
    this.#done.set(key, result)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** JSON has no NaN or Infinity. */
const posted = (result: RunResult): RunResult => ({ ...result, figures: mapFigures(result.figures, (x) => (Number.isFinite(x) ? x : String(x))) }) as RunResult // biome-ignore format: one line
const revived = (result: RunResult): RunResult => ({ ...result, figures: mapFigures(result.figures, Number) as RunResult['figures'] }) // biome-ignore format: one line
const mapFigures = <T>(figures: RunResult['figures'], fn: (x: number) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(figures).map(([name, x]) => [name, fn(x)]))

/** Whole lines, and how many bytes they are. */
function read(path: string): { lines: unknown[]; bytes: number } {
  let text: Buffer
  try {
    text = readFileSync(path)
  } catch (error) {
    throw new SystemError('cannot-read', `cannot read '${inert(path)}': ${refusal(error)}.`, { file: path, cause: error }) // biome-ignore format: one line
  }
  const bytes = text.lastIndexOf(0x0a) + 1
  const lines = text.toString('utf8', 0, bytes).split('\n').slice(0, -1)
  return {
    bytes,
    lines: lines.map((line, i) => {
      const value = parsed(line)
      const isGood = i === 0 ? value?.type === 'search' : value?.type === 'run' && typeof value.key === 'string' && isResult(value.result) // biome-ignore format: one line
      if (isGood) return value
      throw new FormatError('damaged', `'${inert(path)}' line ${i + 1} is not of a search's journal. Try another output.`, { file: path }) // biome-ignore format: one line
    }),
  }
}

const isResult = (value: unknown): boolean => typeof value === 'object' && value !== null && 'figures' in value

function parsed(line: string): { type?: unknown; key?: unknown; result?: unknown } | null {
  try {
    return JSON.parse(line) as { type?: unknown }
  } catch {
    return null
  }
}

function check(path: string, header: Header, search: unknown): void {
  if (canonical(header.search) === canonical(search)) return
  throw new UsageError(
    `'${inert(path)}' is the journal of another search, with other settings. Try another output, or remove it to begin anew.`,
    { file: path },
  )
}
