/** Text of a file, chunk by chunk: unpacked and decoded on the way. */
import { FormatError, inert } from '../core/index.js'
import type { CsvInput } from './csv.js'

/** Unpacked, a file may have so many bytes. */
const mostBytes = 2 ** 32

export async function* textOf(input: CsvInput, name: string): AsyncGenerator<string> {
  if (typeof input === 'object' && 'text' in input && typeof input.text === 'string') {
    yield input.text
    return
  }
  const blob = input instanceof Blob ? input : new Blob([input as Uint8Array<ArrayBuffer>])
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer())
  const isPacked = head[0] === 0x1f && head[1] === 0x8b
  const bytes = isPacked ? blob.stream().pipeThrough(new DecompressionStream('gzip')) : blob.stream()
  const reader = (bytes as ReadableStream<Uint8Array>).getReader()
  let decoder: TextDecoder | null = null
  let total = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      decoder ??= new TextDecoder(encodingOf(value))
      total += value.length
      if (total > mostBytes)
        throw new FormatError('too-large', `'${inert(name)}' unpacks to more than 4 GiB.`, { file: name })
      yield decoder.decode(value, { stream: true })
    }
    if (decoder) yield decoder.decode()
  } catch (error) {
    if (!isPacked || error instanceof FormatError) throw error
    throw new FormatError('bad-gzip', `'${inert(name)}' cannot be unpacked: the gzip file is damaged or truncated.`, {
      file: name,
      cause: error,
    })
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** By the byte order mark, which the decoder leaves out. */
function encodingOf(first: Uint8Array): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le'
  return first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : 'utf-8'
}
