import { describe, expect, it } from 'vitest'
import { PCA, reconstructionErrors, type Solver, TruncatedSVD } from '../../src/factor/index.node.js'
import { matmul, memory, scope, type Tensor, tensor, transpose } from '../../src/tensor/index.js'
import { hasShared, sharedJson } from '../shared.js'
import { normals, numbers, sharedTable, standardized } from './tables.js'

// biome-ignore lint/suspicious/noExplicitAny: figures as the files have them, of many shapes
type Known = any
const solvers: readonly Solver[] = ['exact', 'gram', 'randomized', 'auto']
const rows = (...values: number[][]): Tensor =>
  tensor(Float64Array.from(values.flat()), { shape: [values.length, values[0]!.length] })
/** Largest difference. */
const gap = (a: readonly number[], b: readonly number[]): number =>
  a.reduce(
    (most, one, i) => Math.max(most, Math.abs(one - b[i]!)),
    a.length === b.length ? 0 : Number.POSITIVE_INFINITY,
  )

describe('PCA of four points on a cross: hand-worked', () => {
  // Centred rows are (+-3, 0) and (0, +-1): scatter diag(18, 2), variances 6 and 2/3.
  const x = rows([4, 5], [-2, 5], [1, 6], [1, 4])
  it.each(solvers)('%s', (solver) => {
    const pca = new PCA({ solver }).fit(x)
    expect(numbers(pca.mean)).toEqual([1, 5])
    expect(gap(numbers(pca.explainedVariance), [6, 2 / 3])).toBeLessThan(1e-12)
    expect(gap(numbers(pca.components), [1, 0, 0, 1])).toBeLessThan(1e-12)
    expect(gap(pca.toJSON().explainedVarianceRatio!, [0.9, 0.1])).toBeLessThan(1e-12)
    expect(gap(numbers(pca.transform(x)), [3, 0, -3, 0, 0, 1, 0, -1])).toBeLessThan(1e-12)
    expect(gap(numbers(pca.inverseTransform(pca.transform(x))), numbers(x))).toBeLessThan(1e-12)
    // -1/2 (2 log 2 pi + log 4 + mean of squares 18/6/4 + 2/(2/3)/4).
    expect(pca.score(x)).toBeCloseTo(-0.5 * (2 * Math.log(2 * Math.PI) + Math.log(4) + 1.5), 12)
    const one = new PCA({ k: 1, solver }).fit(x)
    expect(one.noiseVariance).toBeCloseTo(2 / 3, 12)
    expect(one.toJSON().reconstructionError!.frobenius).toBeCloseTo(Math.sqrt(2), 12)
    expect(one.toJSON().reconstructionError!.relative).toBeCloseTo(Math.sqrt(0.1), 12)
  })
})

