import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  crossValidatePath,
  elasticNetPath,
  groupLassoPath,
  lassoPath,
  type Path,
  predictPath,
  ridgePath,
} from '../../src/optim/index.node.js'
import { memory, stack, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { hasShared } from '../shared.js'
import { formula, isShared, load } from './pathData.js'

const f64 = { dtype: 'f64' } as const
const oracle = JSON.parse(readFileSync(new URL('../oracle/optim/paths.json', import.meta.url), 'utf8')) as {
  places: number[]
  paths: { data: string; l1Ratio: number; alphas: [number, number]; coefficients: number[][] }[]
  multi: { data: string; alpha: number; coefficients: number[]; intercepts: number[] }[]
  ridge: { data: string; lambda: number; coefficients: number[]; intercept: number; leaveOneOut: number }[]
}

/** Largest difference over the largest of the expected. */
function difference(got: readonly number[], expected: readonly number[]): number {
  const size = Math.max(...expected.map(Math.abs)) || 1
  return Math.max(...got.map((value, i) => Math.abs(value - expected[i]!))) / size
}

/** X w by hand, centred columns aside. */
const rows = (X: Tensor): number[][] => X.toNested() as number[][]

describe('lassoPath by hand', () => {
  // Orthogonal columns of squared length 2: w_j = soft(x_j'y / 2, n lambda / 2) with x'y = (4, -2), n = 4, so soft((2, -1), 2 lambda).
  const X = tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], f64) // biome-ignore format: a matrix
  const y = tensor([3, -1, 0, 2], f64)
  const path = lassoPath(X, y, { lambdas: [0.25, 1, 0.5], intercept: false })

  it('soft-thresholds, largest lambda first', () => {
    expect(path.lambdas).toEqual([1, 0.5, 0.25])
    expect(path.coefficients[0]!.map((w) => w + 0)).toEqual([0, 0])
    expect(path.coefficients[1]![0]).toBeCloseTo(1, 14)
    expect(path.coefficients[1]![1]! + 0).toBe(0)
    expect(path.coefficients[2]![0]).toBeCloseTo(1.5, 14)
    expect(path.coefficients[2]![1]).toBeCloseTo(-0.5, 14)
  })

  it('tells who enters when', () => {
    expect(path.enters).toEqual([
      { index: 0, at: 1, lambda: 0.5 },
      { index: 1, at: 2, lambda: 0.25 },
    ])
    expect(path.df).toEqual([0, 1, 2])
  })
})

describe('paths against scikit-learn', () => {
  for (const { data, l1Ratio, alphas, coefficients } of oracle.paths)
    it.skipIf(isShared(data) && !hasShared)(`${data}, l1Ratio ${l1Ratio}, to 1e-5`, () => {
      const { X, y } = load(data)
      const path = elasticNetPath(X, y, { l1Ratio })
      expect(path.lambdas[0]).toBeCloseTo(alphas[0], 10)
      expect(path.lambdas.at(-1)! / alphas[1]).toBeCloseTo(1, 10)
      // At the first lambda all are zero, up to the rounding of that lambda: there the next one's coefficients are the scale.
      const scales = coefficients.map((w, i) => Math.max(...(i === 0 ? coefficients[1]! : w).map(Math.abs)))
      for (const [i, place] of oracle.places.entries())
        for (const [j, w] of path.coefficients[place]!.entries())
          expect(Math.abs(w - coefficients[i]![j]!), `place ${place}`).toBeLessThan(1e-5 * scales[i]!)
    })

  for (const { data, alpha, coefficients, intercepts } of oracle.multi)
    it.skipIf(isShared(data) && !hasShared)(`many outputs, ${data}, alpha ${alpha.toPrecision(3)}`, () => {
      const { X, y } = load(data)
      const top = Math.max(...y.abs().toArray())
      const Y = stack([y, y.abs().sqrt(), y.square().div(top)], 1)
      const path = groupLassoPath(X, Y, { lambdas: [20 * alpha, 4 * alpha, alpha] })
      expect(difference(path.coefficients[2]!, coefficients)).toBeLessThan(1e-5)
      expect(difference(path.intercepts[2]!, intercepts)).toBeLessThan(1e-6)
    })

  for (const { data, lambda, coefficients, intercept, leaveOneOut } of oracle.ridge)
    it.skipIf(isShared(data) && !hasShared)(`ridge, ${data}, lambda ${lambda.toPrecision(3)}`, () => {
      const { X, y } = load(data)
      const path = ridgePath(X, y, { lambdas: [lambda] })
      expect(difference(path.coefficients[0]!, coefficients)).toBeLessThan(1e-9)
      expect(path.intercepts[0]![0]! / intercept).toBeCloseTo(1, 9)
      expect(path.leaveOneOut[0]! / leaveOneOut).toBeCloseTo(1, 8)
    })
})

