import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { type Lapack, selectLapack as portable } from '../../src/lapack/index.js'
import { selectLapack } from '../../src/lapack/index.node.js'
import { sparseOperator } from '../../src/linalg/krylov/operators.js'
import { applyPlain } from '../../src/linalg/sparse/algebra.js'
import { type Csr, fromTriplets } from '../../src/linalg/sparse/csr.js'
import { chooseMethods, type MatrixFacts, solveSystem } from '../../src/linalg/systems/index.js'
import { spectrumEnds } from '../../src/linalg/systems/lanczos.js'
import { seeded } from '../badfiles.js'

/** n by n with the given diagonals. */
function banded(n: number, diagonals: Record<number, (i: number) => number>): Csr {
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []]
  for (const [key, value] of Object.entries(diagonals))
    for (let i = 0; i < n; i++) {
      const j = i + Number(key)
      if (j < 0 || j >= n) continue
      rows.push(i)
      columns.push(j)
      values.push(value(i))
    }
  return fromTriplets(n, n, { rows: Int32Array.from(rows), columns: Int32Array.from(columns), values: Float64Array.from(values) }) // biome-ignore format: one line
}

const laplace = (n: number, shift = 0): Csr => banded(n, { '-1': () => -1, 0: () => 2 + shift, 1: () => -1 })

describe('the ends of a spectrum', () => {
  it('lie inside it, and near its ends', () => {
    const kernels = createKernels()
    for (const n of [1, 2, 3, 10, 500]) {
      // Eigenvalues 2 - 2 cos(pi k / (n + 1)).
      const A = sparseOperator(kernels, laplace(n))
      const { smallest, largest } = spectrumEnds(kernels, A)
      const [low, high] = [2 - 2 * Math.cos(Math.PI / (n + 1)), 2 - 2 * Math.cos((Math.PI * n) / (n + 1))]
      expect(smallest).toBeGreaterThan(low - 1e-9)
      expect(largest).toBeLessThan(high + 1e-9)
      expect(largest / high).toBeGreaterThan(0.99)
      if (n <= 10) expect(smallest).toBeCloseTo(low, 9)
    }
  })
})

describe.each(['system', 'portable'] as const)('systems on the %s backend', (kind) => {
  let lapack: Lapack
  try {
    lapack = kind === 'system' ? selectLapack(createKernels(), 'system') : portable(createKernels(), 'portable')
  } catch {
    it.skip('no library here', () => undefined)
    return
  }
  const random = seeded(5)
  const general = banded(60, { '-7': () => random() - 0.5, 0: () => random() * 3 + 0.1, 1: () => random(), 20: () => random() }) // biome-ignore format: one line
  const cases: [name: string, matrix: Csr, method: string][] = [
    ['positive definite', laplace(80), 'cholesky'],
    ['indefinite', laplace(80, -0.9), 'lu'],
    ['general', general, 'lu'],
    ['one number', banded(1, { 0: () => -4 }), 'lu'],
    ['a long band', laplace(5000, 0.01), 'band'],
    ['a long unsymmetric band', banded(3000, { '-2': () => 1, 0: (i) => 3 + (i % 5), 3: () => -1 }), 'band'],
  ]
  for (const [name, matrix, method] of cases) {
    it(`${name}: ${method}, and the error stays under its bound`, async () => {
      const n = matrix.rows
      const expected = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1))
      const b = new Float64Array(n)
      applyPlain(matrix, expected, b)
      const report = await solveSystem(lapack, matrix, b)
      expect([report.method, report.outcome]).toEqual([method, 'converged'])
      expect(report.residual).toBeLessThan(1e-14)
      const error = Math.max(...report.x.map((value, i) => Math.abs(value - expected[i]!)))
      expect(error).toBeLessThan(1e-15 * n * (report.matrix.condition ?? 1e3))
      if (report.matrix.conditionFrom === 'factors') {
        const oneNorm = (v: Float64Array): number => v.reduce((sum, value) => sum + Math.abs(value), 0)
        const relative = oneNorm(report.x.map((value, i) => value - expected[i]!)) / oneNorm(expected)
        // The residual is computed in float64 too, and b was rounded.
        expect(relative).toBeLessThan(report.forwardError! + 4e-16 * report.matrix.condition!)
      }
    })
  }

  it('a singular matrix is solved by least squares', async () => {
    const matrix = banded(30, { '-1': () => -1, 0: (i) => (i === 0 || i === 29 ? 1 : 2), 1: () => -1 })
    const b = new Float64Array(30)
    applyPlain(
      matrix,
      Float64Array.from({ length: 30 }, (_, i) => i),
      b,
    )
    const { method, outcome, residual } = await solveSystem(lapack, matrix, b)
    expect([method, outcome]).toEqual(['lsqr', 'converged'])
    expect(residual).toBeLessThan(1e-6)
  })
})

describe('the choice', () => {
  const facts: MatrixFacts = {
    rows: 1e6,
    columns: 1e6,
    nonzeros: 7e6,
    symmetric: true,
    definite: 'unknown',
    bandwidth: { lower: 1e4, upper: 1e4 },
    dominantRows: 0,
    zeroDiagonal: 0,
    emptyLines: 0,
    norm: { one: 1, inf: 1, frobenius: 1, max: 1 },
    spectral: 1,
    condition: null,
    conditionFrom: null,
  }
  const table: [what: string, facts: Partial<MatrixFacts>, plan: string[]][] = [
    ['symmetric, perhaps definite', {}, ['cg ic0', 'cg jacobi', 'minres', 'lsqr']],
    ['symmetric, indefinite', { definite: 'no' }, ['minres', 'lsqr']],
    ['general', { symmetric: false, definite: 'no' }, ['gmres ilu0', 'bicgstab jacobi', 'lsqr']],
    ['general with zeros on the diagonal', { symmetric: false, definite: 'no', zeroDiagonal: 3 }, ['gmres', 'lsqr']],
    ['narrow', { bandwidth: { lower: 1, upper: 2 } }, ['band', 'cg ic0', 'cg jacobi', 'minres', 'lsqr']],
    ['rectangular', { columns: 3 }, ['lsqr']],
    ['with an empty row', { emptyLines: 1 }, ['lsqr']],
    ['small and definite', { rows: 10, columns: 10, definite: 'positive', condition: 3 }, ['cholesky']],
    ['small and general', { rows: 10, columns: 10, definite: 'no', condition: 3 }, ['lu']],
    ['small and singular', { rows: 10, columns: 10, definite: 'no', condition: Infinity }, ['lsqr']],
  ] // biome-ignore format: a table
  for (const [what, special, plan] of table) {
    it(`${what}: ${plan.join(', ')}`, () => {
      const attempts = chooseMethods({ ...facts, ...special })
      expect(attempts.map(({ method, preconditioner }) => [method, preconditioner].filter(Boolean).join(' '))).toEqual(plan) // biome-ignore format: one line
      for (const { why } of attempts) expect(why).toMatch(/^[a-z\d].*[^.]$/)
    })
  }
})
