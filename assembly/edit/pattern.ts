/**
 * N:M sparsity in place: of `m` elements `stride` apart all but the `keep` largest in magnitude become zero, of equal ones those further back.
 * An element stays when fewer than `keep` others come before it in that order, so lanes need no branches. What is not finite is larger than all and stays.
 */

// @ts-ignore: decorator
@inline
function place<T>(x: usize, t: i32, stride: i32): usize {
  return x + <usize>t * <usize>stride * sizeof<T>()
}

/** One run of m elements; `sizes` has room for m of them. */
// @ts-ignore: decorator
@inline
function run<T>(x: usize, m: i32, keep: i32, stride: i32, sizes: usize): void {
  for (let t = 0; t < m; t++) {
    const size = abs<T>(load<T>(place<T>(x, t, stride)))
    store<T>(sizes + <usize>t * sizeof<T>(), size < <T>Infinity ? size : <T>Infinity)
  }
  for (let t = 0; t < m; t++) {
    const own = load<T>(sizes + <usize>t * sizeof<T>())
    let before = 0
    for (let s = 0; s < m; s++) {
      const other = load<T>(sizes + <usize>s * sizeof<T>())
      before += <i32>(other > own || (other == own && s < t))
    }
    if (before >= keep && own < <T>Infinity) store<T>(place<T>(x, t, stride), <T>0)
  }
}

/** The same for lanes side by side: a run in each lane. */
// @ts-ignore: decorator
@inline
function lanes<T>(x: usize, m: i32, keep: i32, stride: i32, sizes: usize): void {
  const infinity = v128.splat<T>(<T>Infinity)
  const most = sizeof<T>() == 4 ? i32x4.splat(keep) : i64x2.splat(<i64>keep)
  for (let t = 0; t < m; t++)
    v128.store(sizes + (<usize>t << 4), v128.pmin<T>(infinity, v128.abs<T>(v128.load(place<T>(x, t, stride)))))
  for (let t = 0; t < m; t++) {
    const own = v128.load(sizes + (<usize>t << 4))
    // Counts from 0 downwards: a true lane is -1.
    let before = i64x2.splat(0)
    for (let s = 0; s < m; s++) {
      const other = v128.load(sizes + (<usize>s << 4))
      const isBefore = s < t ? v128.ge<T>(other, own) : v128.gt<T>(other, own)
      before = sizeof<T>() == 4 ? i32x4.add(before, isBefore) : i64x2.add(before, isBefore)
    }
    const enough =
      sizeof<T>() == 4 ? i32x4.ge_s(i32x4.neg(before), most) : i64x2.ge_s(i64x2.neg(before), most)
    const at = place<T>(x, t, stride)
    v128.store(at, v128.andnot(v128.load(at), v128.and(enough, v128.lt<T>(own, infinity))))
  }
}

/** Four runs of four consecutive f32 at once: transposed, ranked lane by lane, transposed back. */
function fours(x: usize, keep: i32): void {
  const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48)
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const AB = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const CD = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const infinity = f32x4.splat(Infinity)
  const p = f32x4.pmin(infinity, f32x4.abs(i64x2Low(ab, cd))), q = f32x4.pmin(infinity, f32x4.abs(i64x2High(ab, cd)))
  const r = f32x4.pmin(infinity, f32x4.abs(i64x2Low(AB, CD))), s = f32x4.pmin(infinity, f32x4.abs(i64x2High(AB, CD)))
  const qp = f32x4.gt(q, p), rp = f32x4.gt(r, p), sp = f32x4.gt(s, p)
  const rq = f32x4.gt(r, q), sq = f32x4.gt(s, q), sr = f32x4.gt(s, r)
  const pq = f32x4.ge(p, q), pr = f32x4.ge(p, r), ps = f32x4.ge(p, s)
  const qr = f32x4.ge(q, r), qs = f32x4.ge(q, s), rs = f32x4.ge(r, s)
  const most = i32x4.splat(-keep)
  const goP = v128.and(i32x4.le_s(i32x4.add(i32x4.add(qp, rp), sp), most), f32x4.lt(p, infinity))
  const goQ = v128.and(i32x4.le_s(i32x4.add(i32x4.add(pq, rq), sq), most), f32x4.lt(q, infinity))
  const goR = v128.and(i32x4.le_s(i32x4.add(i32x4.add(pr, qr), sr), most), f32x4.lt(r, infinity))
  const goS = v128.and(i32x4.le_s(i32x4.add(i32x4.add(ps, qs), rs), most), f32x4.lt(s, infinity))
  const pqLow = i8x16.shuffle(goP, goQ, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const rsLow = i8x16.shuffle(goR, goS, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const pqHigh = i8x16.shuffle(goP, goQ, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const rsHigh = i8x16.shuffle(goR, goS, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  v128.store(x, v128.andnot(a, i64x2Low(pqLow, rsLow)))
  v128.store(x, v128.andnot(b, i64x2High(pqLow, rsLow)), 16)
  v128.store(x, v128.andnot(c, i64x2Low(pqHigh, rsHigh)), 32)
  v128.store(x, v128.andnot(d, i64x2High(pqHigh, rsHigh)), 48)
}

// @ts-ignore: decorator
@inline
function i64x2Low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

// @ts-ignore: decorator
@inline
function i64x2High(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
}

/** `runs` times m rows of `inner` elements: each column of such a block is one run. */
// @ts-ignore: decorator
@inline
function pattern<T>(x: usize, runs: i32, m: i32, inner: i32, keep: i32, sizes: usize): void {
  const wide = <i32>(16 / sizeof<T>())
  const block = <usize>m * <usize>inner * sizeof<T>()
  let g = 0
  if (sizeof<T>() == 4 && inner == 1 && m == 4) for (; g + 4 <= runs; g += 4) fours(x + <usize>g * block, keep)
  for (; g < runs; g++) {
    const from = x + <usize>g * block
    let j = 0
    for (; j + wide <= inner; j += wide) lanes<T>(from + <usize>j * sizeof<T>(), m, keep, inner, sizes)
    for (; j < inner; j++) run<T>(from + <usize>j * sizeof<T>(), m, keep, inner, sizes)
  }
}

export function pattern_f32(x: usize, runs: i32, m: i32, inner: i32, keep: i32, sizes: usize): void {
  pattern<f32>(x, runs, m, inner, keep, sizes)
}

export function pattern_f64(x: usize, runs: i32, m: i32, inner: i32, keep: i32, sizes: usize): void {
  pattern<f64>(x, runs, m, inner, keep, sizes)
}
