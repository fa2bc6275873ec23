/** Matrix factorization of ratings: the ridge regressions of one alternating sweep, solved or approached, and an epoch of stochastic gradient descent. */

// @ts-ignore: decorator
@inline
function at(x: usize, place: i32): usize {
  return x + (<usize>place << 3)
}

/**
 * A tile of four rows and four columns of the sum of w z zᵀ over a row's entries, kept in registers: A [ld, ld] at (i, j). Without weights w = 1.
 */
function tile(first: usize, end: usize, weights: usize, fixed: usize, ld: i32, i: i32, j: i32, base: usize, a: usize): void {
  const step = <usize>ld << 3
  let a00 = f64x2.splat(0), a01 = a00, a10 = a00, a11 = a00, a20 = a00, a21 = a00, a30 = a00, a31 = a00
  const rows = <usize>i << 3, columns = <usize>j << 3
  let weight = weights
  for (let index = first; index < end; index += 4) {
    const z = fixed + <usize>load<u32>(index) * step
    let low = v128.load(z + columns), high = v128.load(z + columns, 16)
    if (weights != 0) {
      const w = v128.load64_splat(weight)
      low = f64x2.mul(low, w)
      high = f64x2.mul(high, w)
      weight += 8
    }
    let z0 = v128.load64_splat(z + rows)
    a00 = f64x2.add(a00, f64x2.mul(z0, low))
    a01 = f64x2.add(a01, f64x2.mul(z0, high))
    z0 = v128.load64_splat(z + rows, 8)
    a10 = f64x2.add(a10, f64x2.mul(z0, low))
    a11 = f64x2.add(a11, f64x2.mul(z0, high))
    z0 = v128.load64_splat(z + rows, 16)
    a20 = f64x2.add(a20, f64x2.mul(z0, low))
    a21 = f64x2.add(a21, f64x2.mul(z0, high))
    z0 = v128.load64_splat(z + rows, 24)
    a30 = f64x2.add(a30, f64x2.mul(z0, low))
    a31 = f64x2.add(a31, f64x2.mul(z0, high))
  }
  let out = a + <usize>i * step + columns
  if (base != 0) {
    const b = base + <usize>i * step + columns
    a00 = f64x2.add(a00, v128.load(b))
    a01 = f64x2.add(a01, v128.load(b, 16))
    a10 = f64x2.add(a10, v128.load(b + step))
    a11 = f64x2.add(a11, v128.load(b + step, 16))
    a20 = f64x2.add(a20, v128.load(b + 2 * step))
    a21 = f64x2.add(a21, v128.load(b + 2 * step, 16))
    a30 = f64x2.add(a30, v128.load(b + 3 * step))
    a31 = f64x2.add(a31, v128.load(b + 3 * step, 16))
  }
  v128.store(out, a00)
  v128.store(out, a01, 16)
  out += step
  v128.store(out, a10)
  v128.store(out, a11, 16)
  out += step
  v128.store(out, a20)
  v128.store(out, a21, 16)
  out += step
  v128.store(out, a30)
  v128.store(out, a31, 16)
}

// @ts-ignore: decorator
@inline
function dot(n: i32, x: usize, y: usize): f64 {
  let sums = f64x2.splat(0)
  const end = x + (<usize>(n & ~1) << 3)
  while (x < end) {
    sums = f64x2.add(sums, f64x2.mul(v128.load(x), v128.load(y)))
    x += 16
    y += 16
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  if (n & 1) sum += load<f64>(x) * load<f64>(y)
  return sum
}

/** y += alpha x. */
// @ts-ignore: decorator
@inline
function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(alpha)
  const end = x + (<usize>(n & ~1) << 3)
  while (x < end) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factor, v128.load(x))))
    x += 16
    y += 16
  }
  if (n & 1) store<f64>(y, load<f64>(y) + alpha * load<f64>(x))
}

