/** Operations as methods of Tensor, in one table: `x.add(y)` is `add(x, y)`. */
import { backward } from './autograd/backward.js'
import { elu, erf, gelu, leakyRelu, relu, sigmoid, silu, softplus } from './ops/activations.js'
import { add, div, mul, neg, sub } from './ops/arithmetic.js'
import { broadcastTo, reshape, sum } from './ops/broadcast.js'
import { clone, contiguous, detach, to } from './ops/cast.js'
import { clamp, maximum, minimum } from './ops/clamp.js'
import {
  eq,
  ge,
  gt,
  isfinite,
  isinf,
  isnan,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
} from './ops/compare.js'
import { histogram, unique } from './ops/counting.js'
import { exp, expm1, log, log1p, log2 } from './ops/exponential.js'
import { argmax, argmin, max, min } from './ops/extremes.js'
import { gather, indexAdd, indexSelect, maskedSelect, roll, scatter, scatterAdd, take } from './ops/indexing.js'
import { add_, clamp_, copy_, div_, fill_, mul_, sub_, zero_ } from './ops/inplace.js'
import { pad, split } from './ops/joining.js'
import { matmul } from './ops/matmul.js'
import { norm } from './ops/norm.js'
import { argsort, sort, topk } from './ops/order.js'
import { pow, reciprocal, rsqrt, sqrt, square } from './ops/powers.js'
import { all, any, countNonzero, mean, prod, std, variance } from './ops/reduce.js'
import { abs, ceil, floor, floorDivide, remainder, round, sign, trunc } from './ops/rounding.js'
import { cumprod, cumsum } from './ops/scan.js'
import { where } from './ops/select.js'
import { logSoftmax, logsumexp, softmax } from './ops/softmax.js'
import { diag, flip, trace, tril, triu } from './ops/triangles.js'
import { acos, asin, atan, atan2, cos, sin, tan, tanh } from './ops/trigonometric.js'
import { permute, slice, squeeze, transpose, unsqueeze } from './ops/views.js'
import { format, toArray, toNested } from './read.js'
import { describe, Tensor } from './tensor.js'

const methods = {
  abs,
  acos,
  add,
  add_,
  all,
  any,
  argmax,
  argmin,
  argsort,
  asin,
  atan,
  atan2,
  backward,
  broadcastTo,
  ceil,
  clamp,
  clamp_,
  clone,
  contiguous,
  copy_,
  cos,
  countNonzero,
  cumprod,
  cumsum,
  detach,
  diag,
  div,
  div_,
  elu,
  eq,
  erf,
  exp,
  expm1,
  fill_,
  flip,
  floor,
  floorDivide,
  format,
  gather,
  ge,
  gelu,
  gt,
  histogram,
  indexAdd,
  indexSelect,
  isfinite,
  isinf,
  isnan,
  le,
  leakyRelu,
  log,
  log1p,
  log2,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  logSoftmax,
  logsumexp,
  lt,
  maskedSelect,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  mul_,
  ne,
  neg,
  norm,
  pad,
  permute,
  pow,
  prod,
  reciprocal,
  relu,
  remainder,
  reshape,
  roll,
  round,
  rsqrt,
  scatter,
  scatterAdd,
  sigmoid,
  sign,
  silu,
  sin,
  slice,
  softmax,
  softplus,
  sort,
  split,
  sqrt,
  square,
  squeeze,
  std,
  sub,
  sub_,
  sum,
  take,
  tan,
  tanh,
  to,
  toArray,
  toNested,
  topk,
  trace,
  transpose,
  tril,
  triu,
  trunc,
  unique,
  unsqueeze,
  variance,
  where,
  zero_,
}

/** The function without its first argument. `any`, because looking into Tensor here would define it by itself. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Method<F> = F extends (first: any, ...rest: infer R) => infer V ? (...rest: R) => V : never

/** What `Tensor` has beside its own members. */
export type Methods = { readonly [K in keyof typeof methods]: Method<(typeof methods)[K]> }

const define = (name: string | symbol, value: (this: Tensor, ...rest: unknown[]) => unknown): void => {
  Object.defineProperty(Tensor.prototype, name, { value, configurable: true, writable: true })
}

for (const [name, operation] of Object.entries(methods) as [string, (...values: unknown[]) => unknown][])
  define(name, function (...rest) {
    return operation(this, ...rest)
  })

/** What `console.log` shows on Node. */
const inspected = Symbol.for('nodejs.util.inspect.custom')

for (const name of ['toString', inspected])
  define(name, function () {
    return this.isDisposed ? `tensor(freed, ${describe(this)})` : format(this)
  })
