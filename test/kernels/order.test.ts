import { afterEach, describe, expect, it } from 'vitest'
import type { ElementType } from '../../src/kernels/index.js'
import { array, elements, kernels, put, release, room, stored, take, typeNumber } from './array-area.js'
import { random } from './random.js'

afterEach(release)

const types = ['f32', 'f64', 'i32', 'bool'] as const
const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const specials = {
  f32: [nan, 0, -0, inf, -inf, 1e-45],
  f64: [nan, 0, -0, inf, -inf, 5e-324],
  i32: [2 ** 31 - 1, -(2 ** 31)],
  bool: [],
}

/** Less than 0 where a comes before b: NaN is above all, -0 is 0. */
const compare = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a < b ? -1 : Number(a > b)

/** Places of a row in order, by JavaScript's own stable sort. */
const order = (row: readonly number[], descending: boolean): number[] =>
  row.map((_, i) => i).sort((i, j) => (descending ? compare(row[j]!, row[i]!) : compare(row[i]!, row[j]!)))

function rowsOf(x: readonly number[], rows: number): number[][] {
  const length = x.length / rows
  return Array.from({ length: rows }, (_, i) => x.slice(i * length, (i + 1) * length))
}

function sort(type: ElementType, rows: number, descending: boolean, x: readonly number[], inPlace = false) {
  const length = x.length / rows
  const at = put(type, x)
  const values = inPlace ? at : room(type, x.length)
  const places = room('i32', x.length)
  const work = kernels.alloc(array.sortBytes(length))
  array.sort(typeNumber(type), rows, length, descending, at, values, places, work)
  kernels.free(work)
  return { values: take(type, values, x.length), places: take('i32', places, x.length) }
}

/** Kinds of rows that sorting may find hard. */
const kinds: Record<string, (type: ElementType, n: number, seed: number) => number[]> = {
  random: (type, n, seed) => elements(type, random(seed), n),
  special: (type, n, seed) => elements(type, random(seed), n, specials[type]),
  ascending: (type, n) =>
    stored(
      type,
      Array.from({ length: n }, (_, i) => i - 100),
    ),
  descending: (type, n) =>
    stored(
      type,
      Array.from({ length: n }, (_, i) => -i),
    ),
  equal: (type, n) =>
    stored(
      type,
      Array.from({ length: n }, () => 1),
    ),
  'close together': (type, n, seed) => {
    const r = random(seed)
    return stored(
      type,
      Array.from({ length: n }, () => 1e8 + r.below(1000) * 2 ** -20),
    )
  },
}

/** A bool is 0 or 1. */
const row = (type: ElementType, x: number[]): number[] => (type === 'bool' ? x.map((v) => v & 1) : x)

it('sorts a row by hand: NaN last, equal ones in order', () => {
  expect(sort('f32', 1, false, [2, nan, -1, 0, -0, 2])).toEqual({
    values: [-1, 0, -0, 2, 2, nan],
    places: [2, 3, 4, 0, 5, 1],
  })
  expect(sort('f64', 1, true, [2, nan, -1, 0, -0, 2])).toEqual({
    values: [nan, 2, 2, 0, -0, -1],
    places: [1, 0, 5, 3, 4, 2],
  })
  expect(sort('bool', 2, true, [0, 1, 1, 1, 0, 0])).toEqual({ values: [1, 1, 0, 1, 0, 0], places: [1, 2, 0, 0, 1, 2] })
})

describe('sorting agrees with a stable sort', () => {
  for (const type of types)
    it(type, () => {
      for (const [kind, make] of Object.entries(kinds))
        for (const length of [0, 1, 2, 3, 16, 47, 48, 49, 97, 200, 511, 512, 513, 1000, 5000])
          for (const descending of [false, true]) {
            const rows = length > 1000 ? 1 : 3
            const x = row(type, make(type, rows * length, length))
            const places = rowsOf(x, rows).map((row) => order(row, descending))
            const values = rowsOf(x, rows).flatMap((row, i) => places[i]!.map((place) => row[place]!))
            const result = sort(type, rows, descending, x)
            expect(result, `${kind} ${length} ${descending}`).toEqual({ values, places: places.flat() })
            expect(sort(type, rows, descending, x, true), `in place, ${kind} ${length}`).toEqual(result)
          }
    })
})

it('values or places may be left out', () => {
  const x = put('f64', [3, 1, 2])
  const work = kernels.alloc(array.sortBytes(3))
  const values = room('f64', 3)
  const places = room('i32', 3)
  array.sort(1, 1, 3, false, x, values, 0, work)
  array.sort(1, 1, 3, false, x, 0, places, work)
  expect([take('f64', values, 3), take('i32', places, 3)]).toEqual([
    [1, 2, 3],
    [1, 2, 0],
  ])
  kernels.free(work)
})

describe('the k best', () => {
  const topk = (type: ElementType, rows: number, k: number, smallest: boolean, x: readonly number[]) => {
    const length = x.length / rows
    const values = room(type, rows * k)
    const places = room('i32', rows * k)
    const bytes = array.topkBytes(k)
    const work = kernels.alloc(bytes + 8)
    kernels.u8(work, bytes + 8).fill(0xa5)
    array.topk(typeNumber(type), rows, length, k, smallest, put(type, x), values, places, work)
    expect(kernels.u8(work + bytes, 8).every((byte) => byte === 0xa5)).toBe(true)
    kernels.free(work)
    return { values: take(type, values, rows * k), places: take('i32', places, rows * k) }
  }
  it('by hand', () => {
    expect(topk('f32', 1, 3, false, [1, 5, nan, 5, 7])).toEqual({ values: [nan, 7, 5], places: [2, 4, 1] })
    expect(topk('i32', 2, 1, true, [1, 0, 0, 3, 2, 2])).toEqual({ values: [0, 2], places: [1, 1] })
  })
  for (const type of types)
    it(`are the first of the sorted: ${type}`, () => {
      for (const [kind, make] of Object.entries(kinds))
        for (const [length, ks] of [
          [1, [0, 1]],
          [5, [1, 5]],
          [17, [1, 3, 16]],
          [130, [1, 64, 65, 129, 130]],
          [1000, [1, 10, 500, 999]],
          [5000, [7, 100]],
        ] as const)
          for (const k of ks)
            for (const smallest of [false, true]) {
              const rows = length > 1000 ? 1 : 2
              const x = row(type, make(type, rows * length, length))
              const places = rowsOf(x, rows).map((row) => order(row, !smallest).slice(0, k))
              const values = rowsOf(x, rows).flatMap((row, i) => places[i]!.map((place) => row[place]!))
              expect(topk(type, rows, k, smallest, x), `${kind} ${length} ${k}`).toEqual({
                values,
                places: places.flat(),
              })
            }
    })
})

it('places in a sorted row are the first, or behind equal ones', () => {
  const r = random(37)
  for (const type of types)
    for (const length of [0, 1, 2, 3, 7, 8, 100]) {
      const sorted = elements(type, r, length, specials[type]).sort(compare)
      const values = elements(type, r, 50, specials[type])
      for (const right of [false, true]) {
        const places = room('i32', 50)
        array.searchsorted(typeNumber(type), length, put(type, sorted), 50, put(type, values), right, places)
        const expected = values.map(
          (v) => sorted.filter((s) => (right ? compare(s, v) <= 0 : compare(s, v) < 0)).length,
        )
        expect(take('i32', places, 50), `${type} ${length} ${right}`).toEqual(expected)
      }
    }
})
