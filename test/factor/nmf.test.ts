/** Non-negative factorization: exact products, scikit-learn's factors from the same start, least squares of SciPy, laws, extremes and messages. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { NMF, sparseEncode } from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { Generator, matmul, memory, rand, scope, slice, tensor } from '../../src/tensor/index.node.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'

interface Oracle {
  readonly nmf: {
    readonly x: number[][]
    readonly W: number[][]
    readonly H: number[][]
    readonly nnls: number[][]
    readonly runs: readonly { l1: number; l2: number; W: number[][]; H: number[][]; error: number }[]
  }
  readonly sparse: { x: number[][]; atoms: number[][]; alpha: number; lasso: number[][]; omp: number[][] }
}

const { nmf, sparse } = JSON.parse(readFileSync(new URL('../oracle/factor/clusters.json', import.meta.url), 'utf8')) as Oracle // biome-ignore format: one line
const f64 = (rows: number[][]) => tensor(rows, { dtype: 'f64' })

function expectNear(x: ArrayLike<number>, expected: readonly number[], digits: number): void {
  for (const [at, one] of expected.entries()) expect(x[at]).toBeCloseTo(one, digits)
}

describe('NMF', () => {
  it('finds an exact product of rank one', () => {
    scope(() => {
      const x = f64([[2, 4], [3, 6], [0, 0]]) // biome-ignore format: a matrix
      const model = new NMF({ k: 1 }).fit(x)
      expect(model.reconstructionError.frobenius).toBeLessThan(1e-12)
      expectNear(model.inverseTransform(model.transform(x)).toArray(), [2, 4, 3, 6, 0, 0], 10)
      expect(model.score(x)).toBeGreaterThan(-1e-8)
    })
  })

  it.each(nmf.runs)(
    'is as scikit-learn has it after 25 iterations from the same start, l1 $l1, l2 $l2',
    ({ l1, l2, W, H, error }) => {
      scope(() => {
        const x = f64(nmf.x)
        const model = new NMF({ k: 3, init: { W: f64(nmf.W), H: f64(nmf.H) }, tol: 0, maxIterations: 25, l1, l2 })
        expectNear(model.fitTransform(x).toArray(), W.flat(), 10)
        expectNear(model.components.toArray(), H.flat(), 10)
        expect(model.iterations).toBe(25)
        expect(model.reconstructionError.frobenius).toBeCloseTo(error, 10)
      })
    },
  )

  it('transforms by non-negative least squares, row by row', () => {
    scope(() => {
      const x = f64(nmf.x)
      const model = new NMF({ k: 3, init: { W: f64(nmf.W), H: f64(nmf.H) }, maxIterations: 1 }).fit(x)
      const W = model.transform(x)
      // The optimality conditions: no gradient where a code is positive, none below zero elsewhere.
      const H = model.components
      const gradient = matmul(matmul(W, H).sub(x), H.transpose()).toArray()
      for (const [at, code] of W.toArray().entries())
        if (code > 0) expect(gradient[at]!).toBeCloseTo(0, 8)
        else expect(gradient[at]!).toBeGreaterThan(-1e-8)
      expectNear(model.transform(slice(x, { start: 3, stop: 5 })).toArray(), Array.from(slice(W, { start: 3, stop: 5 }).toArray()), 8) // biome-ignore format: one line
    })
  })

  it.each(['nndsvd', 'nndsvda', 'random'] as const)('falls with every iteration from %s, in f32 and f64', (init) => {
    scope(() => {
      for (const dtype of ['f32', 'f64'] as const) {
        const x = rand([150, 30], { dtype, generator: new Generator(3) })
        let before = Number.POSITIVE_INFINITY
        for (const maxIterations of [1, 2, 4, 8, 30]) {
          const model = new NMF({ k: 5, init, maxIterations, tol: 0 }).fit(x)
          const { frobenius } = model.reconstructionError
          expect(frobenius).toBeLessThanOrEqual(before * (1 + 1e-6))
          expect(model.components.toArray().every((v) => v >= 0)).toBe(true)
          before = frobenius
        }
      }
    })
  })

  it.each(['frobenius', 'kullback-leibler'] as const)('falls by multiplicative updates too: %s', (loss) => {
    scope(() => {
      const x = rand([60, 12], { dtype: 'f64', generator: new Generator(3) })
      const divergence = (model: NMF): number => {
        const y = matmul(model.fitTransform(x), model.components).toArray()
        const square = (a: number, b: number): number => (a - b) ** 2
        const kl = (a: number, b: number): number => (a > 0 ? a * Math.log(a / b) : 0) - a + b
        return Array.from(x.toArray()).reduce(
          (sum, a, i) => sum + (loss === 'frobenius' ? square(a, y[i]!) : kl(a, y[i]!)),
          0,
        )
      }
      const values = [1, 3, 10, 100].map((maxIterations) => divergence(new NMF({ k: 4, solver: 'mu', loss, maxIterations, tol: 0 }))) // biome-ignore format: one line
      for (let at = 1; at < values.length; at++) expect(values[at]!).toBeLessThan(values[at - 1]!)
      const model = new NMF({ k: 4, solver: 'mu', loss }).fit(x)
      expect(
        model
          .transform(x)
          .toArray()
          .every((v) => v >= 0),
      ).toBe(true)
      expect(-model.score(x)).toBeLessThan(1.05 * model.reconstructionError.frobenius)
    })
  })

  it('makes factors small and sparse as penalties grow', () => {
    scope(() => {
      const x = rand([60, 12], { dtype: 'f64', generator: new Generator(3) })
      const zeros = [0, 0.005, 0.02].map((l1) => {
        const H = new NMF({ k: 4, l1, seed: 1 }).fit(x).components.toArray()
        return H.filter((v) => v === 0).length
      })
      expect(
        new NMF({ k: 4, l1: 10 })
          .fitTransform(x)
          .toArray()
          .every((v) => v === 0),
      ).toBe(true)
      for (let at = 1; at < zeros.length; at++) expect(zeros[at]!).toBeGreaterThanOrEqual(zeros[at - 1]!)
    })
  })

  it('takes zeros, constants, one row, more components than columns, and any unit', () => {
    scope(() => {
      expect(new NMF({ k: 2 }).fit(f64([[0, 0], [0, 0]])).reconstructionError).toEqual({ frobenius: 0, relative: 0 }) // biome-ignore format: one line
      expect(new NMF({ k: 1 }).fit(f64([[1, 2, 3]])).reconstructionError.relative).toBeLessThan(1e-10)
      expect(new NMF({ k: 4 }).fit(f64([[1, 2], [2, 4], [3, 1]])).reconstructionError.relative).toBeLessThan(0.02) // biome-ignore format: one line
      const x = rand([20, 5], { dtype: 'f64', generator: new Generator(3) })
      const { relative } = new NMF({ k: 2 }).fit(x).reconstructionError
      for (const unit of [1e150, 1e-150])
        expect(new NMF({ k: 2 }).fit(x.mul(unit)).reconstructionError.relative).toBeCloseTo(relative, 8)
    })
  })

  it.each([
    ['f64', 4 ** 240],
    ['f64', 4 ** -240],
    ['f32', 4 ** 55],
    ['f32', 4 ** -55],
  ] as const)('is the same in any unit, whatever minimizes which loss: %s, %d', (dtype, unit) => {
    scope(() => {
      const x = rand([30, 6], { dtype, generator: new Generator(3) }).mul(4 ** 15)
      const far = x.mul(unit / 4 ** 15)
      for (const options of [
        {},
        { init: 'nndsvd' },
        { solver: 'mu' },
        { solver: 'mu', loss: 'kullback-leibler' },
      ] as const) {
        const [one, scaled] = [x, far].map((rows) => new NMF({ k: 2, maxIterations: 60, ...options }).fit(rows)) as [NMF, NMF] // biome-ignore format: one line
        expect(scaled.reconstructionError.relative).toBe(one.reconstructionError.relative)
        expect(scaled.iterations).toBe(one.iterations)
        const root = Math.sqrt(unit) / 2 ** 15
        expectNear(scaled.components.div(root).toArray(), Array.from(one.components.div(2 ** 15).toArray(), (v) => v * 2 ** 15), dtype === 'f32' ? 1 : 6) // biome-ignore format: one line
        const [codes, other] = [one.transform(x).toArray(), scaled.transform(far).toArray()]
        expectNear(other.map((v) => v / root / 2 ** 15), Array.from(codes, (v) => v / 2 ** 15), 4) // biome-ignore format: one line
      }
    })
  })

  it.each(['frobenius', 'kullback-leibler'] as const)('has penalties in the unit of the rows: %s', (loss) => {
    scope(() => {
      const x = rand([30, 6], { dtype: 'f64', generator: new Generator(3) })
      const unit = 4 ** 30
      const solver = loss === 'frobenius' ? 'cd' : 'mu'
      // A sum of a factor has the root of the rows' unit; the distance has its square, the divergence itself.
      const [first, second] = loss === 'frobenius' ? [unit ** 1.5, unit] : [unit ** 0.5, 1]
      const one = new NMF({ k: 2, solver, loss, l1: 0.01, l2: 0.02 }).fit(x)
      const far = new NMF({ k: 2, solver, loss, l1: 0.01 * first, l2: 0.02 * second }).fit(x.mul(unit))
      expect(far.reconstructionError.relative).toBe(one.reconstructionError.relative)
      expect(one.reconstructionError.relative).toBeGreaterThan(1.0001 * new NMF({ k: 2, solver, loss }).fit(x).reconstructionError.relative) // biome-ignore format: one line
    })
  })

  it('takes the best of several starts where none is named, and says which options there are', () => {
    scope(() => {
      const x = rand([40, 9], { dtype: 'f64', generator: new Generator(12) })
      const alone = (['nndsvd', 'nndsvda', 'random'] as const).map((init) => new NMF({ k: 5, init }).fit(x).reconstructionError.frobenius) // biome-ignore format: one line
      const best = new NMF({ k: 5 }).fit(x)
      expect(best.reconstructionError.frobenius).toBeLessThanOrEqual(Math.min(...alone) * 1.001)
      expect(new NMF({ k: 5, starts: 8 }).fit(x).components.toArray()).toEqual(best.components.toArray())
      expect(new NMF({ k: 5, starts: 1 }).fit(x).components.toArray()).toEqual(new NMF({ k: 5, init: 'nndsvd' }).fit(x).components.toArray()) // biome-ignore format: one line
      expect(() => new NMF({ k: 1, alpha: 1 } as never)).toThrow('NMF: option "alpha" is not known; expected k, init, starts, solver, loss, l1, l2, tol, maxIterations, seed.') // biome-ignore format: one line
      expect(() => new NMF({ k: 1, starts: 0 })).toThrow('NMF: starts is 0; expected a whole number from 1 on.')
    })
  })

  it("gives rows of the codes' type", () => {
    scope(() => {
      const model = new NMF({ k: 1 }).fit(f64([[1, 2]]))
      expect(model.inverseTransform(tensor([[1]])).dtype).toBe('f32')
    })
  })

  it('is restored from what it saves, and leaves no tensor behind', async () => {
    const x = rand([20, 7], { dtype: 'f64', generator: new Generator(1) })
    const restore = await restorers.nmf!()
    const before = memory().tensors
    const model = new NMF({ k: 3, l1: { W: 0.01 } })
    const W = model.fitTransform(x)
    const state = model.stateDict()
    const restored = restore(JSON.parse(JSON.stringify(model.toJSON())), state)
    scope(() => expect(restored.transform(x).toArray()).toEqual(model.transform(x).toArray()))
    expect(restored.score(x)).toBe(model.score(x))
    for (const one of [W, state, restored, model]) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('says what is wrong', () => {
    expect(() => new NMF({ k: 1 }).fit(f64([[1, 2], [3, -4]]))).toThrow('NMF.fit: f64[2, 2] has -4 at row 1, column 1; expected no negative numbers. Try PCA, or columns scaled to [0, 1].') // biome-ignore format: one line
    expect(() => new NMF({ k: 1 }).fit(f64([[1, Number.NaN]]))).toThrow('row 0, column 1')
    expect(() => new NMF({ k: 1, l1: -1 })).toThrow('NMF: l1 is -1; expected a number from 0 on.')
    expect(() => new NMF({ k: 1, init: { W: f64([[1]]), H: f64([[1]]) } }).fit(f64([[1, 2]]))).toThrow('NMF: init.H is f64[1, 1]; expected [1, 2].') // biome-ignore format: one line
  })

  it.skipIf(!hasShared)('is within a thousandth of the best that is listed for digits, with its defaults', () => {
    scope(() => {
      const { runs } = sharedJson<{ runs: { err: number }[] }>('oracle', 'factorization', 'nmf_digits_k10.json')
      const rows = digits()
      const best = Math.min(...runs.map(({ err }) => err))
      expect(new NMF({ k: 10 }).fit(rows).reconstructionError.frobenius).toBeLessThanOrEqual(1.001 * best)
    })
  })
})

function digits() {
  const text = gunzipSync(readFileSync(sharedPath('data', 'tables', 'sklearn', 'digits.csv.gz'))).toString()
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').slice(0, 64).map(Number))
  return f64(rows.filter((row) => row.every(Number.isFinite)))
}

describe('sparseEncode', () => {
  it('is as scikit-learn has it', () => {
    scope(() => {
      const [x, atoms] = [f64(sparse.x), f64(sparse.atoms)]
      expectNear(sparseEncode(x, atoms, { alpha: sparse.alpha }).toArray(), sparse.lasso.flat(), 8)
      expectNear(sparseEncode(x, atoms, { method: 'omp', nonzeros: 2 }).toArray(), sparse.omp.flat(), 10)
    })
  })
})
