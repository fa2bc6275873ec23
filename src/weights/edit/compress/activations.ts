/**
 * Low rank as the layer's inputs see it: the least mean squared error of its outputs, ||(W - AB) C^1/2||_F with C = E[x x^T], in place of the least
 * ||W - AB||_F. The best A B is U U^T W with U the strongest directions of the outputs W x, so no inverse of C is needed; where the inputs
 * say nothing, a ridge of 1e-10 of their mean square lets the plain error decide.
 */
import { inert, UsageError } from '../../../core/index.js'
import { eigh, qr } from '../../../linalg/index.js'
import { matmul, mul, type Tensor, to } from '../../../tensor/index.js'
import { copyOf, describe, tidy, view } from '../../../tensor/internal.js'
import type { Basis } from './basis.js'

/** Of the mean square of the inputs. */
const ridge = 1e-10
/** How far a covariance may be from symmetric and from positive, relative to its largest entry. */
const slack = 1e-5

/**
 * The basis of W [rows, columns] for inputs on the side `inputs`. `calibration` is either samples [any, inputs] or the second moment
 * [inputs, inputs]; a square one counts as the latter where it is symmetric. In f64, through Gram matrices: directions under 1e-8 of the strongest
 * are not told apart. `sigma` are the singular values of W C^1/2.
 */
export function weightedBasis(
  W: Tensor,
  inputs: 'rows' | 'columns',
  calibration: Tensor,
  name: string,
  keep: (sigma: Float64Array) => number,
): Basis {
  return tidy(() => {
    // M maps inputs to outputs: [out, in].
    const M = to(inputs === 'columns' ? W : W.transpose(), 'f64')
    const [outputs, size] = M.shape as readonly [number, number]
    const X = inputsOf(calibration, size, name)
    const strong = outputs <= size ? ofOutputs(M, X, name) : ofInputs(M, X, name)
    const kept = Math.max(0, Math.min(strong.sigma.length, keep(strong.sigma)))
    const vectors = copyOf(strong.vectors(kept))
    const along = view(copyOf(matmul(vectors.transpose(), M)))
    const sizes = Float64Array.from({ length: kept }, (_, i) => norm(along.subarray(i * size, (i + 1) * size)))
    return {
      side: inputs === 'columns' ? 'rows' : 'columns',
      method: 'gram',
      sigma: strong.sigma,
      vectors,
      sizes,
    } as const
  })
}

/** What is known of the inputs, in f64. */
interface Inputs {
  /** Samples [count, in], or the second moment [in, in]. */
  readonly X: Tensor
  readonly isMoment: boolean
  readonly count: number
  /** What the diagonal of the second moment is raised by; inputs that are all zero leave the plain error alone. */
  readonly floor: number
}

interface Strong {
  readonly sigma: Float64Array
  vectors(kept: number): Tensor
}

/** Eigenvectors of M (C + ridge) M^T, [out, out]. */
function ofOutputs(M: Tensor, { X, isMoment, count, floor }: Inputs, name: string): Strong {
  const plain = mul(matmul(M, M.transpose()), floor)
  if (isMoment) return strongest(matmul(matmul(M, X), M.transpose()).add(plain), name)
  const Y = matmul(M, X.transpose())
  return strongest(mul(matmul(Y, Y.transpose()), 1 / count).add(plain), name)
}

/** For fewer inputs than outputs: with R = (C + ridge)^1/2, the left singular vectors of M R through (M R)^T M R, [in, in]. */
function ofInputs(M: Tensor, { X, isMoment, count, floor }: Inputs, name: string): Strong {
  const C = isMoment ? X : mul(matmul(X.transpose(), X), 1 / count)
  const { eigenvalues, eigenvectors } = eigh(C)
  demandPositive(view(eigenvalues), name)
  const roots = eigenvalues.clamp(0).add(floor).sqrt()
  const MR = matmul(M, matmul(eigenvectors.mul(roots), eigenvectors.transpose()))
  const { sigma, vectors } = strongest(matmul(MR.transpose(), MR), name)
  // The columns of M R V are orthogonal but for rounding in the weakest, which QR mends.
  return { sigma, vectors: (kept) => qr(matmul(MR, vectors(kept))).Q }
}

function strongest(G: Tensor, name: string): Strong {
  const { eigenvalues, eigenvectors } = eigh(G)
  const values = view(eigenvalues)
  demandPositive(values, name)
  const n = values.length
  const sigma = Float64Array.from(values, (_, i) => Math.sqrt(Math.max(0, values[n - 1 - i]!)))
  return { sigma, vectors: (kept) => eigenvectors.slice(null, { start: n - kept }).flip(1) }
}

function demandPositive(values: ArrayLike<number>, name: string): void {
  const [low, high] = [values[0] ?? 0, values[values.length - 1] ?? 0]
  if (low < -slack * Math.max(high, -low)) throw notPositive(name)
}

function notPositive(name: string): UsageError {
  return new UsageError(
    `compress: the activations of '${inert(name)}' are a symmetric matrix with negative eigenvalues, so no second moment. Try samples [rows, inputs].`,
  )
}

function norm(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return Math.sqrt(sum)
}

function isSymmetric(values: ArrayLike<number>, size: number): boolean {
  let [largest, apart] = [0, 0]
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const [a, b] = [values[i * size + j]!, values[j * size + i]!]
      largest = Math.max(largest, Math.abs(a), Math.abs(b))
      apart = Math.max(apart, Math.abs(a - b))
    }
  return apart <= slack * largest
}

function inputsOf(given: Tensor, size: number, name: string): Inputs {
  const count = given.shape[0] ?? 0
  if (given.rank !== 2 || given.shape[1] !== size || count === 0 || (given.dtype !== 'f32' && given.dtype !== 'f64'))
    throw new UsageError(
      `compress: the activations of '${inert(name)}' are ${describe(given)}; expected samples [rows, ${size}] or a second moment [${size}, ${size}] of f32 or f64.`,
    )
  const X = copyOf(to(given, 'f64'))
  const values = view(X)
  if (!values.every(Number.isFinite))
    throw new UsageError(`compress: the activations of '${inert(name)}' hold NaN or infinity.`)
  const isMoment = count === size && isSymmetric(values, size)
  let power = 0
  if (isMoment)
    for (let i = 0; i < size; i++) {
      if (values[i * size + i]! < 0) throw notPositive(name)
      power += values[i * size + i]!
    }
  else power = norm(values) ** 2 / count
  return { X, isMoment, count, floor: power > 0 ? (ridge * power) / size : 1 }
}
