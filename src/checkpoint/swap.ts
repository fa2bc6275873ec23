/** Big-endian numbers turned around in place. */
import { type StorageType, storageInfo } from '../core/index.js'

/**
 * Where the 16-bit scales of a quantized block stand; the rest of it are bytes, which have no order. Types that are missing keep wider words in
 * layouts that no writer of big-endian files has settled.
 */
const blockScales: Partial<Record<StorageType, readonly number[]>> = {
  q4_0: [0],
  q4_1: [0, 2],
  q8_0: [0],
  q2_k: [80, 82],
  q3_k: [108],
  q4_k: [0, 2],
  q5_k: [0, 2],
  q6_k: [208],
  iq4_nl: [0],
  mxfp4: [],
}

/** Whether big-endian elements of this type have a settled meaning. */
export function canSwap(type: StorageType): boolean {
  return storageInfo(type).numberClass !== 'block' || blockScales[type] !== undefined
}

/** Swaps whole units of `type` in `bytes`. */
export function swapBytes(type: StorageType, bytes: Uint8Array): void {
  const { numberClass, unit, unitBytes } = storageInfo(type)
  if (numberClass === 'block') swapScales(bytes, unitBytes, blockScales[type] ?? [])
  else if (unit === 1) swapWords(bytes, numberClass === 'complex' ? unitBytes / 2 : unitBytes)
}

function swapScales(bytes: Uint8Array, step: number, places: readonly number[]): void {
  for (let block = 0; block < bytes.length; block += step) {
    for (const place of places) {
      const at = block + place
      const first = bytes[at]!
      bytes[at] = bytes[at + 1]!
      bytes[at + 1] = first
    }
  }
}

function swapWords(bytes: Uint8Array, word: number): void {
  if (word === 1) return
  if (bytes.byteOffset % word !== 0) {
    for (let at = 0; at < bytes.length; at += word) bytes.subarray(at, at + word).reverse()
    return
  }
  if (word === 2) {
    const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
    for (let i = 0; i < words.length; i++) words[i] = (words[i]! << 8) | (words[i]! >>> 8)
    return
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  for (let i = 0; i < words.length; i++) {
    const x = words[i]!
    words[i] = (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)
  }
  if (word === 4) return
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i]!
    words[i] = words[i + 1]!
    words[i + 1] = low
  }
}
