/** Where the bytes of a Matrix Market file come from: memory, or a stream that may be compressed. */
import { FormatError, NormballError, UsageError } from '../../../core/index.js'
import { type MatrixMarket, MatrixMarketReader } from './reader.js'

/** Text that one compressed byte may stand for, beyond the first 64 MiB: tables of numbers stay far below. */
const largestRatio = 100
const freeBytes = 64 * 2 ** 20
const gzipMagic = [0x1f, 0x8b] as const

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === gzipMagic[0] && bytes[1] === gzipMagic[1]

/**
 * Reads a whole Matrix Market file from memory.
 *
 * @throws FormatError with the line's number where the file is damaged, lies about its sizes, or is complex or Hermitian.
 */
export function parseMatrixMarket(text: string | Uint8Array): MatrixMarket {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  if (isGzip(bytes))
    throw new UsageError('parseMatrixMarket: the bytes are compressed by gzip. Try readMatrixMarket, which unpacks.')
  const reader = new MatrixMarketReader(bytes.length)
  reader.push(bytes)
  return reader.finish()
}

/**
 * Reads a Matrix Market file, plain or compressed by gzip, piece by piece: from bytes, a Blob, a web stream or any async iterable of bytes.
 * `totalBytes`, where known, lets a file that promises more than it can hold be refused at its second line.
 *
 * @throws FormatError as parseMatrixMarket does, and where compressed data are damaged or expand beyond reason.
 */
export async function readMatrixMarket(
  source: Uint8Array | Blob | AsyncIterable<Uint8Array>,
  { totalBytes }: { totalBytes?: number | undefined } = {},
): Promise<MatrixMarket> {
  const pieces = piecesOf(source)[Symbol.asyncIterator]()
  const head = await enough(pieces)
  const all = prepend(head, pieces)
  if (isGzip(head)) return consume(gunzip(all), new MatrixMarketReader())
  const known =
    totalBytes ?? (source instanceof Uint8Array ? source.length : source instanceof Blob ? source.size : undefined)
  return consume(all, new MatrixMarketReader(known))
}

async function consume(pieces: AsyncIterable<Uint8Array>, reader: MatrixMarketReader): Promise<MatrixMarket> {
  for await (const piece of pieces) reader.push(piece)
  return reader.finish()
}

async function* piecesOf(source: Uint8Array | Blob | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) yield source
  else if (source instanceof Blob) yield* readStream(source.stream())
  else if (Symbol.asyncIterator in source) yield* source
  else yield* readStream(source as unknown as ReadableStream<Uint8Array>)
}

/** Not every browser's streams are iterable. */
async function* readStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The first two bytes or more. */
async function enough(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array(0)
  while (head.length < 2) {
    const { done, value } = await pieces.next()
    if (done) break
    const joined = new Uint8Array(head.length + value.length)
    joined.set(head)
    joined.set(value, head.length)
    head = joined
  }
  return head
}

async function* prepend(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (;;) {
    const { done, value } = await rest.next()
    if (done) return
    yield value
  }
}

/** Unpacks, refusing what grows beyond reason: a small file must not fill the memory. */
async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packed = 0
  let unpacked = 0
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  // Failures show on the readable side.
  const feeding = (async () => {
    for await (const piece of pieces) {
      packed += piece.length
      await writer.write(piece as Uint8Array<ArrayBuffer>)
    }
    await writer.close()
  })().catch((error) => writer.abort(error).catch(() => undefined))
  try {
    for await (const piece of readStream(stream.readable as ReadableStream<Uint8Array>)) {
      unpacked += piece.length
      if (unpacked > freeBytes && unpacked > packed * largestRatio)
        throw new FormatError(
          'too-large',
          `Matrix Market: ${packed} compressed bytes expand to more than ${largestRatio} times as many; refused as a decompression bomb.`,
        )
      yield piece
    }
  } catch (error) {
    if (error instanceof NormballError || (error as NodeJS.ErrnoException).code?.startsWith('E')) throw error
    throw new FormatError('bad-compression', 'Matrix Market: the gzip data are damaged or cut off.', { cause: error })
  }
  await feeding
}
