/**
 * Updates of parameters, one pass each over what they read and write. Operations stand in PyTorch's order, so that equal gradients give equal
 * parameters up to the rounding of fused multiply-adds. A body is written once, for a vector (`whole`) or for one element in all its lanes.
 */

// @ts-ignore: decorator
@inline
function take<T>(at: usize, whole: bool): v128 {
  return whole ? v128.load(at) : v128.splat<T>(load<T>(at))
}

// @ts-ignore: decorator
@inline
function put<T>(at: usize, x: v128, whole: bool): void {
  if (whole) v128.store(at, x)
  else store<T>(at, v128.extract_lane<T>(x, 0))
}

// @ts-ignore: decorator
@inline
function all<T>(x: f64): v128 {
  return v128.splat<T>(<T>x)
}

// @ts-ignore: decorator
@inline
function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>()
}

// @ts-ignore: decorator
@inline
function muladd<T>(x: v128, a: v128, b: v128): v128 {
  return v128.add<T>(x, v128.mul<T>(a, b))
}

// ---- a tally in f64: sums of squares of the elements y that an update leaves, and of y - x, what it moved them by

/** Elements whose squares are added in the lanes of their type before f64 takes over. */
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 512

// @ts-ignore: decorator
@inline
function laneSum<T>(x: v128): f64 {
  const two = <f64>v128.extract_lane<T>(x, 0) + <f64>v128.extract_lane<T>(x, 1)
  return sizeof<T>() == 8 ? two : two + (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))
}

// @ts-ignore: decorator
@inline
function squareOf<T>(x: v128): f64 {
  const one = <f64>v128.extract_lane<T>(x, 0)
  return one * one
}

/** The tally of what stands at y, with x before it: in the order of an update, so the same to the bit. */
export function recount_f32(n: i32, x: usize, y: usize, tally: usize): void {
  let squares: f64 = 0, moved: f64 = 0
  let i = 0
  while (i + 4 <= n) {
    const end = min(n, i + BLOCK)
    let s = all<f32>(0), d = s
    for (; i + 4 <= end; i += 4) {
      const at = <usize>i * 4
      const after = v128.load(y + at), by = f32x4.sub(after, v128.load(x + at))
      s = muladd<f32>(s, after, after)
      d = muladd<f32>(d, by, by)
    }
    squares += laneSum<f32>(s)
    moved += laneSum<f32>(d)
  }
  for (; i < n; i++) {
    const at = <usize>i * 4
    const after = take<f32>(y + at, false)
    squares += squareOf<f32>(after)
    moved += squareOf<f32>(f32x4.sub(after, take<f32>(x + at, false)))
  }
  store<f64>(tally, squares)
  store<f64>(tally, moved, 8)
}

// ---- gradient descent

// @ts-ignore: decorator
@inline
function sgdAt<T>(w: usize, g: usize, buffer: usize, rate: v128, momentum: v128, share: v128, decay: v128, sign: v128, first: bool, nesterov: bool, whole: bool): v128 {
  const x = take<T>(w, whole)
  let d = muladd<T>(v128.xor(take<T>(g, whole), sign), x, decay)
  if (buffer) {
    const b = first ? d : muladd<T>(v128.mul<T>(take<T>(buffer, whole), momentum), d, share)
    put<T>(buffer, b, whole)
    d = nesterov ? muladd<T>(d, b, momentum) : b
  }
  const y = v128.sub<T>(x, v128.mul<T>(d, rate))
  put<T>(w, y, whole)
  return y
}

// @ts-ignore: decorator
@inline
function sgdBy<T>(n: i32, w: usize, g: usize, buffer: usize, rate: f64, momentum: f64, dampening: f64, decay: f64, first: bool, nesterov: bool, maximize: bool, tally: usize, counts: bool): void {
  const r = all<T>(rate), m = all<T>(momentum), s = all<T>(1 - dampening), d = all<T>(decay), sign = all<T>(maximize ? -0.0 : 0)
  let squares: f64 = 0, moved: f64 = 0
  let i = 0
  while (i + lanes<T>() <= n) {
    const end = min(n, i + BLOCK)
    let sizes = all<T>(0), ways = sizes
    for (; i + lanes<T>() <= end; i += lanes<T>()) {
      const at = <usize>i * sizeof<T>()
      const x = take<T>(w + at, true)
      const y = sgdAt<T>(w + at, g + at, buffer ? buffer + at : 0, r, m, s, d, sign, first, nesterov, true)
      if (counts) {
        const way = v128.sub<T>(y, x)
        sizes = muladd<T>(sizes, y, y)
        ways = muladd<T>(ways, way, way)
      }
    }
    squares += laneSum<T>(sizes)
    moved += laneSum<T>(ways)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    const x = take<T>(w + at, false)
    const y = sgdAt<T>(w + at, g + at, buffer ? buffer + at : 0, r, m, s, d, sign, first, nesterov, false)
    squares += squareOf<T>(y)
    moved += squareOf<T>(v128.sub<T>(y, x))
  }
  if (counts) {
    store<f64>(tally, squares)
    store<f64>(tally, moved, 8)
  }
}

