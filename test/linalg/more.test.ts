/** Norms, condition, ranks and subspaces, maps, functions of matrices, partial spectra: worked examples, identities and laws. */
import { describe, expect, it } from 'vitest'
import {
  basisColumns,
  changeOfBasis,
  cond,
  condEstimate,
  convolutionMatrix,
  coordinates,
  cross,
  eigh,
  eigsh,
  expm,
  inv,
  isIndependent,
  kron,
  ldlt,
  matrixRank,
  nullSpace,
  opNorm,
  orth,
  polar,
  project,
  projector,
  randomizedSvd,
  rotation,
  scaling,
  solve,
  sparse,
  sqrtm,
  subspaceAngles,
  svd,
  svds,
  svdvals,
  toeplitz,
  vander,
} from '../../src/linalg/index.js'
import {
  add,
  eye,
  Generator,
  gradcheck,
  gradgradcheck,
  matmul,
  mul,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '../../src/tensor/index.js'
import { backends, farthest, flat, normals, setBackend } from './support.js'

const f64 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'f64' })
const spd = (n: number, seed: number): Tensor => {
  const A = normals([n, n], seed)
  return add(matmul(A, transpose(A)), eye(n, { dtype: 'f64' }))
}
const expectClose = (a: Tensor, b: Tensor, most = 1e-12): void => expect(farthest(a, b)).toBeLessThan(most)

