import { afterEach, describe, expect, it } from 'vitest'
import { type ElementType, elementBytes } from '../../src/kernels/index.js'
import { array, elements, put, release, room, stored, take, typeNumber } from './array-area.js'
import { random } from './random.js'

afterEach(release)

const types = ['f32', 'f64', 'i32', 'bool'] as const
const shapes = [
  [1, 5, 1, 7],
  [3, 4, 1, 9],
  [2, 5, 3, 4],
  [2, 3, 17, 6],
  [1, 7, 4, 0],
  [0, 7, 4, 3],
  [2, 100, 1, 70],
] as const

/** Places that indices, negative from the end, mean. */
const placesOf = (index: readonly number[], length: number): number[] => index.map((i) => (i < 0 ? i + length : i))

it('rows are selected, also from the end, by hand', () => {
  const out = room('i32', 6)
  expect(array.indexSelect(4, 1, 3, 2, put('i32', [1, 2, 3, 4, 5, 6]), 3, put('i32', [2, 0, -1]), out)).toBe(-1)
  expect(take('i32', out, 6)).toEqual([5, 6, 1, 2, 5, 6])
})

describe('selecting, gathering, scattering and adding agree with the naive loops', () => {
  for (const type of types)
    it(type, () => {
      const r = random(21)
      const bytes = elementBytes[type]
      for (const [outer, length, inner, count] of shapes) {
        const some = (n: number): number[] => Array.from({ length: n }, () => r.below(2 * length) - length)
        const at = (o: number, l: number, i: number): number => (o * length + l) * inner + i
        const x = elements(type, r, outer * length * inner)
        const index = some(count)
        const rows = placesOf(index, length)
        const every: [number, number, number][] = []
        for (let o = 0; o < outer; o++)
          for (let c = 0; c < count; c++) for (let i = 0; i < inner; i++) every.push([o, c, i])
        const total = every.length
        const out = room(type, total)

        expect(array.indexSelect(bytes, outer, length, inner, put(type, x), count, put('i32', index), out)).toBe(-1)
        expect(take(type, out, total)).toEqual(every.map(([o, c, i]) => x[at(o, rows[c]!, i)]!))

        const each = some(total)
        const places = placesOf(each, length)
        const chosen = room(type, total)
        expect(array.gather(bytes, outer, length, inner, put(type, x), count, put('i32', each), chosen)).toBe(-1)
        expect(take(type, chosen, total)).toEqual(every.map(([o, , i], n) => x[at(o, places[n]!, i)]!))

        const y = elements(type, r, total)
        const target = put(type, x)
        expect(array.scatter(bytes, outer, length, inner, target, count, put('i32', each), put(type, y))).toBe(-1)
        const expected = [...x]
        every.forEach(([o, , i], n) => {
          expected[at(o, places[n]!, i)] = y[n]!
        })
        expect(take(type, target, x.length)).toEqual(expected)

        if (type === 'bool') continue
        const once = (v: number): number => stored(type, [v])[0]!
        const sums = put(type, x)
        expect(
          array.scatterAdd(typeNumber(type), outer, length, inner, sums, count, put('i32', each), put(type, y)),
        ).toBe(-1)
        const added = [...x]
        every.forEach(([o, , i], n) => {
          added[at(o, places[n]!, i)] = once(added[at(o, places[n]!, i)]! + y[n]!)
        })
        expect(take(type, sums, x.length)).toEqual(added)

        const rowSums = put(type, x)
        expect(
          array.indexAdd(typeNumber(type), outer, length, inner, rowSums, count, put('i32', index), put(type, y)),
        ).toBe(-1)
        const addedRows = [...x]
        every.forEach(([o, c, i], n) => {
          addedRows[at(o, rows[c]!, i)] = once(addedRows[at(o, rows[c]!, i)]! + y[n]!)
        })
        expect(take(type, rowSums, x.length)).toEqual(addedRows)
      }
    })
})

it('an index out of range is told by its position, and nothing is written', () => {
  const length = 6
  for (const bad of [length, -length - 1, 2 ** 31 - 1, -(2 ** 31)])
    for (const count of [1, 15, 16, 17, 40])
      for (const position of new Set([0, count >> 1, count - 1])) {
        const indices = Array.from({ length: count }, (_, i) => (i >= position ? bad : -length))
        const index = put('i32', indices)
        const long = put(
          'f32',
          Array.from({ length: 40 }, () => 1),
        )
        const out = put(
          'f32',
          Array.from({ length: 40 }, () => 7),
        )
        const calls = [
          () => array.indexSelect(4, 1, length, 1, long, count, index, out),
          () => array.gather(4, 1, length, 1, long, count, index, out),
          () => array.indexAdd(0, 1, length, 1, out, count, index, long),
          () => array.scatter(4, 1, length, 1, out, count, index, long),
          () => array.scatterAdd(0, 1, length, 1, out, count, index, long),
        ]
        for (const call of calls) expect(call()).toBe(position)
        expect(take('f32', out, 40)).toEqual(Array.from({ length: 40 }, () => 7))
      }
  expect(array.indexSelect(4, 1, 0, 1, 0, 1, put('i32', [0]), room('f32', 1))).toBe(0)
})

