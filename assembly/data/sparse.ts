/** Sparse codes of rows for a dictionary, by its Gram matrix. */

/** out [k] = G z - p for symmetric G, row by row of those that z uses: most of z is zero. */
// @ts-ignore: decorator
@inline
function gradientOf(k: i32, gram: usize, products: usize, z: usize, out: usize): void {
  const bytes = <usize>k << 3
  for (let t: usize = 0; t < bytes; t += 8) store<f64>(out + t, -load<f64>(products + t))
  for (let r = 0; r < k; r++) {
    const weight = load<f64>(z + (<usize>r << 3))
    if (weight == 0) continue
    const row = gram + <usize>r * bytes
    const w = f64x2.splat(weight)
    let t: usize = 0
    for (; t + 16 <= bytes; t += 16)
      v128.store(out + t, f64x2.add(v128.load(out + t), f64x2.mul(w, v128.load(row + t))))
    if (t < bytes) store<f64>(out + t, load<f64>(out + t) + weight * load<f64>(row + t))
  }
}

/**
 * FISTA for each row of codes [n, k] from where it is: min 1/2 z' G z - p' z + alpha |z|_1 for gram = G [k, k] and products = p [n, k]. `step` is at most
 * 1 / |G|. A row ends where its last step is within tol (1 + its size) in every coordinate, or after `most` steps; the momentum starts anew where it points
 * uphill (O'Donoghue & Candes 2015). `work` holds 3 k numbers. Returns the most steps that a row took. Source: Beck & Teboulle (2009).
 */
export function fistaRows_f64(
  n: i32, k: i32, gram: usize, products: usize, alpha: f64, step: f64, tol: f64, most: i32, codes: usize, work: usize,
): i32 {
  const gradient = work
  const y = work + (<usize>k << 3)
  const before = work + (<usize>k << 4)
  const threshold = alpha * step
  let longest = 0
  for (let i = 0; i < n; i++) {
    memory.copy(y, codes, <usize>k << 3)
    let momentum: f64 = 1
    let taken = 0
    while (taken < most) {
      taken++
      gradientOf(k, gram, products, y, gradient)
      memory.copy(before, codes, <usize>k << 3)
      let farthest: f64 = 0
      let largest: f64 = 0
      let uphill: f64 = 0
      for (let t: usize = 0; t < <usize>k << 3; t += 8) {
        const start = load<f64>(y + t)
        const moved = start - step * load<f64>(gradient + t)
        const z = moved > threshold ? moved - threshold : moved < -threshold ? moved + threshold : 0
        const old = load<f64>(before + t)
        store<f64>(codes + t, z)
        // Both: what momentum moved from the last code, and what the step moved from there.
        farthest = max<f64>(farthest, max<f64>(Math.abs(z - start), Math.abs(z - old)))
        largest = max<f64>(largest, Math.abs(z))
        uphill += (start - z) * (z - old)
      }
      if (farthest <= tol * largest || farthest == 0) break
      const next = uphill > 0 ? 1 : 0.5 + Math.sqrt(0.25 + momentum * momentum)
      const weight = uphill > 0 ? 0 : (momentum - 1) / next
      momentum = next
      for (let t: usize = 0; t < <usize>k << 3; t += 8) {
        const z = load<f64>(codes + t)
        store<f64>(y + t, z + weight * (z - load<f64>(before + t)))
      }
    }
    longest = max<i32>(longest, taken)
    codes += <usize>k << 3
    products += <usize>k << 3
  }
  return longest
}

/**
 * Coordinate descent for each row of codes [n, k] from where it is, for the problem of `fistaRows`: passes over the coordinates that are not zero until no step
 * is above tol times the row's largest element, then over all, with the gradient anew, until these rest too; at most `most` passes. `work` holds k numbers.
 * Returns the most passes that a row took. Source: Friedman, Hastie & Tibshirani (2010).
 */
export function descendRows_f64(
  n: i32, k: i32, gram: usize, products: usize, alpha: f64, tol: f64, most: i32, codes: usize, work: usize,
): i32 {
  const bytes = <usize>k << 3
  let longest = 0
  for (let i = 0; i < n; i++) {
    gradientOf(k, gram, products, codes, work)
    let isWhole = true
    let passes = 0
    while (passes < most) {
      passes++
      let farthest: f64 = 0
      let largest: f64 = 0
      let row = gram
      for (let t: usize = 0; t < bytes; t += 8, row += bytes) {
        const old = load<f64>(codes + t)
        if (!isWhole && old == 0) continue
        const curvature = load<f64>(row + t)
        const pull = old * curvature - load<f64>(work + t)
        let z: f64 = 0
        if (curvature > 0) z = pull > alpha ? (pull - alpha) / curvature : pull < -alpha ? (pull + alpha) / curvature : 0
        largest = max<f64>(largest, Math.abs(z))
        if (z == old) continue
        store<f64>(codes + t, z)
        const change = z - old
        farthest = max<f64>(farthest, Math.abs(change))
        const c = f64x2.splat(change)
        let r: usize = 0
        for (; r + 16 <= bytes; r += 16)
          v128.store(work + r, f64x2.add(v128.load(work + r), f64x2.mul(c, v128.load(row + r))))
        if (r < bytes) store<f64>(work + r, load<f64>(work + r) + change * load<f64>(row + r))
      }
      if (farthest > tol * largest) isWhole = false
      else if (isWhole) break
      else {
        isWhole = true
        gradientOf(k, gram, products, codes, work)
      }
    }
    longest = max<i32>(longest, passes)
    codes += bytes
    products += bytes
  }
  return longest
}
