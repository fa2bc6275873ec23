/** A PNG of a few thousand pixels: stored, not packed, so that it takes no library and no promise. Source: PNG specification (W3C), RFC 1950, RFC 1951. */

/** Red, green and blue, eight bits each, row by row from the top. */
export function pngOf(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const head = new Uint8Array(13)
  const view = new DataView(head.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  // Eight bits, RGB, and no choice in the rest.
  head.set([8, 2, 0, 0, 0], 8)
  const row = 3 * width
  const raw = new Uint8Array(height * (row + 1))
  // Each row begins with its filter: none.
  for (let y = 0; y < height; y++) raw.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', head),
    chunk('IDAT', stored(raw)),
    chunk('IEND', new Uint8Array(0)),
  ]
  return joined(parts)
}

/** zlib's frame around blocks that are stored. */
function stored(raw: Uint8Array): Uint8Array {
  const most = 0xffff
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)]
  for (let from = 0; from === 0 || from < raw.length; from += most) {
    const block = raw.subarray(from, from + most)
    const isLast = from + most >= raw.length ? 1 : 0
    const [low, high] = [block.length & 0xff, block.length >> 8]
    parts.push(Uint8Array.of(isLast, low, high, ~low & 0xff, ~high & 0xff), block)
  }
  let [a, b] = [1, 0]
  for (const value of raw) {
    a = (a + value) % 65521
    b = (b + a) % 65521
  }
  return joined([...parts, bigEndian(((b << 16) | a) >>> 0)])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(type), data])
  return joined([bigEndian(data.length), body, bigEndian(crc32(body))])
}

const bigEndian = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)

function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const value of bytes) {
    crc ^= value
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
