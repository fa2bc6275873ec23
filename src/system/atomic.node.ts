/** Files that appear whole or not at all: written under a temporary name, synced, renamed. */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { inert, NormballError, SystemError } from '../core/index.js'

/** Temporary files that exist right now, for the interrupt handler. */
const unfinished = new Set<string>()

/** Removes what an interrupted run would leave behind. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true })
  unfinished.clear()
}

/** Who else is told of temporary files: the thread that hears of interrupts. */
export interface Announcer {
  /** The file is made when this resolves. */
  begins(path: string): Promise<void>
  ends(path: string): void
}

let announcer: Announcer | null = null

/** For worker threads: tells another thread, which hears of interrupts, what is being written here. */
export function announceUnfinished(to: Announcer): void {
  announcer = to
}

/** A temporary file that is being written in another thread. */
export function noteUnfinished(path: string): void {
  unfinished.add(path)
}

/** A temporary file that is about to be written. */
export async function beginUnfinished(path: string): Promise<void> {
  unfinished.add(path)
  await announcer?.begins(path)
}

export function forgetUnfinished(path: string): void {
  if (unfinished.delete(path)) announcer?.ends(path)
}

/** Where the file at `path` is written until it is whole: in its folder, so that it can be renamed, under a name that no earlier run has left behind. */
export function temporaryPath(path: string): string {
  const real = finalPath(path)
  const chance = Math.random().toString(36).slice(2, 8)
  return join(dirname(resolve(real)), `.${basename(real).slice(0, 100)}.${process.pid}.${chance}.part`)
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

/** Why the system refused to write, in words that complete "cannot write: ...". */
export function refusal(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return reasons[code] ?? `${code} ${(error as Error).message}`.trim()
}

/** Writes bytes to a descriptor, however many steps it takes. */
export function writeAll(fd: number, bytes: Uint8Array): void {
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

/**
 * Writes a file under a temporary name, syncs it, then renames it. Devices and pipes are written to directly. An error while the pieces are made
 * leaves nothing. Throws SystemError('cannot-write') where the system refuses.
 */
export function writeFileAtomically(path: string, content: string | Iterable<Uint8Array>): void {
  const pieces = typeof content === 'string' ? [Buffer.from(content, 'utf8')] : content
  const special = isSpecial(path)
  const temporary = special ? path : temporaryPath(path)
  let fd: number | null = null
  try {
    if (!special) unfinished.add(temporary)
    fd = openSync(temporary, special ? 'w' : 'wx', 0o666)
    for (const piece of pieces) writeAll(fd, piece)
    if (!special) fsyncSync(fd)
    closeSync(fd)
    fd = null
    // Through a link, so that the link stays and its target changes.
    if (!special) renameSync(temporary, finalPath(path))
  } catch (error) {
    if (fd !== null) closeQuietly(fd)
    if (!special) rmSync(temporary, { force: true })
    // Not the system's: what the pieces are made from.
    if (error instanceof NormballError) throw error
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

/** A device, a pipe: what exists and is neither file nor folder. */
export function isSpecial(path: string): boolean {
  try {
    const stat = statSync(path)
    return !stat.isFile() && !stat.isDirectory()
  } catch {
    return false
  }
}

/** What `path` leads to through links. */
export function finalPath(path: string): string {
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
