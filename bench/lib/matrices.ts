/** The matrices that this package and its peers are given: those of factorizations.scipy.py, made here once more. */
import { matmul } from '../../src/linalg/index.node.js'
import { eye, full, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import type { Inputs } from './javascript.js'

/** A uniform in [-1/2, 1/2), S = A Aᵀ + I, and b all ones. */
export interface Matrices {
  readonly A: Tensor
  readonly S: Tensor
  readonly b: Tensor
}

/** Of order n, to be disposed of. */
export function matricesOf(dtype: 'f32' | 'f64', n: number): Matrices {
  return scope(() => {
    const values = Float64Array.from({ length: n * n }, (_, i) => {
      const x = Math.sin(i * 12.9898) * 43758.5453
      return x - Math.floor(x) - 0.5
    })
    const A = tensor(values).to(dtype).reshape([n, n])
    return { A, S: matmul(A, A.transpose()).add(eye(n, { dtype })), b: full([n], 1, { dtype }) }
  })
}

/** The same for the JavaScript peers. */
export function inputsOf(type: 'f32' | 'f64', { A, S }: Matrices): Inputs {
  return { type, n: A.shape[0]!, A: Float64Array.from(A.toArray()), S: Float64Array.from(S.toArray()) }
}
