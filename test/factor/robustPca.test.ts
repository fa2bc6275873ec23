import { describe, expect, it } from 'vitest'
import { factorTable, RobustPCA } from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { l1, nuclear, spectral } from '../../src/norms/index.js'
import { readCsv } from '../../src/table/index.js'
import { Generator, matmul, rand, scope, type Tensor, tensor, transpose } from '../../src/tensor/index.js'
import { normals, numbers } from './tables.js'

const rows = (...values: number[][]): Tensor =>
  tensor(Float64Array.from(values.flat()), { shape: [values.length, values[0]!.length] })
const size = (x: Tensor): number => Math.hypot(...numbers(x))
const gap = (a: Tensor, b: Tensor): number => scope(() => size(a.sub(b)))

/** n x d of rank r, and entries of size 10 in a share of places. */
function planted(n: number, d: number, r: number, share: number, seed: number): { x: Tensor; L: Tensor; S: Tensor } {
  const L = matmul(normals(n, r, seed), normals(r, d, seed + 1))
  const places = numbers(rand([n, d], { dtype: 'f64', generator: new Generator(seed + 2) }))
  const S = tensor(Float64Array.from(numbers(normals(n, d, seed + 3)), (one, i) => (places[i]! < share ? Math.sign(one) * 10 : 0)), { shape: [n, d] }) // biome-ignore format: one step
  return { x: L.add(S), L, S }
}

describe('hand-worked', () => {
  // One number a: ||L||_* + lambda ||S||_1 = |l| + lambda |a - l|: all of it is sparse for lambda < 1, of rank 1 above.
  it.each([
    [0.5, 0, 4],
    [2, 4, 0],
  ])('[4] with lambda %d: L = %d, S = %d', (lambda, low, sparse) => {
    const robust = new RobustPCA({ lambda }).fit(rows([4]))
    expect(numbers(robust.lowRank)[0]).toBeCloseTo(low, 6)
    expect(numbers(robust.sparse)[0]).toBeCloseTo(sparse, 6)
    expect(robust.objective).toBeCloseTo(low + lambda * sparse, 6)
    expect(robust.rank).toBe(low === 0 ? 0 : 1)
  })

  // Ones but for 1 + e in a corner of n x n: J = 1 1^T has ||J||_* = n. With Y = 1 1^T / n + W certifying L = J, S = e: |Y| <= lambda with equality
  // in the corner, W orthogonal to 1 on both sides. For n = 4 and lambda = 0.5: w = 0.25 (4/3)^2 (e1 - 1/4)(e1 - 1/4)^T, of norm 1/3.
  it('ones with one entry of 9: the ones and an 8', () => {
    const x = rows([9, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1])
    const robust = new RobustPCA().fit(x)
    expect(robust.toJSON().lambda).toBe(0.5)
    expect([robust.rank, robust.toJSON().nonzeros, robust.converged]).toEqual([1, 1, true])
    expect(gap(robust.lowRank, rows([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]))).toBeLessThan(1e-5)
    expect(numbers(robust.sparse)[0]).toBeCloseTo(8, 5)
    expect(robust.objective).toBeCloseTo(4 + 0.5 * 8, 5)
    expect(gap(robust.components, rows([0.5, 0.5, 0.5, 0.5]))).toBeLessThan(1e-6)
    expect(numbers(robust.singularValues)[0]).toBeCloseTo(4, 5)
    expect(gap(robust.transform(rows([1, 1, 1, 1])), rows([2]))).toBeLessThan(1e-6)
    expect(robust.score(rows([2, 2, 2, 2]))).toBeCloseTo(0, 6)
    expect(robust.score(rows([1, -1, 0, 0]))).toBeCloseTo(-1, 6)
  })
})

