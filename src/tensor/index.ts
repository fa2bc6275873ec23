/** `normball`: tensors, and gradients of what is done with them. */
import './methods.js'

export { detectAnomaly } from './autograd/anomaly.js'
export { type BackwardOptions, backward } from './autograd/backward.js'
export { grad, hessian, hvp, jacobian, jvp, type Tree, valueAndGrad, vjp } from './autograd/functional.js'
export { type Checked, type GradcheckOptions, gradcheck, gradgradcheck } from './autograd/gradcheck.js'
export { enableGrad, isGradEnabled, noGrad } from './autograd/tape.js'
export {
  arange,
  eye,
  full,
  fullLike,
  linspace,
  type Nested,
  ones,
  onesLike,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from './create.js'
export { type DType, dtypes, promoteTypes } from './dtype.js'
export { elu, erf, gelu, leakyRelu, relu, sigmoid, silu, softplus } from './ops/activations.js'
export { add, div, mul, neg, sub } from './ops/arithmetic.js'
export { type AxisOptions, broadcastTo, reshape, sum } from './ops/broadcast.js'
export { clone, contiguous, detach, to } from './ops/cast.js'
export { clamp, maximum, minimum } from './ops/clamp.js'
export {
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
export { type HistogramOptions, histogram, searchsorted, unique } from './ops/counting.js'
export { type CdistOptions, cdist } from './ops/distance.js'
export { einsum } from './ops/einsum.js'
export { exp, expm1, log, log1p, log2 } from './ops/exponential.js'
export { argmax, argmin, max, min } from './ops/extremes.js'
export { gather, indexAdd, indexSelect, maskedSelect, oneHot, roll, scatter, scatterAdd, take } from './ops/indexing.js'
export { add_, clamp_, copy_, div_, fill_, mul_, sub_, zero_ } from './ops/inplace.js'
export { concat, pad, split, stack } from './ops/joining.js'
export { matmul } from './ops/matmul.js'
export { type NormOptions, norm } from './ops/norm.js'
export { argsort, type Sorted, type SortOptions, sort, type TopkOptions, topk } from './ops/order.js'
export { pow, reciprocal, rsqrt, sqrt, square } from './ops/powers.js'
export type { Operand } from './ops/raw.js'
export { all, any, countNonzero, mean, prod, std, type VarianceOptions, variance } from './ops/reduce.js'
export { abs, ceil, floor, floorDivide, remainder, round, sign, trunc } from './ops/rounding.js'
export { cumprod, cumsum, type ScanOptions } from './ops/scan.js'
export { where } from './ops/select.js'
export { logSoftmax, logsumexp, type SoftmaxOptions, softmax } from './ops/softmax.js'
export { diag, flip, trace, tril, triu } from './ops/triangles.js'
export { acos, asin, atan, atan2, cos, sin, tan, tanh } from './ops/trigonometric.js'
export { permute, type Range, slice, squeeze, transpose, unsqueeze } from './ops/views.js'
export {
  bernoulli,
  Generator,
  manualSeed,
  normal,
  type RandomOptions,
  rand,
  randint,
  randn,
  randperm,
} from './random.js'
export { format, type NestedValues, type PrintOptions, toArray, toNested } from './read.js'
export { type BackendChoice, type BackendInfo, backend, setBackend } from './runtime.js'
export { keep, Scope, scope } from './scope.js'
export { StateDict } from './stateDict.js'
export { memory } from './storage.js'
export { isTensor, Tensor, type TypedArray } from './tensor.js'