describe.skipIf(!hasShared)('beside the shared figures', () => {
  const tables: Record<string, () => Tensor> = {
    digits_raw: () => sharedTable('digits.csv.gz', 64),
    wine_standardised: () => standardized(sharedTable('wine_data.csv', 13)),
    wine_raw: () => sharedTable('wine_data.csv', 13),
    iris_raw: () => sharedTable('iris.csv', 4),
  }
  const oracle = hasShared ? sharedJson<Record<string, Known>>('oracle', 'factorization', 'pca.json') : {}
  const cases = Object.keys(tables).flatMap((name) => (['exact', 'gram', 'auto'] as const).map((solver) => [name, solver] as const)) // biome-ignore format: one step
  it.each(cases)('PCA of %s, %s: to 1e-8', (name, solver) => {
    const expected = oracle[name]
    const x = tables[name]!()
    const pca = new PCA({ k: expected.k, solver }).fit(x)
    const k = pca.toJSON().k
    // Values that are zero come as the square root of the rounding of a square by the Gram matrix.
    const atol = 1e-8 * expected.singular_values[0]
    expect(gap(numbers(pca.singularValues), expected.singular_values.slice(0, k))).toBeLessThan(atol)
    expect(gap(numbers(pca.explainedVariance), expected.explained_variance_ddof1.slice(0, k))).toBeLessThan(1e-8 * expected.explained_variance_ddof1[0]) // biome-ignore format: one claim
    expect(gap(numbers(pca.explainedVarianceRatio), expected.explained_variance_ratio.slice(0, k))).toBeLessThan(1e-8)
    expect(gap(numbers(pca.components), expected.components_topk.flat())).toBeLessThan(1e-8)
    expect(gap(numbers(pca.mean), expected.mean)).toBeLessThan(1e-8 * Math.max(...expected.mean.map(Math.abs), 1e-3))
    expect(Math.abs(pca.noiseVariance - expected.noise_variance_k)).toBeLessThan(1e-8)
    if (expected.ppca_loglik_per_sample !== null) expect(pca.score(x)).toBeCloseTo(expected.ppca_loglik_per_sample, 7)
    for (const [share, count] of Object.entries(expected.components_for))
      expect(new PCA({ k: Number(share), solver }).fit(x).toJSON().k).toBe(count)
    const errors = expected.frobenius_reconstruction_error as Record<string, number>
    const ks = Object.keys(errors).map(Number)
    const found = reconstructionErrors(x, ks).map((one) => one.frobenius)
    expect(gap(found, Object.values(errors))).toBeLessThan(1e-8 * found[0]!)
  })

  it.each(['exact', 'gram', 'auto'] as const)('TruncatedSVD of digits, %s: to 1e-8', (solver) => {
    const expected = sharedJson<Known>('oracle', 'factorization', 'svd.json').digits_uncentred
    const x = sharedTable('digits.csv.gz', 64)
    const svd = new TruncatedSVD({ k: 40, solver }).fit(x)
    expect(gap(numbers(svd.singularValues), expected.singular_values.slice(0, 40))).toBeLessThan(1e-8 * 2193)
    const top = expected.right_vectors_top5.map((row: number[]) => {
      const at = row.reduce((best, one, j) => (Math.abs(one) > Math.abs(row[best]!) ? j : best), 0)
      return row.map((one) => one * Math.sign(row[at]!))
    })
    expect(gap(numbers(svd.components).slice(0, 5 * 64), top.flat())).toBeLessThan(1e-8)
    const errors = expected.truncation_error_k as Record<string, number>
    const found = reconstructionErrors(x, Object.keys(errors).map(Number), { centred: false })
    expect(gap(found.map((one) => one.frobenius), Object.values(errors))).toBeLessThan(1e-7) // biome-ignore format: one claim
    expect(svd.toJSON().reconstructionError!.frobenius).toBeCloseTo(errors['40']!, 7)
    const [whole] = reconstructionErrors(x, [0], { centred: false })
    expect([whole!.spectral, whole!.nuclear, whole!.frobenius]).toEqual([expected.spectral, expected.nuclear, expected.frobenius_norm].map((one) => expect.closeTo(one, 6))) // biome-ignore format: one claim
  })

  it('small singular values keep their digits: Hilbert 60 x 40', () => {
    const expected = sharedJson<Known>('oracle', 'factorization', 'svd.json').hilbert_60x40.singular_values as number[]
    const values = Float64Array.from({ length: 2400 }, (_, at) => 1 / (Math.floor(at / 40) + (at % 40) + 1))
    const svd = new TruncatedSVD().fit(tensor(values, { shape: [60, 40] }))
    // A backward stable method errs by at most about n * eps * sigma_1 (LAPACK Users' Guide, 4.9), with either backend.
    const bound = 40 * Number.EPSILON * expected[0]!
    for (const [i, one] of numbers(svd.singularValues).entries())
      expect(Math.abs(one - expected[i]!)).toBeLessThan(bound)
  })
})