describe('planted', () => {
  it.each([
    [60, 40, 3, 0.05],
    [40, 60, 2, 0.08],
    [200, 30, 1, 0.05],
  ])('%d x %d of rank %d, a share of %d spoilt: both parts are found', (n, d, r, share) => {
    const { x, L, S } = planted(n, d, r, share, 7)
    const robust = new RobustPCA().fit(x)
    expect(robust.converged).toBe(true)
    expect(robust.rank).toBe(r)
    expect(gap(robust.lowRank, L) / size(L)).toBeLessThan(1e-5)
    expect(gap(robust.sparse, S) / size(S)).toBeLessThan(1e-5)
    // Every place is known: what is left at others is of the size of the tolerance.
    expect(numbers(robust.sparse).map((one) => Math.abs(one) > 1e-3)).toEqual(numbers(S).map((one) => one !== 0))
    expect(robust.toJSON().nonzeros).toBe(numbers(robust.sparse).filter((one) => one !== 0).length)
    expect(robust.toJSON().k).toBe(r)
    // The components hold the rows of L.
    expect(gap(robust.inverseTransform(robust.transform(L)), L) / size(L)).toBeLessThan(1e-5)
  })
})

describe('laws', () => {
  /** Noise and heavy tails, where nothing was planted. */
  const tables: readonly (readonly [string, () => Tensor])[] = [
    ['noise 30 x 8', () => normals(30, 8, 21)],
    ['wide 6 x 25', () => normals(6, 25, 22)],
    ['spoilt too much', () => planted(30, 20, 6, 0.3, 23).x],
    ['one row', () => normals(1, 7, 24)],
    ['one column', () => normals(9, 1, 25)],
  ]
  it.each(tables)('%s: L + S = X, the figures are theirs, and no near pair is better', (_, make) => {
    const x = make()
    const robust = new RobustPCA().fit(x)
    const { lambda, objective, residual, rank, iterations } = robust.toJSON()
    expect(robust.converged, `after ${iterations}`).toBe(true)
    const value = (L: Tensor, S: Tensor): number => nuclear.value(L).item() + lambda * l1.value(S).item()
    expect(size(x.sub(robust.lowRank).sub(robust.sparse)) / size(x)).toBeCloseTo(residual, 12)
    expect(residual).toBeLessThan(1e-6)
    expect(value(robust.lowRank, robust.sparse) / objective).toBeCloseTo(1, 9)
    expect(robust.singularValues.shape).toEqual([Math.max(1, rank)])
    // Moving along any direction D, L + t D and S - t D, makes it no better: convex, so that this is the minimum.
    for (let seed = 0; seed < 6; seed++) {
      const D = normals(x.shape[0]!, x.shape[1]!, 100 + seed)
      for (const t of [1e-2, -1e-2, 1])
        expect(value(robust.lowRank.add(D.mul(t)), robust.sparse.sub(D.mul(t)))).toBeGreaterThan(objective * (1 - 1e-6))
    }
    for (const [L, S] of [[x, x.mul(0)], [x.mul(0), x]] as const) expect(value(L, S)).toBeGreaterThanOrEqual(objective * (1 - 1e-6)) // biome-ignore format: one claim
  })

  it('a dual certificate bounds the minimum from below: <Y, X> for ||Y||_2 <= 1, |Y| <= lambda', () => {
    // Of an exact minimum, Y = lambda sign(S) where S is not 0; here Y comes of a longer run by differences of the value.
    const x = normals(12, 5, 31)
    const robust = new RobustPCA({ tol: 1e-9, iterations: 5000 }).fit(x)
    const { lambda, objective } = robust.toJSON()
    const h = 1e-4
    const Y = tensor(
      Float64Array.from({ length: 60 }, (_, i) => {
        const at = (step: number): number => {
          const y = x.clone()
          y.data[i]! += step
          return new RobustPCA({ tol: 1e-9, iterations: 5000, lambda }).fit(y).objective
        }
        return (at(h) - at(-h)) / (2 * h)
      }),
      { shape: [12, 5] },
    )
    expect(spectral.value(Y).item()).toBeLessThan(1 + 1e-3)
    expect(Math.max(...numbers(Y).map(Math.abs))).toBeLessThan(lambda + 1e-3)
    expect(Y.mul(x).sum().item() / objective).toBeCloseTo(1, 3)
  })

  it.each([1e150, 1e-150])('in units of %d: the same but for the units', (unit) => {
    const { x } = planted(20, 12, 2, 0.05, 41)
    const [one, scaled] = [new RobustPCA().fit(x), new RobustPCA().fit(x.mul(unit))]
    expect(scaled.rank).toBe(one.rank)
    expect(gap(scaled.components, one.components)).toBeLessThan(1e-4)
    expect(scaled.objective / unit / one.objective).toBeCloseTo(1, 6)
  })

  it('transposed: the same parts', () => {
    const { x } = planted(25, 15, 2, 0.1, 51)
    const [one, turned] = [new RobustPCA().fit(x), new RobustPCA().fit(transpose(x))]
    expect(gap(transpose(turned.lowRank), one.lowRank) / size(x)).toBeLessThan(1e-6)
  })

  it('centred: the means are taken away, and put back', () => {
    const { x } = planted(30, 10, 1, 0.05, 61)
    const robust = new RobustPCA({ centred: true }).fit(x.add(100))
    expect(gap(robust.mean, x.mean({ axis: 0 }).add(100))).toBeLessThan(1e-10)
    const parts = robust.lowRank.add(robust.sparse).add(robust.mean)
    expect(gap(parts, x.add(100)) / size(x)).toBeLessThan(1e-6)
    expect(gap(robust.inverseTransform(robust.transform(x.add(100))), x.add(100))).toBeLessThan(size(x))
    expect(robust.toJSON().reconstructionError!.frobenius).toBeCloseTo(gap(robust.inverseTransform(robust.transform(x.add(100))), x.add(100)), 8) // biome-ignore format: one claim
  })
})

