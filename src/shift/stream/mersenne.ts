/**
 * The Mersenne Twister (Matsumoto & Nishimura 1998) seeded, and drawn from, as Python's `random.Random`: so that detectors that sample give the drift
 * points that river gives for the same seed. Everything else draws from `Generator`.
 */
export class Mersenne {
  readonly #state = new Uint32Array(624)
  #at = 624
  #pool = new Int32Array(0)

  /** `seed`: a whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    const high = Math.floor(seed / 2 ** 32)
    this.#seed(high === 0 ? [seed >>> 0] : [seed >>> 0, high])
  }

  /** The reference implementation's `init_by_array`. */
  #seed(key: readonly number[]): void {
    const mt = this.#state
    mt[0] = 19650218
    for (let i = 1; i < 624; i++) mt[i] = Math.imul(1812433253, mt[i - 1]! ^ (mt[i - 1]! >>> 30)) + i
    let [i, j] = [1, 0]
    const next = (): void => {
      if (++i < 624) return
      mt[0] = mt[623]!
      i = 1
    }
    for (let k = Math.max(624, key.length); k > 0; k--) {
      mt[i] = (mt[i]! ^ Math.imul(mt[i - 1]! ^ (mt[i - 1]! >>> 30), 1664525)) + key[j]! + j
      j = (j + 1) % key.length
      next()
    }
    for (let k = 623; k > 0; k--) {
      mt[i] = (mt[i]! ^ Math.imul(mt[i - 1]! ^ (mt[i - 1]! >>> 30), 1566083941)) - i
      next()
    }
    mt[0] = 0x80000000
  }

  /** 32 bits, 0 to 2^32 - 1. */
  word(): number {
    if (this.#at === 624) this.#twist()
    let y = this.#state[this.#at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #twist(): void {
    const mt = this.#state
    for (let k = 0; k < 624; k++) {
      const y = (mt[k]! & 0x80000000) | (mt[k < 623 ? k + 1 : 0]! & 0x7fffffff)
      mt[k] = mt[k < 227 ? k + 397 : k - 227]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.#at = 0
  }

  /** A whole number from 0 to n - 1, n up to 2^31: the top bits of words until one is less than n. */
  below(n: number): number {
    const bits = 32 - Math.clz32(n)
    for (;;) {
      const value = this.word() >>> (32 - bits)
      if (value < n) return value
    }
  }

  /** k different numbers of 0 .. n - 1, as `random.sample(range(n), k)` picks them. */
  sample(n: number, k: number): Int32Array {
    return this.sampleInto(new Int32Array(k), n)
  }

  /** The same into `out`, as many as it holds. */
  sampleInto(out: Int32Array, n: number): Int32Array {
    const k = out.length
    // Python keeps a pool where that is smaller than a set would be, else draws until it has k different ones.
    const set = 21 + (k > 5 ? 4 ** Math.ceil(Math.log(k * 3) / Math.log(4)) : 0)
    if (n > set) {
      const chosen = new Set<number>()
      while (chosen.size < k) chosen.add(this.below(n))
      out.set([...chosen])
      return out
    }
    if (this.#pool.length < n) this.#pool = new Int32Array(n)
    const pool = this.#pool
    for (let i = 0; i < n; i++) pool[i] = i
    for (let i = 0; i < k; i++) {
      const j = this.below(n - i)
      out[i] = pool[j]!
      pool[j] = pool[n - i - 1]!
    }
    return out
  }
}
