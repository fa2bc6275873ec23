/** `normball factor picture.png`: the compressed picture beside the original. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { inert, UsageError } from '../core/index.js'
import { pictureView } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { deliver } from './deliver.js'
import type { AskedOptions } from './factor.js'
import { phaseLine } from './factorProgress.js'
import { checkOutputs } from './output.js'

/** Whether a file is a PNG or JPEG picture, by its first bytes; false for what cannot be read, which is told where it is opened. */
export function isPicture(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false
    const file = openSync(path, 'r')
    const head = Buffer.alloc(4)
    try {
      readSync(file, head, 0, 4, 0)
    } finally {
      closeSync(file)
    }
    return head.readUInt32BE(0) === 0x89504e47 || (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff)
  } catch {
    return false
  }
}

/** Of tables only. */
const foreign = ['columns', 'except', 'where', 'sql', 'sample', 'target', 'scale', 'missing', 'with', 'set', 'save', 'apply', 'scores', 'delimiter', 'user', 'item', 'rating', 'for', 'words'] as const // biome-ignore format: one line

export async function runFactorPicture(path: string, options: AskedOptions): Promise<number> {
  const { method = 'svd', k, out, backend, html } = options
  if (method !== 'svd') throw new UsageError(`--method ${method}: '${inert(path)}' is a picture; expected svd.`)
  for (const name of foreign)
    if (options[name] !== undefined) throw new UsageError(`--${name} is for tables; '${inert(path)}' is a picture.`)
  const { factorInThread } = await import('../factor/internal.node.js')
  const progress = phaseLine(!options.quiet)
  const { report, files, original } = await factorInThread({ picture: path, k, out, backend }, progress.update).finally(progress.clear) // biome-ignore format: one line
  checkOutputs([report.output, options.output, options.csv, html], [path])
  for (const file of files) writeFileAtomically(file.path, [file.bytes])
  const pictures = html === undefined ? null : { original, compressed: files[0]!.bytes }
  await deliver(report, () => pictureView(report, pictures), options)
  return 0
}