function sgd<T>(n: i32, w: usize, g: usize, buffer: usize, rate: f64, momentum: f64, dampening: f64, decay: f64, first: bool, nesterov: bool, maximize: bool, tally: usize): void {
  if (tally) sgdBy<T>(n, w, g, buffer, rate, momentum, dampening, decay, first, nesterov, maximize, tally, true)
  else sgdBy<T>(n, w, g, buffer, rate, momentum, dampening, decay, first, nesterov, maximize, tally, false)
}

export function sgd_f32(n: i32, w: usize, g: usize, buffer: usize, rate: f64, momentum: f64, dampening: f64, decay: f64, first: bool, nesterov: bool, maximize: bool, tally: usize): void {
  sgd<f32>(n, w, g, buffer, rate, momentum, dampening, decay, first, nesterov, maximize, tally)
}

export function sgd_f64(n: i32, w: usize, g: usize, buffer: usize, rate: f64, momentum: f64, dampening: f64, decay: f64, first: bool, nesterov: bool, maximize: bool, tally: usize): void {
  sgd<f64>(n, w, g, buffer, rate, momentum, dampening, decay, first, nesterov, maximize, tally)
}

// ---- Adam and its kin

// @ts-ignore: decorator
@inline
function adamAt<T>(w: usize, g: usize, m: usize, v: usize, most: usize, beta1: v128, rest1: v128, beta2: v128, rest2: v128, decay: v128, keep: v128, step: v128, root: v128, epsilon: v128, sign: v128, whole: bool): v128 {
  const x = v128.mul<T>(take<T>(w, whole), keep)
  const d = muladd<T>(v128.xor(take<T>(g, whole), sign), x, decay)
  const a = muladd<T>(v128.mul<T>(take<T>(m, whole), beta1), d, rest1)
  let b = muladd<T>(v128.mul<T>(take<T>(v, whole), beta2), v128.mul<T>(d, rest2), d)
  put<T>(m, a, whole)
  put<T>(v, b, whole)
  if (most) {
    b = v128.max<T>(take<T>(most, whole), b)
    put<T>(most, b, whole)
  }
  const below = v128.add<T>(v128.mul<T>(v128.sqrt<T>(b), root), epsilon)
  const y = v128.sub<T>(x, v128.div<T>(v128.mul<T>(a, step), below))
  put<T>(w, y, whole)
  return y
}

// @ts-ignore: decorator
@inline
function adamBy<T>(n: i32, w: usize, g: usize, m: usize, v: usize, most: usize, beta1: f64, beta2: f64, decay: f64, keep: f64, step: f64, root: f64, epsilon: f64, maximize: bool, tally: usize, counts: bool): void {
  const b1 = all<T>(beta1), r1 = all<T>(1 - beta1), b2 = all<T>(beta2), r2 = all<T>(1 - beta2), d = all<T>(decay), k = all<T>(keep)
  const s = all<T>(step), r = all<T>(root), e = all<T>(epsilon), sign = all<T>(maximize ? -0.0 : 0)
  let squares: f64 = 0, moved: f64 = 0
  let i = 0
  while (i + lanes<T>() <= n) {
    const end = min(n, i + BLOCK)
    let sizes = all<T>(0), ways = sizes
    for (; i + lanes<T>() <= end; i += lanes<T>()) {
      const at = <usize>i * sizeof<T>()
      const x = take<T>(w + at, true)
      const y = adamAt<T>(w + at, g + at, m + at, v + at, most ? most + at : 0, b1, r1, b2, r2, d, k, s, r, e, sign, true)
      if (counts) {
        const way = v128.sub<T>(y, x)
        sizes = muladd<T>(sizes, y, y)
        ways = muladd<T>(ways, way, way)
      }
    }
    squares += laneSum<T>(sizes)
    moved += laneSum<T>(ways)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    const x = take<T>(w + at, false)
    const y = adamAt<T>(w + at, g + at, m + at, v + at, most ? most + at : 0, b1, r1, b2, r2, d, k, s, r, e, sign, false)
    squares += squareOf<T>(y)
    moved += squareOf<T>(v128.sub<T>(y, x))
  }
  if (counts) {
    store<f64>(tally, squares)
    store<f64>(tally, moved, 8)
  }
}

