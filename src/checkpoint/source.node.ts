/** Files on disk: read synchronously, and watched for changes while they are read. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { checkRange } from '../archive/index.js'
import { FormatError, inert, SystemError } from '../core/index.js'
import type { Source, SourceLocator } from './types.js'

/** One system call moves at most this many bytes. */
const largestRead = 1 << 30

/** A regular file. Pipes, devices and folders are refused before they are opened, so that nothing blocks. */
export class NodeFileSource implements Source {
  readonly size: number
  readonly locator: SourceLocator
  private descriptor: number

  constructor(readonly name: string) {
    try {
      refuseSpecial(name, statSync(name))
      // Between the two calls a pipe could take the file's place: without O_NONBLOCK opening it would wait for a writer.
      this.descriptor = openSync(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    } catch (error) {
      throw systemError(error, name)
    }
    const stats = fstatSync(this.descriptor)
    try {
      refuseSpecial(name, stats)
    } catch (error) {
      closeSync(this.descriptor)
      throw error
    }
    this.size = stats.size
    this.locator = { path: name, size: stats.size, modified: stats.mtimeMs }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    const bytes = new Uint8Array(length)
    this.readInto(offset, bytes)
    return bytes
  }

  readInto(offset: number, target: Uint8Array): void {
    checkRange(this, offset, target.length)
    let done = 0
    while (done < target.length) {
      const length = Math.min(largestRead, target.length - done)
      let got: number
      try {
        got = readSync(this.descriptor, target, done, length, offset + done)
      } catch (error) {
        throw systemError(error, this.name)
      }
      if (got === 0) throw this.changed(offset + done)
      done += got
    }
    // After the read, so that what was just read is what the check speaks of.
    const { size, mtimeMs } = fstatSync(this.descriptor)
    if (size !== this.size || mtimeMs !== this.locator.modified) throw this.changed(offset)
  }

  async close(): Promise<void> {
    if (this.descriptor < 0) return
    closeSync(this.descriptor)
    this.descriptor = -1
  }

  private changed(offset: number): FormatError {
    return new FormatError(
      'changed-while-read',
      'the file was changed or truncated while it was read, so its numbers would be a mixture; run again when it is complete.',
      { file: this.name, offset },
    )
  }
}

/** Opens in another thread what `locator` names; throws when it is not the same file any more. */
export function reopen(locator: SourceLocator): Source {
  const source = new NodeFileSource(locator.path)
  if (source.size === locator.size && source.locator.modified === locator.modified) return source
  void source.close()
  throw new FormatError(
    'changed-while-read',
    'the file was changed or replaced while it was read; run again when it is complete.',
    { file: locator.path },
  )
}

function refuseSpecial(path: string, stats: Stats): void {
  if (stats.isFile()) return
  const what = stats.isDirectory()
    ? 'a directory (a folder)'
    : stats.isFIFO()
      ? 'a pipe (FIFO)'
      : stats.isSocket()
        ? 'a socket'
        : 'a device'
  throw new FormatError('not-a-file', `this is ${what} and not a regular file; a checkpoint has to be one.`, {
    file: path,
  })
}

const refusals: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ENOENT: ['not-found', 'no such file or folder'],
  ENOTDIR: ['not-found', 'no such file: a part of its path is not a folder'],
  EACCES: ['no-permission', 'permission to read it is denied'],
  EPERM: ['no-permission', 'permission to read it is denied'],
  ELOOP: ['link-loop', 'cannot open it: its symbolic links (symlinks) form a loop'],
  ENAMETOOLONG: ['bad-name', 'cannot open it: its name is too long'],
  EMFILE: ['too-many-files', 'the system has too many open files'],
  EIO: ['io', 'the disk reported an error while reading'],
}

/** The sentence for a failed system call; other errors are returned as they are. */
export function systemError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (!(error instanceof Error) || code === undefined || !('syscall' in error)) return error
  const [kind, what] = refusals[code] ?? ['system', `the system refused to read it (${code})`]
  return new SystemError(kind, `${what}: '${inert(path, 400)}'.`, { file: path, cause: error })
}