/** x = A⁻¹ x by the lower triangle of A [k, k], which is spoilt. A pivot lost to rounding makes its unknown 0. Returns how many were. */
function solveInPlace(k: i32, ld: i32, a: usize, x: usize): i32 {
  const step = <usize>ld << 3
  let lost = 0
  for (let i = 0, row = a; i < k; i++, row += step) {
    let other = a
    for (let j = 0; j < i; j++, other += step) {
      const pivot = load<f64>(at(other, j))
      store<f64>(at(row, j), pivot == 0 ? 0 : (load<f64>(at(row, j)) - dot(j, row, other)) / pivot)
    }
    const diagonal = load<f64>(at(row, i))
    const rest = diagonal - dot(i, row, row)
    // Below the rounding of the sum that it is the rest of, nothing is known of it. NaN passes, and shows in the result.
    const isLost = rest <= diagonal * (<f64>k * 2.3e-16)
    if (isLost) lost++
    store<f64>(at(row, i), isLost ? 0 : sqrt(rest))
    store<f64>(at(x, i), isLost ? 0 : (load<f64>(at(x, i)) - dot(i, row, x)) / load<f64>(at(row, i)))
  }
  for (let i = k - 1; i >= 0; i--) {
    const row = a + <usize>i * step
    const pivot = load<f64>(at(row, i))
    const value = pivot == 0 ? 0 : load<f64>(at(x, i)) / pivot
    store<f64>(at(x, i), value)
    axpy(i, -value, row, x)
  }
  return lost
}

/**
 * The same by the dual where a row has fewer entries than unknowns: Zᵀ (Z Zᵀ + ridge I)⁻¹ v, a system of their number in place of k. Most
 * rows of ratings are that short, and the cube of k is most of the work.
 */
function dualRow(k: i32, ld: i32, first: usize, n: i32, values: usize, fixed: usize, ridge: f64, out: usize, work: usize): i32 {
  const step = <usize>ld << 3
  const solution = work + <usize>ld * step
  for (let i = 0, row = work; i < n; i++, row += step) {
    const z = fixed + <usize>load<u32>(first + (<usize>i << 2)) * step
    for (let j = 0; j <= i; j++) store<f64>(at(row, j), dot(k, z, fixed + <usize>load<u32>(first + (<usize>j << 2)) * step))
    store<f64>(at(row, i), load<f64>(at(row, i)) + ridge)
    store<f64>(at(solution, i), load<f64>(at(values, i)))
  }
  const lost = solveInPlace(n, ld, work, solution)
  for (let i = 0; i < n; i++) axpy(k, load<f64>(at(solution, i)), fixed + <usize>load<u32>(first + (<usize>i << 2)) * step, out)
  return lost
}

export function ridgeRows_f64(
  rows: i32, k: i32, ld: i32, indptr: usize, indices: usize, weights: usize, values: usize, fixed: usize, base: usize, lambda: f64,
  perEntry: bool, out: usize, work: usize,
): i32 {
  let lost = 0
  const step = <usize>ld << 3
  for (let row = 0; row < rows; row++, out += step, indptr += 4) {
    const from = load<u32>(indptr), to = load<u32>(indptr, 4)
    memory.fill(out, 0, step)
    if (from == to) continue
    const first = indices + (<usize>from << 2), end = indices + (<usize>to << 2)
    const ridge = perEntry ? lambda * <f64>(to - from) : lambda
    if (<i32>(to - from) < k && weights == 0 && base == 0) {
      lost += dualRow(k, ld, first, to - from, values + (<usize>from << 3), fixed, ridge, out, work)
      continue
    }
    const ownWeights = weights == 0 ? <usize>0 : weights + (<usize>from << 3)
    for (let i = 0; i < ld; i += 4) for (let j = 0; j <= i; j += 4) tile(first, end, ownWeights, fixed, ld, i, j, base, work)
    for (let i = 0; i < k; i++) {
      const diagonal = at(work, i * ld + i)
      store<f64>(diagonal, load<f64>(diagonal) + ridge)
    }
    let value = values + (<usize>from << 3)
    for (let index = first; index < end; index += 4, value += 8)
      axpy(k, load<f64>(value), fixed + <usize>load<u32>(index) * step, out)
    lost += solveInPlace(k, ld, work, out)
  }
  return lost
}

