/** Opens the shards of a set and puts their tensors together. */
import { FormatError, inert, throwIfAborted, withPlace } from '../../core/index.js'
import type { Format, Metadata, ReaderContext, ReaderResult, Skipped, Source, TensorEntry } from '../types.js'

/** Opens one shard by its content. */
export type ReadShard = (
  source: Source,
  context: ReaderContext,
  isShard: true,
) => Promise<ReaderResult & { readonly format: Format }>

export interface ShardSet {
  readonly format: Format
  readonly tensors: TensorEntry[]
  /** The shard that each tensor is in, as `tensors`. */
  readonly origins: string[]
  readonly skipped: Skipped[]
  readonly warnings: string[]
  readonly metadata: Metadata
  readonly texts: Readonly<Record<string, string>>
}

/** `model-00001-of-00003.safetensors`: its number and how many there are. */
export function shardPlace(name: string): { stem: string; number: number; of: number; extension: string } | null {
  const match = /^(.*)-(\d{5,})-of-(\d{5,})(\.[a-z0-9_]+)$/i.exec(name)
  if (!match) return null
  return { stem: match[1]!, number: Number(match[2]), of: Number(match[3]), extension: match[4]! }
}

/**
 * Opens `names` in the folder, in order. Opened sources are appended to `sources`; on failure those stay open for the caller to close.
 *
 * @param asked who names the shards, for messages
 */
export async function openShards(
  names: readonly string[],
  sources: Source[],
  context: ReaderContext,
  read: ReadShard,
  asked: string,
): Promise<ShardSet> {
  const tensors: TensorEntry[] = []
  const origins: string[] = []
  const skipped: Skipped[] = []
  const warnings: string[] = []
  const metadata = Object.create(null) as Metadata
  const texts: Record<string, string> = Object.create(null)
  let format: Format | null = null
  for (const name of names) {
    throwIfAborted(context.signal)
    const source = await openShard(name, context, asked)
    const first = sources.push(source) - 1
    try {
      const result = await read(source, { ...context, folder: null }, true)
      refuseMixture(format, result.format)
      format = result.format
      Object.assign(metadata, result.metadata)
      Object.assign(texts, result.texts)
      for (const entry of result.tensors) {
        tensors.push(moved(entry, first))
        origins.push(name)
      }
      skipped.push(...result.skipped)
      for (const warning of result.warnings) warnings.push(`${inert(name)}: ${warning}`)
    } catch (error) {
      throw withPlace(error, { file: source.name })
    }
  }
  return { format: format ?? 'safetensors', tensors, origins, skipped, warnings, metadata, texts }
}

/** Opens shards that no index describes: all their tensors, none twice. */
export async function openSet(
  names: readonly string[],
  context: ReaderContext,
  read: ReadShard,
): Promise<ReaderResult & { readonly format: Format }> {
  const sources: Source[] = []
  try {
    const { origins, ...set } = await openShards(names, sources, context, read, 'belongs to the set')
    const seen = new Map<string, string>()
    for (const [at, { name }] of set.tensors.entries()) {
      const before = seen.get(name)
      if (before !== undefined) {
        throw new FormatError(
          'duplicate-name',
          `tensor '${inert(name)}' is in both '${inert(before)}' and '${inert(origins[at]!)}' (duplicate), and no index tells which one counts.`,
          { tensor: name },
        )
      }
      seen.set(name, origins[at]!)
    }
    return { ...set, sources }
  } catch (error) {
    for (const source of sources) await source.close()
    throw error
  }
}

async function openShard(name: string, { folder }: ReaderContext, asked: string): Promise<Source> {
  const source = await folder?.open(name)
  if (source) return source
  throw new FormatError(
    'missing-file',
    folder
      ? `the shard '${inert(name)}' that ${asked} is missing: it was not found in the folder; download it and put it there.`
      : `the shard '${inert(name)}' that ${asked} cannot be found from a single file; open the set from its folder.`,
  )
}

/** Shards hold tensors in a format of their own; GGUF has its own way to split, and a set does not mix formats. */
function refuseMixture(first: Format | null, format: Format): void {
  if (format !== 'safetensors' && format !== 'torch') {
    throw new FormatError(
      'wrong-format',
      `this shard is a ${format} file; the header of a safetensors file was expected.`,
    )
  }
  if (first !== null && first !== format) {
    throw new FormatError(
      'wrong-format',
      `this shard is a ${format} file, while the first one is in the ${first} format.`,
    )
  }
}

/** The same entry where the shard's own file is `sources[first]`. */
function moved(entry: TensorEntry, first: number): TensorEntry {
  const { storage } = entry.data
  if (storage.kind === 'bytes' || first === 0) return entry
  return { ...entry, data: { ...entry.data, storage: { ...storage, source: storage.source + first } } }
}
