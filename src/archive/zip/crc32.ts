/**
 * CRC-32 (the polynomial 0xEDB88320 of zip and gzip), eight bytes at a step by table slicing: about 1 GB/s in plain JavaScript.
 * Node's `zlib.crc32` is faster still and has the same signature, so a caller on Node may pass that instead.
 */

/** CRC-32 of `data`, continuing from the checksum `value` of what came before. */
export type Crc32 = (data: Uint8Array, value?: number) => number

const tables: readonly Int32Array[] = makeTables()

function makeTables(): Int32Array[] {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    first[byte] = value
  }
  const all = [first]
  for (let slice = 1; slice < 8; slice++) {
    const before = all[slice - 1]!
    all.push(before.map((value) => (value >>> 8) ^ first[value & 255]!))
  }
  return all
}

/** The portable implementation. `crc32(b, crc32(a))` is the checksum of `a` followed by `b`. */
export function crc32(data: Uint8Array, value = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  let crc = ~value
  let at = 0
  const steps = data.length - (data.length % 8)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (; at < steps; at += 8) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[high & 255]! ^
      t2[(high >>> 8) & 255]! ^
      t1[(high >>> 16) & 255]! ^
      t0[high >>> 24]!
  }
  for (; at < data.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ data[at]!) & 255]!
  return ~crc >>> 0
}
