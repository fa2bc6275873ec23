/** Two sorted samples in one merge: everything that tests of a column read from their distribution functions and ranks. */

/**
 * a [n] and b [m] ascending, without NaN; n, m >= 1. For each distinct value x let i and j be how many of a and b are <= x. out [10]:
 * 0 i m - j n where its size is largest (the first such x), 1 that x, 2 the sum of |i/n - j/m| times the way to the next x, 3 the same with
 * squares, 4 the sum of the midranks of a, 5 the sum of t^3 - t over groups of t equal values, 6 and 7 the sums over a and over b of (midrank - place
 * in the own sample)^2, 8 Anderson and Darling's sum for each unit of 1/n and 1/m, 9 how many distinct values there are. Sums 2 and 3 are
 * for finite numbers.
 */
export function twoSample_f64(n: i32, a: usize, m: i32, b: usize, out: usize): void {
  const N = <f64>n + <f64>m
  const endA = a + (<usize>n << 3)
  const endB = b + (<usize>m << 3)
  const shareA = 1 / <f64>n
  const shareB = 1 / <f64>m
  let i: f64 = 0
  let j: f64 = 0
  let best: f64 = 0
  let where = Math.min(load<f64>(a), load<f64>(b))
  let before = where
  let gap: f64 = 0
  let area: f64 = 0
  let squares: f64 = 0
  let ranks: f64 = 0
  let ties: f64 = 0
  let ownA: f64 = 0
  let ownB: f64 = 0
  let anderson: f64 = 0
  let distinct = 0
  while (a < endA || b < endB) {
    const x = a == endA ? load<f64>(b) : b == endB ? load<f64>(a) : min(load<f64>(a), load<f64>(b))
    const way = x - before
    area += abs(gap) * way
    squares += gap * gap * way
    before = x
    const startA = a
    const startB = b
    while (a < endA && load<f64>(a) == x) a += 8
    while (b < endB && load<f64>(b) == x) b += 8
    const ca = <f64>((a - startA) >>> 3)
    const cb = <f64>((b - startB) >>> 3)
    const c = ca + cb
    // Midrank of this group, less the number before it in either sample.
    const middle = 0.5 * (c + 1)
    const overA = j + middle - 0.5 * (ca + 1)
    const overB = i + middle - 0.5 * (cb + 1)
    ranks += ca * (i + j + middle)
    if (c > 1) ties += (c * c - 1) * c
    ownA += ca * (overA * overA + (ca * ca - 1) / 12)
    ownB += cb * (overB * overB + (cb * cb - 1) / 12)
    // Anderson and Darling's terms for midranks (Scholz & Stephens 1987, formula 7): both samples have the same square.
    const B = i + j + 0.5 * c
    const M = i + 0.5 * ca
    const D = B * (N - B) - 0.25 * N * c
    const off = N * M - B * <f64>n
    if (D > 0) anderson += (c * off * off) / D
    i += ca
    j += cb
    const signed = i * <f64>m - j * <f64>n
    if (abs(signed) > abs(best)) {
      best = signed
      where = x
    }
    gap = i * shareA - j * shareB
    distinct++
  }
  store<f64>(out, best)
  store<f64>(out, where, 8)
  store<f64>(out, area, 16)
  store<f64>(out, squares, 24)
  store<f64>(out, ranks, 32)
  store<f64>(out, ties, 40)
  store<f64>(out, ownA, 48)
  store<f64>(out, ownB, 56)
  store<f64>(out, anderson / N, 64)
  store<f64>(out, <f64>distinct, 72)
}
