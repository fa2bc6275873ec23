/** The portable general eigenproblem: hard matrices, both types, extreme scales, and figures of NumPy. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Info, Lapack, Real } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import {
  column,
  distance,
  epsilon,
  frobenius,
  identity,
  largest,
  type Matrix,
  matrix,
  product,
  scaled,
} from './matrices.js'
import { placed } from './place.js'
import { Random } from './random.js'

const reals: readonly Real[] = ['f32', 'f64']

let lapack: Lapack
beforeAll(() => {
  lapack = createPortable(createKernels())
})

// ---- geev

interface Eigen {
  readonly re: Float64Array
  readonly im: Float64Array
  /** Columns as LAPACK packs them. */
  readonly V: Matrix
  readonly info: Info
}

function eigen(type: Real, a: Matrix, vectors = true, padding = 0): Eigen {
  return placed(lapack, type, (place) => {
    const n = a.rows
    const [A, V] = [
      place.put(a, padding),
      place.put(
        matrix(n, n, () => Number.NaN),
        padding,
      ),
    ]
    const [re, im] = [place.vector(n), place.vector(n)]
    const info = lapack.geev(type, vectors, n, A.pointer, A.stride, re, im, V.pointer, V.stride)
    place.get(A, n, n)
    return { re: place.read(re, n), im: place.read(im, n), V: place.get(V, n, n), info }
  })
}

/** Eigenvalues by real, then imaginary part. */
const sorted = ({ re, im }: { re: ArrayLike<number>; im: ArrayLike<number> }): [number, number][] =>
  Array.from(re, (x, i): [number, number] => [x, im[i]!]).sort((p, q) => p[0] - q[0] || p[1] - q[1])

/** W with A V = V W: 2 by 2 blocks for pairs. */
function blocks({ re, im }: Eigen, factor: number): Matrix {
  const n = re.length
  return matrix(n, n, (i, j) => {
    if (i === j) return re[i]! * factor
    return (j === i + 1 && im[i]! > 0) || (i === j + 1 && im[j]! > 0) ? im[i]! * factor : 0
  })
}

/** ||A V - V W|| <= 10 n eps ||A||, pairs in order, vectors of norm 1 with their largest component real. */
function checkEigen(type: Real, given: Matrix, where: string, padding = 0): Eigen {
  const a =
    type === 'f64'
      ? given
      : matrix(given.rows, given.columns, (i, j) => Math.fround(given.data[i * given.columns + j]!))
  const n = a.rows
  const found = eigen(type, a, true, padding)
  const { re, im, V, info } = found
  expect(info, where).toBe(0)
  const most = largest(a)
  const factor = most === 0 ? 1 : 2 ** -Math.floor(Math.log2(most))
  const unit = scaled(a, factor)
  const allowed = 10 * Math.max(4, n) * epsilon[type]
  const residual = distance(product(unit, V), product(V, blocks(found, factor)))
  expect(residual, where).toBeLessThanOrEqual(allowed * frobenius(unit) + Number.MIN_VALUE)
  for (let j = 0; j < n; j++) {
    const isPair = im[j]! > 0
    const [x, y] = [column(V, j), isPair ? column(V, j + 1) : matrix(n, 1, () => 0)]
    expect(Math.abs(Math.hypot(frobenius(x), frobenius(y)) - 1), where).toBeLessThan(n * epsilon[type])
    if (!isPair) {
      expect(im[j], where).toBe(0)
      continue
    }
    expect([re[j + 1], im[j + 1]], where).toEqual([re[j], -im[j]!])
    const sizes = Array.from(x.data, (p, i) => Math.hypot(p, y.data[i]!))
    const real = Math.max(...sizes.filter((_, i) => y.data[i] === 0))
    expect(real, where).toBeGreaterThanOrEqual(Math.max(...sizes) * (1 - 4 * epsilon[type]))
    j++
  }
  // The trace, in units of the norm.
  const sum = re.reduce((total, x) => total + x * factor, 0)
  const trace = Array.from({ length: n }, (_, i) => unit.data[i * n + i]!).reduce((total, x) => total + x, 0)
  expect(Math.abs(sum - trace), where).toBeLessThanOrEqual(allowed * frobenius(unit))
  const only = eigen(type, a, false, padding + 1)
  expect(only.info, where).toBe(0)
  expect(only.V.data.every(Number.isNaN), where).toBe(true)
  const onlySum = only.re.reduce((total, x) => total + x * factor, 0)
  expect(Math.abs(onlySum - trace), where).toBeLessThanOrEqual(allowed * frobenius(unit))
  return found
}

