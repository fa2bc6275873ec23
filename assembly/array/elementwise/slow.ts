import { joined, lower, upper } from './lanes'
function slowErf(x: f64): f64 { let sum = x, term = x; if (Math.abs(x) > 6) return x > 0 ? 1 : -1; for (let n = 1; n < 120; n++) { term *= -x * x / n; sum += term / (2 * n + 1) } return sum * 1.1283791670955126 }
function slowRemainder(a: f64, b: f64): f64 { let r = a % b; if (r != 0) { if ((r < 0) != (b < 0)) r += b } else if (r == 0) r = Math.abs(r) * (b < 0 ? -1.0 : 1.0); return r }
function slowFloorDivide(a: f64, b: f64): f64 { if (b == 0) return a / b; const r = a % b; let q = (a - r) / b; if (r != 0 && (b < 0) != (r < 0)) q -= 1; if (q == 0) return 0.0 * (a / b); let f = Math.floor(q); if (q - f > 0.5) f += 1; return f }
function exp_1(x: f64): f64 { return Math.exp(x) }
export function exp_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(exp_1(f64x2.extract_lane(x, 0))), 1, exp_1(f64x2.extract_lane(x, 1))) }
export function exp_f32(x: v128): v128 { return joined(exp_f64(lower(x)), exp_f64(upper(x))) }
function expm1_1(x: f64): f64 { return Math.expm1(x) }
export function expm1_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(expm1_1(f64x2.extract_lane(x, 0))), 1, expm1_1(f64x2.extract_lane(x, 1))) }
export function expm1_f32(x: v128): v128 { return joined(expm1_f64(lower(x)), expm1_f64(upper(x))) }
function log_1(x: f64): f64 { return Math.log(x) }
export function log_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(log_1(f64x2.extract_lane(x, 0))), 1, log_1(f64x2.extract_lane(x, 1))) }
export function log_f32(x: v128): v128 { return joined(log_f64(lower(x)), log_f64(upper(x))) }
function log1p_1(x: f64): f64 { return Math.log1p(x) }
export function log1p_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(log1p_1(f64x2.extract_lane(x, 0))), 1, log1p_1(f64x2.extract_lane(x, 1))) }
export function log1p_f32(x: v128): v128 { return joined(log1p_f64(lower(x)), log1p_f64(upper(x))) }
function log2_1(x: f64): f64 { return Math.log2(x) }
export function log2_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(log2_1(f64x2.extract_lane(x, 0))), 1, log2_1(f64x2.extract_lane(x, 1))) }
export function log2_f32(x: v128): v128 { return joined(log2_f64(lower(x)), log2_f64(upper(x))) }
function sin_1(x: f64): f64 { return Math.sin(x) }
export function sin_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(sin_1(f64x2.extract_lane(x, 0))), 1, sin_1(f64x2.extract_lane(x, 1))) }
export function sin_f32(x: v128): v128 { return joined(sin_f64(lower(x)), sin_f64(upper(x))) }
function cos_1(x: f64): f64 { return Math.cos(x) }
export function cos_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(cos_1(f64x2.extract_lane(x, 0))), 1, cos_1(f64x2.extract_lane(x, 1))) }
export function cos_f32(x: v128): v128 { return joined(cos_f64(lower(x)), cos_f64(upper(x))) }
function tan_1(x: f64): f64 { return Math.tan(x) }
export function tan_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(tan_1(f64x2.extract_lane(x, 0))), 1, tan_1(f64x2.extract_lane(x, 1))) }
export function tan_f32(x: v128): v128 { return joined(tan_f64(lower(x)), tan_f64(upper(x))) }
function asin_1(x: f64): f64 { return Math.asin(x) }
export function asin_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(asin_1(f64x2.extract_lane(x, 0))), 1, asin_1(f64x2.extract_lane(x, 1))) }
export function asin_f32(x: v128): v128 { return joined(asin_f64(lower(x)), asin_f64(upper(x))) }
function acos_1(x: f64): f64 { return Math.acos(x) }
export function acos_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(acos_1(f64x2.extract_lane(x, 0))), 1, acos_1(f64x2.extract_lane(x, 1))) }
export function acos_f32(x: v128): v128 { return joined(acos_f64(lower(x)), acos_f64(upper(x))) }
function atan_1(x: f64): f64 { return Math.atan(x) }
export function atan_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(atan_1(f64x2.extract_lane(x, 0))), 1, atan_1(f64x2.extract_lane(x, 1))) }
export function atan_f32(x: v128): v128 { return joined(atan_f64(lower(x)), atan_f64(upper(x))) }
function tanh_1(x: f64): f64 { return Math.tanh(x) }
export function tanh_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(tanh_1(f64x2.extract_lane(x, 0))), 1, tanh_1(f64x2.extract_lane(x, 1))) }
export function tanh_f32(x: v128): v128 { return joined(tanh_f64(lower(x)), tanh_f64(upper(x))) }
function sigmoid_1(x: f64): f64 { return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)) }
export function sigmoid_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(sigmoid_1(f64x2.extract_lane(x, 0))), 1, sigmoid_1(f64x2.extract_lane(x, 1))) }
export function sigmoid_f32(x: v128): v128 { return joined(sigmoid_f64(lower(x)), sigmoid_f64(upper(x))) }
function erf_1(x: f64): f64 { return slowErf(x) }
export function erf_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(erf_1(f64x2.extract_lane(x, 0))), 1, erf_1(f64x2.extract_lane(x, 1))) }
export function erf_f32(x: v128): v128 { return joined(erf_f64(lower(x)), erf_f64(upper(x))) }
function gelu_1(x: f64): f64 { return x * 0.5 * (1 + slowErf(x * Math.SQRT1_2)) }
export function gelu_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(gelu_1(f64x2.extract_lane(x, 0))), 1, gelu_1(f64x2.extract_lane(x, 1))) }
export function gelu_f32(x: v128): v128 { return joined(gelu_f64(lower(x)), gelu_f64(upper(x))) }
function geluTanh_1(x: f64): f64 { return 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))) }
export function geluTanh_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(geluTanh_1(f64x2.extract_lane(x, 0))), 1, geluTanh_1(f64x2.extract_lane(x, 1))) }
export function geluTanh_f32(x: v128): v128 { return joined(geluTanh_f64(lower(x)), geluTanh_f64(upper(x))) }
function silu_1(x: f64): f64 { return x < 0 ? x * (Math.exp(x) / (1 + Math.exp(x))) : x / (1 + Math.exp(-x)) }
export function silu_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(silu_1(f64x2.extract_lane(x, 0))), 1, silu_1(f64x2.extract_lane(x, 1))) }
export function silu_f32(x: v128): v128 { return joined(silu_f64(lower(x)), silu_f64(upper(x))) }
function softplus_1(x: f64): f64 { return (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x))) + (x - x) }
export function softplus_f64(x: v128): v128 { return f64x2.replace_lane(f64x2.splat(softplus_1(f64x2.extract_lane(x, 0))), 1, softplus_1(f64x2.extract_lane(x, 1))) }
export function softplus_f32(x: v128): v128 { return joined(softplus_f64(lower(x)), softplus_f64(upper(x))) }
function pow_1(x: f64, y: f64): f64 { return Math.pow(x, y) }
export function pow_f64(x: v128, y: v128): v128 { return f64x2.replace_lane(f64x2.splat(pow_1(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))), 1, pow_1(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1))) }
export function pow_f32(x: v128, y: v128): v128 { return joined(pow_f64(lower(x), lower(y)), pow_f64(upper(x), upper(y))) }
function atan2_1(x: f64, y: f64): f64 { return Math.atan2(x, y) }
export function atan2_f64(x: v128, y: v128): v128 { return f64x2.replace_lane(f64x2.splat(atan2_1(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))), 1, atan2_1(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1))) }
export function atan2_f32(x: v128, y: v128): v128 { return joined(atan2_f64(lower(x), lower(y)), atan2_f64(upper(x), upper(y))) }
function remainder_1(x: f64, y: f64): f64 { return slowRemainder(x, y) }
export function remainder_f64(x: v128, y: v128): v128 { return f64x2.replace_lane(f64x2.splat(remainder_1(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))), 1, remainder_1(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1))) }
export function remainder_f32(x: v128, y: v128): v128 { return joined(remainder_f64(lower(x), lower(y)), remainder_f64(upper(x), upper(y))) }
function floorDivide_1(x: f64, y: f64): f64 { return slowFloorDivide(x, y) }
export function floorDivide_f64(x: v128, y: v128): v128 { return f64x2.replace_lane(f64x2.splat(floorDivide_1(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))), 1, floorDivide_1(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1))) }
export function floorDivide_f32(x: v128, y: v128): v128 { return joined(floorDivide_f64(lower(x), lower(y)), floorDivide_f64(upper(x), upper(y))) }
function elu_1(x: f64, y: f64): f64 { return x > 0 ? x : y * Math.expm1(x) }
export function elu_f64(x: v128, y: v128): v128 { return f64x2.replace_lane(f64x2.splat(elu_1(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))), 1, elu_1(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1))) }
export function elu_f32(x: v128, y: v128): v128 { return joined(elu_f64(lower(x), lower(y)), elu_f64(upper(x), upper(y))) }
