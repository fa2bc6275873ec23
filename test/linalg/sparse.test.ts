import { describe, expect, it } from 'vitest'
import { type SparseMatrix, sparse } from '../../src/linalg/sparse/index.js'
import { matmul, scope, sum, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { seeded } from '../badfiles.js'

type Dtype = 'f32' | 'f64'

/** A matrix of small whole numbers, so that every sum is exact in f32 too. */
function random(
  seed: number,
  m: number,
  n: number,
  density: number,
  dtype: Dtype,
): { dense: number[][]; A: SparseMatrix } {
  const next = seeded(seed)
  const dense = Array.from({ length: m }, () =>
    Array.from({ length: n }, () => (next() < density ? Math.floor(next() * 19) - 9 : 0)),
  )
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []]
  for (const [i, row] of dense.entries())
    for (const [j, value] of row.entries())
      if (value !== 0) {
        rows.unshift(i)
        columns.unshift(j)
        values.unshift(value)
      }
  return { dense, A: sparse.coo([m, n], rows, columns, values, { dtype }) }
}

const nested = (x: Tensor): unknown => x.toNested()
const product = (a: number[][], b: number[][], k: number): number[][] =>
  a.map((row) => Array.from({ length: k }, (_, j) => row.reduce((sum, value, i) => sum + value * b[i]![j]!, 0)))
const across = (a: number[][], n: number): number[][] => Array.from({ length: n }, (_, j) => a.map((row) => row[j]!))

describe('making sparse matrices', () => {
  it('sums duplicates, sorts, and keeps explicit zeros', () => {
    const A = sparse.coo([2, 3], [1, 0, 1, 0], [2, 1, 2, 0], [3, 4, 5, 0])
    expect(A.entries.indptr).toEqual(Int32Array.of(0, 2, 3))
    expect(A.entries.indices).toEqual(Int32Array.of(0, 1, 2))
    expect(A.entries.values).toEqual(Float64Array.of(0, 4, 8))
    expect(`${A}`).toBe('sparse f64[2, 3] of 3 entries')
    expect(A.pruned().nonzeros).toBe(2)
    expect(A.get(1, 2)).toBe(8)
    expect(A.get(1, 1)).toBe(0)
  })

  it('sums duplicates of f32 in float64, rounding once', () => {
    const values = Float32Array.of(2 ** 24, 1, 1)
    expect(sparse.coo([1, 1], [0, 0, 0], [0, 0, 0], values).get(0, 0)).toBe(2 ** 24 + 2)
  })

  it('reads compressed rows and columns, unsorted and with duplicates', () => {
    const A = sparse.csr([2, 3], [0, 3, 4], [2, 0, 2, 1], [1, 2, 3, 4])
    expect(nested(A.toDense())).toEqual([[2, 0, 4], [0, 4, 0]]) // biome-ignore format: a matrix
    const { indptr, indices, values } = A.toCsc()
    expect(indptr).toEqual(Int32Array.of(0, 1, 2, 3))
    expect(sparse.csc([2, 3], indptr, indices, values)).toEqual(A)
    const unsorted = sparse.csc([3, 2], [0, 3, 4], [2, 0, 2, 1], [1, 2, 3, 4])
    expect(unsorted).toEqual(A.transpose())
  })

  it('makes identities and diagonals', () => {
    expect(nested(sparse.identity(2).toDense())).toEqual([[1, 0], [0, 1]]) // biome-ignore format: a matrix
    const A = sparse.diagonals([2, 3], { '-1': [7], 0: [1, 2], 1: [-1] }, { dtype: 'f32' })
    expect(nested(A.toDense())).toEqual([[1, -1, 0], [7, 2, -1]]) // biome-ignore format: a matrix
    expect(A.dtype).toBe('f32')
  })

  it('refuses what does not fit, saying where', () => {
    expect(() => sparse.coo([2, 2], [0, 2], [0, 1], [1, 1])).toThrow(
      'sparse.coo: entry (2, 1) at place 1 is outside [2, 2].',
    )
    expect(() => sparse.coo([2, 2], [0.5], [0], [1])).toThrow('entry (0.5, 0) at place 0 is outside [2, 2].')
    expect(() => sparse.coo([2, 2], [0], [0], [1, 2])).toThrow(
      'sparse.coo: 1 rows, 1 columns and 2 values; expected as many of each.',
    )
    expect(() => sparse.csr([2, 2], [0, 1], [0], [1])).toThrow('indptr has 2 places, expected 3')
    expect(() => sparse.csr([2, 2], [0, 2, 1], [0], [1])).toThrow('indptr falls from 2 to 1 at 2')
    expect(() => sparse.csr([2, 2], [0, 1, 1], [2], [1])).toThrow('index 2 at place 0, expected 0 to 1.')
    expect(() => sparse.csr([2, 2], [0, 1, 3], [0], [1])).toThrow('indptr goes from 0 to 3, expected 0 to 1')
    expect(() => sparse.coo([-1, 2] as never, [], [], [])).toThrow('the shape [-1,2]; expected two whole numbers')
    expect(() => sparse.identity(2).get(2, 0)).toThrow('get: row 2; expected a whole number from 0 to 1.')
    expect(() => sparse.identity(2).add(sparse.identity(3))).toThrow(
      'add: sparse f64[2, 2] of 2 entries and sparse f64[3, 3] of 3 entries; expected sparse matrices of one shape.',
    )
    expect(() => sparse.identity(2).matmul(tensor([1, 2, 3]))).toThrow(
      'matmul: sparse f64[2, 2] of 2 entries and f32[3]; expected 2 rows on the right.',
    )
  })
})

