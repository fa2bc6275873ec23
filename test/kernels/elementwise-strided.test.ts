/** Broadcasting, strided copies and additions against a naive walk over every index, for seeded shapes and strides. */
import { describe, expect, it } from 'vitest'
import { elementBytes, largestRank } from '../../src/kernels/index.js'
import {
  array,
  binaryCode,
  make,
  type Numbers,
  places,
  setPlan,
  typeCode,
  view,
  written,
} from './elementwise-support.js'
import { type Random, random } from './random.js'

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Offsets of every index in row-major order. */
function offsets(shape: readonly number[], strides: readonly number[]): number[] {
  let found = [0]
  shape.forEach((size, axis) => {
    found = found.flatMap((base) => Array.from({ length: size }, (_, i) => base + i * strides[axis]!))
  })
  return found
}

const contiguous = (shape: readonly number[]): number[] => shape.map((_, axis) => count(shape.slice(axis + 1)))

/** Strides of a view: axes in any order in memory, some repeated, some reversed, some with gaps. Returns them and where element 0 lies. */
function stridesOf(
  r: Random,
  shape: readonly number[],
  repeats: number,
): { strides: number[]; first: number; size: number } {
  const order = shape.map((_, axis) => axis)
  if (r.next() < 0.5) order.sort(() => r.next() - 0.5)
  const strides = shape.map(() => 0)
  let step = 1
  let first = 0
  for (const axis of order.reverse()) {
    if (r.next() < repeats) continue
    if (r.next() < 0.15) step *= 2
    if (r.next() < 0.15) step += 3
    const reversed = r.next() < 0.2
    strides[axis] = reversed ? -step : step
    if (reversed) first += step * (shape[axis]! - 1)
    step *= shape[axis]!
  }
  return { strides, first, size: step + 8 }
}

function shapeOf(r: Random, rank: number, most: number): number[] {
  const shape = Array.from({ length: rank }, () => 1)
  for (let tries = 0; tries < 3 * rank; tries++) {
    const axis = r.below(rank)
    const size = [1, 2, 3, 4, 5, 7, 10, 16, 33, 100, 700, 2100][r.below(rank > 4 ? 6 : 12)]!
    const next = shape.with(axis, size)
    if (count(next) <= most) shape[axis] = size
  }
  return shape
}

const values = (n: number, seed: number): number[] => {
  const r = random(seed)
  return Array.from({ length: n }, () => r.below(2000) - 1000)
}

function lay(type: 'f32' | 'f64' | 'i32' | 'bool', place: number, size: number, seed: number): Numbers {
  const all = make(type, type === 'bool' ? values(size, seed).map((x) => x & 1) : values(size, seed))
  view(type, place, size).set(all)
  return all
}

const named: readonly { name: string; shape: number[]; a: number[]; b: number[] }[] = [
  { name: 'a bias row', shape: [3000, 10], a: [10, 1], b: [0, 1] },
  { name: 'a long bias row', shape: [7, 5000], a: [5000, 1], b: [0, 1] },
  { name: 'a column', shape: [300, 10], a: [1, 0], b: [10, 1] },
  { name: 'a column and long rows', shape: [5, 4100], a: [1, 0], b: [4100, 1] },
  { name: 'a scalar', shape: [50, 100], a: [0, 0], b: [100, 1] },
  { name: 'two scalars', shape: [3000], a: [0], b: [0] },
  { name: 'row and column', shape: [70, 90], a: [1, 0], b: [0, 1] },
  { name: 'a transpose', shape: [130, 70], a: [1, 130], b: [70, 1] },
  { name: 'channels in the middle', shape: [4, 3, 50], a: [150, 50, 1], b: [0, 1, 0] },
  { name: 'every second element', shape: [2500], a: [2], b: [1] },
  { name: 'rows with gaps', shape: [20, 600], a: [700, 1], b: [600, 1] },
  { name: 'nothing', shape: [3, 0, 4], a: [0, 4, 1], b: [0, 4, 1] },
  { name: 'no axes', shape: [], a: [], b: [] },
  { name: `${largestRank} axes`, shape: Array(largestRank).fill(2), a: contiguous(Array(largestRank).fill(2)), b: Array.from({ length: largestRank }, (_, i) => (i % 2 ? 2 ** (i >> 1) : 0)) },
] // biome-ignore format: a table

