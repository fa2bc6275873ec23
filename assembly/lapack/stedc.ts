/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer (Cuppen 1981; Gu & Eisenstat 1995; LAPACK's stedc
 * and laed1 to laed4): halves are solved, and joined by a rank-one update whose vectors are one matrix product. Everything is float64;
 * vectors are rows.
 */
import {
  arrange, combine, conquerBytes, firstHalf, lineAt, mixKinds, moveDeflated, openConquer, orderMerged, placeOf, powerOfTwo,
  rotateRows, secondHalf, setKind, setLine,
} from './conquer'
import { mergeOrders, orderOf } from './order'
import { refineWeights, secularRoot } from './secular'
import { steqr } from './steqr'
import { absMax, scal } from './vector'

const epsilon: f64 = 1.1102230246251565e-16
/** Up to this order QL is faster. */
const leaf: i32 = 32

// Workspace of the current call.
let coefficients: usize = 0
let weights: usize = 0
let poles: usize = 0
let poleWeights: usize = 0
let sorted: usize = 0

/** Bytes of `work`. */
export function stedcBytes(n: i32): usize {
  return conquerBytes(n) + ((<usize>n * <usize>n + 4 * <usize>n) << 3)
}

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Eigenvalues to d [n], unordered; e [n - 1] is destroyed; row i of Z [n, n] becomes the vector of d[i]. Returns how many values did not
 * converge.
 */
export function stedc(n: i32, d: usize, e: usize, z: usize, ldz: i32, work: usize, batch: usize, scratch: usize): i32 {
  openConquer(n, work)
  coefficients = work + conquerBytes(n)
  weights = coefficients + ((<usize>n * <usize>n) << 3)
  poles = f(weights, n)
  poleWeights = f(poles, n)
  sorted = f(poleWeights, n)
  const order = sorted + ((<usize>n) << 2)
  for (let i = 0; i < n; i++) memory.fill(z + ((<usize>i * <usize>ldz) << 3), 0, (<usize>n) << 3)
  // Near 1, products of differences are normal numbers.
  const largest = Math.max(absMax<f64>(n, d), absMax<f64>(n - 1, e))
  const unit = largest > 0 ? powerOfTwo(largest) : 1
  scal<f64>(n, 1 / unit, d)
  scal<f64>(n - 1, 1 / unit, e)
  const info = solve(n, d, e, z, ldz, order, batch, scratch)
  scal<f64>(n, unit, d)
  return info
}

/** The block of order n at d, e, z; log2(n) deep. */
function solve(n: i32, d: usize, e: usize, z: usize, ldz: i32, order: usize, batch: usize, scratch: usize): i32 {
  if (n <= leaf) {
    for (let i = 0; i < n; i++) store<f64>(z + ((<usize>(i * ldz + i)) << 3), 1)
    const info = steqr(n, d, e, z, ldz, n, batch)
    orderOf(n, d, order)
    return info
  }
  const half = n >> 1
  const rho = load<f64>(f(e, half - 1))
  const size = Math.abs(rho)
  store<f64>(f(d, half - 1), load<f64>(f(d, half - 1)) - size)
  store<f64>(f(d, half), load<f64>(f(d, half)) - size)
  const secondZ = z + ((<usize>half * <usize>(ldz + 1)) << 3)
  const secondOrder = order + ((<usize>half) << 2)
  const info =
    solve(half, d, e, z, ldz, order, batch, scratch) +
    solve(n - half, f(d, half), f(e, half), secondZ, ldz, secondOrder, batch, scratch)
  mergeOrders(half, order, n - half, half, secondOrder, d, sorted)
  const k = merge(n, half, rho, d, z, ldz, scratch)
  orderMerged(n, k, d, order)
  return info
}

/**
 * diag(d) + 2 |rho| w wᵀ in the basis of the halves, with w, the two rows at the cut over sqrt 2, a unit vector. Returns how many lines it
 * changed.
 */
function merge(n: i32, half: i32, rho: f64, d: usize, z: usize, ldz: i32, scratch: usize): i32 {
  const row = (<usize>ldz) << 3
  let mostWeight: f64 = 0
  for (let i = 0; i < n; i++) {
    const weight = load<f64>(f(z + <usize>i * row, i < half ? half - 1 : half)) * Math.SQRT1_2
    store<f64>(f(weights, i), i >= half && rho < 0 ? -weight : weight)
    mostWeight = Math.max(mostWeight, Math.abs(weight))
    setKind(i, i < half ? firstHalf : secondHalf)
  }
  const strength = 2 * Math.abs(rho)
  const tolerance = 8 * epsilon * Math.max(absMax<f64>(n, d), mostWeight)
  const k = deflate(n, d, z, row, strength, tolerance)
  let norm: f64 = 0
  for (let j = 0; j < k; j++) {
    const weight = load<f64>(f(weights, lineAt(j)))
    store<f64>(f(poles, j), load<f64>(f(d, lineAt(j))))
    store<f64>(f(poleWeights, j), weight)
    norm += weight * weight
  }
  scal<f64>(k, 1 / Math.sqrt(norm), poleWeights)
  arrange(k)
  moveDeflated(n, k, d)
  for (let i = 0; i < k; i++) {
    const gaps = f(coefficients, i * k)
    store<f64>(f(d, i), secularRoot(false, k, i, poles, poleWeights, strength * norm, gaps))
  }
  refineWeights(false, k, poles, coefficients, poleWeights, weights)
  for (let i = 0; i < k; i++) vectorOf(k, f(coefficients, i * k))
  combine(n, k, coefficients, half, half, n - half, z, ldz, scratch)
  return k
}

/** Turns a row of differences p_j - x into the unit vector z_j / (p_j - x), its elements in their places. */
function vectorOf(k: i32, gaps: usize): void {
  let square: f64 = 0
  for (let j = 0; j < k; j++) {
    const value = load<f64>(f(poleWeights, j)) / load<f64>(f(gaps, j))
    square += value * value
    store<f64>(f(weights, placeOf(j)), value)
  }
  const scale = 1 / Math.sqrt(square)
  for (let j = 0; j < k; j++) store<f64>(f(gaps, j), load<f64>(f(weights, j)) * scale)
}

/**
 * Lists the lines that the update does not touch: those of tiny weight, and one of two nearly equal values after a rotation that clears
 * its weight (laed2). Returns how many are kept.
 */
function deflate(n: i32, d: usize, z: usize, row: usize, strength: f64, tolerance: f64): i32 {
  let k = 0, end = n, held = -1
  for (let position = 0; position < n; position++) {
    const j = load<i32>(sorted + ((<usize>position) << 2))
    const weight = load<f64>(f(weights, j))
    if (strength * Math.abs(weight) <= tolerance) {
      setLine(--end, j)
      continue
    }
    if (held >= 0) {
      const other = load<f64>(f(weights, held))
      const length = Math.sqrt(weight * weight + other * other)
      const c = weight / length, s = -other / length
      const dj = load<f64>(f(d, j)), dh = load<f64>(f(d, held))
      if (Math.abs((dj - dh) * c * s) <= tolerance) {
        rotateRows(n, z + <usize>held * row, z + <usize>j * row, c, s)
        store<f64>(f(weights, j), length)
        store<f64>(f(d, held), dh * c * c + dj * s * s)
        store<f64>(f(d, j), dh * s * s + dj * c * c)
        mixKinds(j, held)
        setLine(--end, held)
      } else {
        setLine(k++, held)
      }
    }
    held = j
  }
  if (held >= 0) setLine(k++, held)
  return k
}
