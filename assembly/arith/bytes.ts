/** Bytes as bytes: order, checksum, counts. */
import { crcTables } from './scratch'

export function byteSwap2(at: usize, count: u32): void {
  for (; count >= 8; count -= 8, at += 16) {
    const v = v128.load(at)
    v128.store(at, i8x16.shuffle(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
  }
  for (; count > 0; count--, at += 2) store<u16>(at, bswap<u16>(load<u16>(at)))
}

export function byteSwap4(at: usize, count: u32): void {
  for (; count >= 4; count -= 4, at += 16) {
    const v = v128.load(at)
    v128.store(at, i8x16.shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
  }
  for (; count > 0; count--, at += 4) store<u32>(at, bswap<u32>(load<u32>(at)))
}

export function byteSwap8(at: usize, count: u32): void {
  for (; count >= 2; count -= 2, at += 16) {
    const v = v128.load(at)
    v128.store(at, i8x16.shuffle(v, v, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8))
  }
  for (; count > 0; count--, at += 8) store<u64>(at, bswap<u64>(load<u64>(at)))
}

/** Table k holds the checksum of a byte followed by k zero bytes. */
const tables = crcTables
let ready = false

function makeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    store<u32>(tables + <usize>byte * 4, crc)
  }
  for (let entry: usize = 256; entry < 4096; entry++) {
    const before = load<u32>(tables + (entry - 256) * 4)
    store<u32>(tables + entry * 4, (before >>> 8) ^ load<u32>(tables + <usize>(before & 255) * 4))
  }
  ready = true
}

// @ts-ignore: decorator
@inline
function look(table: usize, index: u32): u32 {
  return load<u32>(tables + table * 1024 + (<usize>(index & 255) << 2))
}

// @ts-ignore: decorator
@inline
function lookWord(table: usize, word: u32): u32 {
  return (
    look(table + 3, word) ^ look(table + 2, word >>> 8) ^ (look(table + 1, word >>> 16) ^ look(table, word >>> 24))
  )
}

/** CRC-32, reflected, polynomial 0xEDB88320: sixteen bytes a step ("slicing", Kounavis & Berry 2008). */
export function crc32(at: usize, bytes: u32, crc: u32): u32 {
  if (!ready) makeTables()
  crc = ~crc
  for (; bytes >= 16; bytes -= 16, at += 16)
    crc =
      lookWord(12, crc ^ load<u32>(at)) ^
      lookWord(8, load<u32>(at, 4)) ^
      (lookWord(4, load<u32>(at, 8)) ^ lookWord(0, load<u32>(at, 12)))
  for (; bytes > 0; bytes--, at++) crc = (crc >>> 8) ^ look(0, crc ^ load<u8>(at))
  return ~crc
}

/** Counts bytes in four interleaved tables of 256 u32, so that equal neighbours do not wait for one another. */
export function countBytes(tables: usize, from: usize, bytes: u32): void {
  for (; bytes >= 8; bytes -= 8, from += 8) {
    const w = load<u64>(from)
    tick(tables, <usize>(w << 2) & 0x3fc)
    tick(tables + 1024, <usize>(w >>> 6) & 0x3fc)
    tick(tables + 2048, <usize>(w >>> 14) & 0x3fc)
    tick(tables + 3072, <usize>(w >>> 22) & 0x3fc)
    tick(tables, <usize>(w >>> 30) & 0x3fc)
    tick(tables + 1024, <usize>(w >>> 38) & 0x3fc)
    tick(tables + 2048, <usize>(w >>> 46) & 0x3fc)
    tick(tables + 3072, <usize>(w >>> 54) & 0x3fc)
  }
  for (; bytes > 0; bytes--, from++) tick(tables, <usize>load<u8>(from) << 2)
}

// @ts-ignore: decorator
@inline
function tick(table: usize, offset: usize): void {
  store<u32>(table + offset, load<u32>(table + offset) + 1)
}

/** Sum of 64-bit words: as fast as memory can be read, to compare other kernels with. */
export function sumWords(from: usize, bytes: u32): u64 {
  const half = <usize>(bytes >>> 6) << 5
  let other = from + half
  let a = i64x2.splat(0), b = a, c = a, d = a
  for (const end = other; from < end; from += 32, other += 32) {
    a = i64x2.add(a, v128.load(from))
    b = i64x2.add(b, v128.load(from, 16))
    c = i64x2.add(c, v128.load(other))
    d = i64x2.add(d, v128.load(other, 16))
  }
  a = i64x2.add(i64x2.add(a, b), i64x2.add(c, d))
  return i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1)
}
