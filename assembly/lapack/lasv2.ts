/** Singular values (and vectors) of [f g; 0 h], accurate to a few units in the last place (LAPACK's lasv2 and las2). */

/** Results of the last `lasv2`: signed singular values; rotations with [cl sl; -sl cl] [f g; 0 h] [cr -sr; sr cr] = diag(max, min). */
export let sigmaMax: f64 = 0
export let sigmaMin: f64 = 0
export let cosineLeft: f64 = 1
export let sineLeft: f64 = 0
export let cosineRight: f64 = 1
export let sineRight: f64 = 0

const epsilon: f64 = 1.1102230246251565e-16

// @ts-ignore: decorator
@inline
function sign(x: f64): f64 {
  return copysign<f64>(1, x)
}

/** The smaller singular value of [f g; 0 h]. */
export function leastOfTwo(f: f64, g: f64, h: f64): f64 {
  const least = Math.min(Math.abs(f), Math.abs(h))
  const most = Math.max(Math.abs(f), Math.abs(h))
  const off = Math.abs(g)
  if (least == 0) return 0
  const sum = 1 + least / most
  const gap = (most - least) / most
  if (off < most) {
    const square = (off / most) * (off / most)
    return least * (2 / (Math.sqrt(sum * sum + square) + Math.sqrt(gap * gap + square)))
  }
  const ratio = most / off
  if (ratio == 0) return (least * most) / off
  const x = sum * ratio, y = gap * ratio
  return 2 * (least * (1 / (Math.sqrt(1 + x * x) + Math.sqrt(1 + y * y))) * ratio)
}

/** Both, with their rotations. */
export function lasv2(f: f64, g: f64, h: f64): void {
  const swapped = Math.abs(h) > Math.abs(f)
  const ft = swapped ? h : f
  const ht = swapped ? f : h
  const fa = Math.abs(ft), ha = Math.abs(ht), ga = Math.abs(g)
  let cl: f64 = 1, cr: f64 = 1, sl: f64 = 0, sr: f64 = 0
  // Which of f, g, h is largest decides from which product the signs are taken.
  let largest = swapped ? 3 : 1
  sigmaMax = fa
  sigmaMin = ha
  if (ga != 0) {
    if (ga > fa) largest = 2
    if (ga > fa && fa / ga < epsilon) {
      sigmaMax = ga
      sigmaMin = ha > 1 ? fa / (ga / ha) : (fa / ga) * ha
      sl = ht / g
      sr = 1
      cr = ft / g
    } else {
      const gap = fa - ha
      let l = gap == fa ? 1 : gap / fa
      const m = g / ft
      let t = 2 - l
      const mm = m * m
      const sum = Math.sqrt(t * t + mm)
      const difference = l == 0 ? Math.abs(m) : Math.sqrt(l * l + mm)
      const a = 0.5 * (sum + difference)
      sigmaMin = ha / a
      sigmaMax = fa * a
      if (mm != 0) t = (m / (sum + t) + m / (difference + l)) * (1 + a)
      else if (l == 0) t = 2 * sign(ft) * sign(g)
      else t = g / copysign<f64>(gap, ft) + m / t
      l = Math.sqrt(t * t + 4)
      cr = 2 / l
      sr = t / l
      cl = (cr + sr * m) / a
      sl = ((ht / ft) * sr) / a
    }
  }
  cosineLeft = swapped ? sr : cl
  sineLeft = swapped ? cr : sl
  cosineRight = swapped ? sl : cr
  sineRight = swapped ? cl : sr
  let signs: f64 = 1
  if (largest == 1) signs = sign(cosineRight) * sign(cosineLeft) * sign(f)
  else if (largest == 2) signs = sign(sineRight) * sign(cosineLeft) * sign(g)
  else signs = sign(sineRight) * sign(sineLeft) * sign(h)
  sigmaMax = copysign<f64>(sigmaMax, signs)
  sigmaMin = copysign<f64>(sigmaMin, signs * sign(f) * sign(h))
}
