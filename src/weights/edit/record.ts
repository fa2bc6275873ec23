/** The output's metadata: the input's, and what was done. */
import type { Checkpoint, MetadataValue } from '../../checkpoint/index.js'
import { version } from '../../core/index.js'

/** The key of the record in the output's metadata: a JSON list, the latest edit last. */
export const recordKey = 'normball'

/** The input's metadata as text (what is no text becomes JSON), with the record of this edit behind those of earlier ones. */
export function outputMetadata(
  checkpoint: Checkpoint,
  record: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries({ ...checkpoint.metadata, ...checkpoint.texts }))
    metadata[key] = typeof value === 'string' ? value : JSON.stringify(value)
  metadata[recordKey] = JSON.stringify([...earlier(metadata[recordKey]), record])
  return metadata
}

/** The records that stand there already; none where the text is not ours. */
function earlier(text: string | undefined): readonly MetadataValue[] {
  if (text === undefined) return []
  try {
    const records: unknown = JSON.parse(text)
    return Array.isArray(records) ? records : []
  } catch {
    return []
  }
}

/** What was done, without what only concerns the run. */
export function recordOf(command: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { version, command, ...options }
}