describe('optimality, over seeded data', () => {
  const shapes = [[1, 1], [2, 1], [30, 5], [15, 40], [150, 90]] as const // biome-ignore format: a table
  for (const [n, p] of shapes)
    for (const l1Ratio of [1, 0.7, 0.2])
      for (const standardize of [false, true])
        it(`[${n}, ${p}], l1Ratio ${l1Ratio}${standardize ? ', standardized' : ''}: the subgradient holds zero`, () => {
          const { X, y } = formula(n, p)
          const path = elasticNetPath(tensor(X, f64), tensor(y, f64), { l1Ratio, standardize, count: 12 })
          for (const [at, lambda] of path.lambdas.entries()) {
            const [w, [b]] = [path.coefficients[at]!, path.intercepts[at]!]
            const rest = y.map((value, i) => value - b! - X[i]!.reduce((sum, x, j) => sum + x * w[j]!, 0))
            for (let j = 0; j < p; j++) {
              const column = X.map((row) => row[j]!)
              const mean = column.reduce((a, c) => a + c, 0) / n
              const spread = standardize ? Math.sqrt(column.reduce((a, c) => a + (c - mean) ** 2, 0) / n) || 1 : 1
              const slope = column.reduce((sum, x, i) => sum + ((x - mean) / spread) * rest[i]!, 0) / n
              const weight = w[j]! * spread
              const left = slope - lambda * (1 - l1Ratio) * weight
              if (weight === 0) expect(Math.abs(left)).toBeLessThanOrEqual(lambda * l1Ratio * (1 + 1e-9) + 1e-12)
              else expect(left).toBeCloseTo(lambda * l1Ratio * Math.sign(weight), 9)
            }
            // With an intercept the residuals sum to zero.
            expect(rest.reduce((a, c) => a + c, 0)).toBeCloseTo(0, 9)
          }
        })

  it('group lasso: the block subgradient holds zero, groups of several features too', () => {
    const { X, y } = formula(40, 7)
    const groups = [[0, 3], [1], [2, 4, 6], [5]]
    const path = groupLassoPath(tensor(X, f64), tensor(y, f64), { groups, count: 8, tol: 1e-14 })
    for (const [at, lambda] of path.lambdas.entries()) {
      const [w, [b]] = [path.coefficients[at]!, path.intercepts[at]!]
      const rest = y.map((value, i) => value - b! - X[i]!.reduce((sum, x, j) => sum + x * w[j]!, 0))
      for (const group of groups) {
        const slope = group.map((j) => X.reduce((sum, row, i) => sum + row[j]! * rest[i]!, 0) / 40)
        const size = Math.hypot(...group.map((j) => w[j]!))
        const weight = lambda * Math.sqrt(group.length)
        if (size === 0) expect(Math.hypot(...slope)).toBeLessThanOrEqual(weight * (1 + 1e-6))
        else for (const [i, j] of group.entries()) expect(slope[i]).toBeCloseTo((weight * w[j]!) / size, 6)
      }
    }
    expect(path.enters.map(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3])
  })

  it('softmax: the block subgradient holds zero, and the intercepts balance the classes', () => {
    const { X } = formula(50, 4)
    const labels = X.map((row) => (row[0]! > 0.3 ? 2 : row[2]! > 0 ? 1 : 0))
    const path = groupLassoPath(tensor(X, f64), tensor(labels), { loss: 'softmax', count: 6, eps: 0.05, tol: 1e-12 })
    expect(path.outputs).toBe(3)
    for (const [at, lambda] of path.lambdas.entries()) {
      const logits = rows(predictPath(path, tensor(X, f64), at))
      const excess = logits.map((row, i) => {
        const e = row.map((value) => Math.exp(value - Math.max(...row)))
        const sum = e.reduce((a, c) => a + c, 0)
        return e.map((value, c) => value / sum - (labels[i] === c ? 1 : 0))
      })
      for (let c = 0; c < 3; c++) expect(excess.reduce((sum, row) => sum + row[c]!, 0)).toBeCloseTo(0, 8)
      for (let j = 0; j < 4; j++) {
        const w = path.coefficients[at]!.slice(j * 3, j * 3 + 3)
        const slope = [0, 1, 2].map((c) => excess.reduce((sum, row, i) => sum + row[c]! * X[i]![j]!, 0) / 50)
        const size = Math.hypot(...w)
        if (size === 0) expect(Math.hypot(...slope)).toBeLessThanOrEqual(lambda * (1 + 1e-6))
        else for (let c = 0; c < 3; c++) expect(slope[c]).toBeCloseTo((-lambda * w[c]!) / size, 6)
      }
    }
  })
})

