/** Bytes of a table's file, piece by piece: unpacked, and as UTF-8 without its mark. */
import { FormatError, inert, SystemError, UsageError } from '../core/index.js'
import type { TableInput } from './options.js'

/** Bytes that are read at a time. */
const pieceBytes = 1 << 21
/** Unpacked, a file may have so many bytes. */
const mostBytes = 2 ** 34

/** How much smaller tables become by gzip, at most; where a file tells more, it is not relied on. */
const likeliestRatio = 40

/** What the input is called where nobody says. */
export function nameOf(input: TableInput, given: string | undefined): string {
  return given ?? (input instanceof Blob && 'name' in input ? String(input.name) : 'the table')
}

/** The input as a `Blob`; a Blob of bytes shares them. */
export function blobOf(input: TableInput): Blob {
  if (input instanceof Blob) return input
  if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) return new Blob([input as Uint8Array<ArrayBuffer>])
  if (typeof input === 'object' && input !== null && typeof input.text === 'string') return new Blob([input.text])
  throw new UsageError("readTable: the input is no table. Expected a Blob, bytes, or { text: '...' }. Try openTable for a path.") // biome-ignore format: one line
}

/** A part of the file. */
export async function partOf(blob: Blob, from: number, to: number, name: string): Promise<Uint8Array> {
  let buffer: ArrayBuffer
  try {
    buffer = await blob.slice(from, to).arrayBuffer()
  } catch (cause) {
    throw new SystemError('unreadable', `'${inert(name)}' cannot be read any more; it was changed or removed since it was opened. Open it again.`, { file: name, cause }) // biome-ignore format: one line
  }
  if (buffer.byteLength !== to - from)
    throw new FormatError('changed-while-read', `'${inert(name)}' became shorter while it was read; open it again.`, { file: name }) // biome-ignore format: one line
  return new Uint8Array(buffer)
}

async function* plainBytes(blob: Blob, name: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += pieceBytes) yield partOf(blob, at, Math.min(blob.size, at + pieceBytes), name)
}

async function* unpacked(blob: Blob, name: string): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  let total = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      total += value.length
      if (total > mostBytes)
        throw new FormatError('too-large', `'${inert(name)}' unpacks to more than 16 GiB.`, { file: name })
      yield value
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw new FormatError('bad-gzip', `'${inert(name)}' cannot be unpacked: the gzip file is damaged or truncated.`, { file: name, cause }) // biome-ignore format: one line
  } finally {
    await reader.cancel().catch(() => {})
  }
}

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

/** Bytes that the file is expected to have, unpacked; a gzip file says it itself, and 0 is returned where that cannot be. */
export async function lengthOf(blob: Blob, name: string): Promise<number> {
  const { size } = blob
  if (!isGzip(await partOf(blob, 0, Math.min(2, size), name))) return size
  if (size < 18) return 0
  const told = new DataView((await partOf(blob, size - 4, size, name)).buffer).getUint32(0, true)
  return told >= size && told <= likeliestRatio * size ? told : 0
}

/** The bytes, unpacked where they are gzip. */
export async function* bytesOf(blob: Blob, name: string): AsyncGenerator<Uint8Array> {
  const head = await partOf(blob, 0, Math.min(2, blob.size), name)
  yield* isGzip(head) ? unpacked(blob, name) : plainBytes(blob, name)
}

/**
 * The text as UTF-8, by its byte order mark (UTF-8 where there is none) or in the encoding that is given. UTF-8 is not decoded here, so bytes that
 * are none are found where words are made of them.
 */
export async function* utf8Of(blob: Blob, name: string, encoding?: string): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | null = null
  const encoder = new TextEncoder()
  let isFirst = true
  for await (let bytes of bytesOf(blob, name)) {
    if (isFirst) {
      isFirst = false
      const marked = markOf(bytes)
      const wanted = encoding ?? marked
      if (wanted.toLowerCase() === 'utf-8') {
        if (marked === 'utf-8' && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
      } else decoder = decoderOf(wanted)
    }
    const out = decoder ? encoder.encode(decoder.decode(bytes, { stream: true })) : bytes
    if (out.includes(0)) throw new FormatError('not-a-table', `'${inert(name)}' is no text: it is binary and holds zero (NUL) bytes. Expected CSV or NDJSON.`, { file: name }) // biome-ignore format: one line
    yield out
  }
  if (decoder) yield encoder.encode(decoder.decode())
}

function markOf(first: Uint8Array): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le'
  return first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : 'utf-8'
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding)
  } catch {
    throw new UsageError(`readTable: '${inert(encoding, 40)}' is no encoding that is known. Try 'windows-1252'.`)
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Words of UTF-8 bytes; null where they are none. */
export function wordOf(bytes: Uint8Array, from: number, to: number): string | null {
  try {
    return strict.decode(bytes.subarray(from, to))
  } catch {
    return null
  }
}

/** As many bytes as there are, up to `most`: what a format is told by. */
export async function headOf(blob: Blob, name: string, most: number): Promise<Uint8Array> {
  const head = await partOf(blob, 0, Math.min(most, blob.size), name)
  if (!isGzip(head)) return head
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of bytesOf(blob, name)) {
    parts.push(part)
    length += part.length
    if (length >= most) break
  }
  const all = new Uint8Array(Math.min(length, most))
  let at = 0
  for (const part of parts) {
    all.set(part.subarray(0, all.length - at), at)
    at += Math.min(part.length, all.length - at)
  }
  return all
}
