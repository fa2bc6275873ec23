/** The checkpoints in a folder: sharded sets as one, files that only accompany a model left out. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { FormatError, inert, plural } from '../core/index.js'
import { nodeFolder } from './folder.node.js'
import { asCheckpoint, openSource, readAny } from './open.js'
import { findReader, promisedReader } from './readers.js'
import { indexShards, openSet, shardPlace } from './sharded/index.js'
import { NodeFileSource, systemError } from './source.node.js'
import type { Checkpoint, Format } from './types.js'

export interface FolderCheckpoint {
  readonly path: string
  /** The shards of a set that has no index; null for a file or an index. */
  readonly shards: readonly string[] | null
}

/** Written beside a model by training programs; no weights of it. */
const sideFiles = /^(training_args|optimizer|scheduler|scaler|rng_state[^.]*)\.(bin|pt|pth)$/i
/** Names under which weights are kept. Other files are opened only when their first bytes leave no doubt. */
const weightNames = /\.(safetensors|gguf|npy|npz|pt|pth|bin|ckpt|onnx)$/i
/** Formats whose first bytes leave no doubt. */
const certainFormats: readonly Format[] = ['safetensors', 'gguf']
/** Formats that are refused with a sentence of their own. */
const otherModels = /(^saved_model\.pb|\.(h5|hdf5|keras|tflite|msgpack|mlmodel|pb|index|zip|tar|gz|tgz|7z|rar))$/i

/**
 * Finds the checkpoints in the folder at `path` (not below it), in the order of their names.
 *
 * @throws FormatError('no-model') when there is none, saying what is there instead
 */
export async function listCheckpoints(path: string): Promise<FolderCheckpoint[]> {
  const names = filesIn(path)
  const found: FolderCheckpoint[] = []
  const covered = new Set<string>()
  for (const name of names.filter((one) => /\.index\.json$/i.test(one))) {
    found.push({ path: join(path, name), shards: null })
    for (const shard of await shardsOf(join(path, name))) covered.add(shard)
  }
  const sets = new Map<string, string>()
  for (const name of names) {
    if (covered.has(name) || sideFiles.test(name) || /\.index\.json$/i.test(name)) continue
    const format = await formatOf(join(path, name))
    if (format === null) continue
    const place = shardPlace(name)
    if (place === null || place.of < 2) {
      found.push({ path: join(path, name), shards: null })
      continue
    }
    const key = `${place.stem}/${place.of}/${place.extension}`
    if (sets.has(key)) continue
    sets.set(key, name)
    // GGUF's first part names the others itself.
    found.push({ path: join(path, name), shards: format === 'gguf' ? null : expectedShards(name) })
  }
  if (found.length === 0) await refuseFolder(path, names)
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Opens what `listCheckpoints` found. */
export async function openListed(
  { path, shards }: FolderCheckpoint,
  signal: AbortSignal | undefined,
): Promise<Checkpoint> {
  const folder = nodeFolder(join(path, '..'), path)
  if (shards) {
    const place = shardPlace(basename(path))!
    return asCheckpoint(
      join(path, '..', `${place.stem}-*-of-${String(place.of).padStart(5, '0')}${place.extension}`),
      await openSet(shards, { folder, signal }, readAny),
    )
  }
  const source = new NodeFileSource(path)
  try {
    return await openSource(source, { folder, signal })
  } catch (error) {
    await source.close()
    throw error
  }
}

function filesIn(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    throw systemError(error, path)
  }
}

/** The shards of an index; none when it is broken, which opening it will tell. */
async function shardsOf(path: string): Promise<readonly string[]> {
  try {
    const source = new NodeFileSource(path)
    try {
      return await indexShards(source)
    } finally {
      await source.close()
    }
  } catch {
    return []
  }
}

/** The format of a file that is a checkpoint, or promises to be one. */
async function formatOf(path: string): Promise<Format | null> {
  let source: NodeFileSource
  try {
    if (!statSync(path).isFile()) return null
    source = new NodeFileSource(path)
  } catch {
    return null
  }
  try {
    const head = await source.read(0, Math.min(64 * 1024, source.size))
    const reader = await findReader(source, head)
    if (reader && (weightNames.test(path) || certainFormats.includes(reader.format))) return reader.format
    return promisedReader(path)?.format ?? null
  } catch {
    // A damaged archive is still a checkpoint by its name, and opening it says what is wrong.
    return promisedReader(path)?.format ?? null
  } finally {
    await source.close()
  }
}

function expectedShards(name: string): string[] {
  const { stem, of, extension } = shardPlace(name)!
  const digits = /-of-(\d+)/.exec(name)![1]!
  const number = (value: number) => String(value).padStart(digits.length, '0')
  return Array.from(
    { length: Math.min(of, 10_000) },
    (_, index) => `${stem}-${number(index + 1)}-of-${digits}${extension}`,
  )
}

async function refuseFolder(path: string, names: readonly string[]): Promise<never> {
  if (/\.mlpackage[\\/]?$/i.test(path)) {
    throw new FormatError(
      'coreml',
      'This is a Core ML package, which is not read; open the PyTorch, TensorFlow or ONNX model that it was converted from.',
      { file: path },
    )
  }
  for (const name of names.filter((one) => otherModels.test(one))) await refuseByFile(join(path, name))
  const folders = names.filter((name) => isFolder(join(path, name)))
  const inside =
    folders.length > 0
      ? ` Folders inside it are not searched: ${folders
          .slice(0, 5)
          .map((name) => inert(name, 60))
          .join(', ')}.`
      : ''
  throw new FormatError(
    'no-model',
    `This is a folder (directory) with no model in it: it holds ${plural(names.length - folders.length, 'file')}, and no checkpoint (safetensors, GGUF, npy, npz, PyTorch or ONNX).${inside}`,
    { file: path },
  )
}

/** Throws what opening the file throws. */
async function refuseByFile(path: string): Promise<void> {
  if (isFolder(path)) return
  const source = new NodeFileSource(path)
  try {
    await openSource(source)
  } finally {
    await source.close()
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
