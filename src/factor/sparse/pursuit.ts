/** Orthogonal matching pursuit by the Gram matrix, with a Cholesky factor that grows by a row for each atom. Source: Rubinstein, Zibulevsky & Elad (2008). */
import { matmul, type Tensor, transpose } from '../../tensor/index.js'
import { empty, view } from '../../tensor/internal.js'

/** An atom that lies this near the span of those chosen (its part outside, squared, beside its square) adds nothing. */
const dependent = 1e-12

/** Codes [n, k] of f64 rows with at most `most` non-zeros each; made inside `tidy`. */
export function pursue(x: Tensor, atoms: Tensor, most: number): Tensor {
  const [n, k] = [x.shape[0]!, atoms.shape[0]!]
  const codes = empty('f64', [n, k])
  const gram = view(matmul(atoms, transpose(atoms)).contiguous()) as Float64Array
  const products = view(matmul(x, transpose(atoms)).contiguous()) as Float64Array
  // Taken after the last tensor was made.
  const [G, P, out] = [gram.slice(), products.slice(), view(codes)]
  out.fill(0)
  for (let i = 0; i < n; i++) {
    const { chosen, weights } = pursueRow(G, P.subarray(i * k, (i + 1) * k), k, most)
    for (const [at, atom] of chosen.entries()) out[i * k + atom] = weights[at]!
  }
  return codes
}

function pursueRow(
  G: Float64Array,
  p: Float64Array,
  k: number,
  most: number,
): { chosen: number[]; weights: Float64Array } {
  const chosen: number[] = []
  const L = new Float64Array(most * most)
  let weights = new Float64Array(0)
  const left = p.slice()
  while (chosen.length < most) {
    const atom = largestOf(left, chosen)
    if (atom < 0 || !grow(L, most, G, k, chosen, atom)) break
    chosen.push(atom)
    weights = solve(L, most, chosen, p)
    for (let j = 0; j < k; j++) {
      let sum = p[j]!
      for (const [at, one] of chosen.entries()) sum -= G[j * k + one]! * weights[at]!
      left[j] = sum
    }
  }
  return { chosen, weights }
}

/** The atom most correlated with what is left, the first of equal ones; -1 where nothing is left. */
function largestOf(left: Float64Array, chosen: readonly number[]): number {
  let best = -1
  for (let j = 0; j < left.length; j++)
    if (!chosen.includes(j) && Math.abs(left[j]!) > (best < 0 ? 0 : Math.abs(left[best]!))) best = j
  return best
}

/** Adds an atom's row to the factor L of the chosen atoms' Gram matrix; false where it depends on them. */
function grow(
  L: Float64Array,
  stride: number,
  G: Float64Array,
  k: number,
  chosen: readonly number[],
  atom: number,
): boolean {
  // biome-ignore format: one line
  const at = chosen.length
  let rest = G[atom * k + atom]!
  for (let r = 0; r < at; r++) {
    let sum = G[atom * k + chosen[r]!]!
    for (let c = 0; c < r; c++) sum -= L[r * stride + c]! * L[at * stride + c]!
    const value = sum / L[r * stride + r]!
    L[at * stride + r] = value
    rest -= value * value
  }
  if (!(rest > dependent * G[atom * k + atom]!)) return false
  L[at * stride + at] = Math.sqrt(rest)
  return true
}

/** Weights of the chosen atoms: L L' w = p. */
function solve(L: Float64Array, stride: number, chosen: readonly number[], p: Float64Array): Float64Array<ArrayBuffer> {
  const w = Float64Array.from(chosen, (atom) => p[atom]!)
  for (let r = 0; r < w.length; r++) {
    for (let c = 0; c < r; c++) w[r]! -= L[r * stride + c]! * w[c]!
    w[r]! /= L[r * stride + r]!
  }
  for (let r = w.length - 1; r >= 0; r--) {
    for (let c = r + 1; c < w.length; c++) w[r]! -= L[c * stride + r]! * w[c]!
    w[r]! /= L[r * stride + r]!
  }
  return w
}