/** Distance of two lists of eigenvalues in the same order. */
const apart = (p: readonly [number, number][], q: readonly [number, number][]): number =>
  p.reduce((most, [x, y], i) => Math.max(most, Math.hypot(x - q[i]![0], y - q[i]![1])), 0)

/** An orthogonal matrix: a product of reflections. */
function reflected(a: Matrix, random: Random): Matrix {
  const n = a.rows
  let out = a
  for (let step = 0; step < 2; step++) {
    const v = matrix(n, 1, () => random.normal())
    const factor = 2 / frobenius(v) ** 2
    const H = matrix(n, n, (i, j) => (i === j ? 1 : 0) - factor * v.data[i]! * v.data[j]!)
    out = product(product(H, out), H)
  }
  return out
}

interface Class {
  readonly name: string
  make(n: number, random: Random, type: Real): Matrix
}

const classes: readonly Class[] = [
  { name: 'random', make: (n, random) => matrix(n, n, () => random.normal()) },
  { name: 'zero', make: (n) => matrix(n, n, () => 0) },
  { name: 'identity', make: (n) => identity(n) },
  { name: 'of ones', make: (n) => matrix(n, n, () => 1) },
  { name: 'one Jordan block', make: (n) => matrix(n, n, (i, j) => (i === j ? 2 : j === i + 1 ? 1 : 0)) },
  { name: 'one lower Jordan block', make: (n) => matrix(n, n, (i, j) => (i === j ? 2 : i === j + 1 ? 1 : 0)) },
  {
    name: 'a hidden Jordan block',
    make: (n, random) =>
      reflected(
        matrix(n, n, (i, j) => (i === j ? 2 : j === i + 1 ? 1 : 0)),
        random,
      ),
  },
  { name: 'nilpotent', make: (n) => matrix(n, n, (i, j) => (j > i ? i + j + 1 : 0)) },
  {
    name: 'hidden nilpotent',
    make: (n, random) =>
      reflected(
        matrix(n, n, (i, j) => (j > i ? 1 : 0)),
        random,
      ),
  },
  { name: 'upper triangular', make: (n, random) => matrix(n, n, (i, j) => (j >= i ? random.normal() : 0)) },
  { name: 'lower triangular', make: (n, random) => matrix(n, n, (i, j) => (j <= i ? random.normal() : 0)) },
  { name: 'a cyclic shift', make: (n) => matrix(n, n, (i, j) => (j === (i + 1) % n ? 1 : 0)) },
  { name: 'a permutation with several cycles', make: (n) => matrix(n, n, (i, j) => (j === (i * 3 + 1) % n ? 1 : 0)) },
  {
    name: 'skew',
    make: (n, random) => {
      const g = matrix(n, n, () => random.normal())
      return matrix(n, n, (i, j) => g.data[i * n + j]! - g.data[j * n + i]!)
    },
  },
  {
    name: 'symmetric',
    make: (n, random) => {
      const g = matrix(n, n, () => random.normal())
      return matrix(n, n, (i, j) => g.data[i * n + j]! + g.data[j * n + i]!)
    },
  },
  { name: "Frank's", make: (n) => matrix(n, n, (i, j) => (j >= i - 1 ? n - Math.max(i, j) : 0)) },
  { name: "Grcar's", make: (n) => matrix(n, n, (i, j) => (i === j + 1 ? -1 : j >= i && j <= i + 3 ? 1 : 0)) },
  {
    name: 'companion of the roots of unity',
    make: (n) => matrix(n, n, (i, j) => (i === 0 ? (j === n - 1 ? 1 : 0) : i === j + 1 ? 1 : 0)),
  },
  {
    name: 'companion of the powers of 2',
    make: (n) => matrix(n, n, (i, j) => (i === 0 ? (-1) ** j * 2 ** (n / 2 - j) : i === j + 1 ? 1 : 0)),
  },
  {
    name: 'stochastic',
    make: (n, random) => {
      const g = matrix(n, n, () => random.uniform())
      return matrix(n, n, (i, j) => g.data[i * n + j]! / g.data.subarray(i * n, i * n + n).reduce((x, y) => x + y, 0))
    },
  },
  {
    name: 'of blocks that do not touch',
    make: (n, random) => matrix(n, n, (i, j) => (i >> 2 === j >> 2 ? random.normal() : 0)),
  },
  {
    name: 'of pairs of equal rotations',
    make: (n) => matrix(n, n, (i, j) => (i >> 1 !== j >> 1 ? (j > i ? 1 : 0) : i === j ? 0.5 : i < j ? 1 : -1)),
  },
  {
    name: 'a Hessenberg matrix with tiny subdiagonals',
    make: (n, random) => matrix(n, n, (i, j) => (i === j + 1 ? 1e-13 : j >= i ? random.normal() : 0)),
  },
  {
    name: 'graded',
    make: (n, random, type) =>
      matrix(n, n, (i, j) => random.normal() * 10 ** ((-(i + j) / n) * (type === 'f64' ? 60 : 8))),
  },
  {
    name: 'graded the other way',
    make: (n, random, type) =>
      matrix(n, n, (i, j) => random.normal() * 10 ** (((i + j) / n) * (type === 'f64' ? 60 : 8))),
  },
  { name: 'huge', make: (n, random, type) => matrix(n, n, () => random.normal() * (type === 'f64' ? 1e300 : 1e35)) },
  { name: 'tiny', make: (n, random, type) => matrix(n, n, () => random.normal() * (type === 'f64' ? 1e-300 : 1e-35)) },
  {
    name: 'of rank one, nilpotent',
    make: (n) => matrix(n, n, (_, j) => (n % 2 === 0 ? (-1) ** j : j === n - 1 ? 0 : (-1) ** j)),
  },
]

