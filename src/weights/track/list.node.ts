/** The checkpoints of a training run on disk: a folder of them, or a folder of folders with one each (`checkpoint-500/`, `checkpoint-1000/`). */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Input, type Listed, listInputs } from '../../checkpoint/index.node.js'
import { FormatError } from '../../core/index.js'

/** As `listInputs`; a folder without checkpoints of its own stands for those of the folders in it. */
export async function listSeries(input: Input): Promise<readonly Listed[]> {
  try {
    return await listInputs(input)
  } catch (error) {
    if (typeof input !== 'string' || !(error instanceof FormatError) || error.code !== 'no-model') throw error
    const inside: Listed[] = []
    for (const name of readdirSync(input).sort()) {
      const path = join(input, name)
      if (name.startsWith('.') || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue
      inside.push(...(await listInputs(path).catch(noModel)))
    }
    if (inside.length === 0) throw error
    return inside
  }
}

/** A folder of logs or images beside the checkpoints is no fault. */
function noModel(error: unknown): readonly Listed[] {
  if (error instanceof FormatError && error.code === 'no-model') return []
  throw error
}
