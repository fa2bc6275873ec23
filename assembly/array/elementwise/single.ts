/** f32 functions by way of f64, two lanes at a time, rounded once: nearly always the nearest f32. */
import { erfForSingle, geluForSingle } from './error'
import { expm1ForSingle } from './exp'
import { acos_f64, asin_f64, atan2_f64, atan_f64 } from './inverse'
import { choose, joined, lower, upper, within } from './lanes'
import { log1pForSingle, log2ForSingle } from './log'
import { cosForSingle, sinForSingle, tanForSingle } from './trigonometric'

export function expm1_f32(x: v128): v128 {
  return joined(expm1ForSingle(lower(x)), expm1ForSingle(upper(x)))
}

export function log1p_f32(x: v128): v128 {
  return joined(log1pForSingle(lower(x)), log1pForSingle(upper(x)))
}

export function log2_f32(x: v128): v128 {
  return joined(log2ForSingle(lower(x)), log2ForSingle(upper(x)))
}

export function asin_f32(x: v128): v128 {
  return joined(asin_f64(lower(x)), asin_f64(upper(x)))
}

export function acos_f32(x: v128): v128 {
  return joined(acos_f64(lower(x)), acos_f64(upper(x)))
}

export function atan_f32(x: v128): v128 {
  return joined(atan_f64(lower(x)), atan_f64(upper(x)))
}

export function atan2_f32(y: v128, x: v128): v128 {
  return joined(atan2_f64(lower(y), lower(x)), atan2_f64(upper(y), upper(x)))
}

export function erf_f32(x: v128): v128 {
  return joined(erfForSingle(lower(x)), erfForSingle(upper(x)))
}

export function gelu_f32(x: v128): v128 {
  return joined(geluForSingle(lower(x)), geluForSingle(upper(x)))
}

/** Beyond, lanes are computed one by one. */
const limit: f32 = 134217728

function sinOne(x: f32): f32 { return <f32>Math.sin(<f64>x) }
function cosOne(x: f32): f32 { return <f32>Math.cos(<f64>x) }
function tanOne(x: f32): f32 { return <f32>Math.tan(<f64>x) }

function sinEdge(x: v128, near: v128): v128 {
  let y = f32x4.splat(sinOne(f32x4.extract_lane(x, 0)))
  y = f32x4.replace_lane(y, 1, sinOne(f32x4.extract_lane(x, 1)))
  y = f32x4.replace_lane(y, 2, sinOne(f32x4.extract_lane(x, 2)))
  y = f32x4.replace_lane(y, 3, sinOne(f32x4.extract_lane(x, 3)))
  return choose(f32x4.lt(f32x4.abs(x), f32x4.splat(limit)), near, y)
}

function cosEdge(x: v128, near: v128): v128 {
  let y = f32x4.splat(cosOne(f32x4.extract_lane(x, 0)))
  y = f32x4.replace_lane(y, 1, cosOne(f32x4.extract_lane(x, 1)))
  y = f32x4.replace_lane(y, 2, cosOne(f32x4.extract_lane(x, 2)))
  y = f32x4.replace_lane(y, 3, cosOne(f32x4.extract_lane(x, 3)))
  return choose(f32x4.lt(f32x4.abs(x), f32x4.splat(limit)), near, y)
}

function tanEdge(x: v128, near: v128): v128 {
  let y = f32x4.splat(tanOne(f32x4.extract_lane(x, 0)))
  y = f32x4.replace_lane(y, 1, tanOne(f32x4.extract_lane(x, 1)))
  y = f32x4.replace_lane(y, 2, tanOne(f32x4.extract_lane(x, 2)))
  y = f32x4.replace_lane(y, 3, tanOne(f32x4.extract_lane(x, 3)))
  return choose(f32x4.lt(f32x4.abs(x), f32x4.splat(limit)), near, y)
}

export function sin_f32(x: v128): v128 {
  const y = joined(sinForSingle(lower(x)), sinForSingle(upper(x)))
  return within<f32>(x, limit) ? y : sinEdge(x, y)
}

export function cos_f32(x: v128): v128 {
  const y = joined(cosForSingle(lower(x)), cosForSingle(upper(x)))
  return within<f32>(x, limit) ? y : cosEdge(x, y)
}

export function tan_f32(x: v128): v128 {
  const y = joined(tanForSingle(lower(x)), tanForSingle(upper(x)))
  return within<f32>(x, limit) ? y : tanEdge(x, y)
}
