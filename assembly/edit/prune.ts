/** Pruning: the largest magnitude, and elements zeroed in place by magnitude, by random words, in N:M patterns, in whole groups. Elements that are not finite stay as they are. */

/** The largest finite |x|; 0 when there is none. */
// @ts-ignore: decorator
@inline
function largest<T>(x: usize, n: i32): T {
  const lanes = <i32>(16 / sizeof<T>())
  const infinity = v128.splat<T>(<T>Infinity)
  let most = v128.splat<T>(<T>0)
  let i = 0
  for (; i + lanes <= n; i += lanes) {
    const size = v128.abs<T>(v128.load(x + <usize>i * sizeof<T>()))
    most = v128.pmax<T>(most, v128.and(size, v128.lt<T>(size, infinity)))
  }
  let result: T = 0
  for (let lane = 0; lane < lanes; lane++)
    result = max<T>(result, sizeof<T>() == 4 ? <T>laneOf32(most, lane) : <T>laneOf64(most, lane))
  for (; i < n; i++) {
    const size = abs<T>(load<T>(x + <usize>i * sizeof<T>()))
    if (size < <T>Infinity && size > result) result = size
  }
  return result
}

function laneOf32(v: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(v, 0)
  if (lane == 1) return f32x4.extract_lane(v, 1)
  return lane == 2 ? f32x4.extract_lane(v, 2) : f32x4.extract_lane(v, 3)
}

function laneOf64(v: v128, lane: i32): f64 {
  return lane == 0 ? f64x2.extract_lane(v, 0) : f64x2.extract_lane(v, 1)
}

export function largest_f32(x: usize, n: i32): f64 {
  return <f64>largest<f32>(x, n)
}

export function largest_f64(x: usize, n: i32): f64 {
  return largest<f64>(x, n)
}

// @ts-ignore: decorator
@inline
function at<T>(x: usize, i: i32): usize {
  return x + <usize>i * sizeof<T>()
}

/** Lanes beyond the cut: |x| < cut, or finite |x| > cut. */
// @ts-ignore: decorator
@inline
function beyond<T>(size: v128, cut: v128, above: bool): v128 {
  if (!above) return v128.lt<T>(size, cut)
  return v128.and(v128.gt<T>(size, cut), v128.lt<T>(size, v128.splat<T>(<T>Infinity)))
}

/** Zeroes what lies beyond the cut and all elements of |x| = cut but the first `keep`; returns how many of these it kept. */
// @ts-ignore: decorator
@inline
function cutOff<T>(x: usize, n: i32, cut: T, keep: i32, above: bool): i32 {
  const lanes = <i32>(16 / sizeof<T>())
  const bound = v128.splat<T>(cut)
  let i = 0, kept = 0
  // While equal elements may stay, a vector that holds one is taken element by element.
  while (i < n && kept < keep) {
    if (i + lanes <= n) {
      const v = v128.load(at<T>(x, i)), size = v128.abs<T>(v)
      if (!v128.any_true(v128.eq<T>(size, bound))) {
        v128.store(at<T>(x, i), v128.andnot(v, beyond<T>(size, bound, above)))
        i += lanes
        continue
      }
    }
    for (const end = min(i + lanes, n); i < end; i++) {
      const size = abs<T>(load<T>(at<T>(x, i)))
      const isBeyond = above ? size > cut && size < <T>Infinity : size < cut
      if (size == cut && kept < keep) kept++
      else if (isBeyond || size == cut) store<T>(at<T>(x, i), <T>0)
    }
  }
  for (; i + lanes <= n; i += lanes) {
    const v = v128.load(at<T>(x, i)), size = v128.abs<T>(v)
    const gone = v128.or(beyond<T>(size, bound, above), v128.eq<T>(size, bound))
    v128.store(at<T>(x, i), v128.andnot(v, gone))
  }
  for (; i < n; i++) {
    const size = abs<T>(load<T>(at<T>(x, i)))
    if (size == cut || (above ? size > cut && size < <T>Infinity : size < cut)) store<T>(at<T>(x, i), <T>0)
  }
  return kept
}

export function zeroBelow_f32(x: usize, n: i32, cut: f32, keep: i32): i32 {
  return cutOff<f32>(x, n, cut, keep, false)
}

export function zeroBelow_f64(x: usize, n: i32, cut: f64, keep: i32): i32 {
  return cutOff<f64>(x, n, cut, keep, false)
}

export function zeroAbove_f32(x: usize, n: i32, cut: f32, keep: i32): i32 {
  return cutOff<f32>(x, n, cut, keep, true)
}

export function zeroAbove_f64(x: usize, n: i32, cut: f64, keep: i32): i32 {
  return cutOff<f64>(x, n, cut, keep, true)
}

/** What a word becomes whose element must not be drawn. */
const notDrawn: u32 = 0x7fffffff

/** Random words to keys of 30 bits; the largest of 31 where the element is not finite, or zero and `nonzero` is asked for. */
// @ts-ignore: decorator
@inline
function keys<T>(x: usize, n: i32, nonzero: bool, words: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<T>(at<T>(x, i)), word = words + (<usize>i << 2)
    const isOut = !(abs<T>(value) < <T>Infinity) || (nonzero && value == <T>0)
    store<u32>(word, isOut ? notDrawn : load<u32>(word) >>> 2)
  }
}

export function drawKeys_f32(x: usize, n: i32, nonzero: bool, words: usize): void {
  keys<f32>(x, n, nonzero, words)
}

export function drawKeys_f64(x: usize, n: i32, nonzero: bool, words: usize): void {
  keys<f64>(x, n, nonzero, words)
}

/** Zeroes elements whose key is below the cut, and those at the cut but the first `keep`; returns how many of these it kept. */
// @ts-ignore: decorator
@inline
function drawn<T>(x: usize, words: usize, n: i32, cut: u32, keep: i32): i32 {
  let kept = 0
  for (let i = 0; i < n; i++) {
    const key = load<u32>(words + (<usize>i << 2))
    if (key > cut) continue
    if (key == cut && kept < keep) kept++
    else store<T>(at<T>(x, i), <T>0)
  }
  return kept
}

export function zeroDrawn_f32(x: usize, words: usize, n: i32, cut: u32, keep: i32): i32 {
  return drawn<f32>(x, words, n, cut, keep)
}

export function zeroDrawn_f64(x: usize, words: usize, n: i32, cut: u32, keep: i32): i32 {
  return drawn<f64>(x, words, n, cut, keep)
}
