import { afterEach, describe, expect, it } from 'vitest'
import { array, release, room, take, typeNumber } from './array-area.js'

afterEach(release)

/** Philox 4x32-10, one block, in whole numbers. */
function philox(counter: readonly number[], key: readonly number[]): number[] {
  const product = (a: number, b: number): [high: number, low: number] => {
    const p = BigInt(a) * BigInt(b)
    return [Number(p >> 32n), Number(p & 0xffffffffn)]
  }
  let [c0, c1, c2, c3] = counter as [number, number, number, number]
  let [k0, k1] = key as [number, number]
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = product(0xd2511f53, c0)
    const [h1, l1] = product(0xcd9e8d57, c2)
    ;[c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0]
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return [c0, c1, c2, c3]
}

function bits(n: number, key: readonly number[], block = 0): number[] {
  const out = room('i32', n)
  array.bits(n, key[0]!, key[1]!, block, out)
  return take('i32', out, n).map((word) => word >>> 0)
}

function draw(kind: 'uniform' | 'normal', type: 'f32' | 'f64', n: number, key = [1, 2], block = 0): number[] {
  const out = room(type, n)
  array[kind](typeNumber(type), n, key[0]!, key[1]!, block, out)
  return take(type, out, n)
}

const all = 0xffffffff

describe('Philox', () => {
  it('gives the published answers (Random123, kat_vectors)', () => {
    expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
    expect(philox([all, all, all, all], [all, all])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd])
    expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ])
    expect(bits(4, [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
  })
  it('makes block after block, from any block, of any key', () => {
    for (const key of [
      [0, 0],
      [all, all],
      [0xa4093822, 0x299f31d0],
    ])
      for (const block of [0, 1, 5, 2 ** 32 - 2, 2 ** 32, 2 ** 53 - 30])
        for (const n of [0, 1, 3, 4, 5, 15, 16, 17, 40, 101]) {
          const expected = Array.from({ length: Math.ceil(n / 4) }, (_, i) => {
            const at = block + i
            return philox([at % 2 ** 32, Math.floor(at / 2 ** 32), 0, 0], key)
          })
          expect(bits(n, key, block), `${key} ${block} ${n}`).toEqual(expected.flat().slice(0, n))
        }
  })
  it('a long stream is its parts one after another', () => {
    const whole = bits(10_000, [3, 4])
    expect([...bits(4000, [3, 4]), ...bits(6000, [3, 4], 1000)]).toEqual(whole)
    const normals = draw('normal', 'f32', 10_000)
    expect([...draw('normal', 'f32', 4000), ...draw('normal', 'f32', 6000, [1, 2], 1000)]).toEqual(normals)
    expect(draw('normal', 'f32', 4001)).toEqual(normals.slice(0, 4001))
  })
})

describe('uniform numbers', () => {
  it('are the upper bits of the words', () => {
    for (const n of [1, 3, 4, 7, 16, 33, 100]) {
      const words = bits(2 * n, [1, 2])
      expect(draw('uniform', 'f32', n)).toEqual(words.slice(0, n).map((w) => (w >>> 8) / 2 ** 24))
      const pairs = Array.from({ length: n }, (_, i) => {
        const word = (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]!)
        return Number(word >> 11n) / 2 ** 53
      })
      expect(draw('uniform', 'f64', n)).toEqual(pairs)
    }
  })
  it('fill [0, 1) evenly', () => {
    for (const type of ['f32', 'f64'] as const) {
      const n = 200_000
      const x = draw('uniform', type, n)
      const bins = new Float64Array(100)
      for (const v of x) bins[Math.floor(100 * v)]! += 1
      const chi2 = bins.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0)
      // 99 degrees of freedom: 45 .. 170 is beyond 1e-5 on both sides.
      expect(chi2).toBeGreaterThan(45)
      expect(chi2).toBeLessThan(170)
    }
  })
})

