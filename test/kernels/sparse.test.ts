import { afterEach, describe, expect, it } from 'vitest'
import { array, elements, put, release, take, typeNumber } from './array-area.js'
import { type Random, random } from './random.js'

afterEach(release)

const types = ['f32', 'f64'] as const
type Float = (typeof types)[number]

interface Csr {
  readonly rows: number
  readonly columns: number
  readonly indptr: number[]
  readonly indices: number[]
  readonly values: number[]
}

/** Rows of 0 to `most` elements, one in ten of them empty. */
function matrix(r: Random, type: Float, rows: number, columns: number, most: number): Csr {
  const indptr = [0]
  const indices: number[] = []
  for (let i = 0; i < rows; i++) {
    const wanted = r.next() < 0.1 ? 0 : r.below(Math.min(most, columns) + 1)
    const chosen = new Set<number>()
    while (chosen.size < wanted) chosen.add(r.below(columns))
    indices.push(...[...chosen].sort((a, b) => a - b))
    indptr.push(indices.length)
  }
  return { rows, columns, indptr, indices, values: elements(type, r, indices.length) }
}

const shapes = [
  [1, 1, 1],
  [5, 3, 3],
  [7, 40, 9],
  [30, 30, 5],
  [3, 100, 100],
  [0, 4, 2],
  [4, 20, 0],
] as const

const load = (type: Float, a: Csr): [number, number, number] => [
  put('i32', a.indptr),
  put('i32', a.indices),
  put(type, a.values),
]

function close(type: Float, actual: readonly number[], expected: readonly number[], label: string): void {
  const tolerance = type === 'f32' ? 2 ** -23 : 1e-14
  expect(actual).toHaveLength(expected.length)
  actual.forEach((v, i) => {
    expect(Math.abs(v - expected[i]!), `${label}, ${i}`).toBeLessThanOrEqual(
      tolerance * Math.max(10, Math.abs(expected[i]!)),
    )
  })
}

/** [element of x, element of y, value] of each entry. */
function entries(a: Csr): [row: number, column: number, value: number][] {
  return a.indices.map((column, n) => [a.indptr.findIndex((_, i) => a.indptr[i + 1]! > n), column, a.values[n]!])
}

it('a small matrix times a vector, by hand', () => {
  const a: Csr = { rows: 3, columns: 3, indptr: [0, 2, 2, 3], indices: [0, 2, 1], values: [1, 2, 3] }
  const y = put('f64', [10, 20, 30])
  array.spmv(1, 3, ...load('f64', a), 2, put('f64', [1, 10, 100]), 0.5, y)
  expect(take('f64', y, 3)).toEqual([2 * 201 + 5, 10, 60 + 15])
  const z = put('f64', [1, 1, 1])
  array.spmvTransposed(1, 3, ...load('f64', a), 1, put('f64', [1, 10, 100]), z)
  expect(take('f64', z, 3)).toEqual([2, 301, 3])
})

describe('products agree with the naive loops', () => {
  for (const type of types)
    it(type, () => {
      const r = random(41)
      for (const [rows, columns, most] of shapes) {
        const a = matrix(r, type, rows, columns, most)
        const label = `${type} ${rows} x ${columns}`
        const x = elements(type, r, columns)
        const y = elements(type, r, rows)
        for (const [alpha, beta] of [
          [1, 0],
          [2, 1],
          [-0.5, 0.25],
          [0, 0],
        ] as const) {
          const out = put(type, y)
          array.spmv(typeNumber(type), rows, ...load(type, a), alpha, put(type, x), beta, out)
          const expected = y.map((v) => beta * v)
          for (const [i, j, value] of entries(a)) expected[i]! += alpha * value * x[j]!
          close(type, take(type, out, rows), expected, label)

          const across = put(type, x)
          array.spmvTransposed(typeNumber(type), rows, ...load(type, a), alpha, put(type, y), across)
          const sums = [...x]
          for (const [i, j, value] of entries(a)) sums[j]! += alpha * value * y[i]!
          close(type, take(type, across, columns), sums, `transposed ${label}`)
        }
        for (const k of [0, 1, 2, 3, 7, 8, 9, 16, 21])
          for (const extra of [0, 3]) {
            const b = elements(type, r, columns * (k + extra))
            const c = put(
              type,
              Array.from({ length: rows * (k + extra) }, () => 9),
            )
            array.spmm(typeNumber(type), rows, k, ...load(type, a), put(type, b), k + extra, c, k + extra)
            const expected = Array.from({ length: rows * (k + extra) }, (_, at) => (at % (k + extra) < k ? 0 : 9))
            for (const [i, j, value] of entries(a))
              for (let n = 0; n < k; n++) expected[i * (k + extra) + n]! += value * b[j * (k + extra) + n]!
            close(type, take(type, c, expected.length), expected, `${label} times ${k}`)
          }
      }
    })
})

it('beta = 0 never reads y', () => {
  const a: Csr = { rows: 2, columns: 1, indptr: [0, 1, 1], indices: [0], values: [2] }
  const y = put('f32', [Number.NaN, Number.NaN])
  array.spmv(0, 2, ...load('f32', a), 1, put('f32', [3]), 0, y)
  expect(take('f32', y, 2)).toEqual([6, 0])
})
