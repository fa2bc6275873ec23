import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedPath } from '../shared.js'
import { run, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const market = (symmetry: string, sizes: string, entries: readonly string[]): string =>
  `%%MatrixMarket matrix coordinate real ${symmetry}\n${sizes} ${entries.length}\n${entries.join('\n')}\n`

/** The 5-point Laplacian on k x k points, its lower triangle; `shift` times the identity is added. */
function laplacian(k: number, shift = 0): string {
  const entries: string[] = []
  for (let p = 0; p < k * k; p++) {
    if (p >= k) entries.push(`${p + 1} ${p - k + 1} -1`)
    if (p % k > 0) entries.push(`${p + 1} ${p} -1`)
    entries.push(`${p + 1} ${p + 1} ${4 + shift}`)
  }
  return market('symmetric', `${k * k} ${k * k}`, entries)
}

// A = [[4, 1], [1, 3]], b = [1, 2]: x = [1, 7] / 11.
const small = file('small.mtx', market('symmetric', '2 2', ['1 1 4', '2 1 1', '2 2 3']))
const rhs = file('b.mtx', '%%MatrixMarket matrix array real general\n2 1\n1\n2\n')

const json = async (args: readonly string[]) => {
  const { code, stdout, stderr } = await run(['solve', ...args, '--json'])
  return { code, stderr, report: JSON.parse(stdout) }
}

/** f64 numbers of an npy file of version 1. */
function npy(path: string): number[] {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  expect(bytes.toString('latin1', 10, start)).toContain("'descr': '<f8', 'fortran_order': False")
  expect(start % 64).toBe(0)
  return Array.from({ length: (bytes.length - start) / 8 }, (_, i) => bytes.readDoubleLE(start + i * 8))
}

describe('normball solve', () => {
  it('solves a hand-worked system, says how and why, and writes x', async () => {
    const out = join(folder, 'x.npy')
    const { code, stderr, report } = await json([small, rhs, '--out', out])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toMatchObject({
      command: 'solve',
      matrix: { path: small, rows: 2, columns: 2, nonzeros: 4, symmetric: true, definite: 'positive', bandwidth: { lower: 1, upper: 1 }, dominantRows: 2 }, // biome-ignore format: one line
      rhs,
      method: 'cholesky',
      outcome: 'converged',
    })
    expect(report.why).toMatch(/^symmetric positive definite/)
    expect(report.residual).toBeLessThan(1e-15)
    expect(report.forwardError).toBeLessThan(1e-14)
    // One-norm condition: ||A|| = 5, ||A^-1|| = 5 / 11.
    expect(report.matrix.condition).toBeCloseTo(25 / 11, 12)
    expect(npy(out)).toEqual([expect.closeTo(1 / 11, 15), expect.closeTo(7 / 11, 15)])
    // x.npy serves as a right-hand side again, and .mtx as the other form.
    const again = join(folder, 'again.mtx')
    expect((await run(['solve', small, out, '--out', again, '--quiet'])).code).toBe(0)
    expect(readFileSync(again, 'utf8')).toMatch(/^%%MatrixMarket matrix array real general\n2 1\n-?0\.\d+\n0\.\d+\n$/)
  })

  it('takes every method by name, and gzip', async () => {
    const packed = file('small.mtx.gz', gzipSync(readFileSync(small)))
    for (const method of [
      'lu',
      'cholesky',
      'band',
      'cg',
      'minres',
      'gmres',
      'bicgstab',
      'lsqr',
      'lsmr',
      'jacobi',
      'gaussSeidel',
      'sor',
    ]) {
      // biome-ignore format: one line
      const { code, report } = await json([packed, rhs, '--method', method, '--tol', '1e-10'])
      expect([method, code, report.outcome, report.why]).toEqual([method, 0, 'converged', 'asked for'])
      expect(report.residual).toBeLessThan(1e-9)
    }
  }, 30_000)

  it('picks what suits large matrices', async () => {
    const poisson = file('poisson.mtx', laplacian(60))
    const shifted = file('shifted.mtx', laplacian(60, -0.5))
    const first = (await json([poisson, '--tol', '1e-9'])).report
    expect([first.method, first.outcome, first.rhs]).toEqual(['band', 'converged', null])
    const own = (await json([poisson, '--method', 'cg', '--preconditioner', 'ic0'])).report
    expect(own).toMatchObject({ method: 'cg', preconditioner: 'ic0', outcome: 'converged', matrix: { definite: 'unknown' } }) // biome-ignore format: one line
    expect(own.history).toHaveLength(own.iterations + 1)
    expect(own.solutionError).toBeLessThan(1e-5)
    const second = (await json([shifted, '--preconditioner', 'none'])).report
    expect(second).toMatchObject({ method: 'minres', outcome: 'converged', matrix: { definite: 'no', symmetric: true } }) // biome-ignore format: one line
    expect(second.residual).toBeLessThan(1.1e-8)
  }, 30_000)

  it('solves what has no inverse by least squares, and says so', async () => {
    const singular = file('singular.mtx', market('general', '3 3', ['1 1 1', '2 2 2']))
    const { report } = await json([singular])
    expect(report).toMatchObject({
      method: 'lsqr',
      outcome: 'converged',
      solutionError: null,
      forwardError: 'Infinity',
    })
    expect(report.why).toBe('2 rows and columns are empty, so the matrix is singular: least squares of minimum norm')
    const tall = file('tall.mtx', market('general', '3 1', ['1 1 1', '2 1 1', '3 1 1']))
    expect((await json([tall])).report.why).toBe('the matrix is 3 by 1, not square: least squares')
  })

  it('tells a person: the plot, the residual, the error', async () => {
    const poisson = file('plot.mtx', laplacian(45))
    const { code, stdout, stderr } = await run(['solve', poisson, '--method', 'cg'], { env: { COLUMNS: '100' } })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/matrix {4}.*2,025 by 2,025, 9,945 entries \(0\.2 %\), b = A ones/)
    expect(stdout).toMatch(/symmetric, perhaps positive definite, band 45 below and 45 above/)
    expect(stdout).toMatch(
      /method {4}cg: asked for\noutcome {3}converged after \d+ iterations\nresidual {2}\d\.\d+e-9 = /,
    )
    expect(stdout).toMatch(/error {5}about \d/)
    expect(stdout).toMatch(/\n {3}1e0 │█/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('an outcome other than converged is told, with exit code 3', async () => {
    const poisson = file('limit.mtx', laplacian(45))
    const csv = join(folder, 'history.csv')
    const { code, stderr, report } = await json([poisson, '--method', 'cg', '--max-iterations', '2', '--csv', csv])
    expect(code).toBe(3)
    expect(stderr).toBe(
      `normball: ${poisson}: solve: cg: the iteration limit is reached. Try a preconditioner (ic0 or ilu0), a larger maxIterations, or a looser tol.\n`,
    )
    expect(report).toMatchObject({ error: { code: 'iteration-limit', file: poisson }, outcome: 'iteration-limit', iterations: 2 }) // biome-ignore format: one line
    expect(readFileSync(csv, 'utf8')).toMatch(/^iteration,residual\n0,1\n1,0\.\d+\n2,0\.\d+\n$/)
    const wrong = await json([small, '--method', 'jacobi', '--preconditioner', 'none', '--max-iterations', '1'])
    expect(wrong.report.outcome).toBe('iteration-limit')
  })
})

describe('what cannot be solved', () => {
  const head = '%%MatrixMarket matrix coordinate real general\n'
  const table: [name: string, args: () => string[], code: number, message: RegExp][] = [
    ['no file', () => [join(folder, 'none.mtx')], 4, /no such file or folder/],
    ['a folder', () => [folder], 3, /is a directory \(a folder\) and not a regular file; a matrix has to be one\.$/],
    ['an empty file', () => [file('empty.mtx', '')], 3, /empty\.mtx: Matrix Market, line 1: the file is empty/],
    ['a picture', () => [file('x.png', Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0))], 3, /line 1: .* is no header/], // biome-ignore format: one line
    ['a lie about sizes', () => [file('lie.mtx', `${head}9 9 2000000000\n1 1 1\n`)], 3, /line 2: 2000000000 entries cannot stand in a file of \d+ bytes\.$/], // biome-ignore format: one line
    ['a huge empty matrix', () => [file('huge.mtx', `${head}2000000000 2000000000 1\n1 1 1\n`)], 3, /line 2: .* too large and too empty to be held\.$/], // biome-ignore format: one line
    ['a bomb', () => [file('bomb.mtx.gz', gzipSync(`${head}${`%${'x'.repeat(60)}\n`.repeat(1_200_000)}`))], 3, /decompression bomb|comments and blank lines/], // biome-ignore format: one line
    ['half a gzip file', () => [file('half.mtx.gz', gzipSync(`${head}1 1 1\n1 1 1\n`).subarray(0, 30))], 3, /gzip data are damaged or cut off\.$/], // biome-ignore format: one line
    ['an infinity', () => [file('inf.mtx', `${head}2 2 2\n1 1 1\n2 1 inf\n`)], 3, /the matrix holds Infinity in row 2, column 1; expected finite numbers\.$/], // biome-ignore format: one line
    ['nothing to solve', () => [file('zero.mtx', `${head}0 0 0\n`)], 3, /the matrix is 0 by 0: there is nothing to solve\.$/], // biome-ignore format: one line
    ['a b that does not fit', () => [small, file('b3.mtx', '%%MatrixMarket matrix array real general\n3 1\n1\n2\n3\n')], 3, /the right-hand side is 3 by 1; expected one column of 2, as the matrix has rows\.$/], // biome-ignore format: one line
    ['b in another format', () => [small, file('b.txt', 'one two')], 3, /b\.txt/],
    ['CG for what is not symmetric', () => [file('u.mtx', `${head}2 2 3\n1 1 1\n1 2 5\n2 2 1\n`), '--method', 'cg'], 3, /solve: cg: A is not symmetric\. Try gmres or bicgstab\.$/], // biome-ignore format: one line
    ['Cholesky for what is not definite', () => [file('i.mtx', market('symmetric', '2 2', ['1 1 1', '2 1 2', '2 2 1'])), '--method', 'cholesky'], 3, /cholesky: A is not positive definite\. Try minres/], // biome-ignore format: one line
    ['an unknown method', () => [small, '--method', 'magic'], 2, /Allowed choices are auto, cholesky/],
    ['an impossible tolerance', () => [small, '--tol', '2'], 2, /--tol: 2; expected a number above 0 and under 1\.$/],
    ['an output that is the input', () => [small, '--out', small], 2, /is also the input/],
    ['an output of no format', () => [small, '--out', join(folder, 'x.txt')], 2, /'\.txt' is no format for a vector/],
    ['a page', () => [small, '--html', join(folder, 'x.html')], 2, /there is no page for --html/],
  ]
  for (const [name, args, code, message] of table) {
    it(`${name}: exit code ${code}, one sentence, soon`, async () => {
      const start = performance.now()
      const { code: got, stdout, stderr } = await run(['solve', ...args(), '--json'])
      expect(got, stderr).toBe(code)
      expect(stderr.trim()).toMatch(message)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stderr).toMatch(/^normball: /)
      expect(JSON.parse(stdout).error.message.length).toBeGreaterThan(10)
      expect(performance.now() - start).toBeLessThan(10_000)
    })
  }
})

describe.skipIf(!hasShared)('matrices from practice', () => {
  const cases: [name: string, method: string][] = [
    ['1138_bus', 'cholesky'],
    ['LFAT5', 'cholesky'],
    ['gen_indefinite_32', 'lu'],
    ['olm1000', 'lu'],
    ['karate', 'lsqr'],
    ['lp_afiro', 'lsqr'],
    ['full_symmetric', 'lu'],
  ]
  for (const [name, method] of cases) {
    it(`${name}: ${method}`, async () => {
      const { code, report } = await json([sharedPath('data', 'sparse', `${name}.mtx`)])
      expect([code, report.method, report.outcome]).toEqual([0, method, 'converged'])
      expect(report.residual).toBeLessThan(method === 'lsqr' ? 1e-6 : 1e-12)
    })
  }
})
