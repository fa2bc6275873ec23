/** Weights with orthonormal rows or columns, as functions of free matrices. */
import { UsageError } from '../../core/index.js'
import { expm, qr, solve, solveTriangular } from '../../linalg/index.js'
import {
  add,
  concat,
  diag,
  eye,
  gt,
  matmul,
  mul,
  noGrad,
  pad,
  randn,
  sign,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  tril,
  triu,
  where,
} from '../../tensor/index.js'
import { checkOptions, copyOf, describe, empty, lapack, tidy, view } from '../../tensor/internal.js'
import { buffer } from '../parameter.js'
import { parameterIn } from './computed.js'
import { Parametrization, registerParametrization } from './parametrize.js'

/** How a free matrix becomes an orthogonal one. */
export type OrthogonalMap = 'matrixExp' | 'cayley' | 'householder'

export interface OrthogonalOptions {
  /** `matrixExp` for square weights, `householder` for others, by default. */
  orthogonalMap?: OrthogonalMap
  /** Start from the weight as it is, multiplied by what is learned (true); else only with `householder`. */
  useTrivialization?: boolean
}

class Orthogonal extends Parametrization {
  readonly #map: OrthogonalMap
  /** Square, orthogonal: where training starts. Null without trivialization. */
  base: Tensor | null = null
  readonly #isTrivialized: boolean

  constructor(map: OrthogonalMap, useTrivialization: boolean) {
    super()
    this.#map = map
    this.#isTrivialized = useTrivialization
  }

  forward(X: Tensor): Tensor {
    return tidy(() => {
      const isWide = X.shape[0]! < X.shape[1]!
      const tall = isWide ? transpose(X) : X
      let Q = this.#map === 'householder' ? reflections(tall) : rotation(tall, this.#map)
      if (this.base !== null) Q = matmul(this.base, Q)
      return isWide ? transpose(Q) : Q
    })
  }

  override rightInverse(value: Tensor): Tensor {
    return tidy(() => {
      const isWide = value.shape[0]! < value.shape[1]!
      const tall = isWide ? transpose(value) : value
      if (this.#isTrivialized) {
        this.base = buffer(copyOf(completed(tall)))
        return mul(eye(value.shape[0]!, { m: value.shape[1]!, dtype: value.dtype }), -1)
      }
      if (this.#map !== 'householder')
        throw new UsageError(`orthogonal: '${this.#map}' cannot start from a given weight. Try { useTrivialization: true }, or 'householder'.`) // biome-ignore format: one line
      const start = reflectionsOf(tall)
      return isWide ? transpose(start) : start
    })
  }
}

/** exp(A), or (I - A/2)⁻¹ (I + A/2), of the antisymmetric A that the lower triangle of X [n, k] makes; k columns of it. */
function rotation(X: Tensor, map: 'matrixExp' | 'cayley'): Tensor {
  const [n, k] = X.shape as [number, number]
  const lower = n === k ? tril(X) : pad(tril(X), [[0, 0], [0, n - k]]) // biome-ignore format: one line
  const A = sub(lower, transpose(lower))
  const I = eye(n, { dtype: X.dtype })
  const half = mul(A, 0.5)
  const Q = map === 'matrixExp' ? expm(A) : solve(sub(I, half), add(I, half))
  return n === k ? Q : slice(Q, null, { stop: k })
}

/**
 * The product of k reflections I - 2 v vᵀ / vᵀv, v the columns of X [n, k] below the diagonal with a one on it; its first k columns, times the
 * signs of X's diagonal (which PyTorch cuts to whole numbers, so that weight decay would make them 0). The product is I - V T Vᵀ with the triangle T⁻¹ = striu(VᵀV) + diag(vᵀv / 2): one triangular
 * system in the place of k updates (Puglisi 1992; Joffrain, Low, Quintana-Ortí & van de Geijn 2006).
 */
function reflections(X: Tensor): Tensor {
  const [n, k] = X.shape as [number, number]
  const one = eye(n, { m: k, dtype: X.dtype })
  const V = add(tril(X, -1), one)
  const inverse = add(triu(matmul(transpose(V), V), 1), diag(mul(sum(square(V), { axis: 0 }), 0.5)))
  const top = slice(V, { stop: k })
  const Q = sub(one, matmul(V, solveTriangular(inverse, transpose(top), { upper: true })))
  const signs = noGrad(() => sign(diag(X)))
  return mul(Q, signs)
}

/** Q [n, k] with orthonormal columns near A, made square by columns at random. */
function completed(A: Tensor): Tensor {
  const [n, k] = A.shape as [number, number]
  if (n === k && isOrthogonal(A)) return A
  const whole = n === k ? A : concat([A, randn([n, n - k], { dtype: A.dtype })], 1)
  const { Q, R } = qr(whole)
  return mul(Q, signsOf(diag(R)))
}

const signsOf = (x: Tensor): Tensor => where(gt(x, 0), 1, -1).to(x.dtype)

function isOrthogonal(A: Tensor): boolean {
  const n = A.shape[0]!
  const eps = A.dtype === 'f32' ? 2 ** -23 : 2 ** -52
  return (
    sub(matmul(transpose(A), A), eye(n, { dtype: A.dtype }))
      .abs()
      .max()
      .item() <=
    10 * n * eps
  )
}

/**
 * X whose `reflections` are A [n, k], orthonormal: LAPACK's vectors below the diagonal, on it the signs of R; where LAPACK leaves a reflection
 * out, ours of the unit vector turns the sign.
 */
function reflectionsOf(A: Tensor): Tensor {
  const [n, k] = A.shape as [number, number]
  const type = A.dtype as 'f32' | 'f64'
  const X = copyOf(A)
  const tau = empty(type, [k])
  lapack().geqrf(type, n, k, X.pointer, k, tau.pointer)
  const [elements, factors] = [view(X), view(tau)]
  for (let i = 0; i < k; i++) elements[i * k + i] = Math.sign(elements[i * k + i]!) * (factors[i] === 0 ? -1 : 1)
  return X
}

/**
 * Makes a weight [m, n] orthogonal: orthonormal columns where m >= n, else rows. Returns the module.
 *
 * State: `parametrizations.weight.original` and, with trivialization, `parametrizations.weight.0.base`, as PyTorch's
 * `parametrizations.orthogonal`; undone by `removeParametrizations`. Gradient: through the map, base held. Throws UsageError for a weight
 * that is no matrix. Source: Lezcano-Casado & Martínez-Rubio 2019.
 *
 * @example
 * const layer = orthogonal(new Linear(20, 20))
 */
export function orthogonal<M extends object>(module: M, name = 'weight', options: OrthogonalOptions = {}): M {
  checkOptions('orthogonal', options, ['orthogonalMap', 'useTrivialization'])
  const weight = parameterIn('orthogonal', module, name)
  if (weight.rank !== 2 || weight.size === 0)
    throw new UsageError(`orthogonal: '${name}' is ${describe(weight)}; expected a matrix.`)
  const [m, n] = weight.shape
  const { orthogonalMap = m === n ? 'matrixExp' : 'householder', useTrivialization = true } = options
  if (!maps.includes(orthogonalMap))
    throw new UsageError(`orthogonal: orthogonalMap '${String(orthogonalMap)}'; expected ${maps.join(', ')}.`)
  return registerParametrization(module, name, new Orthogonal(orthogonalMap, useTrivialization))
}

const maps: readonly string[] = ['matrixExp', 'cayley', 'householder']
