/** Opens a source by its content: refusals with a name, then the readers, then what the file's name promises. */
import { throwIfAborted, withPlace } from '../core/index.js'
import { findReader, promisedReader } from './readers.js'
import { refuseCertain, refuseLikely, refuseUnknown, refuseZip } from './refusals.js'
import { settleQuantized } from './settle.js'
import { looksLikeIndex, openIndex, shardPlace } from './sharded/index.js'
import type { Checkpoint, Folder, Format, ReaderContext, ReaderResult, Source } from './types.js'

export interface SourceOptions {
  /** Where the files beside it are found: shards, external data. None by default. */
  readonly folder?: Folder | null | undefined
  readonly signal?: AbortSignal | undefined
}

const headBytes = 64 * 1024

/**
 * Opens one checkpoint and reads its metadata only. `close` of the result closes the source; when opening fails, the source stays open.
 *
 * @throws FormatError (damaged, hostile, unsupported), SystemError
 */
export async function openSource(source: Source, options: SourceOptions = {}): Promise<Checkpoint> {
  const context: ReaderContext = { folder: options.folder ?? null, signal: options.signal }
  try {
    const result = await readAny(source, context)
    const note = aloneNote(source.name, result.format)
    return await asCheckpoint(source.name, note ? { ...result, warnings: [...result.warnings, note] } : result)
  } catch (error) {
    throw withPlace(error, { file: source.name })
  }
}

/** GGUF's own reader knows its parts better than their names. */
function aloneNote(name: string, format: Format): string | null {
  const place = format === 'gguf' ? null : shardPlace(name.split(/[\\/]/).at(-1)!)
  if (place === null || place.of < 2) return null
  return `This is shard ${place.number} of ${place.of}, measured alone; open its folder or index for the whole model.`
}

/** A reader's result as what a caller holds. */
export async function asCheckpoint(
  path: string,
  result: ReaderResult & { readonly format: Format },
): Promise<Checkpoint> {
  const { sources } = result
  return {
    path,
    bytes: sources.reduce((sum, { size }) => sum + size, 0),
    ...result,
    // Here, where the tensors of all shards are together: a weight and its scales may lie in different files.
    ...(await settleQuantized(result)),
    async close() {
      for (const one of sources) await one.close()
    },
  }
}

/** Reads the metadata of a file in any format; shards of sets come through here too. */
export async function readAny(
  source: Source,
  context: ReaderContext,
  isShard = false,
): Promise<ReaderResult & { readonly format: Format }> {
  throwIfAborted(context.signal)
  const head = await source.read(0, Math.min(headBytes, source.size))
  refuseCertain(head, source)
  if (!isShard && looksLikeIndex(head, source.name)) return openIndex(source, context, readAny)
  const reader = await findReader(source, head)
  if (reader) return { ...(await reader.open(source, context)), format: reader.format }
  await refuseZip(head, source)
  refuseLikely(head, source)
  const promised = promisedReader(source.name)
  if (!promised) refuseUnknown(head)
  return { ...(await promised.open(source, context)), format: promised.format }
}
