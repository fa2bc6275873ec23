import { describe, expect, it } from 'vitest'
import { type QuadraticProgram, quadprog } from '../../src/optim/index.node.js'
import { eye, memory, ones, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { seeded } from '../badfiles.js'

const f64 = { dtype: 'f64' } as const
const vector = (...values: number[]): Tensor => tensor(values, f64)
const matrix = (rows: number[][]): Tensor => tensor(rows, f64)

/** x and its multipliers prove each other, to `tolerance` of the sizes that occur. */
function expectOptimal(program: QuadraticProgram, tolerance = 1e-9) {
  const result = quadprog(program)
  const { kkt, x, value } = result
  expect(result.outcome).toBe('converged')
  const scale = Math.max(1, ...x!.abs().toArray()) * Math.max(1, ...program.q.abs().toArray())
  expect(kkt!.stationarity).toBeLessThan(tolerance * scale)
  expect(kkt!.primal).toBeLessThan(tolerance * scale)
  expect(kkt!.dual).toBeLessThan(tolerance * scale)
  expect(Math.abs(kkt!.gap)).toBeLessThan(10 * tolerance * Math.max(scale, Math.abs(value)))
  return result
}

describe('by hand', () => {
  it('a parabola in a box: clipped, with the slope as multiplier', () => {
    // (x - 3)^2 / 2 + (y + 1)^2 / 2 in [0, 2]^2: at (2, 0), slopes -1 and 1.
    const result = expectOptimal({ P: eye(2), q: vector(-3, 1), lower: 0, upper: 2 })
    expect(result.x!.toArray()).toEqual(Float64Array.of(2, 0))
    expect(Array.from(result.multipliers!.upper.toArray())).toEqual([1, 0])
    expect(Array.from(result.multipliers!.lower.toArray())).toEqual([0, 1])
    expect(result.value).toBe(-4)
    expect(result.dualValue).toBe(-4)
  })

  it('the nearest point of the simplex', () => {
    const result = expectOptimal({ P: eye(3), q: vector(-1, -0.5, 2), A: ones([1, 3]), b: vector(1), lower: 0 })
    for (const [i, x] of [0.75, 0.25, 0].entries()) expect(result.x!.toArray()[i]).toBeCloseTo(x, 14)
    expect(result.multipliers!.y.item()).toBeCloseTo(0.25, 14)
  })

  it('the example of Goldfarb and Idnani: corner of a wedge', () => {
    // min 6x + 2x^2 - 2xy + 2y^2 with x >= 0, y >= 0, x + y >= 2: (0.5, 1.5), value 6.5.
    const result = expectOptimal({ P: matrix([[4, -2], [-2, 4]]), q: vector(6, 0), G: matrix([[-1, -1]]), h: vector(-2), lower: 0 }) // biome-ignore format: one line
    expect(result.x!.toArray()[0]).toBeCloseTo(0.5, 14)
    expect(result.x!.toArray()[1]).toBeCloseTo(1.5, 14)
    expect(result.value).toBeCloseTo(6.5, 13)
  })

  it('a linear program: the corner', () => {
    // max x + 2y, x + y <= 4, x + 3y <= 6, x, y >= 0: (3, 1), value 5, multipliers 1/2 and 1/2.
    const result = expectOptimal({ q: vector(-1, -2), G: matrix([[1, 1], [1, 3]]), h: vector(4, 6), lower: 0 }) // biome-ignore format: one line
    expect(Array.from(result.x!.toArray())).toEqual([expect.closeTo(3, 9), expect.closeTo(1, 9)])
    expect(Array.from(result.multipliers!.z.toArray())).toEqual([expect.closeTo(0.5, 9), expect.closeTo(0.5, 9)])
  })

  it('without constraints: -P^-1 q', () => {
    expect(Array.from(expectOptimal({ P: matrix([[2, 0], [0, 4]]), q: vector(2, 4) }).x!.toArray())).toEqual([expect.closeTo(-1, 14), expect.closeTo(-1, 14)]) // biome-ignore format: one line
  })
})

describe('what has no solution is proved', () => {
  it('infeasible: a combination of constraints that contradicts itself', () => {
    const program = { P: eye(2), q: vector(1, 1), G: matrix([[1, 1], [-1, 0]]), h: vector(1, -2), lower: vector(-Infinity, 0) } // biome-ignore format: one line
    expect(() => quadprog(program)).toThrow('quadprog: no point satisfies the constraints')
    const { outcome, x, certificate } = quadprog(program, { check: false })
    expect([outcome, x]).toEqual(['infeasible', null])
    const { z, lower, upper } = certificate as { z: Tensor; lower: Tensor; upper: Tensor }
    const [z1, z2] = z.toArray() as unknown as [number, number]
    expect(Math.min(z1, z2, ...lower.toArray(), ...upper.toArray())).toBeGreaterThanOrEqual(0)
    // G'z - lower = 0, and h'z - l'lower < 0.
    expect(z1 - z2 - lower.toArray()[0]!).toBeCloseTo(0, 12)
    expect(z1 - lower.toArray()[1]!).toBeCloseTo(0, 12)
    expect(z1 - 2 * z2).toBeLessThan(0)
  })

  it('infeasible equalities', () => {
    const { outcome, certificate } = quadprog({ P: eye(2), q: vector(0, 0), A: matrix([[1, 1], [2, 2]]), b: vector(1, 3) }, { check: false }) // biome-ignore format: one line
    expect(outcome).toBe('infeasible')
    const [y1, y2] = (certificate as { y: Tensor }).y.toArray() as unknown as [number, number]
    expect(y1 + 2 * y2).toBeCloseTo(0, 12)
    expect(y1 + 3 * y2).toBeLessThan(0)
  })

  it('lower over upper', () => {
    expect(quadprog({ P: eye(1), q: vector(0), lower: 2, upper: 1 }, { check: false }).outcome).toBe('infeasible')
  })

  it('unbounded: a direction that keeps the constraints and falls', () => {
    const program = { P: matrix([[1, 0], [0, 0]]), q: vector(0, -1), G: matrix([[1, -1]]), h: vector(3) } // biome-ignore format: one line
    expect(() => quadprog(program)).toThrow('quadprog: the loss falls without end')
    const { outcome, certificate } = quadprog(program, { check: false })
    expect(outcome).toBe('unbounded')
    const [dx, dy] = (certificate as Tensor).toArray() as unknown as [number, number]
    expect(dx).toBeCloseTo(0, 6)
    expect(dy).toBeCloseTo(1, 6)
  })
})

describe('laws, over seeded programs', () => {
  const random = (seed: number) => {
    const next = seeded(seed)
    return () => 2 * next() - 1
  }
  const kinds = ['definite', 'rank one', 'zero'] as const
  for (const kind of kinds)
    for (const n of [1, 3, 8, 30])
      for (let seed = 1; seed <= 4; seed++)
        it(`${kind}, ${n} unknowns, seed ${seed}: the multipliers prove the optimum`, () => {
          const r = random(1000 * n + seed)
          const B = Array.from({ length: kind === 'definite' ? n + 2 : 1 }, () => Array.from({ length: n }, r))
          const P = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => kind === 'zero' ? 0 : B.reduce((sum, row) => sum + row[i]! * row[j]!, 0))) // biome-ignore format: one line
          const inside = Array.from({ length: n }, r)
          const rows = (count: number): number[][] => Array.from({ length: count }, () => Array.from({ length: n }, r))
          const at = (row: number[]): number => row.reduce((sum, value, j) => sum + value * inside[j]!, 0)
          const [A, G] = [rows(Math.floor(n / 3)), rows(2 * n)]
          const program: QuadraticProgram = {
            P: matrix(P),
            q: vector(...Array.from({ length: n }, () => 3 * r())),
            ...(A.length > 0 && { A: matrix(A), b: vector(...A.map(at)) }),
            G: matrix(G),
            h: vector(...G.map((row) => at(row) + 0.2 * Math.abs(r()))),
            lower: vector(...inside.map((value) => value - 1)),
            upper: 3,
          }
          expectOptimal(program, kind === 'definite' ? 1e-10 : 1e-8)
        })

  it('constraints said twice, and a vertex where many meet', () => {
    const G = matrix([[1, 0], [1, 0], [0, 1], [1, 1], [2, 1]]) // biome-ignore format: one line
    const result = expectOptimal({ P: eye(2), q: vector(-5, -5), G, h: vector(1, 1, 1, 2, 3), A: matrix([[1, -1], [2, -2]]), b: vector(0, 0) }) // biome-ignore format: one line
    expect(Array.from(result.x!.toArray())).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)])
  })

  it.each([1e-100, 1e100])('units of the value: %e', (factor) => {
    const { x } = quadprog({ P: eye(2).to('f64').mul(factor), q: vector(-3 * factor, factor), lower: 0, upper: 2 })
    expect(Array.from(x!.toArray())).toEqual([expect.closeTo(2, 12), expect.closeTo(0, 12)])
  })

  it('leaves no tensor behind but its result', () => {
    const program = { P: eye(2), q: vector(-3, 1), lower: 0, upper: 2 }
    const before = memory().tensors
    const { x, multipliers } = quadprog(program)
    x!.dispose()
    for (const one of Object.values(multipliers!)) one.dispose()
    expect(memory().tensors).toBe(before)
  })
})

describe('what is refused', () => {
  const cases: [string, QuadraticProgram, string][] = [
    ['an indefinite P', { P: matrix([[1, 0], [0, -2]]), q: vector(1, 1) }, 'quadprog: P has the eigenvalue -2.00; expected a positive semidefinite matrix.'],
    ['P not symmetric', { P: matrix([[1, 2], [0, 1]]), q: vector(1, 1) }, 'quadprog: P is not symmetric: P[1, 0] = 0, P[0, 1] = 2.'],
    ['A without b', { P: eye(2), q: vector(1, 1), A: ones([1, 2]) }, 'quadprog: A and b belong together; got one of them.'],
    ['a shape', { P: eye(3), q: vector(1, 1) }, 'quadprog: P is f32[3, 3]; expected [2, 2].'],
    ['NaN', { P: eye(2), q: vector(1, Number.NaN) }, 'quadprog: q holds NaN (element 1); expected finite numbers.'],
  ] // biome-ignore format: a table
  it.each(cases)('%s', (_, program, message) => {
    expect(() => quadprog(program)).toThrow(message)
  })
})