function checkBinary(type: 'f32' | 'f64' | 'i32' | 'bool', shape: number[], a: View, b: View, what: string): void {
  const [first, second] = [lay(type, places[0], a.size, 1), lay(type, places[1], b.size, 2)]
  const n = count(shape)
  const [atA, atB] = [offsets(shape, a.strides), offsets(shape, b.strides)]
  const ops = type === 'bool' ? (['logicalXor', 'lt'] as const) : (['sub', 'lt'] as const)
  for (const op of ops) {
    const to = op === 'lt' ? 'bool' : type
    setPlan(shape, a.strides, b.strides)
    const got = written(to, n, 1, (out) =>
      array.binaryStrided(
        binaryCode(op),
        typeCode(type),
        shape.length,
        places[0] + a.first * elementBytes[type],
        places[1] + b.first * elementBytes[type],
        out,
      ),
    )
    const one = (x: number, y: number): number => (op === 'sub' ? x - y : op === 'lt' ? Number(x < y) : x ^ y)
    const expected = make(to, atA.map((at, i) => one(first[a.first + at]!, second[b.first + atB[i]!]!)).slice(0, n))
    expect(same(got, expected), `${op} of ${type}: ${what}`).toBe(true)
  }
}

interface View {
  strides: number[]
  first: number
  size: number
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

const plain = (shape: number[], strides: number[]): View => ({
  strides,
  first: 0,
  size: 1 + strides.reduce((sum, stride, axis) => sum + stride * Math.max(0, shape[axis]! - 1), 0),
})

const types = ['f32', 'f64', 'i32', 'bool'] as const

describe('binaryStrided', () => {
  it('works by hand: [[1, 2], [3, 4]] - [10, 20] and its transpose', () => {
    view('f32', places[0], 4).set([1, 2, 3, 4])
    view('f32', places[1], 2).set([10, 20])
    setPlan([2, 2], [2, 1], [0, 1])
    const call = (out: number): void => array.binaryStrided(binaryCode('sub'), 0, 2, places[0], places[1], out)
    expect([...written('f32', 4, 0, call)]).toEqual([-9, -18, -7, -16])
    setPlan([2, 2], [1, 2], [0, 1])
    expect([...written('f32', 4, 0, call)]).toEqual([-9, -17, -8, -16])
  })

  it.each(named)('$name', ({ name, shape, a, b }) => {
    for (const type of shape.length === largestRank ? (['f32'] as const) : types) {
      checkBinary(type, shape, plain(shape, a), plain(shape, b), name)
      checkBinary(type, shape, plain(shape, b), plain(shape, a), name)
    }
  })

  it.each(types)('any shapes and strides of %s', (type) => {
    for (let seed = 0; seed < 250; seed++) {
      const r = random(seed)
      const shape = shapeOf(r, r.below(8), 6000)
      const [a, b] = [stridesOf(r, shape, 0.2), stridesOf(r, shape, 0.4)]
      checkBinary(type, shape, a, b, `seed ${seed}, shape ${shape}, strides ${a.strides} and ${b.strides}`)
    }
  })
})

describe('where', () => {
  it.each(types)('takes %s from a where c is set, else from b, for any strides', (type) => {
    for (let seed = 0; seed < 200; seed++) {
      const r = random(1000 + seed)
      const shape = shapeOf(r, r.below(6), 6000)
      const views = [0.3, 0.2, 0.3].map((repeats) => stridesOf(r, shape, repeats))
      const [c, a, b] = views as [View, View, View]
      const mask = lay('bool', places[0], c.size, 3)
      const [first, second] = [lay(type, places[1], a.size, 4), lay(type, places[2], b.size, 5)]
      const bytes = elementBytes[type]
      setPlan(shape, c.strides, a.strides, b.strides)
      const got = written(type, count(shape), 1, (out) =>
        array.where(
          bytes,
          shape.length,
          places[0] + c.first,
          places[1] + a.first * bytes,
          places[2] + b.first * bytes,
          out,
        ),
      )
      const at = views.map(({ strides, first }) => offsets(shape, strides).map((offset) => offset + first))
      const expected = at[0]!.map((place, i) => (mask[place] ? first[at[1]![i]!]! : second[at[2]![i]!]!))
      expect(same(got, expected), `seed ${seed}, shape ${shape}`).toBe(true)
    }
  })
})

describe('gatherStrided and scatterStrided', () => {
  it('a transpose of every size about the tiles', () => {
    for (const type of ['f32', 'f64', 'bool'] as const) {
      for (const m of [1, 2, 3, 4, 5, 31, 32, 33, 65]) {
        for (const n of [1, 2, 3, 4, 5, 31, 32, 33, 65]) {
          const all = lay(type, places[0], m * n, 6)
          setPlan([m, n], [1, m])
          const got = written(type, m * n, 0, (out) => array.gatherStrided(elementBytes[type], 2, places[0], out))
          expect(
            same(
              got,
              offsets([m, n], [1, m]).map((at) => all[at]!),
            ),
            `${m} x ${n}`,
          ).toBe(true)
          setPlan([m, n], [1, m])
          const back = written(type, m * n, 0, (out) => {
            view(type, places[1], m * n).set(got)
            array.scatterStrided(elementBytes[type], 2, places[1], out)
          })
          expect(same(back, all)).toBe(true)
        }
      }
    }
  })

  it.each(types)('of %s are each other’s inverse, and what they say, for any strides', (type) => {
    const bytes = elementBytes[type]
    for (let seed = 0; seed < 300; seed++) {
      const r = random(2000 + seed)
      const shape = shapeOf(r, r.below(7), 20000)
      const from = stridesOf(r, shape, r.next() < 0.5 ? 0 : 0.3)
      const all = lay(type, places[0], from.size, 7)
      setPlan(shape, from.strides)
      const got = written(type, count(shape), 1, (out) =>
        array.gatherStrided(bytes, shape.length, places[0] + from.first * bytes, out),
      )
      const at = offsets(shape, from.strides).map((offset) => offset + from.first)
      expect(
        same(
          got,
          at.map((place) => all[place]!),
        ),
        `gather, seed ${seed}, shape ${shape}, ${from.strides}`,
      ).toBe(true)
      const to = stridesOf(r, shape, 0)
      const expected = view(type, places[1], to.size).fill(1).slice()
      offsets(shape, to.strides).forEach((offset, i) => {
        if (i < got.length) expected[to.first + offset] = got[i]!
      })
      view(type, places[2], got.length).set(got)
      setPlan(shape, to.strides)
      array.scatterStrided(bytes, shape.length, places[2], places[1] + to.first * bytes)
      expect(same(view(type, places[1], to.size), expected), `scatter, seed ${seed}, shape ${shape}`).toBe(true)
    }
  })
})

describe('addStrided', () => {
  it('by hand: rows onto one row, columns onto one column', () => {
    view('f32', places[0], 6).set([1, 2, 3, 4, 5, 6])
    view('f32', places[1], 3).set([100, 200, 300])
    setPlan([2, 3], [0, 1])
    array.addStrided(0, 2, places[0], places[1])
    expect([...view('f32', places[1], 3)]).toEqual([105, 207, 309])
    view('f32', places[1], 2).set([100, 200])
    setPlan([2, 3], [1, 0])
    array.addStrided(0, 2, places[0], places[1])
    expect([...view('f32', places[1], 2)]).toEqual([106, 215])
  })

  it.each(['f32', 'f64', 'i32'] as const)(
    'adds whole numbers of %s exactly, for any strides and repeated targets',
    (type) => {
      for (let seed = 0; seed < 250; seed++) {
        const r = random(3000 + seed)
        const shape = shapeOf(r, r.below(6), 6000)
        const to = stridesOf(r, shape, 0.4)
        const x = lay(type, places[0], count(shape), 8)
        const expected = [...lay(type, places[1], to.size, 9)]
        offsets(shape, to.strides).forEach((offset, i) => {
          if (i < x.length) expected[to.first + offset]! += x[i]!
        })
        setPlan(shape, to.strides)
        array.addStrided(typeCode(type), shape.length, places[0], places[1] + to.first * elementBytes[type])
        expect(same(view(type, places[1], to.size), expected), `seed ${seed}, shape ${shape}, ${to.strides}`).toBe(true)
      }
    },
  )
})