/** out = (base + ridge I + sum w z zᵀ) x. */
function applyRow(
  k: i32, ld: i32, first: usize, end: usize, weights: usize, fixed: usize, base: usize, ridge: f64, x: usize, out: usize,
): void {
  const step = <usize>ld << 3
  for (let i = 0, row = base; i < k; i++, row += step) store<f64>(at(out, i), dot(k, row, x) + ridge * load<f64>(at(x, i)))
  for (let index = first; index < end; index += 4, weights += 8) {
    const z = fixed + <usize>load<u32>(index) * step
    axpy(k, load<f64>(weights) * dot(k, z, x), z, out)
  }
}

export function conjugateRows_f64(
  rows: i32, k: i32, ld: i32, indptr: usize, indices: usize, weights: usize, values: usize, fixed: usize, base: usize, lambda: f64,
  steps: i32, out: usize, work: usize,
): void {
  const step = <usize>ld << 3
  const rest = work, direction = work + step, image = work + 2 * step
  for (let row = 0; row < rows; row++, out += step, indptr += 4) {
    const from = load<u32>(indptr), to = load<u32>(indptr, 4)
    if (from == to) {
      memory.fill(out, 0, step)
      continue
    }
    const first = indices + (<usize>from << 2), end = indices + (<usize>to << 2)
    const own = weights + (<usize>from << 3)
    applyRow(k, ld, first, end, own, fixed, base, lambda, out, image)
    memory.fill(rest, 0, step)
    let value = values + (<usize>from << 3)
    for (let index = first; index < end; index += 4, value += 8) axpy(k, load<f64>(value), fixed + <usize>load<u32>(index) * step, rest)
    const least = dot(k, rest, rest) * 1e-32
    axpy(k, -1, image, rest)
    memory.copy(direction, rest, step)
    let squares = dot(k, rest, rest)
    for (let i = 0; i < steps && squares > least; i++) {
      applyRow(k, ld, first, end, own, fixed, base, lambda, direction, image)
      const curvature = dot(k, direction, image)
      // Without a penalty a direction may be free of cost: it is left.
      if (!(curvature > 0)) break
      const length = squares / curvature
      axpy(k, length, direction, out)
      axpy(k, -length, image, rest)
      const now = dot(k, rest, rest)
      const turn = f64x2.splat(now / squares)
      squares = now
      for (let place: usize = 0; place < step; place += 16)
        v128.store(direction + place, f64x2.add(v128.load(rest + place), f64x2.mul(turn, v128.load(direction + place))))
    }
  }
}

export function factorEpoch_f64(
  n: i32, k: i32, ld: i32, order: usize, users: usize, items: usize, ratings: usize, mean: f64, userBiases: usize, itemBiases: usize,
  userFactors: usize, itemFactors: usize, rate: f64, regularization: f64, biasRegularization: f64, learnBiases: bool,
): f64 {
  const step = <usize>ld << 3
  const shrink = f64x2.splat(1 - rate * regularization)
  let squares: f64 = 0
  for (let t = 0; t < n; t++) {
    const place = <usize>load<u32>(order + (<usize>t << 2))
    const user = <usize>load<u32>(users + (place << 2)), item = <usize>load<u32>(items + (place << 2))
    const userBias = userBiases + (user << 3), itemBias = itemBiases + (item << 3)
    const bu = load<f64>(userBias), bi = load<f64>(itemBias)
    let p = userFactors + user * step, q = itemFactors + item * step
    const error = load<f64>(ratings + (place << 3)) - (mean + bu + bi + dot(k, p, q))
    squares += error * error
    if (learnBiases) {
      store<f64>(userBias, bu + rate * (error - biasRegularization * bu))
      store<f64>(itemBias, bi + rate * (error - biasRegularization * bi))
    }
    const gain = f64x2.splat(rate * error)
    for (const end = p + step; p < end; p += 16, q += 16) {
      const own = v128.load(p), other = v128.load(q)
      v128.store(p, f64x2.add(f64x2.mul(own, shrink), f64x2.mul(gain, other)))
      v128.store(q, f64x2.add(f64x2.mul(other, shrink), f64x2.mul(gain, own)))
    }
  }
  return squares
}
