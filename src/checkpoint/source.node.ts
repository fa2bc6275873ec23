/** A file on disk, read synchronously so that the hot loop never waits for the event loop. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { FormatError, inert, SystemError } from '../core/index.js'
import { changed, checkRange } from './source.js'
import type { Source, SourceLocator } from './types.js'

const reasons: Record<string, readonly [code: string, text: string]> = {
  ENOENT: ['not-found', 'there is no such file'],
  ENOTDIR: ['not-found', 'there is no such file'],
  EACCES: ['no-permission', 'permission denied'],
  EPERM: ['no-permission', 'permission denied'],
  ELOOP: ['link-loop', 'its links lead in a circle'],
  EISDIR: ['is-folder', 'it is a folder'],
  EMFILE: ['too-many-files', 'too many files are open'],
  ENAMETOOLONG: ['not-found', 'its name is too long'],
  EIO: ['io', 'the disk reported an error'],
}

export function systemError(error: unknown, path: string): SystemError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const [kind, text] = reasons[code] ?? ['system', inert(message)]
  return new SystemError(kind, `cannot read '${inert(path, 300)}': ${text}`, { file: path, cause: error })
}

/** Opens a regular file; pipes, devices and folders are refused without waiting for them. */
export function fileSource(path: string): Source {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw systemError(error, path)
  }
  const stat = fstatSync(fd)
  if (!stat.isFile()) {
    closeSync(fd)
    const what = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : stat.isSocket() ? 'a socket' : 'a device'
    throw new FormatError('not-a-file', `it is ${what}, not a regular file; a checkpoint has to be on disk`, { file: path })
  }
  const { size, mtimeMs: modified } = stat
  let isOpen = true
  const check = (offset: number): void => {
    const now = fstatSync(fd)
    if (now.size !== size || now.mtimeMs !== modified) throw changed(path, offset)
  }
  const readInto = (offset: number, target: Uint8Array): void => {
    checkRange(path, size, offset, target.length)
    let done = 0
    while (done < target.length) {
      let count: number
      try {
        count = readSync(fd, target, done, target.length - done, offset + done)
      } catch (error) {
        throw systemError(error, path)
      }
      if (count === 0) throw changed(path, offset + done)
      done += count
    }
    check(offset)
  }
  return {
    name: path,
    size,
    locator: { path, size, modified },
    async read(offset, length) {
      checkRange(path, size, offset, length)
      const bytes = new Uint8Array(length)
      readInto(offset, bytes)
      return bytes
    },
    readInto,
    async close() {
      if (isOpen) closeSync(fd)
      isOpen = false
    },
  }
}

/** Opens what another thread has opened; refuses a file that has changed since. */
export function reopen(locator: SourceLocator): Source {
  const source = fileSource(locator.path)
  if (source.size === locator.size && source.locator!.modified === locator.modified) return source
  void source.close()
  throw changed(locator.path)
}