describe('normal numbers', () => {
  it('are Box and Muller’s, to the last bits', () => {
    for (const n of [1, 2, 3, 7, 8, 16, 33, 1000]) {
      const words = bits(2 * n + 4, [1, 2])
      const angle = (turn: number): [number, number] => [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)]
      const f32 = Array.from({ length: n }, (_, i) => {
        const radius = Math.sqrt(-2 * Math.log(Math.fround(((words[i & ~1]! >>> 1) + 0.5) / 2 ** 31)))
        return radius * angle(words[i | 1]! / 2 ** 32)[i & 1]!
      })
      draw('normal', 'f32', n).forEach((v, i) => {
        expect(Math.abs(v - f32[i]!), `f32 ${i}`).toBeLessThan(1e-6)
      })
      const f64 = Array.from({ length: n }, (_, i) => {
        const [a, b, c, d] = words.slice(2 * (i & ~1), 2 * (i & ~1) + 4) as [number, number, number, number]
        return Math.sqrt(-2 * Math.log((b * 2 ** 32 + a + 0.5) / 2 ** 64)) * angle(d / 2 ** 32 + c / 2 ** 64)[i & 1]!
      })
      draw('normal', 'f64', n).forEach((v, i) => {
        expect(Math.abs(v - f64[i]!), `f64 ${i}`).toBeLessThan(4e-15)
      })
    }
  })
  it('have the moments and the tails of the normal distribution', () => {
    for (const type of ['f32', 'f64'] as const) {
      const n = 400_000
      const x = draw('normal', type, n, [7, 8])
      const moment = (p: number): number => x.reduce((sum, v) => sum + v ** p, 0) / n
      // Five standard errors: sqrt(var(x^p) / n).
      const bound = (variance: number): number => 5 * Math.sqrt(variance / n)
      expect(Math.abs(moment(1))).toBeLessThan(bound(1))
      expect(Math.abs(moment(2) - 1)).toBeLessThan(bound(2))
      expect(Math.abs(moment(3))).toBeLessThan(bound(15))
      expect(Math.abs(moment(4) - 3)).toBeLessThan(bound(96))
      const beyond3 = x.filter((v) => Math.abs(v) > 3).length / n
      expect(Math.abs(beyond3 - 0.0026998)).toBeLessThan(bound(0.0027))
      const pairs = x.filter((_, i) => i % 2 === 0).reduce((sum, v, i) => sum + v * x[2 * i + 1]!, 0) / (n / 2)
      expect(Math.abs(pairs)).toBeLessThan(5 / Math.sqrt(n / 2))
    }
  })
})

describe('permutations', () => {
  const permute = (n: number, key: readonly number[], block = 0): { places: number[]; blocks: number } => {
    const out = room('i32', n)
    const blocks = array.permutation(n, key[0]!, key[1]!, block, out)
    return { places: take('i32', out, n), blocks }
  }
  it('hold every place once, and count their blocks', () => {
    for (const n of [0, 1, 2, 3, 10, 257, 1000, 5000]) {
      const { places, blocks } = permute(n, [5, n])
      expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      // One word for each place but the last; rejections are rare.
      expect(blocks).toBeGreaterThanOrEqual(Math.ceil((n - 1) / 4))
      expect(blocks).toBeLessThanOrEqual(Math.ceil(n / 4) + 1)
    }
  })
  it('come in each order equally often', () => {
    const counts = new Map<string, number>()
    const rounds = 24_000
    for (let i = 0; i < rounds; i++) {
      const order = String(permute(4, [9, 9], i).places)
      counts.set(order, (counts.get(order) ?? 0) + 1)
      release()
    }
    expect(counts.size).toBe(24)
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - rounds / 24) ** 2 / (rounds / 24), 0)
    // 23 degrees of freedom: beyond 60 lies 4e-5.
    expect(chi2).toBeLessThan(60)
  })
  it('differ between keys and blocks, and not between calls', () => {
    expect(permute(50, [1, 2])).toEqual(permute(50, [1, 2]))
    expect(permute(50, [1, 2]).places).not.toEqual(permute(50, [1, 3]).places)
    expect(permute(50, [1, 2]).places).not.toEqual(permute(50, [1, 2], 1).places)
  })
})