function adam<T>(n: i32, w: usize, g: usize, m: usize, v: usize, most: usize, beta1: f64, beta2: f64, decay: f64, keep: f64, step: f64, root: f64, epsilon: f64, maximize: bool, tally: usize): void {
  if (tally) adamBy<T>(n, w, g, m, v, most, beta1, beta2, decay, keep, step, root, epsilon, maximize, tally, true)
  else adamBy<T>(n, w, g, m, v, most, beta1, beta2, decay, keep, step, root, epsilon, maximize, tally, false)
}

export function adam_f32(n: i32, w: usize, g: usize, m: usize, v: usize, most: usize, beta1: f64, beta2: f64, decay: f64, keep: f64, step: f64, root: f64, epsilon: f64, maximize: bool, tally: usize): void {
  adam<f32>(n, w, g, m, v, most, beta1, beta2, decay, keep, step, root, epsilon, maximize, tally)
}

export function adam_f64(n: i32, w: usize, g: usize, m: usize, v: usize, most: usize, beta1: f64, beta2: f64, decay: f64, keep: f64, step: f64, root: f64, epsilon: f64, maximize: bool, tally: usize): void {
  adam<f64>(n, w, g, m, v, most, beta1, beta2, decay, keep, step, root, epsilon, maximize, tally)
}

// @ts-ignore: decorator
@inline
function nadamAt<T>(w: usize, g: usize, m: usize, v: usize, beta1: v128, rest1: v128, beta2: v128, rest2: v128, decay: v128, step: v128, ahead: v128, root: v128, epsilon: v128, whole: bool): void {
  const x = take<T>(w, whole)
  const d = muladd<T>(take<T>(g, whole), x, decay)
  const a = muladd<T>(v128.mul<T>(take<T>(m, whole), beta1), d, rest1)
  const b = muladd<T>(v128.mul<T>(take<T>(v, whole), beta2), v128.mul<T>(d, rest2), d)
  put<T>(m, a, whole)
  put<T>(v, b, whole)
  const below = v128.add<T>(v128.mul<T>(v128.sqrt<T>(b), root), epsilon)
  const above = v128.add<T>(v128.mul<T>(d, step), v128.mul<T>(a, ahead))
  put<T>(w, v128.sub<T>(x, v128.div<T>(above, below)), whole)
}

function nadam<T>(n: i32, w: usize, g: usize, m: usize, v: usize, beta1: f64, beta2: f64, decay: f64, step: f64, ahead: f64, root: f64, epsilon: f64): void {
  const b1 = all<T>(beta1), r1 = all<T>(1 - beta1), b2 = all<T>(beta2), r2 = all<T>(1 - beta2), d = all<T>(decay)
  const s = all<T>(step), h = all<T>(ahead), r = all<T>(root), e = all<T>(epsilon)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const at = <usize>i * sizeof<T>()
    nadamAt<T>(w + at, g + at, m + at, v + at, b1, r1, b2, r2, d, s, h, r, e, true)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    nadamAt<T>(w + at, g + at, m + at, v + at, b1, r1, b2, r2, d, s, h, r, e, false)
  }
}

export function nadam_f32(n: i32, w: usize, g: usize, m: usize, v: usize, beta1: f64, beta2: f64, decay: f64, step: f64, ahead: f64, root: f64, epsilon: f64): void {
  nadam<f32>(n, w, g, m, v, beta1, beta2, decay, step, ahead, root, epsilon)
}

export function nadam_f64(n: i32, w: usize, g: usize, m: usize, v: usize, beta1: f64, beta2: f64, decay: f64, step: f64, ahead: f64, root: f64, epsilon: f64): void {
  nadam<f64>(n, w, g, m, v, beta1, beta2, decay, step, ahead, root, epsilon)
}