for (const backend of backends)
  describe(`on ${backend}`, () => {
    it('opNorm is the largest column sum, row sum, singular value', () => {
      setBackend(backend)
      const A = f64([
        [1, -7],
        [2, 3],
      ])
      expect(opNorm(A, 1).item()).toBe(10)
      expect(opNorm(A, Infinity).item()).toBe(8)
      expect(opNorm(A).item()).toBeCloseTo(svdvals(A).slice(0).item(), 14)
      expect(() => opNorm(A, 3)).toThrow(
        'opNorm: p = 3 of f64[2, 2]; expected 1, 2 or Infinity. Others are hard to compute.',
      )
    })

    it('cond of a diagonal matrix is the ratio of its ends; of a singular one infinite', () => {
      setBackend(backend)
      const D = f64([
        [2, 0],
        [0, 8],
      ])
      for (const p of [1, 2, Infinity] as const) expect(cond(D, p).item()).toBe(4)
      expect(cond(D, 'fro').item()).toBeCloseTo(Math.hypot(2, 8) * Math.hypot(1 / 2, 1 / 8), 14)
      expect(
        cond(
          f64([
            [0, 0],
            [0, 0],
          ]),
        ).item(),
      ).toBe(Infinity)
      expect(
        cond(
          f64([
            [1, 1],
            [1, 1],
          ]),
          1,
        ).item(),
      ).toBe(Infinity)
      const A = normals([30, 30], 3)
      const [exact, estimate] = [cond(A, 1).item(), condEstimate(A)]
      expect(estimate).toBeLessThanOrEqual(exact * (1 + 1e-10))
      expect(estimate).toBeGreaterThan(exact / 3)
    })

    it('a matrix of rank 2 has its range, null space and basis', () => {
      setBackend(backend)
      const A = matmul(normals([6, 2], 1), normals([2, 5], 2))
      expect(matrixRank(A)).toBe(2)
      const N = nullSpace(A)
      expect(N.shape).toEqual([5, 3])
      expectClose(matmul(A, N), mul(matmul(A, N), 0))
      expectClose(matmul(transpose(N), N), eye(3, { dtype: 'f64' }))
      expectClose(project(A, orth(A)), A)
      const basis = slice(A, null, { stop: 5 }).indexSelect(basisColumns(A), 1)
      expect(basis.shape).toEqual([6, 2])
      expect(isIndependent(basis)).toBe(true)
      expect(isIndependent(A)).toBe(false)
      expect(
        flat(
          basisColumns(
            f64([
              [1, 2, 0],
              [0, 0, 1],
            ]),
          ),
        ),
      ).toEqual([1, 2])
      expect(matrixRank(f64([[0, 0]]))).toBe(0)
    })

    it('projection, coordinates and change of basis', () => {
      setBackend(backend)
      expect(flat(project(f64([3, 4]), f64([[2], [0]])))).toEqual([3, 0])
      expect(flat(project(f64([3, 4]), f64([[2], [0]]), { orthogonal: true }))).toEqual([0, 4])
      const V = normals([4, 4], 9)
      const M = normals([4, 4], 10)
      expectClose(changeOfBasis(M, V), matmul(inv(V), matmul(M, V)), 1e-10)
      const x = normals([4], 11)
      // The same vector mapped in either basis.
      expectClose(matmul(changeOfBasis(M, V), coordinates(x, V)), coordinates(matmul(M, x), V), 1e-10)
      const P = projector(normals([5, 2], 4))
      expectClose(matmul(P, P), P)
    })

    it('angles between subspaces are accurate when they are tiny', () => {
      setBackend(backend)
      const angle = 1e-9
      const [A, B] = [f64([[1], [0]]), f64([[Math.cos(angle)], [Math.sin(angle)]])]
      expect(Math.abs(subspaceAngles(A, B).item() / angle - 1)).toBeLessThan(1e-6)
      expect(subspaceAngles(f64([[1], [0]]), f64([[0], [1]])).item()).toBeCloseTo(Math.PI / 2, 15)
      const both = subspaceAngles(
        f64([
          [1, 0],
          [0, 1],
          [0, 0],
        ]),
        f64([
          [1, 0],
          [0, Math.cos(1)],
          [0, Math.sin(1)],
        ]),
      )
      expectClose(both, f64([1, 0]))
    })

    it('rotations turn, scalings scale, convolutions convolve', () => {
      setBackend(backend)
      expectClose(matmul(rotation(Math.PI / 2), f64([1, 0])), f64([0, 1]))
      expectClose(matmul(rotation(Math.PI / 2, { axis: [0, 0, 5] }), f64([1, 0, 0])), f64([0, 1, 0]))
      expectClose(matmul(rotation((2 * Math.PI) / 3, { axis: [1, 1, 1] }), f64([1, 0, 0])), f64([0, 1, 0]))
      expectClose(rotation(0.3, { n: 3, plane: [0, 1] }), rotation(0.3, { axis: [0, 0, 1] }))
      expect(flat(scaling(f64([2, 3])))).toEqual([2, 0, 0, 3])
      expect(flat(toeplitz(f64([1, 2]), f64([1, 5, 6])))).toEqual([1, 5, 6, 2, 1, 5])
      expect(flat(convolutionMatrix(f64([1, -1]), 3))).toEqual([1, 0, 0, -1, 1, 0, 0, -1, 1, 0, 0, -1])
      expect(flat(convolutionMatrix(f64([1, 2, 3]), 4, 'same'))).toEqual([
        2, 1, 0, 0, 3, 2, 1, 0, 0, 3, 2, 1, 0, 0, 3, 2,
      ])
      expect(flat(convolutionMatrix(f64([1, 2, 3]), 4, 'valid'))).toEqual([3, 2, 1, 0, 0, 3, 2, 1])
      expect(flat(vander(f64([2, 3]), 3))).toEqual([4, 2, 1, 9, 3, 1])
      expect(flat(cross(f64([1, 0, 0]), f64([0, 1, 0])))).toEqual([0, 0, 1])
      expect(flat(kron(f64([[1, 2]]), f64([[1], [3]])))).toEqual([1, 2, 3, 6])
    })

    it('expm of a rotation, a nilpotent, a diagonal matrix; exp(A) exp(-A) = I', () => {
      setBackend(backend)
      expectClose(
        expm(
          f64([
            [0, -1],
            [1, 0],
          ]),
        ),
        rotation(1),
      )
      expect(
        flat(
          expm(
            f64([
              [0, 1],
              [0, 0],
            ]),
          ),
        ),
      ).toEqual([1, 1, 0, 1])
      const D = flat(
        expm(
          f64([
            [-30, 0],
            [0, 20],
          ]),
        ),
      )
      expect(D[0]! / Math.exp(-30)).toBeCloseTo(1, 12)
      expect(D[3]! / Math.exp(20)).toBeCloseTo(1, 12)
      const A = normals([6, 6], 3)
      for (const scale of [1e-3, 0.1, 0.4, 1, 3])
        expectClose(matmul(expm(mul(A, scale)), expm(mul(A, -scale))), eye(6, { dtype: 'f64' }), 1e-8)
      expect(() => expm(f64([[1e4]]))).toThrow(/beyond the range of f64/)
    })

    it('polar, sqrtm, ldlt reconstruct', () => {
      setBackend(backend)
      for (const [m, n] of [
        [6, 4],
        [4, 6],
        [5, 5],
      ] as const) {
        const A = normals([m, n], 8)
        const { U, P } = polar(A)
        expectClose(m >= n ? matmul(U, P) : matmul(P, U), A)
        expectClose(m >= n ? matmul(transpose(U), U) : matmul(U, transpose(U)), eye(Math.min(m, n), { dtype: 'f64' }))
        expect(Math.min(...flat(eigh(P).eigenvalues))).toBeGreaterThan(0)
      }
      const S = spd(7, 2)
      const root = sqrtm(S)
      expectClose(matmul(root, root), S, 1e-10)
      expect(() =>
        sqrtm(
          f64([
            [-1, 0],
            [0, 2],
          ]),
        ),
      ).toThrow(/sqrtm: f64\[2, 2\]: the iteration did not converge/)
      for (const n of [1, 2, 5, 20]) {
        const A = normals([n, n], n)
        const B = add(A, transpose(A))
        const { P, L, D, inertia } = ldlt(B)
        const whole = matmul(matmul(P, L), matmul(D, transpose(matmul(P, L))))
        expectClose(whole, B, 1e-11)
        const w = flat(eigh(B).eigenvalues)
        expect(inertia).toEqual([w.filter((x) => x > 0).length, w.filter((x) => x < 0).length, 0])
        const b = normals([n], 4)
        expectClose(ldlt(B).solve(b), solve(B, b), 1e-8)
      }
      const Z = ldlt(
        f64([
          [0, 1],
          [1, 0],
        ]),
      )
      expect(flat(Z.D)).toEqual([0, 1, 1, 0])
      expect(Z.inertia).toEqual([1, 1, 0])
    })

    it('gradients of norms, condition, maps and functions of matrices', () => {
      setBackend(backend)
      scope(() => {
        const A = normals([3, 3], 5, { requiresGrad: true })
        const rows: ((A: Tensor) => Tensor | Tensor[])[] = [
          (x) => [opNorm(x), opNorm(x, 1), opNorm(x, Infinity)],
          (x) => [cond(x), cond(x, 1), cond(x, 'fro')],
          (x) => expm(x),
          (x) => [polar(x).U, polar(x).P],
          (x) => polar(slice(x, null, { stop: 2 })).U,
          (x) => sqrtm(matmul(x, transpose(x)).add(eye(3, { dtype: 'f64' }))),
          (x) => [
            toeplitz(slice(x, 0), slice(x, 1)),
            convolutionMatrix(slice(x, 2), 3),
            vander(slice(x, 0), 3, { increasing: true }),
          ],
        ]
        for (const fn of rows) {
          expect(gradcheck(fn, [A])).toBe(true)
          expect(gradgradcheck(fn, [A])).toBe(true)
        }
      })
    })

    it('randomizedSvd finds a low-rank matrix, and its bound holds', () => {
      setBackend(backend)
      const A = matmul(normals([60, 5], 1), normals([5, 40], 2))
      const low = randomizedSvd(A, 5, { generator: new Generator(1) })
      expectClose(matmul(mul(low.U, low.S), low.Vh), A, 1e-10)
      const B = normals([60, 40], 3)
      const { U, S, Vh, error, probability } = randomizedSvd(B, 8, { generator: new Generator(2) })
      const miss = opNorm(add(B, mul(matmul(mul(U, S), Vh), -1))).item()
      expect(error).toBeGreaterThanOrEqual(miss)
      expect(probability).toBe(1 - 1e-6)
      const exact = flat(svdvals(B))
      for (const [i, s] of flat(S).entries()) expect(Math.abs(s - exact[i]!)).toBeLessThan(0.1 * exact[i]!)
    })

    it('eigsh and svds find top and bottom, also of sparse matrices, operators and repeated values', () => {
      setBackend(backend)
      const n = 120
      const poisson = sparse.diagonals([n, n], {
        0: new Array(n).fill(2),
        1: new Array(n - 1).fill(-1),
        '-1': new Array(n - 1).fill(-1),
      })
      const exact = (i: number): number => 2 - 2 * Math.cos((Math.PI * (i + 1)) / (n + 1))
      const top = eigsh(poisson, 3, { tol: 1e-9, maxIterations: 2000 })
      for (const [i, value] of flat(top.eigenvalues).entries()) expect(value).toBeCloseTo(exact(n - 1 - i), 10)
      const bottom = eigsh({ shape: [n, n], apply: (X) => poisson.matmul(X) }, 2, {
        which: 'smallest',
        tol: 1e-8,
        maxIterations: 3000,
      })
      for (const [i, value] of flat(bottom.eigenvalues).entries()) expect(value).toBeCloseTo(exact(i), 8)
      const repeated = eigsh(scaling(f64(Array.from({ length: 50 }, (_, i) => (i < 3 ? 7 : i / 50)))), 4)
      expectClose(repeated.eigenvalues, f64([7, 7, 7, 49 / 50]), 1e-9)
      expectClose(eigsh(eye(9, { dtype: 'f64' }), 3).eigenvalues, f64([1, 1, 1]))
      const A = normals([80, 30], 6)
      for (const [X, which] of [
        [A, 'largest'],
        [transpose(A), 'largest'],
        [A, 'smallest'],
      ] as const) {
        const { U, S, Vh } = svds(X, 4, { which })
        const values = flat(svdvals(A))
        expectClose(S, f64(which === 'largest' ? values.slice(0, 4) : values.slice(-4).reverse()), 1e-8)
        expectClose(matmul(X, transpose(Vh)), mul(U, S), 1e-8)
      }
      expect(() => eigsh(poisson, 3, { which: 'smallest', maxIterations: 3 })).toThrow(
        /eigsh: after 3 products the largest residual is/,
      )
    })
  })