const shapes: [m: number, n: number, density: number][] = [[0, 0, 1], [0, 3, 1], [3, 0, 1], [1, 1, 1], [1, 7, 0.5], [5, 1, 1], [4, 4, 0], [6, 5, 0.4], [17, 33, 0.3], [40, 40, 0.1], [9, 64, 1]] // biome-ignore format: a table

describe.each(['f32', 'f64'] as const)('sparse algebra in %s equals the dense one', (dtype) => {
  for (const [seed, [m, n, density]] of shapes.entries()) {
    it(`[${m}, ${n}], density ${density}, seed ${seed}`, () => {
      scope(() => {
        const { dense, A } = random(seed, m, n, density, dtype)
        const { dense: otherDense, A: B } = random(seed + 100, m, n, 0.3, dtype)
        const flat = (rows: number[][]): number[] => rows.flat()
        const elements = (S: SparseMatrix): number[] => [...S.toDense().toArray()] as number[]
        expect(elements(A)).toEqual(flat(dense))
        expect(elements(A.transpose())).toEqual(flat(across(dense, n)))
        expect(A.transpose().transpose()).toEqual(A)
        expect(elements(A.add(B))).toEqual(flat(dense.map((row, i) => row.map((v, j) => v + otherDense[i]![j]!))))
        expect(elements(A.sub(B))).toEqual(flat(dense.map((row, i) => row.map((v, j) => v - otherDense[i]![j]!))))
        expect(elements(A.matmul(B.transpose())).map(Math.abs)).toEqual(
          flat(product(dense, across(otherDense, n), m)).map(Math.abs),
        )
        const { rows, columns, values } = A.toCoo()
        expect(sparse.coo([m, n], rows, columns, values)).toEqual(A)
        expect(sparse.fromDense(A.toDense())).toEqual(A)
        // SpMV, SpMM
        for (const k of [1, 3, 8, 13]) {
          const X = Array.from({ length: n }, (_, i) => Array.from({ length: k }, (_, j) => ((i * 7 + j * 3) % 11) - 5))
          const Y = A.matmul(tensor(Float64Array.from(X.flat()), { shape: [n, k], dtype }))
          expect(Y.dtype).toBe(dtype)
          expect([...Y.toArray()].map((v) => Number(v) + 0)).toEqual(flat(product(dense, X, k)).map((v) => v + 0))
          const y = A.matmul(
            tensor(
              Float64Array.from(X, (row) => row[0]!),
              { dtype },
            ),
          )
          expect(y.shape).toEqual([m])
          expect([...y.toArray()].map((v) => Number(v) + 0)).toEqual(product(dense, X, 1).map(([v]) => v! + 0))
        }
        // figures
        expect(A.sum()).toBe(flat(dense).reduce((s, v) => s + v, 0))
        expect([...A.sum(1).toArray()]).toEqual(dense.map((row) => row.reduce((s, v) => s + v, 0)))
        expect([...A.sum(0).toArray()]).toEqual(across(dense, n).map((row) => row.reduce((s, v) => s + v, 0)))
        const sums = (rows: number[][]): number[] => rows.map((row) => row.reduce((s, v) => s + Math.abs(v), 0))
        expect(A.norm('inf')).toBe(Math.max(0, ...sums(dense)))
        expect(A.norm('one')).toBe(Math.max(0, ...sums(across(dense, n))))
        expect(A.norm('max')).toBe(Math.max(0, ...flat(dense).map(Math.abs)))
        expect(A.norm('l1')).toBe(sums(dense).reduce((s, v) => s + v, 0))
        expect(A.norm()).toBeCloseTo(Math.hypot(...flat(dense)), 10)
        expect([...A.diagonal().toArray()]).toEqual(dense.slice(0, n).map((row, i) => row[i]))
        let [lower, upper] = [0, 0]
        for (const [i, row] of dense.entries())
          for (const [j, v] of row.entries()) {
            if (v === 0) continue
            lower = Math.max(lower, i - j)
            upper = Math.max(upper, j - i)
          }
        expect(A.bandwidth()).toEqual({ lower, upper })
        if (m === n) {
          expect(A.add(A.transpose()).isSymmetric()).toBe(true)
          expect(A.isSymmetric()).toBe(dense.every((row, i) => row.every((v, j) => v === dense[j]![i])))
        } else expect(A.isSymmetric()).toBe(false)
        // rows
        const half = m >> 1
        expect(elements(A.sliceRows(half))).toEqual(flat(dense.slice(half)))
        const order = Array.from({ length: m + 1 }, (_, r) => (r * 3) % Math.max(m, 1)).slice(0, m === 0 ? 0 : m + 1)
        expect(elements(A.takeRows(order))).toEqual(order.flatMap((r) => dense[r]!))
      })
    })
  }
})

