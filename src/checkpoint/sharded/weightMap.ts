/** `*.index.json`: which shard holds which tensor, as the Hugging Face libraries write it. */
import { FormatError, inert, plural } from '../../core/index.js'
import { safeSteps } from '../folder.js'
import { decodeUtf8, JsonReader } from '../json.js'
import type { Format, Metadata, MetadataValue, ReaderContext, ReaderResult, Source, TensorEntry } from '../types.js'
import { openShards, type ReadShard, type ShardSet } from './shards.js'

/** Half a million tensors at a hundred bytes each. */
const largestIndex = 64 * 2 ** 20
const mostTensors = 500_000
const mostShards = 10_000

/** Whether a file is an index: by its name, or as JSON with a `weight_map`. */
export function looksLikeIndex(head: Uint8Array, name: string): boolean {
  if (/\.index\.json$/i.test(name)) return true
  const text = new TextDecoder('latin1').decode(head)
  return /^(\u00ef\u00bb\u00bf)?\s*\{/.test(text) && text.includes('"weight_map"')
}

interface Index {
  /** Shard by tensor name, as `safeSteps` spells it. */
  readonly shardOf: ReadonlyMap<string, string>
  readonly totalSize: number | null
  readonly metadata: MetadataValue
  readonly warnings: readonly string[]
}

/** Opens the set that an index describes. The index itself is the first source. */
export async function openIndex(
  source: Source,
  context: ReaderContext,
  read: ReadShard,
): Promise<ReaderResult & { readonly format: Format }> {
  const index = parseIndex(await indexText(source))
  const shards = [...new Set(index.shardOf.values())].sort()
  if (shards.length > mostShards) {
    throw new FormatError(
      'too-large',
      `index: its weight_map names ${shards.length} shards, beyond the limit of ${mostShards}.`,
    )
  }
  const sources = [source]
  try {
    const set = await openShards(shards, sources, context, read, 'the index names')
    const chosen = chooseListed(set, index.shardOf)
    return {
      format: set.format,
      sources,
      metadata: metadataOf(index, set),
      texts: set.texts,
      tensors: chosen.tensors,
      skipped: set.skipped,
      warnings: [
        ...index.warnings,
        ...set.warnings,
        ...chosen.warnings,
        ...compareSize(index.totalSize, chosen.tensors),
      ],
    }
  } catch (error) {
    for (const extra of sources.slice(1)) await extra.close()
    throw error
  }
}

/** The shards that an index names. */
export async function indexShards(source: Source): Promise<string[]> {
  return [...new Set(parseIndex(await indexText(source)).shardOf.values())]
}

async function indexText(source: Source): Promise<string> {
  if (source.size > largestIndex) {
    throw new FormatError('too-large', `index: the file has ${source.size} bytes, beyond the limit of ${largestIndex}.`)
  }
  const text = decodeUtf8(await source.read(0, source.size))
  if (text === null) throw new FormatError('bad-utf8', 'index: the JSON is not valid UTF-8.')
  return text.replace(/^\ufeff/, '')
}

function parseIndex(text: string): Index {
  const json = new JsonReader(text, 'index: the file')
  if (json.kind() !== 'object') throw json.fail('bad-type', 'is not a JSON object with a weight_map')
  let shardOf: Map<string, string> | null = null
  let totalSize: number | null = null
  let metadata: MetadataValue = Object.create(null) as Metadata
  const warnings: string[] = []
  json.object((key) => {
    if (key === 'weight_map') shardOf = readWeightMap(json)
    else if (key === 'metadata') {
      const isObject = json.kind() === 'object'
      const value = json.value({ nodes: 1000 })
      if (!isObject) return void warnings.push('The index has metadata that is not an object; it is left out.')
      metadata = value
      const size = (value as Metadata)['total_size']
      if (typeof size === 'number') totalSize = size
      else if (size !== undefined) warnings.push('The index has a total_size that is not a number.')
    } else json.skip()
  })
  json.end()
  if (shardOf === null)
    throw new FormatError('missing-field', 'index: the file has no weight_map, so it is no index of shards.')
  if ((shardOf as Map<string, string>).size === 0)
    throw new FormatError('empty', 'index: its weight_map is empty: it names no tensor and no shard.')
  return { shardOf, totalSize, metadata, warnings }
}

function readWeightMap(json: JsonReader): Map<string, string> {
  if (json.kind() !== 'object') throw json.fail('bad-type', `has a weight_map that is not an object but ${json.kind()}`)
  const shardOf = new Map<string, string>()
  json.object((tensor, at) => {
    if (json.kind() !== 'string') {
      throw json.fail(
        'bad-type',
        `has in its weight_map a shard name that is not a string (tensor '${inert(tensor)}')`,
        at,
      )
    }
    if (shardOf.size === mostTensors) throw json.fail('too-large', `lists more than ${mostTensors} tensors`, at)
    const name = json.string()
    if (name === '' || name === '.') {
      throw json.fail('bad-name', `has an empty shard name, or one that is a directory (tensor '${inert(tensor)}')`, at)
    }
    shardOf.set(tensor, safeSteps(name, 'index: the shard name').join('/'))
  })
  return shardOf
}

/** Of all tensors in the shards, those that the index lists, each from the shard where it lists it. */
function chooseListed(
  set: ShardSet,
  shardOf: ReadonlyMap<string, string>,
): { tensors: TensorEntry[]; warnings: string[] } {
  const tensors: TensorEntry[] = []
  const found = new Set<string>()
  const extra: string[] = []
  for (const [at, entry] of set.tensors.entries()) {
    if (shardOf.get(entry.name) === set.origins[at]) {
      tensors.push(entry)
      found.add(entry.name)
    } else extra.push(entry.name)
  }
  // Skipped tensors (of types that cannot be measured) are in their shard all the same.
  for (const { name } of set.skipped) found.add(name)
  const missing = [...shardOf].find(([name]) => !found.has(name))
  if (missing) {
    const [name, shard] = missing
    throw new FormatError(
      'index-mismatch',
      `index: tensor '${inert(name)}' is missing: the index lists it in shard '${inert(shard)}', where it is not found.`,
      { tensor: name },
    )
  }
  if (extra.length === 0) return { tensors, warnings: [] }
  const shown = extra.slice(0, 3).map((name) => `'${inert(name)}'`)
  const more = extra.length > shown.length ? ' and others' : ''
  return {
    tensors,
    warnings: [
      `The shards hold ${plural(extra.length, 'extra tensor')} that the index does not list there (${shown.join(', ')}${more}); left out.`,
    ],
  }
}

function compareSize(totalSize: number | null, tensors: readonly TensorEntry[]): string[] {
  const bytes = tensors.reduce((sum, { data: { storage } }) => sum + (storage.kind === 'range' ? storage.length : 0), 0)
  const comparable = tensors.every(({ data }) => data.storage.kind === 'range')
  if (totalSize === null || !comparable || totalSize === bytes) return []
  return [`The index gives a total_size of ${totalSize} bytes, and its tensors have ${bytes}.`]
}

function metadataOf(index: Index, set: ShardSet): Metadata {
  return Object.assign(Object.create(null), set.metadata, index.metadata) as Metadata
}
