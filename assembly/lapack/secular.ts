/**
 * Roots of the secular equations behind divide and conquer, by rational interpolation inside a bracket (Li 1993, "the middle way"; LAPACK's
 * laed4 and lasd4): 1 / rho + sum z_j^2 / (p_j - x) = 0, where poles and root are d_j and lambda, or with `squared` d_j^2 and sigma^2.
 * Every root is found as the distance `mu` from its nearer pole, so that its differences to all poles are accurate to the last digits.
 */
const epsilon: f64 = 1.1102230246251565e-16

/** Results of the last `evaluate`: the sum over some poles and its derivative. */
let sum: f64 = 0
let slope: f64 = 0

/** Sums over the poles first .. last - 1 at the root d_origin + mu; `gaps` holds d_j - d_origin, `base` is d_origin + mu. */
function evaluate(squared: bool, first: i32, last: i32, gaps: usize, d: usize, z: usize, mu: f64, base: f64): void {
  let s = f64x2.splat(0), t = s
  const shift = f64x2.splat(mu), root = f64x2.splat(base)
  let j = first
  for (; j + 2 <= last; j += 2) {
    const at = (<usize>j) << 3
    const weight = v128.load(z + at)
    let difference = f64x2.sub(v128.load(gaps + at), shift)
    if (squared) difference = f64x2.mul(difference, f64x2.add(v128.load(d + at), root))
    const ratio = f64x2.div(weight, difference)
    s = f64x2.add(s, f64x2.mul(weight, ratio))
    t = f64x2.add(t, f64x2.mul(ratio, ratio))
  }
  sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  slope = f64x2.extract_lane(t, 0) + f64x2.extract_lane(t, 1)
  if (j < last) {
    const at = (<usize>j) << 3
    const weight = load<f64>(z + at)
    let difference = load<f64>(gaps + at) - mu
    if (squared) difference *= load<f64>(d + at) + base
    const ratio = weight / difference
    sum += weight * ratio
    slope += ratio * ratio
  }
}

/** Between lo and hi, which have one sign or touch 0: their geometric mean, as a root may be tiny beside its interval. */
function between(lo: f64, hi: f64): f64 {
  if (lo == 0) return hi / 16
  if (hi == 0) return lo / 16
  const middle = Math.sqrt(Math.abs(lo)) * Math.sqrt(Math.abs(hi))
  return lo < 0 ? -middle : middle
}

/**
 * Root `i` of `k`, between poles i and i + 1 (the last: beyond the last pole, with norm(z) = 1). d ascends. Row `gaps` [k] receives p_j - x.
 * Returns the root: lambda, or sigma.
 */
export function secularRoot(squared: bool, k: i32, i: i32, d: usize, z: usize, rho: f64, gaps: usize): f64 {
  const isLast = i == k - 1
  const di = load<f64>(d + ((<usize>i) << 3))
  let origin = di
  let lo: f64 = 0, hi: f64
  if (!isLast) hi = 0.5 * (load<f64>(d + ((<usize>i) << 3), 8) - di)
  else hi = (squared ? rho / (di + Math.sqrt(di * di + rho)) : rho) * (1 + 8 * epsilon)
  for (let j = 0; j < k; j++) store<f64>(gaps + ((<usize>j) << 3), load<f64>(d + ((<usize>j) << 3)) - di)
  let mu = isLast ? 0.5 * hi : hi
  const inverse = 1 / rho
  for (let iteration = 0; iteration < 80; iteration++) {
    let base = origin + mu
    evaluate(squared, 0, i + 1, gaps, d, z, mu, base)
    const psi = sum, psiSlope = slope
    evaluate(squared, i + 1, k, gaps, d, z, mu, base)
    const phi = sum, phiSlope = slope
    const f = inverse + psi + phi
    const stretch = squared ? 2 * base : 1
    const noise = 8 * (Math.abs(psi) + Math.abs(phi)) + inverse + Math.abs(mu) * stretch * (psiSlope + phiSlope)
    if (Math.abs(f) <= epsilon * noise) break
    if (f < 0 && !isLast && iteration == 0) {
      // The root is nearer to the upper pole: measure from there.
      origin = load<f64>(d + ((<usize>i) << 3), 8)
      for (let j = 0; j < k; j++) store<f64>(gaps + ((<usize>j) << 3), load<f64>(d + ((<usize>j) << 3)) - origin)
      lo = -hi
      hi = 0
      mu = lo
      base = origin + mu
    } else if (f < 0) lo = mu
    else hi = mu
    let below = load<f64>(gaps + ((<usize>i) << 3)) - mu
    if (squared) below *= di + base
    let eta: f64
    if (isLast) {
      const c = f - below * psiSlope
      eta = c > 0 ? below + (below * below * psiSlope) / c : NaN
    } else {
      let above = load<f64>(gaps + ((<usize>i) << 3), 8) - mu
      if (squared) above *= load<f64>(d + ((<usize>i) << 3), 8) + base
      const c = f - below * psiSlope - above * phiSlope
      const a = (below + above) * f - below * above * (psiSlope + phiSlope)
      const b = below * above * f
      const root = Math.sqrt(Math.abs(a * a - 4 * b * c))
      if (c == 0) eta = b / a
      else eta = a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root)
    }
    if (squared) eta = eta / (base + Math.sqrt(base * base + eta))
    let next = mu + eta
    // Every fourth step of a slow search halves the bracket; so does a step that leaves it.
    if (!(next > lo && next < hi) || (iteration > 8 && (iteration & 3) == 0)) next = between(lo, hi)
    if (next == mu || hi - lo <= epsilon * Math.max(Math.abs(lo), Math.abs(hi))) break
    mu = next
  }
  const root = origin + mu
  for (let j = 0; j < k; j++) {
    const at = (<usize>j) << 3
    let difference = load<f64>(gaps + at) - mu
    if (squared) difference *= load<f64>(d + at) + root
    store<f64>(gaps + at, difference)
  }
  return root
}

/**
 * The z whose secular equation has exactly the computed roots (Gu & Eisenstat 1994), with the signs of the old one; this, not the accuracy
 * of the roots, makes the vectors orthogonal. Row i of `gaps` [k, k] holds p_j - x_i.
 */
export function refineWeights(squared: bool, k: i32, d: usize, gaps: usize, z: usize, product: usize): void {
  for (let j = 0; j < k; j++) store<f64>(product + ((<usize>j) << 3), 1)
  for (let i = 0; i < k; i++) {
    const row = gaps + <usize>i * ((<usize>k) << 3)
    const di = load<f64>(d + ((<usize>i) << 3))
    for (let j = 0; j < k; j++) {
      const at = (<usize>j) << 3
      let pole: f64 = 1
      if (i != j) {
        const dj = load<f64>(d + at)
        pole = squared ? (dj - di) * (dj + di) : dj - di
      }
      store<f64>(product + at, load<f64>(product + at) * (load<f64>(row + at) / pole))
    }
  }
  for (let j = 0; j < k; j++) {
    const at = (<usize>j) << 3
    store<f64>(z + at, copysign<f64>(Math.sqrt(Math.abs(load<f64>(product + at))), load<f64>(z + at)))
  }
}
