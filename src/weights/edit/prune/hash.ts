/**
 * Random words by place: word i of a tensor is a function of the seed, the tensor's name and i (Philox 4x32-10), so that a choice is the same
 * on every machine, however the tensor is cut in chunks and whatever else is in the file.
 */
import type { Kernels, Pointer } from '../../../kernels/index.js'

export type Key = readonly [number, number]

/** The stream of one tensor: the seed, and FNV-1a of the name's UTF-8 bytes. */
export function streamKey(seed: number, name: string): Key {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return [seed >>> 0, (hash ^ Math.floor(seed / 2 ** 32)) >>> 0]
}

/** Bytes that `writeWords` may fill for `count` words. */
export const wordBytes = (count: number): number => 4 * count + 32

/** Words `at` .. `at + count` - 1 of a stream at `pointer` or shortly behind it; returns where. */
export function writeWords(kernels: Kernels, key: Key, at: number, count: number, pointer: Pointer): Pointer {
  const skipped = at % 4
  kernels.array.bits(count + skipped, key[0], key[1], (at - skipped) / 4, pointer)
  return pointer + 4 * skipped
}