describe('edges', () => {
  it('norms keep their range, and NaN shows', () => {
    const big = sparse.coo([1, 2], [0, 0], [0, 1], [3e250, 4e250])
    expect(big.norm()).toBeCloseTo(5e250, -240)
    expect(sparse.coo([1, 2], [0, 0], [0, 1], [3e-250, 4e-250]).norm() / 5e-250).toBeCloseTo(1, 14)
    for (const kind of ['fro', 'one', 'inf', 'max', 'l1'] as const) {
      expect(sparse.coo([2, 2], [0, 1], [0, 0], [NaN, 1]).norm(kind)).toBeNaN()
      expect(sparse.coo([2, 2], [0, 1], [0, 1], [Infinity, 1]).norm(kind)).toBe(Infinity)
    }
  })

  it('symmetry is exact unless a tolerance is given', () => {
    const A = sparse.coo([2, 2], [0, 1, 0], [1, 0, 0], [1, 1 + 1e-9, 100])
    expect(A.isSymmetric()).toBe(false)
    expect(A.isSymmetric(1e-10)).toBe(true)
    expect(A.isSymmetric(1e-12)).toBe(false)
  })

  it('mixed types meet in f64', () => {
    const A = sparse.identity(2, { dtype: 'f32' })
    expect(A.matmul(tensor(Float64Array.of(0.1, 0.2))).dtype).toBe('f64')
    expect(A.matmul(tensor([1, 2])).dtype).toBe('f32')
    expect(A.add(sparse.identity(2)).dtype).toBe('f64')
    expect(sparse.identity(2).to('f32')).toEqual(A)
  })

  it('products have a gradient: Aᵀ g', () => {
    const { A } = random(5, 4, 3, 0.7, 'f64')
    const x = tensor(Float64Array.of(1, 2, 3))
    x.requiresGrad = true
    const weights = tensor(Float64Array.of(1, -1, 2, 3))
    sum(A.matmul(x).mul(weights)).backward()
    expect([...x.grad!.toArray()]).toEqual([...matmul(A.transpose().toDense(), weights).toArray()])
  })

  it('writes and reads itself, and dense tensors', () => {
    const { A } = random(8, 6, 6, 0.4, 'f64')
    expect(sparse.parseMatrixMarket(sparse.formatMatrixMarket(A))).toEqual(A)
    const x = tensor([[1, 2.5], [3, 4]]) // biome-ignore format: a matrix
    expect(nested(sparse.parseDenseMatrixMarket(sparse.formatMatrixMarket(x)))).toEqual([[1, 2.5], [3, 4]]) // biome-ignore format: a matrix
  })
})