describe('masks', () => {
  it('choose elements in order, and put them back', () => {
    const r = random(23)
    for (const type of types)
      for (const n of [0, 1, 15, 16, 17, 31, 32, 33, 100])
        for (const share of [0, 0.1, 0.5, 0.97, 1]) {
          const bytes = elementBytes[type]
          const x = elements(type, r, n)
          // Any byte but 0 is set.
          const mask = Array.from({ length: n }, () => (r.next() < share ? 1 + r.below(255) : 0))
          const expected = x.filter((_, i) => mask[i] !== 0)
          const at = put('bool', mask)
          const out = room(type, expected.length)
          expect(array.compress(bytes, n, at, put(type, x), 0)).toBe(expected.length)
          expect(array.compress(bytes, n, at, put(type, x), out)).toBe(expected.length)
          expect(take(type, out, expected.length)).toEqual(expected)
          const self = put(type, x)
          expect(array.compress(bytes, n, at, self, self)).toBe(expected.length)
          expect(take(type, self, n).slice(0, expected.length)).toEqual(expected)

          const y = elements(type, r, n)
          const back = put(type, y)
          array.expand(bytes, n, at, out, back)
          expect(take(type, back, n)).toEqual(y.map((v, i) => (mask[i] === 0 ? v : x[i]!)))
        }
  })
})

it('triangles keep what lies on one side of a diagonal, also in place', () => {
  const r = random(29)
  for (const type of types)
    for (const upper of [true, false])
      for (const [batch, m, n] of [
        [1, 3, 3],
        [2, 4, 7],
        [3, 7, 2],
        [1, 0, 3],
        [1, 3, 0],
      ] as const)
        for (const k of [-(2 ** 31), -9, -2, -1, 0, 1, 3, 9, 2 ** 31 - 1]) {
          const x = elements(type, r, batch * m * n)
          const expected = x.map((v, at) => {
            const [i, j] = [Math.floor(at / n) % m, at % n]
            return (upper ? j - i >= k : j - i <= k) ? v : 0
          })
          const at = put(type, x)
          const out = room(type, x.length)
          array.triangle(elementBytes[type], upper, batch, m, n, k, at, out)
          expect(take(type, out, x.length)).toEqual(expected)
          array.triangle(elementBytes[type], upper, batch, m, n, k, at, at)
          expect(take(type, at, x.length)).toEqual(expected)
        }
})

describe('distances between rows', () => {
  const cdist = (
    type: ElementType,
    p: number,
    sizes: readonly [number, number, number, number],
    a: readonly number[],
    b: readonly number[],
  ) => {
    const [batch, m, n, d] = sizes
    const out = room(type, batch * m * n)
    array.cdist(typeNumber(type), p, batch, m, n, d, put(type, a), put(type, b), out)
    return take(type, out, batch * m * n)
  }
  const norm = (p: number, v: readonly number[]): number => {
    const top = Math.max(0, ...v.map(Math.abs))
    if (p === Infinity || top === 0) return top
    return top * v.reduce((sum, x) => sum + (Math.abs(x) / top) ** p, 0) ** (1 / p)
  }
  it('by hand', () => {
    expect(cdist('f64', 2, [1, 2, 2, 2], [0, 0, 1, 1], [3, 4, 1, 1])).toEqual([5, Math.SQRT2, Math.sqrt(13), 0])
    expect(cdist('f32', 1, [1, 1, 2, 2], [0, 0], [3, -4, 1, 1])).toEqual([7, 2])
    expect(cdist('f32', Infinity, [1, 1, 2, 2], [0, 0], [3, -4, 1, 1])).toEqual([4, 1])
  })
  it('agree with the definition', () => {
    const r = random(31)
    for (const type of ['f32', 'f64'] as const)
      for (const p of [1, 1.5, 2, 3, Infinity])
        for (const sizes of [
          [1, 3, 4, 1],
          [2, 3, 5, 3],
          [1, 2, 2, 4],
          [1, 5, 3, 9],
          [2, 1, 70, 67],
          [1, 3, 2, 0],
          [1, 0, 3, 2],
        ] as const) {
          const [batch, m, n, d] = sizes
          const [a, b] = [elements(type, r, batch * m * d), elements(type, r, batch * n * d)]
          const expected: number[] = []
          for (let o = 0; o < batch; o++)
            for (let i = 0; i < m; i++)
              for (let j = 0; j < n; j++)
                expected.push(
                  norm(
                    p,
                    Array.from({ length: d }, (_, k) => a[(o * m + i) * d + k]! - b[(o * n + j) * d + k]!),
                  ),
                )
          const tolerance = type === 'f32' ? 2 ** -22 : 1e-14
          cdist(type, p, sizes, a, b).forEach((v, i) => {
            expect(Math.abs(v - expected[i]!), `${type} p = ${p} ${sizes} ${i}`).toBeLessThanOrEqual(
              tolerance * expected[i]!,
            )
          })
        }
  })
  it('lose nothing between near rows far from the origin, and survive every scale', () => {
    expect(cdist('f64', 2, [1, 1, 1, 2], [1e8, 1e8], [1e8 + 3, 1e8 + 4])).toEqual([5])
    for (const scale of [1e-200, 1e200]) {
      const [five] = cdist('f64', 2, [1, 1, 1, 2], [0, 0], [3 * scale, 4 * scale])
      expect(Math.abs(five! / (5 * scale) - 1)).toBeLessThan(1e-15)
    }
    expect(cdist('f64', 2, [1, 1, 1, 2], [0, 0], [Infinity, 1])).toEqual([Infinity])
    for (const p of [1, 1.5, 2, Infinity])
      expect(cdist('f32', p, [1, 1, 1, 2], [0, 0], [Number.NaN, 1])).toEqual([Number.NaN])
  })
})

it('sums of i32 wrap around', () => {
  const out = put('i32', [2 ** 31 - 1])
  array.scatterAdd(typeNumber('i32'), 1, 1, 1, out, 1, put('i32', [0]), put('i32', [1]))
  expect(take('i32', out, 1)).toEqual([-(2 ** 31)])
})
