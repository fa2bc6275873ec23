/** GGUF, the format of llama.cpp: versions 2 and 3, either byte order, split files. */
import { FormatError, inert } from '../../core/index.js'
import { plainEntry } from '../entry.js'
import { shardPlace } from '../sharded/index.js'
import { canSwap } from '../swap.js'
import type { Reader, ReaderContext, ReaderResult, Skipped, Source, TensorEntry } from '../types.js'
import { type GgufFile, readFile } from './file.js'
import type { GgufTensor } from './tensors.js'

export const ggufReader: Reader = {
  format: 'gguf',
  matches: (head) => head[0] === 0x47 && head[1] === 0x47 && head[2] === 0x55 && head[3] === 0x46,
  async open(source, context): Promise<ReaderResult> {
    const first = await readFile(source, context)
    const sources = [source]
    const files = [first]
    const warnings = [...first.warnings]
    const split = splitOf(first)
    if (split !== null) {
      const note = await openParts(split, sources, files, context)
      if (note !== null) warnings.push(note)
      else
        for (const [at, file] of files.slice(1).entries())
          warnings.push(...file.warnings.map((one) => `Part ${at + 2}: ${one}`))
    }
    const tensors: TensorEntry[] = []
    const skipped: Skipped[] = []
    for (const [at, file] of files.entries()) {
      for (const tensor of file.tensors) {
        const why = whyNot(tensor, file)
        const { name, dtype, shape } = tensor
        if (why !== null) skipped.push({ name, dtype, shape, what: 'tensor', why })
        else tensors.push(entryOf(tensor, file, at))
      }
    }
    // The first part of a set often holds the metadata alone.
    if (tensors.length + skipped.length === 0) warnings.push('The file holds no tensors.')
    return { sources, metadata: first.metadata.values, tensors, skipped, warnings }
  },
}

interface Split {
  readonly number: number
  readonly count: number
  readonly tensors: number | null
}

/** Which part of a split model a file is; null when it is whole. */
function splitOf({ metadata: { values } }: GgufFile): Split | null {
  const [number, count, tensors] = ['split.no', 'split.count', 'split.tensors.count'].map((key) => values[key])
  if (typeof count !== 'number' || count < 2) return null
  return {
    number: typeof number === 'number' ? number : 0,
    count,
    tensors: typeof tensors === 'number' ? tensors : null,
  }
}

/** Opens the other parts, which are appended to `sources` and `files`; returns why that was not done. */
async function openParts(
  { number, count, tensors }: Split,
  sources: Source[],
  files: GgufFile[],
  context: ReaderContext,
): Promise<string | null> {
  const name = sources[0]!.name.split(/[\\/]/).at(-1)!
  const place = shardPlace(name)
  const alone = `This is part ${number + 1} of ${count} of a split model, measured alone`
  if (number !== 0) return `${alone}; open the first part for the whole model.`
  if (context.folder === null) return `${alone}; open it from its folder for the whole model.`
  if (place === null || place.number !== 1 || place.of !== count) {
    return `${alone}; the other parts are found only when it is named like 'model-00001-of-${String(count).padStart(5, '0')}.gguf'.`
  }
  try {
    for (let part = 2; part <= count; part++) {
      const wanted = `${place.stem}-${String(part).padStart(5, '0')}-of-${String(count).padStart(5, '0')}${place.extension}`
      files.push(await openPart(wanted, part, count, sources, context))
    }
    checkParts(files, tensors)
  } catch (error) {
    for (const extra of sources.slice(1)) await extra.close()
    throw error
  }
  return null
}

async function openPart(
  name: string,
  part: number,
  count: number,
  sources: Source[],
  context: ReaderContext,
): Promise<GgufFile> {
  const source = await context.folder!.open(name)
  if (!source) {
    throw new FormatError(
      'missing-file',
      `gguf: part ${part} of ${count}, '${inert(name)}', is missing: it was not found beside the first part; put it there.`,
    )
  }
  sources.push(source)
  const place = { file: source.name }
  const head = await source.read(0, Math.min(8, source.size))
  if (!ggufReader.matches(head, source.size)) {
    throw new FormatError('wrong-format', `gguf: part ${part} of ${count} is not a GGUF file.`, place)
  }
  let file: GgufFile
  try {
    file = await readFile(source, context)
  } catch (error) {
    if (error instanceof FormatError) error.file ??= source.name
    throw error
  }
  const split = splitOf(file)
  if (split?.count !== count || split.number !== part - 1) {
    throw new FormatError(
      'index-mismatch',
      `gguf: the file that should be part ${part} of ${count} says it is part ${(split?.number ?? 0) + 1} of ${split?.count ?? 1}.`,
      place,
    )
  }
  return file
}

/** No name twice over all parts, and as many tensors as the first part promises. */
function checkParts(files: readonly GgufFile[], promised: number | null): void {
  const seen = new Set<string>()
  for (const { name } of files.flatMap(({ tensors }) => tensors)) {
    if (seen.has(name)) {
      throw new FormatError('duplicate-name', `gguf: tensor '${inert(name)}' is in more than one part (duplicate).`, {
        tensor: name,
      })
    }
    seen.add(name)
  }
  if (promised !== null && promised !== seen.size) {
    throw new FormatError(
      'index-mismatch',
      `gguf: the parts hold ${seen.size} tensors together, and split.tensors.count promises ${promised}; a part belongs to another model.`,
    )
  }
}

function whyNot({ storage, dtype }: GgufTensor, { bigEndian }: GgufFile): string | null {
  if (storage === null) return `The values of ${dtype} are not known: it is newer than this program.`
  if (bigEndian && !canSwap(storage)) return `The byte order inside ${dtype} blocks is not settled in big-endian files.`
  return null
}

function entryOf(tensor: GgufTensor, { dataStart, bigEndian }: GgufFile, source: number): TensorEntry {
  const { name, dtype, storage, shape, count, offset, bytes } = tensor
  return plainEntry(name, dtype, count, {
    storage: { kind: 'range', source, offset: dataStart + offset, length: bytes },
    type: storage!,
    shape,
    offset: 0,
    strides: null,
    bigEndian,
  })
}