/** n rows of d columns with singular values about `ratio` apart, from the first to the last, about a mean far away. */
function graded(n: number, d: number, ratio: number, seed: number, mean = 0): Tensor {
  return scope(() => {
    const scales = Float64Array.from({ length: d }, (_, j) => ratio ** (j / Math.max(1, d - 1)))
    return normals(n, d, seed)
      .mul(tensor(scales))
      .matmul(normals(d, d, seed + 1))
      .add(mean)
  })
}

describe('laws', () => {
  const shapes: readonly (readonly [number, number])[] = [[2, 1], [2, 5], [9, 1], [6, 6], [5, 40], [40, 5], [900, 70], [70, 900]] // biome-ignore format: shapes
  const cases = shapes.flatMap(([n, d]) => solvers.map((solver) => [n, d, solver] as const))
  it.each(cases)('of [%d, %d], %s: orthonormal, decorrelated, errors as told', (n, d, solver) => {
    const x = graded(n, d, 0.2, 11, 3)
    const k = Math.min(n - 1, d, 7)
    const pca = new PCA({ k, solver, iterations: 40 }).fit(x)
    const C = pca.components
    const identity = Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? 1 : 0))
    expect(gap(numbers(matmul(C, transpose(C))), identity)).toBeLessThan(1e-10)
    const Z = pca.transform(x)
    const covariance = numbers(matmul(transpose(Z), Z).div(n - 1))
    const variance = numbers(pca.explainedVariance)
    expect(gap(covariance, identity.map((one, at) => one * variance[at % k]!))).toBeLessThan(1e-8 * variance[0]!) // biome-ignore format: one claim
    const rest = x.sub(pca.inverseTransform(Z)).square().sum().sqrt().item()
    const size = x.sub(pca.mean).square().sum().sqrt().item()
    expect(Math.abs(pca.toJSON().reconstructionError!.frobenius - rest)).toBeLessThan(1e-7 * size)
    for (let m = 0; m < k; m++) {
      const row = numbers(C).slice(m * d, (m + 1) * d)
      expect(Math.max(...row)).toBe(Math.max(...row.map(Math.abs)))
    }
  })

  it('auto is as accurate as exact however far the values fall: singular values to 9 digits', () => {
    for (const ratio of [1, 1e-2, 1e-5, 1e-9, 1e-13]) {
      const x = graded(3000, 60, ratio, 21)
      const [auto, exact] = [new PCA({ solver: 'auto' }).fit(x), new PCA({ solver: 'exact' }).fit(x)]
      for (const [i, one] of numbers(auto.singularValues).entries())
        expect(Math.abs(one / numbers(exact.singularValues)[i]! - 1)).toBeLessThan(1e-9)
    }
  })

  it.each([1e150, 1e-150, 1e100, 1e-100])('in units of %d: the same but for the units', (unit) => {
    const x = graded(2500, 60, 0.01, 31)
    for (const solver of solvers) {
      const options = { k: 4, solver, iterations: 30 }
      const [one, scaled] = [new PCA(options).fit(x), new PCA(options).fit(x.mul(unit))]
      expect(gap(numbers(scaled.components), numbers(one.components)), solver).toBeLessThan(1e-9)
      expect(gap(numbers(scaled.explainedVarianceRatio), numbers(one.explainedVarianceRatio)), solver).toBeLessThan(
        1e-9,
      )
      expect(gap(numbers(scaled.singularValues).map((value) => value / unit), numbers(one.singularValues)), solver).toBeLessThan(1e-7) // biome-ignore format: one claim
    }
  })

  it('a mean far away costs no more digits than it must', () => {
    const x = graded(4000, 40, 0.1, 41)
    const [near, far] = [new PCA({ k: 5 }).fit(x), new PCA({ k: 5 }).fit(x.add(1e6))]
    for (const [i, one] of numbers(far.explainedVariance).entries())
      expect(Math.abs(one / numbers(near.explainedVariance)[i]! - 1)).toBeLessThan(1e-8)
  })

  it('blocks of rows do not show: sorted rows, whose blocks have means far apart, give the same', () => {
    const d = 8
    const n = 70_000
    const values = numbers(normals(n, d, 51)).map((one, at) => one + (at < (n * d) / 2 ? 0 : 1000))
    const x = tensor(Float64Array.from(values), { shape: [n, d] })
    const [gram, exact] = [new PCA({ solver: 'gram' }).fit(x), new PCA({ solver: 'exact' }).fit(x)]
    expect(gap(numbers(gram.components).slice(0, d), numbers(exact.components).slice(0, d))).toBeLessThan(1e-10)
    expect(gap(numbers(gram.explainedVariance), numbers(exact.explainedVariance))).toBeLessThan(1e-6)
    expect(numbers(gram.explainedVariance)[0]! / (8 * 500 ** 2)).toBeCloseTo(1, 3)
  })

  it('the order of rows and of columns changes nothing but the order', () => {
    const x = graded(30, 4, 0.1, 61)
    const values = numbers(x)
    const turned = tensor(Float64Array.from({ length: 120 }, (_, at) => values[(29 - Math.floor(at / 4)) * 4 + 3 - (at % 4)]!), { shape: [30, 4] }) // biome-ignore format: one step
    const [a, b] = [new PCA().fit(x), new PCA().fit(turned)]
    expect(gap(numbers(a.explainedVariance), numbers(b.explainedVariance))).toBeLessThan(1e-12)
    expect(gap(numbers(a.components).map(Math.abs), numbers(b.components).map((_, at, all) => Math.abs(all[at - (at % 4) + 3 - (at % 4)]!)))).toBeLessThan(1e-10) // biome-ignore format: one claim
  })
})