describe('solve', () => {
  const structures: [string, string, Tensor][] = [
    [
      'diagonal',
      'division',
      f64([
        [2, 0],
        [0, 4],
      ]),
    ],
    [
      'upper-triangular',
      'substitution',
      f64([
        [2, 1],
        [0, 4],
      ]),
    ],
    [
      'lower-triangular',
      'substitution',
      f64([
        [2, 0],
        [1, 4],
      ]),
    ],
    [
      'symmetric',
      'Cholesky',
      f64([
        [2, 1],
        [1, 4],
      ]),
    ],
    [
      'general',
      'LU',
      f64([
        [2, 1],
        [3, 4],
      ]),
    ],
    [
      'general',
      'LU',
      f64([
        [1, 2],
        [2, 1],
      ]),
    ],
  ]
  for (const [structure, method, A] of structures)
    it(`sees ${structure} ${method} [${flat(A).join(', ')}]`, () => {
      const b = f64([3, 5])
      const found = solve(A, b, { info: true })
      expect([found.structure, found.method, found.solutions, found.rank, found.nullSpace]).toEqual([
        structure,
        method,
        'one',
        2,
        null,
      ])
      expectClose(matmul(A, found.x), b)
    })

  it('sees a band, solves it and its transpose', () => {
    const n = 64
    const values = new Float64Array(n * n)
    for (let i = 0; i < n; i++)
      for (let j = Math.max(0, i - 1); j <= Math.min(n - 1, i + 2); j++)
        values[i * n + j] = i === j ? 4 : 1 + ((i + 2 * j) % 3)
    const A = tensor(values, { shape: [n, n] })
    const b = normals([n, 2], 5)
    const found = solve(A, b, { info: true })
    expect([found.structure, found.method]).toEqual(['banded', 'band LU'])
    expectClose(matmul(A, found.x), b, 1e-11)
    expectClose(solve(transpose(A), b), matmul(transpose(inv(A)), b), 1e-10)
    A.requiresGrad = true
    sum(solve(A, b)).backward()
    expectClose(A.grad!, mul(matmul(solve(transpose(A.detach()), mul(b, 0).add(1)), transpose(found.x)), -1), 1e-10)
  })

  it('tells one, none and many', () => {
    const A = f64([
      [1, 2],
      [2, 4],
      [0, 0],
    ])
    const many = solve(A, f64([1, 2, 0]), { info: true })
    expect([many.solutions, many.rank, many.structure, many.method]).toEqual(['many', 1, 'rectangular', 'SVD'])
    expectClose(many.x, f64([0.2, 0.4]))
    expectClose(matmul(A, many.nullSpace!), f64([[0], [0], [0]]))
    const none = solve(A, f64([1, 2, 2]), { info: true })
    expect(none.solutions).toBe('none')
    expect(none.residual).toBeCloseTo(2, 14)
    expect(solve(f64([[1], [2]]), f64([2, 4])).item()).toBeCloseTo(2, 14)
    expect(() => solve(f64([[1], [2]]), f64([2, 5]))).toThrow(
      /has no solution \(the best leaves a residual of 4\.5e-1\)/,
    )
    expect(() => solve(f64([[1, 2]]), f64([2]))).toThrow(/has many solutions \(rank 1 of 2\)/)
  })

  it('says where a matrix is singular, and how singular', () => {
    const A = f64([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
    const found = solve(A, f64([1, 2, 3]), { check: false })
    expect(found.outcome).toBe('singular')
    expect(found.pivot).toBe(2)
    expect(found.rcond).toBeLessThan(1e-15)
    expect(() =>
      solve(
        f64([
          [1, 2],
          [2, 4],
        ]),
        f64([1, 2]),
      ),
    ).toThrow(
      'solve: f64[2, 2] is singular to working precision (pivot 1 is zero, reciprocal condition 0). Try lstsq or pinv, or { check: false }.',
    )
    expect(() =>
      inv(
        f64([
          [1, 2],
          [2, 4],
        ]),
      ),
    ).toThrow(/^inv: f64\[2, 2\] is singular to working precision/)
    expect(
      solve(
        f64([
          [0, 0],
          [0, 1],
        ]),
        f64([1, 1]),
        { check: false },
      ).value,
    ).toBeNull()
  })

  it('broadcasts batches, and names the matrix that fails', () => {
    const A = tensor([2, 0, 0, 4, 1, 1, 0, 1], { shape: [2, 2, 2], dtype: 'f64' })
    const B = f64([[2], [4]])
    expect(flat(solve(A, B))).toEqual([1, 1, -2, 4])
    expect(
      solve(
        f64([
          [2, 1],
          [1, 3],
        ]),
        normals([5, 2, 3], 1),
      ).shape,
    ).toEqual([5, 2, 3])
    expect(
      flat(
        solve(
          f64([
            [1, 1],
            [0, 1],
          ]),
          tensor([1, 1, 2, 2], { shape: [2, 2, 1], dtype: 'f64' }),
        ),
      ),
    ).toEqual([0, 1, 0, 2])
    expect(() => inv(tensor([1, 0, 0, 1, 0, 0, 0, 0], { shape: [2, 2, 2] }))).toThrow(
      /\(matrix 1 of the batch\) is singular/,
    )
  })

  it('refuses what does not fit or is not finite, in a sentence', () => {
    expect(() =>
      solve(
        f64([
          [1, 2],
          [3, 4],
        ]),
        f64([1, 2, 3]),
      ),
    ).toThrow(
      'solve: f64[2, 2] and the right-hand side f64[3]; expected a vector of 2, or matrices of 2 rows ([.., 2, k]).',
    )
    expect(() => svd(f64([1, 2]))).toThrow('svd: f64[2] has 1 axes; expected a matrix, or a batch of them.')
    for (const bad of [Number.NaN, Infinity]) {
      for (const A of [
        f64([
          [1, bad],
          [3, 4],
        ]),
        f64([
          [bad, 0],
          [0, 1],
        ]),
        f64([
          [4, bad],
          [bad, 5],
        ]),
        f64([
          [bad, 1],
          [1, 5],
        ]),
      ])
        expect(() => solve(A, f64([1, 2])), flat(A).join()).toThrow(
          /^solve: f64\[2, 2\] holds (NaN|Infinity) at \[[01], [01]\]; expected finite numbers\.$/,
        )
      expect(() => solve(eye(2), tensor([1, bad]))).toThrow(/holds/)
      expect(() => svd(f64([[1, bad]]))).toThrow(`svd: f64[1, 2] holds ${bad} at [0, 1]; expected finite numbers.`)
    }
  })
})
