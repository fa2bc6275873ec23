/** Edits on Node: paths, and files that appear whole or not at all. */
import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
// The system's linear algebra, for tensors.
import '../../tensor/index.node.js'
import { type Checkpoint, type Input, open } from '../../checkpoint/index.node.js'
import { fastCrc32, identity, openFileSink } from '../../checkpoint/internal.node.js'
import { inert, SystemError, UsageError } from '../../core/index.js'
import { isSpecial } from '../../system/index.node.js'
import type { EditEnvironment } from './environment.js'

export const nodeEnvironment: EditEnvironment<Input> = {
  open: (input, signal) => open(input, signal ? { signal } : {}),
  files: {
    check(path, checkpoint, inPlace) {
      if (path === '') throw new UsageError('an output file needs a name.')
      if (isFolder(path))
        throw new UsageError(`the output '${inert(path)}' is a folder. Try a file in it, such as ${inert(join(path, 'model.safetensors'))}.`) // biome-ignore format: one sentence
      if (isSpecial(path)) return
      const folder = dirname(resolve(path))
      if (!isFolder(folder))
        throw new SystemError(
          'cannot-write',
          `cannot write '${inert(path)}': its folder does not exist. Try another place for the output.`,
          { file: path },
        )
      checkInputs(path, checkpoint, inPlace)
    },
    create: openFileSink,
  },
  crc32: fastCrc32 ?? undefined,
}

/** A slip of the hand must not cost a model. */
function checkInputs(path: string, checkpoint: Checkpoint, inPlace: boolean): void {
  const output = identity(path)
  const inputs = [checkpoint.path, ...checkpoint.sources.map((source) => source.locator?.path ?? source.name)]
  const same = inputs.find((input) => identity(input) === output)
  if (same === undefined) return
  if (!inPlace)
    throw new UsageError(
      `the output '${inert(path)}' is also the input '${inert(same)}'. Try --in-place, or another name for the output.`,
    )
  if (checkpoint.sources.length > 1)
    throw new UsageError(
      `--in-place: '${inert(checkpoint.path)}' is made of ${checkpoint.sources.length} files, and the output is one. Try another name for the output.`,
    )
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
