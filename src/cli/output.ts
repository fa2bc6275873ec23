/** Where results go: stdout, or files that appear whole or not at all. */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { inert, SystemError, UsageError } from '../core/index.js'

/** Temporary files that exist right now, for the interrupt handler. */
const unfinished = new Set<string>()

/** Removes what an interrupted run would leave behind. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true })
  unfinished.clear()
}

const reasons: Record<string, string> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is not a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  EFBIG: 'the file would be too large',
  EIO: 'the disk reported an error',
}

export function refusal(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return reasons[code] ?? `${code} ${(error as Error).message}`.trim()
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  let done = 0
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 20))
    } catch (error) {
      // A pipe in non-blocking mode that is full for now.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Writes a file under a temporary name, syncs it, then renames it. Devices and pipes are written to directly. */
export function writeFileAtomically(path: string, text: string): void {
  const special = isSpecial(path)
  const temporary = special
    ? path
    : join(dirname(resolve(path)), `.${basename(path).slice(0, 100)}.${process.pid}.part`)
  let fd: number | null = null
  try {
    if (!special) unfinished.add(temporary)
    fd = openSync(temporary, special ? 'w' : 'wx', 0o666)
    writeAll(fd, text)
    if (!special) fsyncSync(fd)
    closeSync(fd)
    fd = null
    // Through a link, so that the link stays and its target changes.
    if (!special) renameSync(temporary, linkTarget(path))
  } catch (error) {
    if (fd !== null) closeQuietly(fd)
    if (!special) rmSync(temporary, { force: true })
    throw new SystemError(
      'cannot-write',
      `cannot write '${inert(path)}': ${refusal(error)}. Try another place for the output.`,
      {
        file: path,
        cause: error,
      },
    )
  } finally {
    unfinished.delete(temporary)
  }
}

/** Writes to stdout; a reader that has gone away (`| head`) ends the command quietly. */
export function writeStdout(text: string): void {
  try {
    writeAll(1, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw new SystemError('cannot-write', `cannot write to stdout: ${refusal(error)}.`, { cause: error })
  }
}

/** A result to stdout or, with `--output`, to a file. */
export function writeResult(text: string, output: string | undefined): void {
  if (output === undefined || output === '-') writeStdout(text)
  else writeFileAtomically(output, text)
}

/** Refuses outputs that are inputs or one another: a slip of the hand must not cost a model. */
export function checkOutputs(outputs: readonly (string | undefined)[], inputs: readonly string[]): void {
  const taken = new Map(inputs.map((path) => [identity(path), `the input '${inert(path)}'`]))
  for (const path of outputs) {
    if (path === undefined || path === '-') continue
    if (path === '') throw new UsageError('an output file needs a name.')
    if (isSpecial(path)) continue
    const other = taken.get(identity(path))
    if (other) throw new UsageError(`the output '${inert(path)}' is also ${other}. Choose another name for the output.`)
    taken.set(identity(path), `the output '${inert(path)}'`)
  }
}

/** The same for two paths of one file, also through links; the path itself where there is none yet. */
function identity(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    try {
      return join(realpathSync(dirname(resolve(path))), basename(path))
    } catch {
      return resolve(path)
    }
  }
}

function isSpecial(path: string): boolean {
  try {
    const stat = statSync(path)
    return !stat.isFile() && !stat.isDirectory()
  } catch {
    return false
  }
}

function linkTarget(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // The first error is the one to tell.
  }
}