describe('geev', () => {
  it('[[1, 2], [-2, 1]] has eigenvalues 1 +- 2i and vectors (1, +-i) / sqrt 2', () => {
    const { re, im, V } = eigen('f64', { rows: 2, columns: 2, data: Float64Array.of(1, 2, -2, 1) })
    expect([...re]).toEqual([1, 1])
    expect([...im]).toEqual([2, -2])
    // x + i y = (p, i p) up to a factor that is real, or turned by a quarter.
    const [v00, v01, v10, v11] = V.data
    expect(Math.abs(v00! * v00! + v01! * v01! - 0.5)).toBeLessThan(1e-15)
    expect(Math.abs(v10! * v10! + v11! * v11! - 0.5)).toBeLessThan(1e-15)
    expect(v00! * v10! + v01! * v11!).toBeCloseTo(0, 15)
  })

  it('[[2, 1], [0, 3]] is left as it is: eigenvalues 2 and 3, vectors (1, 0) and (1, 1) / sqrt 2', () => {
    const { re, im, V } = eigen('f64', { rows: 2, columns: 2, data: Float64Array.of(2, 1, 0, 3) })
    expect([...re, ...im]).toEqual([2, 3, 0, 0])
    expect([V.data[0], V.data[2]]).toEqual([1, 0])
    expect(V.data[1]! / V.data[3]!).toBeCloseTo(1, 15)
  })

  it('of nothing does nothing', () => {
    for (const type of reals)
      expect(
        eigen(
          type,
          matrix(0, 0, () => 0),
        ).info,
      ).toBe(0)
  })

  for (const type of reals)
    for (const cls of classes)
      it(`${type}: A V = V W, for a matrix ${cls.name}`, () => {
        for (const n of [1, 2, 3, 4, 7, 16, 33, 66, 120]) {
          const seed = 500 + n
          checkEigen(type, cls.make(n, new Random(seed), type), `seed ${seed}, n ${n}`, n % 3)
        }
      })

  it.each(classes)('A V = V W where sweeps of many bulges and windows serve, for a matrix $name', ({ make }) => {
    for (const n of [101, 203]) checkEigen('f64', make(n, new Random(n), 'f64'), `seed ${n}`)
  })

  it('the cyclic shift has the roots of unity, to the last digits', () => {
    for (const n of [3, 8, 31, 100]) {
      const shift = matrix(n, n, (i, j) => (j === (i + 1) % n ? 1 : 0))
      const { re, im } = checkEigen('f64', shift, `n ${n}`)
      const angles = Array.from(re, (x, i) => Math.atan2(im[i]!, x)).sort((p, q) => p - q)
      const low = Math.floor((n - 1) / 2)
      const wrapped = angles
        .map((x) => (x < (-2 * Math.PI * (low + 0.5)) / n ? x + 2 * Math.PI : x))
        .sort((p, q) => p - q)
      for (let k = 0; k < n; k++)
        expect(Math.abs(wrapped[k]! - (2 * Math.PI * (k - low)) / n), `n ${n}`).toBeLessThan(1e-13 * n)
    }
  })

  it('a triangular matrix gives its diagonal exactly, in either triangle', () => {
    for (const upper of [true, false]) {
      const random = new Random(3)
      const a = matrix(40, 40, (i, j) => ((upper ? j >= i : j <= i) ? random.normal() : 0))
      const { re, im } = eigen('f64', a)
      const diagonal = Array.from({ length: 40 }, (_, i) => a.data[i * 41]!)
      expect([...re].sort()).toEqual(diagonal.sort())
      expect(im.every((x) => x === 0)).toBe(true)
    }
  })

  it('a stochastic matrix has eigenvalue 1 and none beyond, with the vector of ones', () => {
    const a = classes.find(({ name }) => name === 'stochastic')!.make(50, new Random(8), 'f64')
    const { re, im, V } = checkEigen('f64', a, '')
    const at = re.indexOf(Math.max(...re))
    expect(Math.abs(re[at]! - 1)).toBeLessThan(1e-13)
    expect(Math.max(...re.map((x, i) => Math.hypot(x, im[i]!)))).toBeLessThan(1 + 1e-13)
    const ones = column(V, at).data
    for (const x of ones) expect(Math.abs(x / ones[0]! - 1)).toBeLessThan(1e-12)
  })

  it('a product of rotations and reflections has eigenvalues of modulus 1, whose product is its determinant 1', () => {
    const n = 46
    const turns = matrix(n, n, (i, j) => {
      if (i >> 1 !== j >> 1) return 0
      return i === j ? Math.cos(i >> 1) : Math.sin(i >> 1) * (i < j ? 1 : -1)
    })
    const { re, im } = checkEigen('f64', reflected(turns, new Random(5)), '')
    let [productRe, productIm] = [1, 0]
    for (let i = 0; i < n; i++) {
      expect(Math.abs(Math.hypot(re[i]!, im[i]!) - 1), `${i}`).toBeLessThan(1e-13)
      ;[productRe, productIm] = [productRe * re[i]! - productIm * im[i]!, productRe * im[i]! + productIm * re[i]!]
    }
    expect(Math.hypot(productRe - 1, productIm)).toBeLessThan(1e-12)
  })

  it('a row or column of 1e150 gives the eigenvalue it makes in every digit, and finite vectors of norm 1', () => {
    // Balancing makes no promise about the others (Watkins 2006).
    for (const n of [2, 3, 9, 40])
      for (const isRow of [true, false]) {
        const random = new Random(n)
        const k = n >> 1
        const a = matrix(n, n, (i, j) => random.normal() * ((isRow ? i : j) === k ? 1e150 : 1))
        const { re, V, info } = eigen('f64', a)
        expect(info).toBe(0)
        expect(re.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / Math.abs(a.data[k * (n + 1)]!)).toBeCloseTo(
          1,
          13,
        )
        expect(V.data.every((x) => Math.abs(x) <= 1)).toBe(true)
      }
  })

  it('balancing saves small eigenvalues: D A D⁻¹ has those of A in every digit', () => {
    const n = 12
    const random = new Random(6)
    const a = matrix(n, n, () => random.normal())
    const wild = matrix(n, n, (i, j) => a.data[i * n + j]! * 2 ** (40 * (((i * 7) % n) - ((j * 7) % n))))
    expect(apart(sorted(eigen('f64', wild)), sorted(eigen('f64', a)))).toBeLessThan(1e-12)
  })

  it('powers of two scale eigenvalues exactly and leave vectors alone', () => {
    const random = new Random(7)
    const a = matrix(30, 30, () => random.normal())
    const plain = eigen('f64', a)
    for (const exponent of [-990, -500, -1, 40, 1000]) {
      const times = eigen('f64', scaled(a, 2 ** exponent))
      expect(times.re).toEqual(plain.re.map((x) => x * 2 ** exponent))
      expect(times.V.data).toEqual(plain.V.data)
    }
  })

  it.each(reals)('%s: NaN and infinities give NaN for every value and info n, at once', (type) => {
    for (const bad of [Number.NaN, Infinity, -Infinity])
      for (const n of [1, 3, 40]) {
        const { re, im, info } = eigen(
          type,
          matrix(n, n, (i, j) => (i === n - 1 && j === 0 ? bad : 1)),
        )
        expect(info).toBe(n)
        expect([...re, ...im].every(Number.isNaN)).toBe(true)
      }
  })
})

// ---- NumPy

interface Oracle {
  readonly eigen: readonly { n: number; a: number[]; re: number[]; im: number[] }[]
}

describe('figures of NumPy', () => {
  const oracle = JSON.parse(readFileSync(new URL('../oracle/eigen.json', import.meta.url), 'utf8')) as Oracle

  it.each(reals)("%s: NumPy's eigenvalues", (type) => {
    for (const { n, a, re, im } of oracle.eigen) {
      const found = eigen(type, { rows: n, columns: n, data: Float64Array.from(a) })
      // Conjugates and near ties may come in another order in f32: the nearest is compared.
      const theirs = sorted({ re, im })
      for (const [x, y] of sorted(found)) {
        const nearest = Math.min(...theirs.map(([p, q]) => Math.hypot(x - p, y - q)))
        expect(nearest, `n ${n}`).toBeLessThan(2000 * epsilon[type])
      }
    }
  })
})