// @ts-ignore: decorator
@inline
function lionAt<T>(w: usize, g: usize, m: usize, beta1: v128, rest1: v128, beta2: v128, rest2: v128, keep: v128, rate: v128, whole: bool): void {
  const d = take<T>(g, whole), b = take<T>(m, whole), zero = all<T>(0)
  const u = muladd<T>(v128.mul<T>(b, beta1), d, rest1)
  // The rate with the sign of u, 0 where u is 0; a NaN passes on.
  const signed = v128.bitselect(u, rate, all<T>(-0.0))
  const move = v128.bitselect(v128.and(signed, v128.ne<T>(u, zero)), u, v128.eq<T>(u, u))
  put<T>(m, muladd<T>(v128.mul<T>(b, beta2), d, rest2), whole)
  put<T>(w, v128.sub<T>(v128.mul<T>(take<T>(w, whole), keep), move), whole)
}

function lion<T>(n: i32, w: usize, g: usize, m: usize, beta1: f64, beta2: f64, keep: f64, rate: f64): void {
  const b1 = all<T>(beta1), r1 = all<T>(1 - beta1), b2 = all<T>(beta2), r2 = all<T>(1 - beta2), k = all<T>(keep), r = all<T>(rate)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const at = <usize>i * sizeof<T>()
    lionAt<T>(w + at, g + at, m + at, b1, r1, b2, r2, k, r, true)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    lionAt<T>(w + at, g + at, m + at, b1, r1, b2, r2, k, r, false)
  }
}

export function lion_f32(n: i32, w: usize, g: usize, m: usize, beta1: f64, beta2: f64, keep: f64, rate: f64): void {
  lion<f32>(n, w, g, m, beta1, beta2, keep, rate)
}

export function lion_f64(n: i32, w: usize, g: usize, m: usize, beta1: f64, beta2: f64, keep: f64, rate: f64): void {
  lion<f64>(n, w, g, m, beta1, beta2, keep, rate)
}

// ---- rates by the size of past gradients

// @ts-ignore: decorator
@inline
function rmspropAt<T>(w: usize, g: usize, square: usize, mean: usize, buffer: usize, rate: v128, alpha: v128, rest: v128, epsilon: v128, decay: v128, momentum: v128, sign: v128, whole: bool): void {
  const x = take<T>(w, whole)
  const d = muladd<T>(v128.xor(take<T>(g, whole), sign), x, decay)
  let s = muladd<T>(v128.mul<T>(take<T>(square, whole), alpha), v128.mul<T>(d, rest), d)
  put<T>(square, s, whole)
  if (mean) {
    const a = muladd<T>(v128.mul<T>(take<T>(mean, whole), alpha), d, rest)
    put<T>(mean, a, whole)
    s = v128.sub<T>(s, v128.mul<T>(a, a))
  }
  const below = v128.add<T>(v128.sqrt<T>(s), epsilon)
  if (buffer) {
    const b = v128.add<T>(v128.mul<T>(take<T>(buffer, whole), momentum), v128.div<T>(d, below))
    put<T>(buffer, b, whole)
    put<T>(w, v128.sub<T>(x, v128.mul<T>(b, rate)), whole)
  } else put<T>(w, v128.sub<T>(x, v128.div<T>(v128.mul<T>(d, rate), below)), whole)
}

function rmsprop<T>(n: i32, w: usize, g: usize, square: usize, mean: usize, buffer: usize, rate: f64, alpha: f64, epsilon: f64, decay: f64, momentum: f64, maximize: bool): void {
  const r = all<T>(rate), a = all<T>(alpha), rest = all<T>(1 - alpha), e = all<T>(epsilon), d = all<T>(decay), m = all<T>(momentum)
  const sign = all<T>(maximize ? -0.0 : 0)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const at = <usize>i * sizeof<T>()
    rmspropAt<T>(w + at, g + at, square + at, mean ? mean + at : 0, buffer ? buffer + at : 0, r, a, rest, e, d, m, sign, true)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    rmspropAt<T>(w + at, g + at, square + at, mean ? mean + at : 0, buffer ? buffer + at : 0, r, a, rest, e, d, m, sign, false)
  }
}

export function rmsprop_f32(n: i32, w: usize, g: usize, square: usize, mean: usize, buffer: usize, rate: f64, alpha: f64, epsilon: f64, decay: f64, momentum: f64, maximize: bool): void {
  rmsprop<f32>(n, w, g, square, mean, buffer, rate, alpha, epsilon, decay, momentum, maximize)
}

