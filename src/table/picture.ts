/** One picture: PNG or JPEG to bytes [channels, height, width]. What it announces is checked before anything is unpacked. */
import { FormatError, inert } from '../core/index.js'

export interface Picture {
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
  /** Channel by channel, row by row. */
  readonly data: Uint8Array
}

/** Pixels of a picture, in millions. */
const mostMegapixels = 50
/** What unpacking and decoding one may take. */
const mostMegabytes = 512
/** Deflate makes of one byte at most so many. */
const mostPerByte = 1032

/**
 * Decodes a picture; `channels` converts (grey by ITU-R BT.601's weights), by default grey stays grey. Transparency is left out, 16 bits become 8.
 *
 * Throws FormatError for what is neither PNG nor JPEG, damaged, or larger than 50 million pixels.
 */
export async function decodePicture(bytes: Uint8Array, name: string, channels?: 1 | 3): Promise<Picture> {
  const isPng = [0x89, 0x50, 0x4e, 0x47].every((byte, i) => bytes[i] === byte)
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8))
    throw new FormatError('not-an-image', `'${inert(name)}' is neither PNG nor JPEG.`, { file: name })
  try {
    return await (isPng ? png(bytes, name, channels) : jpeg(bytes, channels))
  } catch (error) {
    if (error instanceof FormatError) throw error
    throw new FormatError(
      'bad-image',
      `'${inert(name)}' cannot be decoded: ${inert(error instanceof Error ? error.message : String(error), 100)}.`,
      { file: name, cause: error },
    )
  }
}

async function png(bytes: Uint8Array, name: string, channels?: 1 | 3): Promise<Picture> {
  await checkPng(bytes, name)
  const { decode, convertIndexedToRgb } = await import('fast-png')
  const image = decode(bytes)
  const { width, height, depth } = image
  const isIndexed = image.palette !== undefined
  const data = isIndexed ? convertIndexedToRgb(image) : image.data
  const given = isIndexed ? data.length / (width * height) : image.channels
  // Below 8 bits samples are packed, each row from a byte's start.
  const sample = depth < 8 && !isIndexed ? unpackedBits(data, width * given, height, depth) : data
  return planar(sample, depth === 16 ? 257 : 1, width, height, given, channels ?? (given < 3 ? 1 : 3))
}

async function jpeg(bytes: Uint8Array, channels?: 1 | 3): Promise<Picture> {
  const { default: library } = await import('jpeg-js')
  const { width, height, data } = library.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: mostMegapixels,
    maxMemoryUsageInMB: mostMegabytes,
  })
  const isGrey = data.every((value, i) => i % 3 === 0 || value === data[i - 1])
  return planar(data, 1, width, height, 3, channels ?? (isGrey ? 1 : 3))
}

/** Sizes from the header, and that the pixels unpack to no more than they should. */
async function checkPng(bytes: Uint8Array, name: string): Promise<void> {
  const fail = (what: string): never => {
    throw new FormatError('bad-image', `'${inert(name)}' ${what}`, { file: name })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 33) fail('is cut off within its header.')
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  if (width * height > mostMegapixels * 1e6)
    fail(`announces ${width} x ${height} pixels; at most ${mostMegapixels} million can be read.`)
  const samples = [1, 0, 3, 1, 2, 0, 4][bytes[25]!] ?? 4
  // Each row has a byte before it; interlacing makes more rows of the same pixels.
  const expected = 2 * height * (1 + Math.ceil((width * samples * bytes[24]!) / 8)) + 1024
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at)
    if (at + 12 + length > bytes.length)
      fail(`is cut off: a part of ${length} bytes ends after the file's ${bytes.length}.`)
    if (view.getUint32(at + 4) === 0x49444154) parts.push(bytes.slice(at + 8, at + 8 + length))
    at += 12 + length
  }
  if (parts.reduce((sum, { length }) => sum + length, 0) * mostPerByte <= 64e6) return
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  for (let total = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return
    total += value.length
    if (total > expected) {
      await reader.cancel()
      fail(`unpacks to more than its ${width} x ${height} pixels.`)
    }
  }
}

/** Samples of 1, 2 or 4 bits, as bytes up to 255. */
function unpackedBits(data: ArrayLike<number>, perRow: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(perRow * height)
  const stride = Math.ceil((perRow * depth) / 8)
  const largest = 2 ** depth - 1
  for (let row = 0; row < height; row++)
    for (let i = 0; i < perRow; i++) {
      const bit = i * depth
      const byte = data[row * stride + (bit >> 3)]!
      out[row * perRow + i] = (((byte >> (8 - depth - (bit & 7))) & largest) * 255) / largest
    }
  return out
}

/** Interleaved samples of 1 (grey), 2 (grey, alpha), 3 or 4 (colour, alpha) channels, plane by plane. */
function planar(
  data: ArrayLike<number>,
  divisor: number,
  width: number,
  height: number,
  given: number,
  channels: 1 | 3,
): Picture {
  // biome-ignore format: one line
  const n = width * height
  const out = new Uint8Array(channels * n)
  const isColour = given >= 3
  for (let i = 0; i < n; i++) {
    const at = i * given
    if (channels === 1)
      out[i] = isColour
        ? Math.round((0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!) / divisor)
        : data[at]! / divisor
    else for (let c = 0; c < 3; c++) out[c * n + i] = data[at + (isColour ? c : 0)]! / divisor
  }
  return { channels, height, width, data: out }
}
