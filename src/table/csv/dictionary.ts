/** Words of UTF-8 bytes with a number each, in the order of their first appearance: a hash table with open addresses over one run of bytes. */

export class ByteDictionary {
  /** Number + 1 by hash; 0 is free. */
  #table = new Int32Array(256)
  #hashes = new Int32Array(128)
  /** Where each word begins in `#bytes`; the next begins where it ends. */
  #starts = new Int32Array(129)
  #bytes = new Uint8Array(4096)
  size = 0

  /** The number of the word; new ones are added. */
  code(bytes: Uint8Array, from: number, to: number): number {
    // FNV-1a.
    let hash = 0x811c9dc5 | 0
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
    const mask = this.#table.length - 1
    let place = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const found = this.#table[place]!
      if (found === 0) break
      if (this.#hashes[found - 1] === hash && this.#is(found - 1, bytes, from, to)) return found - 1
      place = (place + 1) & mask
    }
    return this.#add(hash, place, bytes, from, to)
  }

  /** Bytes of a word. */
  bytesOf(code: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[code]!, this.#starts[code + 1]!)
  }

  #is(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[code]!
    if (this.#starts[code + 1]! - start !== to - from) return false
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== this.#bytes[j]) return false
    return true
  }

  #add(hash: number, place: number, bytes: Uint8Array, from: number, to: number): number {
    const code = this.size++
    const start = this.#starts[code]!
    const end = start + to - from
    if (code === this.#hashes.length) {
      this.#hashes = grown(this.#hashes, 2 * code)
      this.#starts = grown(this.#starts, 2 * code + 1)
    }
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes.subarray(from, to), start)
    this.#hashes[code] = hash
    this.#starts[code + 1] = end
    this.#table[place] = code + 1
    if (2 * this.size > this.#table.length) this.#rehash()
    return code
  }

  #rehash(): void {
    const table = new Int32Array(4 * this.#table.length)
    const mask = table.length - 1
    for (let code = 0; code < this.size; code++) {
      const hash = this.#hashes[code]!
      let place = (hash ^ (hash >>> 15)) & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = code + 1
    }
    this.#table = table
  }
}

function grown(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(values)
  return larger
}