export function rmsprop_f64(n: i32, w: usize, g: usize, square: usize, mean: usize, buffer: usize, rate: f64, alpha: f64, epsilon: f64, decay: f64, momentum: f64, maximize: bool): void {
  rmsprop<f64>(n, w, g, square, mean, buffer, rate, alpha, epsilon, decay, momentum, maximize)
}

// @ts-ignore: decorator
@inline
function adagradAt<T>(w: usize, g: usize, sum: usize, rate: v128, epsilon: v128, decay: v128, sign: v128, whole: bool): void {
  const x = take<T>(w, whole)
  const d = muladd<T>(v128.xor(take<T>(g, whole), sign), x, decay)
  const s = muladd<T>(take<T>(sum, whole), d, d)
  put<T>(sum, s, whole)
  put<T>(w, v128.sub<T>(x, v128.div<T>(v128.mul<T>(d, rate), v128.add<T>(v128.sqrt<T>(s), epsilon))), whole)
}

function adagrad<T>(n: i32, w: usize, g: usize, sum: usize, rate: f64, epsilon: f64, decay: f64, maximize: bool): void {
  const r = all<T>(rate), e = all<T>(epsilon), d = all<T>(decay), sign = all<T>(maximize ? -0.0 : 0)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const at = <usize>i * sizeof<T>()
    adagradAt<T>(w + at, g + at, sum + at, r, e, d, sign, true)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    adagradAt<T>(w + at, g + at, sum + at, r, e, d, sign, false)
  }
}

export function adagrad_f32(n: i32, w: usize, g: usize, sum: usize, rate: f64, epsilon: f64, decay: f64, maximize: bool): void {
  adagrad<f32>(n, w, g, sum, rate, epsilon, decay, maximize)
}

export function adagrad_f64(n: i32, w: usize, g: usize, sum: usize, rate: f64, epsilon: f64, decay: f64, maximize: bool): void {
  adagrad<f64>(n, w, g, sum, rate, epsilon, decay, maximize)
}

// @ts-ignore: decorator
@inline
function adadeltaAt<T>(w: usize, g: usize, square: usize, moved: usize, rate: v128, rho: v128, rest: v128, epsilon: v128, decay: v128, sign: v128, whole: bool): void {
  const x = take<T>(w, whole), past = take<T>(moved, whole)
  const d = muladd<T>(v128.xor(take<T>(g, whole), sign), x, decay)
  const s = muladd<T>(v128.mul<T>(take<T>(square, whole), rho), v128.mul<T>(d, rest), d)
  const ratio = v128.div<T>(v128.sqrt<T>(v128.add<T>(past, epsilon)), v128.sqrt<T>(v128.add<T>(s, epsilon)))
  const move = v128.mul<T>(ratio, d)
  put<T>(square, s, whole)
  put<T>(moved, muladd<T>(v128.mul<T>(past, rho), v128.mul<T>(move, rest), move), whole)
  put<T>(w, v128.sub<T>(x, v128.mul<T>(move, rate)), whole)
}

function adadelta<T>(n: i32, w: usize, g: usize, square: usize, moved: usize, rate: f64, rho: f64, epsilon: f64, decay: f64, maximize: bool): void {
  const r = all<T>(rate), o = all<T>(rho), rest = all<T>(1 - rho), e = all<T>(epsilon), d = all<T>(decay), sign = all<T>(maximize ? -0.0 : 0)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const at = <usize>i * sizeof<T>()
    adadeltaAt<T>(w + at, g + at, square + at, moved + at, r, o, rest, e, d, sign, true)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    adadeltaAt<T>(w + at, g + at, square + at, moved + at, r, o, rest, e, d, sign, false)
  }
}

export function adadelta_f32(n: i32, w: usize, g: usize, square: usize, moved: usize, rate: f64, rho: f64, epsilon: f64, decay: f64, maximize: bool): void {
  adadelta<f32>(n, w, g, square, moved, rate, rho, epsilon, decay, maximize)
}

export function adadelta_f64(n: i32, w: usize, g: usize, square: usize, moved: usize, rate: f64, rho: f64, epsilon: f64, decay: f64, maximize: bool): void {
  adadelta<f64>(n, w, g, square, moved, rate, rho, epsilon, decay, maximize)
}