describe('laws', () => {
  const { X, y } = formula(40, 8)
  const [A, b] = [tensor(X, f64), tensor(y, f64)]

  it('the largest lambda gives zeros, a little less does not', () => {
    const [first] = lassoPath(A, b, { count: 3 }).lambdas
    const path = lassoPath(A, b, { lambdas: [first!, first! * 0.999] })
    expect(path.df).toEqual([0, 1])
  })

  it('the penalty rises and the residual falls along the path', () => {
    const path = elasticNetPath(A, b, { count: 20 })
    const sizes = path.coefficients.map((w) => w.reduce((sum, value) => sum + Math.abs(value), 0))
    for (let at = 1; at < 20; at++) expect(sizes[at]!).toBeGreaterThan(sizes[at - 1]! - 1e-9)
    expect(Math.max(...path.gaps!)).toBeLessThan(1e-10)
  })

  it.each([1e-100, 1e100])('scales with y: %e', (factor) => {
    const plain = lassoPath(A, b, { count: 10 })
    const scaled = lassoPath(A, b.mul(factor), { count: 10 })
    for (let at = 0; at < 10; at++)
      expect(difference(scaled.coefficients[at]!.map((w) => w / factor), plain.coefficients[at]!)).toBeLessThan(1e-9) // biome-ignore format: one line
  })

  it('two equal columns and a constant one: an optimum all the same', () => {
    const doubled = tensor(X.map((row) => [...row, row[0]!, 5]), f64) // biome-ignore format: one line
    const path = lassoPath(doubled, b, { count: 10 })
    const plain = lassoPath(A, b, { count: 10 })
    expect(path.coefficients[9]![9]! + 0).toBe(0)
    expect(path.coefficients[9]![0]! + path.coefficients[9]![8]!).toBeCloseTo(plain.coefficients[9]![0]!, 5)
  })

  it('ridge at lambda 0 is least squares of minimum norm, at a huge one nothing', () => {
    const path = ridgePath(A, b, { lambdas: [1e12, 0] })
    expect(Math.max(...path.coefficients[0]!.map(Math.abs))).toBeLessThan(1e-10)
    expect(path.df[1]).toBeCloseTo(8, 10)
    const said = predictPath(path, A, 1).toArray()
    for (let j = 0; j < 8; j++) expect(X.reduce((sum, row, i) => sum + row[j]! * (y[i]! - said[i]!), 0)).toBeCloseTo(0, 8) // biome-ignore format: one line
  })

  it('ridge: leave-one-out is what refitting without each example gives', () => {
    const small = formula(9, 3)
    const lambda = 0.05
    const path = ridgePath(tensor(small.X, f64), tensor(small.y, f64), { lambdas: [lambda] })
    let sum = 0
    for (let i = 0; i < 9; i++) {
      const keep = (_: unknown, k: number): boolean => k !== i
      // The penalty is n lambda / 2 in all: with one example fewer, the same in total.
      const own = ridgePath(tensor(small.X.filter(keep), f64), tensor(small.y.filter(keep), f64), { lambdas: [(lambda * 9) / 8] }) // biome-ignore format: one line
      sum += (small.y[i]! - predictPath(own, tensor([small.X[i]!], f64), 0).item()) ** 2
    }
    expect(path.leaveOneOut[0]).toBeCloseTo(sum / 9, 10)
  })

  it('ridge is the elastic net without L1, in the limit', () => {
    const ridge = ridgePath(A, b, { lambdas: [0.3] })
    const net = elasticNetPath(A, b, { lambdas: [0.3], l1Ratio: 1e-7 })
    expect(difference(net.coefficients[0]!, ridge.coefficients[0]!)).toBeLessThan(1e-6)
    expect(net.df[0]).toBeCloseTo(ridge.df[0]!, 6)
  })

  it('leaves no tensor behind, and takes f32', () => {
    const before = memory().tensors
    const paths: Path[] = [lassoPath(A, b, { count: 3 }), ridgePath(A, b, { count: 3 }), groupLassoPath(A, b, { count: 3 })] // biome-ignore format: one line
    expect(paths.map(({ lambdas }) => lambdas.length)).toEqual([3, 3, 3])
    expect(memory().tensors).toBe(before)
    expect(difference(lassoPath(A.to('f32'), b, { count: 3 }).coefficients[2]!, paths[0]!.coefficients[2]!)).toBeLessThan(1e-5) // biome-ignore format: one line
  })
})

