/** Bytes of a gzip file, of a length that is known once its beginning is read: nothing is made larger than the file can be. */
import { FormatError, inert } from '../../core/index.js'

/** Deflate makes of one byte at most so many. */
const mostPerByte = 1032

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Unpacks. `measure` is called with the first bytes (at least `head`, or all there are) and says how many bytes the whole has.
 *
 * Throws FormatError for a damaged or truncated file, and for a length that the file does not have.
 */
export async function gunzip(
  packed: Uint8Array,
  name: string,
  head: number,
  measure: (first: Uint8Array) => number,
): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'))
  const reader = stream.getReader()
  let out: Uint8Array | null = null
  let first = new Uint8Array(0)
  let done = 0
  let wanted = 0
  const put = (bytes: Uint8Array): void => {
    if (out === null) {
      const more = new Uint8Array(first.length + bytes.length)
      more.set(first)
      more.set(bytes, first.length)
      first = more
      if (first.length < head) return
      begin()
      return
    }
    if (done + bytes.length > wanted)
      throw new FormatError('bad-size', `'${inert(name)}' unpacks to more than the ${wanted} bytes that it announces.`, { file: name }) // biome-ignore format: one line
    out.set(bytes, done)
    done += bytes.length
  }
  const begin = (): void => {
    wanted = measure(first)
    if (wanted > packed.length * mostPerByte)
      throw new FormatError(
        'bad-size',
        `'${inert(name)}' announces ${wanted} bytes, which its ${packed.length} packed bytes cannot hold.`,
        { file: name },
      )
    out = new Uint8Array(wanted)
    put(first)
  }
  try {
    for (;;) {
      const { done: isEnd, value } = await reader.read()
      if (isEnd) break
      put(value)
    }
    if (out === null) begin()
  } catch (error) {
    await reader.cancel().catch(() => {})
    if (error instanceof FormatError) throw error
    throw new FormatError('bad-gzip', `'${inert(name)}' cannot be unpacked: the gzip file is damaged or truncated.`, {
      file: name,
      cause: error,
    })
  }
  if (done < wanted)
    throw new FormatError('truncated', `'${inert(name)}' unpacks to ${done} bytes; it announces ${wanted}.`, { file: name }) // biome-ignore format: one line
  return out!
}
