/** Bits that look random, of a few whole numbers: the same on every machine. */

/** A whole number of 32 bits; each part moves about half of its bits (the finalizer of MurmurHash3, public domain). */
export function mixed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const part of parts) {
    // Whole numbers beyond 2^32 give their upper half too.
    for (const half of [part % 2 ** 32, Math.floor(part / 2 ** 32)]) {
      hash = Math.imul(hash ^ half, 0x85ebca6b)
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
      hash = (hash ^ (hash >>> 16)) + 0x9e3779b9
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