describe('crossValidatePath', () => {
  const { X, y } = formula(36, 6)
  const [A, b] = [tensor(X, f64), tensor(y, f64)]
  const folds = [0, 1, 2, 3].map((k) => Array.from({ length: 9 }, (_, i) => 4 * i + k))
  const cv = crossValidatePath((P, q, lambdas) => lassoPath(P, q, { count: 20, ...(lambdas && { lambdas }) }), A, b, { folds }) // biome-ignore format: one line

  it('is mean and standard error of errors on what was left out', () => {
    const rest = Array.from({ length: 36 }, (_, i) => i).filter((i) => i % 4 !== 1)
    const own = lassoPath(tensor(rest.map((i) => X[i]!), f64), tensor(rest.map((i) => y[i]!), f64), { lambdas: cv.lambdas }) // biome-ignore format: one line
    const said = predictPath(own, tensor(folds[1]!.map((i) => X[i]!), f64), 7).toArray() // biome-ignore format: one line
    const error = folds[1]!.reduce((sum, i, k) => sum + (y[i]! - said[k]!) ** 2, 0) / 9
    expect(cv.errors[1]![7]).toBeCloseTo(error, 12)
    const four = cv.errors.map((one) => one[7]!)
    const mean = four.reduce((a, c) => a + c, 0) / 4
    expect(cv.mean[7]).toBeCloseTo(mean, 12)
    expect(cv.standardError[7]).toBeCloseTo(Math.sqrt(four.reduce((a, c) => a + (c - mean) ** 2, 0) / 3 / 4), 12)
  })

  it('chooses the least mean, and the largest lambda within a standard error of it', () => {
    expect(cv.mean[cv.best]).toBe(Math.min(...cv.mean))
    expect(cv.oneStandardError).toBeLessThanOrEqual(cv.best)
    const limit = cv.mean[cv.best]! + cv.standardError[cv.best]!
    expect(cv.mean[cv.oneStandardError]!).toBeLessThanOrEqual(limit)
    for (let at = 0; at < cv.oneStandardError; at++) expect(cv.mean[at]!).toBeGreaterThan(limit)
  })

  it('classes: cross-entropy and share of errors', () => {
    const labels = tensor(X.map((row) => (row[1]! > 0 ? 1 : 0)))
    const fit = (P: Tensor, q: Tensor, lambdas?: readonly number[]): Path =>
      groupLassoPath(P, q, { loss: 'softmax', count: 5, eps: 0.05, ...(lambdas && { lambdas }) })
    const entropy = crossValidatePath(fit, A, labels, { folds })
    const error = crossValidatePath(fit, A, labels, { folds, metric: 'error' })
    expect(entropy.mean[4]!).toBeLessThan(entropy.mean[0]!)
    expect(error.mean[4]!).toBeLessThan(error.mean[0]!)
  })
})

describe('what is refused', () => {
  const { X, y } = formula(6, 2)
  const [A, b] = [tensor(X, f64), tensor(y, f64)]
  const cases: [string, () => unknown, string][] = [
    ['NaN in X', () => lassoPath(tensor([[1, 2], [3, Number.NaN]], f64), tensor([1, 2])), 'lassoPath: X holds NaN at row 1, column 1; expected finite numbers.'],
    ['y of another length', () => lassoPath(A, tensor([1, 2])), 'lassoPath: y is f32[2] for 6 examples; expected [6].'],
    ['l1Ratio 0', () => elasticNetPath(A, b, { l1Ratio: 0 }), 'elasticNetPath: l1Ratio is 0; expected a number above 0, up to 1. Try ridgePath for 0.'],
    ['a negative lambda', () => lassoPath(A, b, { lambdas: [-1] }), 'lassoPath: a lambda is -1; expected a finite number from 0 on.'],
    ['a feature in two groups', () => groupLassoPath(A, b, { groups: [[0, 1], [1]] }), 'groupLassoPath: feature 1 is in two groups, or twice in group 1.'],
    ['a feature in none', () => groupLassoPath(A, b, { groups: [[1]] }), 'groupLassoPath: feature 0 is in no group; expected each of the 2 in one.'],
    ['half a class', () => groupLassoPath(A, b, { loss: 'softmax' }), `groupLassoPath: y holds ${y[0]} at row 0; expected numbers of classes from 0 on.`],
    ['a fold of all', () => crossValidatePath((P, q) => lassoPath(P, q), A, b, { folds: [[0, 1, 2, 3, 4, 5]] }), 'crossValidatePath: fold 0 holds 6 of 6 rows; expected some, but not all.'],
  ] // biome-ignore format: a table
  it.each(cases)('%s', (_, run, message) => {
    expect(run).toThrow(message)
  })

  it('too few passes: an error with the gap, or with check false a path that says so', () => {
    const hard = formula(12, 10)
    const [P, q] = [tensor(hard.X, f64), tensor(hard.y, f64)]
    const options = { lambdas: [1e-4], maxIterations: 1, tol: 0 }
    expect(() => lassoPath(P, q, options)).toThrow(
      /^lassoPath: the duality gap at lambda 0.0001 is .* after 1 iteration\./,
    )
    expect(lassoPath(P, q, { ...options, check: false }).gaps![0]).toBeGreaterThan(0)
  })
})
