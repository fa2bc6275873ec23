/** A file on a web server, read in ranges: the weights are measured without being stored. */

import { BytesSource, checkRange } from '../archive/index.js'
import { FormatError, inert, SystemError, showBytes, throwIfAborted, withPlace } from '../core/index.js'
import type { Source } from './types.js'

/** A server that cannot send ranges has to send everything; up to this size that is taken. */
const largestWhole = 64 * 2 ** 20
const firstAhead = 64 * 1024
const mostAhead = 4 * 2 ** 20

/**
 * Opens `url`. Nothing but this one address is fetched, without credentials or cookies.
 *
 * @throws SystemError when the server cannot be reached or refuses; FormatError('no-ranges') for a large file on a server that ignores ranges
 */
export async function openHttp(url: URL | string, signal?: AbortSignal): Promise<Source> {
  const address = new URL(url).href
  const response = await request(address, 0, firstAhead, signal)
  if (response.status === 206) {
    const size = totalSize(response)
    const bytes = await body(response, Math.min(firstAhead, size), address, signal)
    const stamp = response.headers.get('etag') ?? response.headers.get('last-modified')
    return new HttpSource(address, size, stamp, bytes, signal)
  }
  if (response.status === 416) return new BytesSource(address, new Uint8Array(0))
  const declared = Number(response.headers.get('content-length') ?? Number.NaN)
  if (declared > largestWhole) {
    await response.body?.cancel()
    throw new FormatError(
      'no-ranges',
      `the server cannot send parts of a file (HTTP ranges), and this one has ${showBytes(declared)}; download it and open the file.`,
      { file: address },
    )
  }
  return new BytesSource(address, await collect(response, largestWhole, address, signal))
}

class HttpSource implements Source {
  readonly locator = null
  private start = 0
  private ahead = firstAhead

  constructor(
    readonly name: string,
    readonly size: number,
    private readonly stamp: string | null,
    private held: Uint8Array,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    const target = new Uint8Array(length)
    await this.readInto(offset, target)
    return target
  }

  async readInto(offset: number, target: Uint8Array): Promise<void> {
    checkRange(this, offset, target.length)
    let done = 0
    while (done < target.length) {
      const from = offset + done - this.start
      if (from >= 0 && from < this.held.length) {
        const piece = this.held.subarray(from, from + target.length - done)
        target.set(piece, done)
        done += piece.length
      } else await this.fetch(offset + done, target.length - done)
    }
  }

  async close(): Promise<void> {
    this.held = new Uint8Array(0)
  }

  /** Reads on from where the last request ended in ever larger pieces; anywhere else begins small again. */
  private async fetch(offset: number, wanted: number): Promise<void> {
    const follows = offset === this.start + this.held.length
    this.ahead = follows ? Math.min(mostAhead, this.ahead * 2) : firstAhead
    const length = Math.min(Math.max(this.ahead, Math.min(wanted, mostAhead)), this.size - offset)
    const response = await request(this.name, offset, length, this.signal)
    const stamp = response.headers.get('etag') ?? response.headers.get('last-modified')
    if (response.status !== 206 || totalSize(response) !== this.size || stamp !== this.stamp) {
      await response.body?.cancel()
      throw new FormatError(
        'changed-while-read',
        `the file on the server changed while it was read (status ${response.status}); open it again.`,
        { file: this.name, offset },
      )
    }
    this.held = await body(response, length, this.name, this.signal)
    this.start = offset
  }
}

async function request(
  address: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(address, {
      headers: { range: `bytes=${offset}-${offset + length - 1}` },
      credentials: 'omit',
      ...(signal && { signal }),
    })
  } catch (cause) {
    throwIfAborted(signal)
    throw new SystemError('unreachable', 'the server could not be reached; check the address and the connection.', {
      file: address,
      cause,
    })
  }
  if (response.ok || response.status === 416) return response
  await response.body?.cancel()
  throw new SystemError(
    response.status === 404 ? 'not-found' : 'refused',
    `the server answered ${response.status} ${inert(response.statusText)}.`,
    { file: address },
  )
}

function totalSize(response: Response): number {
  const match = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
  const size = match ? Number(match[1]) : Number.NaN
  if (Number.isSafeInteger(size)) return size
  throw new FormatError('no-ranges', "the server's answer does not say how large the file is; download it first.", {
    file: response.url,
  })
}

/** Exactly `length` bytes of an answer; more are not taken in. */
async function body(
  response: Response,
  length: number,
  address: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = await collect(response, length, address, signal)
  if (bytes.length === length) return bytes
  throw new SystemError('unreachable', `the server's answer ended after ${bytes.length} of ${length} bytes.`, {
    file: address,
  })
}

/** The answer's bytes, `most` of them at the most. */
async function collect(
  response: Response,
  most: number,
  address: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of response.body ?? []) {
      length += piece.length
      if (length > most) {
        throw new FormatError(
          'no-ranges',
          `the server sends more than the ${showBytes(most)} that were asked for; download the file and open it.`,
        )
      }
      pieces.push(piece)
    }
  } catch (cause) {
    throwIfAborted(signal)
    if (cause instanceof FormatError) throw withPlace(cause, { file: address })
    throw new SystemError('unreachable', 'the connection broke while the file was read.', { file: address, cause })
  }
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
