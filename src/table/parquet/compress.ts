/** Pages unpacked: never more than a page announces, and no more than its codec could make of the bytes. */
import type { CompressionCodec } from 'hyparquet'
import { decompressPage } from 'hyparquet/src/datapage.js'
import type { Compressors } from 'hyparquet-compressors'

/** Bytes of an unpacked page; writers make pages of about one megabyte. */
const mostBytes = 2 ** 28
/** How many times its bytes a codec can make of a page at most, generously. */
const largest: Readonly<Record<string, number>> = { SNAPPY: 64, GZIP: 1040, LZ4: 260, LZ4_RAW: 260, ZSTD: 2 ** 18, BROTLI: 2 ** 18 } // biome-ignore format: one line

/** A page's bytes; throws RangeError where the announced size cannot be, and what the codec throws. */
export function unpack(
  packed: Uint8Array,
  size: number,
  codec: CompressionCodec,
  compressors: Compressors,
): Uint8Array {
  checkSize(packed, size, codec)
  // What nothing is packed to differs from codec to codec.
  return size === 0 ? new Uint8Array(0) : decompressPage(packed, size, codec, compressors).slice()
}

/** Throws RangeError where the announced size cannot be. */
function checkSize(packed: Uint8Array, size: number, codec: string): void {
  if (codec === 'UNCOMPRESSED' && size !== packed.length) throw new RangeError(`${packed.length} bytes without compression that should be ${size}`) // biome-ignore format: one line
  if (size > mostBytes || (codec !== 'UNCOMPRESSED' && size > packed.length * largest[codec]! + 64)) throw new RangeError(`${packed.length} bytes that unpack to ${size}, which is too large`) // biome-ignore format: one line
  if (codec === 'ZSTD') checkZstd(packed)
}

/** The window of a Zstandard frame is allocated before anything is unpacked. */
function checkZstd(bytes: Uint8Array): void {
  if (bytes[0] !== 0x28 || bytes[1] !== 0xb5 || bytes[2] !== 0x2f || bytes[3] !== 0xfd) throw new RangeError('no Zstandard frame') // biome-ignore format: one line
  const isSingle = (bytes[4]! & 32) !== 0
  if (!isSingle && 10 + (bytes[5]! >> 3) > 27) throw new RangeError('a Zstandard window of more than 128 MiB')
}

/** The codecs, loaded when one is needed. */
export async function loadCompressors(): Promise<Compressors> {
  const { compressors, decompressZstd } = await import('hyparquet-compressors')
  return { ...compressors, ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)) }
}
