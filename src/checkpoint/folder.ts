/** Names that a file gives for its neighbours, and a folder made of `File` objects. */

import { FileSource } from '../archive/index.js'
import { FormatError, inert } from '../core/index.js'
import type { Folder, Source } from './types.js'

/**
 * The steps of a relative path that stays below its folder: no absolute path, drive, URL, backslash, control character, empty step, or `..`.
 * A leading `./` is dropped.
 */
export function safeSteps(name: string, what = 'the file name'): string[] {
  const steps = name.replace(/^(\.\/)+/, '').split('/')
  const outside =
    /^[a-z][a-z0-9+.-]*:/i.test(name) ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a name with control characters (NUL among them) is what this refuses
    /[\\\u0000-\u001f]/.test(name) ||
    steps.some((step) => step === '' || step === '.' || step === '..')
  if (!outside) return steps
  throw new FormatError(
    'path-escape',
    `${what} '${inert(name)}' is not a plain path inside the folder, so it is not allowed.`,
  )
}

/** A folder of the files that a person chose together in a browser (also from a folder input, by their relative paths). */
export function filesFolder(files: Iterable<File>, name = 'the chosen files'): Folder {
  const byName = new Map<string, File>()
  for (const file of files) {
    // A folder input gives `folder/sub/name`; what the checkpoint's own files name begins after the folder.
    const path = file.webkitRelativePath ? file.webkitRelativePath.split('/').slice(1).join('/') : file.name
    byName.set(path, file)
  }
  return {
    name,
    async open(wanted: string): Promise<Source | null> {
      const file = byName.get(safeSteps(wanted).join('/'))
      return file ? new FileSource(file) : null
    },
    async list() {
      return [...byName.keys()].sort()
    },
  }
}