describe('edges', () => {
  it('zeros: rank 0, one component without a value', () => {
    const robust = new RobustPCA().fit(rows([0, 0], [0, 0], [0, 0]))
    expect([robust.rank, robust.objective, robust.iterations, robust.toJSON().k, numbers(robust.singularValues)]).toEqual([0, 0, 0, 1, [0]]) // biome-ignore format: one claim
    expect([robust.score(rows([0, 0])), robust.score(rows([0, 2]))].every(Number.isFinite)).toBe(true)
  })

  it('k is at most the rank', () => {
    const { x } = planted(30, 20, 2, 0.05, 71)
    expect(new RobustPCA({ k: 1 }).fit(x).components.shape).toEqual([1, 20])
    expect(new RobustPCA({ k: 9 }).fit(x).components.shape).toEqual([2, 20])
  })

  it('stopped early: told', () => {
    const robust = new RobustPCA({ iterations: 3 }).fit(normals(9, 4, 81))
    expect([robust.converged, robust.iterations]).toEqual([false, 3])
  })

  it('the parts are not saved', async () => {
    const robust = new RobustPCA().fit(normals(9, 4, 82))
    const restored = (await restorers['robust-pca']!())(robust.toJSON(), robust.stateDict()) as RobustPCA
    expect(restored.rank).toBe(robust.rank)
    expect(() => restored.lowRank).toThrow('RobustPCA: lowRank of the table that it was fitted on is not saved. Try fit(x).') // biome-ignore format: one claim
  })

  it.each<[string, () => unknown, string]>([
    ['lambda', () => new RobustPCA({ lambda: 0 }), 'RobustPCA: lambda is 0; expected a number above 0.'],
    ['tol', () => new RobustPCA({ tol: -1 }), 'RobustPCA: tol is -1; expected a number from 0 on.'],
    ['iterations', () => new RobustPCA({ iterations: 0 }), 'RobustPCA: iterations is 0; expected a whole number from 1 on.'], // biome-ignore format: one row
    ['k', () => new RobustPCA({ k: 5 }).fit(normals(9, 4, 83)), 'RobustPCA.fit: k is 5 for a table [9, 4]; expected a whole number from 1 to 4.'], // biome-ignore format: one row
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

it('of a table: as many components as the low-rank part has', async () => {
  const { x } = planted(50, 12, 2, 0.05, 91)
  const text = ['abcdefghijkl'.split('').join(','), ...(x.toNested() as number[][]).map((row) => row.join(','))].join('\n') // biome-ignore format: one step
  const { report, estimator } = await factorTable(await readCsv({ text }), { method: 'robust-pca', scale: 'none' })
  expect([report.method, report.k, report.why]).toEqual(['robust-pca', 2, ['k 2: the rank of the low-rank part']])
  expect(report.loadings!.length).toBe(2)
  estimator.dispose()
})
