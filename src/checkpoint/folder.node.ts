/** A folder on disk. Nothing outside it is opened, also not through links. */
import { readdirSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { FormatError, inert, SystemError } from '../core/index.js'
import { safeSteps } from './folder.js'
import { NodeFileSource, systemError } from './source.node.js'
import type { Folder, Source } from './types.js'

/**
 * The folder at `path`. `opened` is the file that a person named: when it is itself a link into another folder (the Hugging Face cache keeps every
 * file as a link into `blobs`), its neighbours may be links into that folder too. Any other link that leaves the folder is refused.
 */
export function nodeFolder(path: string, opened: string | null = null): Folder {
  const root = realpathSync(path)
  const home = opened === null ? null : dirname(realpathSync(opened))

  const refuseEscape = (name: string, full: string): void => {
    const real = realpathSync(full)
    if (isBelow(root, real)) return
    // The step before the last must not be a link out of the folder either, which the cache's layout never needs.
    if (isBelow(root, realpathSync(dirname(full))) && dirname(real) === home) return
    throw new FormatError(
      'path-escape',
      `'${inert(name)}' is a symlink that leads outside the folder, which is not allowed; copy the file into the folder.`,
      { file: full },
    )
  }

  return {
    name: path,
    async open(name: string): Promise<Source | null> {
      const full = join(path, ...safeSteps(name))
      try {
        refuseEscape(name, full)
        return new NodeFileSource(full)
      } catch (error) {
        const told = systemError(error, full)
        if (told instanceof SystemError && told.code === 'not-found') return null
        throw told
      }
    },
    async list() {
      try {
        return readdirSync(path).sort()
      } catch (error) {
        throw systemError(error, path)
      }
    },
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way)
}
