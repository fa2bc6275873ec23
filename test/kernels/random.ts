/** Seeded random numbers for tests, and the kinds of data that tensors hold. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  below(n: number): number
  normal(): number
}

/** Mulberry32. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (n) => Math.floor(next() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** Named families of values; `reach` is the largest power of two that may appear. */
export const families: Record<string, (r: Random, reach: number) => number> = {
  normal: (r) => 0.02 * r.normal(),
  'near one': (r) => 1 + 1e-3 * r.normal(),
  'mean far above the spread': (r) => -1000 + 1e-3 * r.next(),
  'every scale': (r, reach) => (r.next() < 0.5 ? -1 : 1) * 2 ** ((2 * r.next() - 1) * reach),
  pruned: (r) => (r.next() < 0.9 ? (r.next() < 0.5 ? 0 : -0) : r.normal()),
  positive: (r) => r.next() + 0.1,
  'two values': (r) => (r.next() < 0.01 ? 1.25 : 1.2),
  'hot and cold': (r) => (r.next() < 0.001 ? 1e6 : 1e-6) * r.normal(),
}