describe('edges', () => {
  it.each(solvers)('a table without variance, %s: zeros, and any components', (solver) => {
    const x = rows([0.1, 7], [0.1, 7], [0.1, 7])
    const pca = new PCA({ solver }).fit(x)
    expect(gap(numbers(pca.explainedVariance), [0, 0])).toBeLessThan(1e-30)
    expect(numbers(pca.transform(x)).every((one) => Math.abs(one) < 1e-14)).toBe(true)
    expect(pca.noiseVariance).toBe(0)
    expect(() => pca.score(x)).toThrow('PCA.score: the covariance')
  })

  it('columns that repeat each other: rank 1, and whitening makes no noise of it', () => {
    const x = rows([1, 2, 1], [2, 4, 2], [4, 8, 4], [0, 0, 0])
    for (const solver of solvers) {
      const pca = new PCA({ whiten: true, solver }).fit(x)
      expect(numbers(pca.explainedVarianceRatio)[0]).toBeCloseTo(1, 12)
      const scores = numbers(pca.transform(x))
      if (solver !== 'gram') expect(scores.filter((_, at) => at % 3 > 0).every((one) => one === 0)).toBe(true)
    }
  })

  it('entries of equal size: the first is positive, however they are rounded', () => {
    const x = standardized(normals(90, 2, 41))
    const opposed = matmul(x, rows([1, -0.5], [0, 1]))
    for (const one of [x, opposed, x.mul(3), opposed.mul(1e-7)])
      for (const solver of solvers) {
        const [a, b, c, d] = numbers(new PCA({ solver }).fit(standardized(one)).components)
        expect([a! > 0, c! > 0]).toEqual([true, true])
        expect(gap([a!, Math.abs(b!), c!, Math.abs(d!)], new Array(4).fill(Math.SQRT1_2))).toBeLessThan(1e-9)
      }
  })

  it('a wide table has as many components as are asked for by its Gram matrix too, which does not tell the last', () => {
    const x = normals(6, 20, 43)
    const [gram, exact] = [new PCA({ k: 6, solver: 'gram' }).fit(x), new PCA({ k: 6, solver: 'exact' }).fit(x)]
    expect(gram.components.shape).toEqual([6, 20])
    expect(gap(numbers(gram.singularValues), numbers(exact.singularValues))).toBeLessThan(1e-12)
  })

  it('TruncatedSVD of one row, and of zeros', () => {
    const svd = new TruncatedSVD().fit(rows([3, 0, -4]))
    expect(numbers(svd.singularValues)).toEqual([expect.closeTo(5, 14)])
    expect(gap(numbers(svd.components), [-0.6, 0, 0.8])).toBeLessThan(1e-15)
    const zeros = new TruncatedSVD({ k: 1 }).fit(rows([0, 0], [0, 0]))
    expect([numbers(zeros.singularValues), numbers(zeros.explainedVarianceRatio), zeros.score(rows([0, 0]))]).toEqual([[0], [0], 1]) // biome-ignore format: one claim
  })

  it('fits give back all memory that they took: as much is held after each as before', () => {
    const x = normals(20_000, 256, 71)
    const before = memory().bytes
    for (const solver of ['auto', 'exact', 'randomized'] as const) {
      new PCA({ k: 5, solver }).fit(x).dispose()
      expect(memory().bytes, solver).toBe(before)
    }
  })

  it.each<[string, () => unknown, string]>([
    ['one row', () => new PCA().fit(rows([1, 2])), 'PCA.fit: got f64[1, 2]; expected at least 2 rows and one column.'],
    [
      'k too large',
      () => new PCA({ k: 4 }).fit(rows([1, 2], [3, 5])),
      'PCA.fit: k is 4 for a table [2, 2]; expected a whole number from 1 to 2.',
    ],
    [
      'k of 0',
      () => new PCA({ k: 0 }),
      'PCA: k is 0; expected a whole number from 1 on, or a share of the variance between 0 and 1.',
    ],
    ['k of 1.5', () => new PCA({ k: 1.5 }), 'PCA: k is 1.5; expected a whole number from 1 on'],
    [
      'a share, randomized',
      () => new PCA({ k: 0.9, solver: 'randomized' }),
      'PCA: the randomized solver needs to know k',
    ],
    [
      'a solver',
      () => new PCA({ solver: 'fast' as Solver }),
      'PCA: solver "fast"; expected auto, exact, gram or randomized.',
    ],
    ['an option', () => new PCA({ n_components: 3 } as object), 'PCA: option "n_components" is not known'],
    ['a seed', () => new PCA({ seed: -1 }), 'PCA: seed is -1; expected a whole number from 0 on.'],
    ['not fitted', () => new PCA().components, 'PCA: it was not fitted. Try fit(x) first.'],
    ['no ranks', () => reconstructionErrors(rows([1, 2]), []), 'reconstructionErrors: no rank was given'],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

it('reconstruction errors are those of the rest, measured', () => {
  const x = graded(60, 9, 0.05, 81, 2)
  const found = reconstructionErrors(x, [9, 0, 3, 3])
  expect(found.map(({ k }) => k)).toEqual([9, 0, 3, 3])
  expect(found[2]).toEqual(found[3])
  for (const { k, ...errors } of found.slice(1, 3)) {
    const rest = k === 0 ? x.sub(x.mean({ axis: 0 })) : x.sub(scope(() => { const pca = new PCA({ k }).fit(x); return pca.inverseTransform(pca.transform(x)) })) // biome-ignore format: one step
    const values = numbers(rest).map(Math.abs)
    expect(errors.l1).toBeCloseTo(
      values.reduce((sum, one) => sum + one, 0),
      8,
    )
    expect(errors.linf).toBeCloseTo(Math.max(...values), 8)
    const singular = numbers(new TruncatedSVD({ k: 9 }).fit(rest).singularValues)
    expect(errors.spectral).toBeCloseTo(singular[0]!, 8)
    expect(errors.nuclear).toBeCloseTo(
      singular.reduce((sum, one) => sum + one, 0),
      8,
    )
    expect(errors.frobenius).toBeCloseTo(Math.hypot(...singular), 8)
  }
  expect(found[0]!.frobenius).toBe(0)
})
