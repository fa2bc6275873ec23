/** Batches, strided views, other types, empty matrices: each operation does to a stack what it does to its matrices. */
import { describe, expect, it } from 'vitest'
import {
  cholesky,
  cond,
  det,
  eig,
  eigh,
  expm,
  inv,
  kron,
  lstsq,
  lu,
  matrixRank,
  nullSpace,
  opNorm,
  orth,
  pinv,
  polar,
  qr,
  slogdet,
  solve,
  solveTriangular,
  subspaceAngles,
  svd,
  svdvals,
} from '../../src/linalg/index.js'
import {
  add,
  eye,
  flip,
  gradcheck,
  matmul,
  memory,
  mul,
  reshape,
  scope,
  slice,
  type Tensor,
  tensor,
  to,
  transpose,
  zeros,
} from '../../src/tensor/index.js'
import { backends, farthest, flat, normals, setBackend } from './support.js'

const gram = (A: Tensor): Tensor => add(matmul(A, transpose(A)), eye(A.shape.at(-2)!, { dtype: 'f64' }))

/** Functions of square matrices whose result is unique. */
const rows: Record<string, (A: Tensor) => Tensor> = {
  det: (A) => det(A),
  slogdet: (A) => slogdet(A).logabsdet,
  inv: (A) => inv(A),
  pinv: (A) => pinv(A),
  solve: (A) => solve(A, slice(A, ...new Array<null>(A.rank - 2).fill(null), null, { stop: 2 })),
  solveTriangular: (A) => solveTriangular(A, A, { lower: true }),
  'lu().solve': (A) => lu(A).solve(A),
  'lu().det': (A) => lu(A).det(),
  'P L U': (A) => matmul(lu(A).P, matmul(lu(A).L, lu(A).U)),
  cholesky: (A) => cholesky(gram(A)),
  'cholesky().solve': (A) => cholesky(gram(A)).solve(A),
  'Q R': (A) => matmul(qr(A).Q, qr(A).R),
  'qr().solve': (A) => qr(A).solve(A),
  'qr, pivoting, solve': (A) => qr(A, { pivoting: true }).solve(A),
  'qr, pivoting, det': (A) => qr(A, { pivoting: true }).det(),
  svdvals: (A) => svdvals(A),
  'U S Vh': (A) => {
    const { U, S, Vh } = svd(A)
    return matmul(mul(U, S.unsqueeze(-2)), Vh)
  },
  'svd().det': (A) => svd(A).det(),
  eigh: (A) => eigh(gram(A)).eigenvalues,
  'eigh().inverse': (A) => eigh(gram(A)).inverse(),
  'eigenvalues, size': (A) => {
    const { re, im } = eig(A).eigenvalues
    return add(mul(re, re), mul(im, im))
  },
  expm: (A) => expm(A),
  polar: (A) => polar(A).U,
  kron: (A) => kron(A, A),
  opNorm: (A) => opNorm(A, 1),
  cond: (A) => cond(A, 1),
}

for (const backend of backends)
  describe(`stacks, ${backend}`, () => {
    for (const [name, fn] of Object.entries(rows))
      it(name, () => {
        setBackend(backend)
        const A = normals([2, 3, 4, 4], 21)
        const before = memory().tensors
        scope(() => {
          const all = flat(fn(A))
          const each: number[] = []
          for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) each.push(...flat(fn(slice(A, i, j))))
          expect(all.length).toBe(each.length)
          for (const [i, value] of each.entries())
            expect(Math.abs(all[i]! - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)))
          const strided = flip(transpose(slice(A, 1)), -1)
          expect(farthest(fn(strided), fn(strided.clone()))).toBeLessThan(1e-10)
          expect(flat(fn(zeros([0, 4, 4], { dtype: 'f64' })))).toEqual([])
          expect(fn(to(A, 'f32')).dtype).toBe(name.includes('cholesky') || name.startsWith('eigh') ? 'f64' : 'f32')
          const small = slice(A, { stop: 1 }, { stop: 2 }, { stop: 3 }, { stop: 3 }).clone()
          small.requiresGrad = true
          if (name !== 'eigenvalues, size') expect(gradcheck(fn, [small])).toBe(true)
        })
        expect(memory().tensors, 'nothing is left behind').toBe(before)
      })

    it('matrices without elements, and of whole numbers', () => {
      setBackend(backend)
      const none = zeros([0, 0], { dtype: 'f64' })
      expect(det(none).item()).toBe(1)
      expect(slogdet(none).logabsdet.item()).toBe(0)
      expect(inv(none).shape).toEqual([0, 0])
      expect(expm(none).shape).toEqual([0, 0])
      expect(solve(none, zeros([0, 2], { dtype: 'f64' })).shape).toEqual([0, 2])
      const wide = zeros([0, 3], { dtype: 'f64' })
      expect(svd(wide, { fullMatrices: true }).Vh.shape).toEqual([3, 3])
      expect(pinv(wide).shape).toEqual([3, 0])
      expect(matrixRank(wide)).toBe(0)
      expect(nullSpace(wide).shape).toEqual([3, 3])
      expect(orth(wide).shape).toEqual([0, 0])
      expect(flat(lstsq(wide, zeros([0], { dtype: 'f64' })).solution)).toEqual([0, 0, 0])
      expect(subspaceAngles(eye(3), zeros([3, 1])).shape).toEqual([0])
      const whole = tensor([2, 1, 1, 3], { shape: [2, 2], dtype: 'i32' })
      expect(det(whole).dtype).toBe('f64')
      expect(det(whole).item()).toBeCloseTo(5, 14)
      expect(solve(whole, tensor([3, 5], { dtype: 'i32' })).dtype).toBe('f64')
      expect(flat(reshape(kron(whole, whole), [16])).length).toBe(16)
    })
  })
