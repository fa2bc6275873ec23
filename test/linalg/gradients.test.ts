/** Gradients of linear algebra, and gradients of gradients, against central differences, on every backend. */
import { describe, expect, it } from 'vitest'
import {
  cholesky,
  cross,
  det,
  dot,
  eigh,
  inner,
  inv,
  kron,
  lstsq,
  lu,
  outer,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
} from '../../src/linalg/index.js'
import {
  add,
  exp,
  eye,
  gradcheck,
  gradgradcheck,
  matmul,
  memory,
  mul,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '../../src/tensor/index.js'
import { backends, flat, normals, setBackend } from './support.js'

const tall = (A: Tensor): Tensor => slice(A, null, { stop: 3 })
const wide = (A: Tensor): Tensor => slice(A, { stop: 3 })
const gram = (A: Tensor): Tensor => matmul(A, transpose(A))

/** Functions of a general A [4, 4] and B [4, 2] that are smooth there. */
const rows: Record<string, (A: Tensor, B: Tensor) => Tensor | Tensor[]> = {
  solve: (A, B) => solve(A, B),
  'solve, symmetric positive definite': (A, B) => solve(gram(A), B),
  'solve, one vector': (A, B) => solve(A, slice(B, null, 0)),
  inv: (A) => inv(A),
  det: (A) => det(A),
  slogdet: (A) => slogdet(A).logabsdet,
  cholesky: (A) => cholesky(gram(A)),
  'cholesky().solve': (A, B) => cholesky(gram(A)).solve(B),
  'cholesky().logdet': (A) => cholesky(gram(A)).logdet(),
  'cholesky().det': (A) => cholesky(gram(A)).det(),
  qr: (A) => [qr(A).Q, qr(A).R],
  'qr, tall': (A) => [qr(tall(A)).Q, qr(tall(A)).R],
  'qr, wide': (A) => [qr(wide(A)).Q, qr(wide(A)).R],
  'qr, pivoting': (A) => [qr(A, { pivoting: true }).Q, qr(A, { pivoting: true }).R],
  'qr().solve': (A, B) => qr(tall(A)).solve(B),
  'qr().det': (A) => qr(A).det(),
  lu: (A) => [lu(A).L, lu(A).U],
  'lu().solve': (A, B) => lu(A).solve(B),
  'lu().det': (A) => lu(A).det(),
  'lu().logdet': (A) => lu(A).logdet(),
  svd: (A) => {
    const { U, S, Vh } = svd(A)
    return [S, matmul(mul(U, exp(S)), Vh), outer(slice(U, null, 0), slice(Vh, 0))]
  },
  'svd, tall': (A) => matmul(mul(svd(tall(A)).U, exp(svd(tall(A)).S)), svd(tall(A)).Vh),
  'svd, wide': (A) => matmul(mul(svd(wide(A)).U, exp(svd(wide(A)).S)), svd(wide(A)).Vh),
  'svd, full matrices': (A) => svd(tall(A), { fullMatrices: true }).S,
  svdvals: (A) => svdvals(A),
  'nuclear norm': (A) => sum(svdvals(tall(A))),
  eigh: (A) => {
    const { eigenvalues, eigenvectors } = eigh(add(A, transpose(A)))
    return [eigenvalues, matmul(mul(eigenvectors, exp(eigenvalues)), transpose(eigenvectors))]
  },
  'pinv, tall': (A) => pinv(tall(A)),
  'pinv, wide': (A) => pinv(wide(A)),
  'pinv, of low rank': (A) => pinv(matmul(tall(A), slice(A, { stop: 3 }))),
  lstsq: (A, B) => lstsq(tall(A), B).solution,
  'lstsq, wide': (A, B) => lstsq(wide(A), wide(B)).solution,
  'lstsq, residuals': (A, B) => lstsq(tall(A), B).residuals,
  solveTriangular: (A, B) => solveTriangular(A, B),
  'solveTriangular, lower, unit, transposed': (A, B) => solveTriangular(A, B, { lower: true, unit: true, trans: true }),
  cross: (A) => cross(tall(A), slice(A, null, { start: 1 })),
  'dot, inner, outer, kron': (A, B) => [dot(A, B), inner(A, transpose(B)), outer(slice(A, 0), slice(A, 1)), kron(A, B)],
}

for (const backend of backends)
  describe(`gradients, ${backend}`, () => {
    for (const [name, fn] of Object.entries(rows))
      it(name, () => {
        setBackend(backend)
        scope(() => {
          const A = normals([4, 4], 5, { requiresGrad: true })
          const B = normals([4, 2], 6, { requiresGrad: true })
          const used = (x: Tensor, y: Tensor): Tensor | Tensor[] => fn(x, y)
          expect(gradcheck(used, [A, B])).toBe(true)
          expect(gradgradcheck(used, [A, B])).toBe(true)
          const before = memory().tensors
          const result = scope(() => fn(A, B))
          for (const one of Array.isArray(result) ? result : [result]) one.dispose()
          expect(memory().tensors, 'no temporary is left').toBe(before)
        })
      })
  })

describe('derivatives that do not exist', () => {
  it('singular values that are equal have a gradient, their vectors an error', () => {
    const A = eye(3, { dtype: 'f64', requiresGrad: true })
    sum(svdvals(A)).backward()
    expect(flat(A.grad!)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(() => sum(svd(A).U).backward()).toThrow(
      'svd: values 0 and 1 are equal (1 and 1), so their vectors have no derivative. Try a loss of the values alone, or of the vectors of other values.',
    )
    expect(() => sum(eigh(A).eigenvectors).backward()).toThrow(/eigh: values 0 and 1 are equal/)
  })

  it('a vector of a value apart has one, though others are equal', () => {
    const A = tensor([3, 0, 0, 0, 1, 0, 0, 0, 1], { shape: [3, 3], dtype: 'f64', requiresGrad: true })
    const first = slice(eigh(A).eigenvectors, null, 2)
    sum(
      mul(
        outer(first, first),
        tensor(
          [
            [0, 1, 0],
            [0, 0, 0],
            [0, 0, 0],
          ],
          { dtype: 'f64' },
        ),
      ),
    ).backward()
    // d(v v^T)[0, 1] = (e0 e1^T dA ...) / (3 - 1), made symmetric.
    expect(flat(A.grad!)).toEqual([0, 0.25, 0, 0.25, 0, 0, 0, 0, 0])
  })

  it("det has its cofactors where A is singular, and says that a second derivative isn't there", () => {
    const A = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype: 'f64', requiresGrad: true },
    )
    det(A).backward()
    for (const [i, value] of [4, -2, -2, 1].entries()) expect(flat(A.grad!)[i]).toBeCloseTo(value, 12)
    expect(() => gradgradcheck((x) => det(x), [A])).toThrow(
      'det: a second derivative at a singular matrix is not offered.',
    )
  })
})
