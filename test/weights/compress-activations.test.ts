/** Low rank weighed by the inputs of a layer, against reduced-rank regression in NumPy (scripts/oracle/compress.py). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eye, matmul, memory, mul, scope, sub, type Tensor, tensor, to, zeros } from '../../src/tensor/index.node.js'
import { weightedBasis } from '../../src/weights/edit/compress/activations.js'
import { basisOf } from '../../src/weights/edit/compress/basis.js'
import { factorsOf, projected } from '../../src/weights/edit/compress/factors.js'
import { tailsOf } from '../../src/weights/edit/compress/rank.js'

interface Case {
  name: string
  W: number[][]
  X: number[][]
  errors: number[]
  whole: number
}
const cases = JSON.parse(readFileSync(new URL('../oracle/compress.json', import.meta.url), 'utf8')) as Case[]

const all = (sigma: Float64Array): number => sigma.length
const size = (x: Tensor): number => Math.sqrt(x.square().sum().item())
/** ||(W - Ŵ) X^T|| / sqrt(rows). */
const outputError = (W: Tensor, approximation: Tensor, X: Tensor): number =>
  size(matmul(sub(W, approximation), X.transpose())) / Math.sqrt(X.shape[0]!)

describe('inputs weigh the error', () => {
  it.each(cases)('the least error of outputs: $name', ({ W: rows, X: samples, errors, whole }) => {
    const before = memory().tensors
    scope(() => {
      const [W, X] = [tensor(rows, { dtype: 'f64' }), tensor(samples, { dtype: 'f64' })]
      const moment = mul(matmul(X.transpose(), X), 1 / samples.length)
      for (const calibration of [X, moment]) {
        const basis = weightedBasis(W, 'columns', calibration, 'w', all)
        expect(basis.side).toBe('rows')
        const tails = tailsOf(basis.sigma)
        for (const [i, least] of errors.entries()) {
          const k = i + 1
          const [P, Q] = factorsOf(W, basis, k)
          // The ridge of 1e-10 of the mean square and the Gram matrix: errors under 1e-5 of the whole are not told apart.
          expect(Math.abs(outputError(W, matmul(P, Q), X) - least)).toBeLessThan(1e-5 * whole)
          expect(Math.abs(tails[k]! - least)).toBeLessThan(2e-5 * whole)
          // The same matrix as stored [in, out].
          const turned = weightedBasis(W.transpose(), 'rows', calibration, 'w', all)
          expect(turned.side).toBe('columns')
          const again = projected(W.transpose(), turned, k).transpose()
          expect(Math.abs(outputError(W, again, X) - least)).toBeLessThan(1e-5 * whole)
        }
      }
    })
    expect(memory().tensors).toBe(before)
  })

  it('white inputs give the plain decomposition, inputs of zeros too', () => {
    scope(() => {
      const W = tensor(cases[0]!.W, { dtype: 'f64' })
      const plain = projected(W, basisOf(W), 2)
      for (const calibration of [eye(9, { dtype: 'f64' }), zeros([9, 9]), zeros([3, 9])]) {
        const same = projected(W, weightedBasis(W, 'columns', calibration, 'w', all), 2)
        expect(size(sub(plain, same))).toBeLessThan(1e-10)
      }
    })
  })

  it('what inputs never reach is decided by the plain error', () => {
    scope(() => {
      // Only the first input is ever used: rank 1 is exact there, and the second direction goes to the largest rest.
      const W = tensor(
        [
          [1, 0, 0],
          [0, 5, 0],
          [0, 0, 2],
        ],
        { dtype: 'f64' },
      )
      const X = tensor([[1, 0, 0]], { dtype: 'f64' })
      const best = projected(W, weightedBasis(W, 'columns', X, 'w', all), 2)
      expect(Array.from(best.toArray(), (one) => Math.round(one * 1e6) / 1e6 + 0)).toEqual([1, 0, 0, 0, 5, 0, 0, 0, 0])
    })
  })

  it('an f32 weight and f32 samples', () => {
    scope(() => {
      const { W: rows, X: samples, errors, whole } = cases[0]!
      const [W, X] = [tensor(rows, { dtype: 'f32' }), tensor(samples, { dtype: 'f32' })]
      const [P, Q] = factorsOf(W, weightedBasis(W, 'columns', X, 'w', all), 2)
      expect(P.dtype).toBe('f32')
      expect(
        Math.abs(outputError(to(W, 'f64'), matmul(to(P, 'f64'), to(Q, 'f64')), to(X, 'f64')) - errors[1]!),
      ).toBeLessThan(1e-5 * whole)
    })
  })

  it('says what is wrong with activations', () => {
    scope(() => {
      const W = tensor(cases[0]!.W, { dtype: 'f64' })
      const attempt = (X: Tensor) => () => weightedBasis(W, 'columns', X, 'fc.weight', all)
      expect(attempt(zeros([4, 8]))).toThrow(
        "compress: the activations of 'fc.weight' are f32[4, 8]; expected samples [rows, 9] or a second moment [9, 9] of f32 or f64.",
      )
      expect(attempt(mul(eye(9, { dtype: 'f64' }), -1))).toThrow(
        "compress: the activations of 'fc.weight' are a symmetric matrix with negative eigenvalues, so no second moment. Try samples [rows, inputs].",
      )
      expect(attempt(tensor(new Array(9).fill(Number.NaN), { shape: [1, 9] }))).toThrow(
        "compress: the activations of 'fc.weight' hold NaN or infinity.",
      )
    })
  })
})
