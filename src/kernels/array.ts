/**
 * The array module (`assembly/array/`): what tensors compute with. Operations and element types are numbers there, by their place in the
 * lists below, so that one export serves a family. Pointers are byte offsets, counts and strides are elements. "Contiguous" is row-major
 * without gaps; [outer, length, inner] is a contiguous array seen from one axis. An output may be exactly an input (never a part of one)
 * where the element sizes are equal. Callers check shapes and types; the routines trust their arguments. Figures are the same bits on every
 * machine.
 */
import type { Pointer } from './types.js'

/** Element types of tensors; bool is one byte, 0 or 1. */
export const elementTypes = ['f32', 'f64', 'i32', 'bool'] as const
export type ElementType = (typeof elementTypes)[number]
export const elementBytes: Readonly<Record<ElementType, 1 | 4 | 8>> = { f32: 4, f64: 8, i32: 4, bool: 1 }

/** Out has x's type, but bool for `logicalNot` (bool in), `isnan`, `isfinite`, `isinf` (any in). i32 only for `neg abs sign square` and the tests. `sign(NaN)` is NaN, `round` to even, `gelu` by erf, `geluTanh` its approximation. */
export const unaryOps = [
  'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'sqrt', 'rsqrt', 'reciprocal', 'square', 'exp', 'expm1', 'log', 'log1p', 'log2',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'sigmoid', 'erf', 'relu', 'gelu', 'geluTanh', 'silu', 'softplus', 'logicalNot', 'isnan',
  'isfinite', 'isinf',
] as const // biome-ignore format: a list
export type UnaryOp = (typeof unaryOps)[number]

/**
 * Both inputs have one type. Out has it too, but bool for comparisons (`eq ne lt le gt ge`, any type) and `logical*` (bool in). `max` and
 * `min` pass NaN on; `remainder` has the divisor's sign, `floorDivide` rounds down (i32: division by zero gives 0); `pow` of i32 wraps
 * around; `leakyRelu(x, slope)`, `elu(x, alpha)`; `reluBackward(g, y)` is y <= 0 ? 0 : g. `div`, `atan2` and these three are for floats only.
 */
export const binaryOps = [
  'add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'remainder', 'floorDivide', 'atan2', 'leakyRelu', 'elu', 'eq', 'ne', 'lt', 'le', 'gt', 'ge',
  'logicalAnd', 'logicalOr', 'logicalXor', 'reluBackward',
] as const // biome-ignore format: a list
export type BinaryOp = (typeof binaryOps)[number]

/**
 * Over `length`. Out has x's type, but i32 for `argmin argmax` (first place on ties; NaN wins, as in NumPy) and `countNonzero`, bool for `any
 * all`. `sum prod` of i32 give f64 (exact to 2^53, so the caller can tell an overflow), of bool are not offered. `min max` pass NaN on.
 * Float sums are kept in f64 and rounded once. `l1 l2 linf` are norms without overflow; `logsumexp` is stable. length = 0: sum 0, prod 1,
 * l1 l2 linf 0, any 0, all 1, logsumexp -Infinity; `min max argmin argmax` need at least one.
 */
export const reduceOps = [
  'sum', 'prod', 'min', 'max', 'argmin', 'argmax', 'any', 'all', 'countNonzero', 'l1', 'l2', 'linf', 'logsumexp',
] as const // biome-ignore format: a list
export type ReduceOp = (typeof reduceOps)[number]

export const scanOps = ['cumsum', 'cumprod'] as const

/** Where shapes and strides are passed: room for 16 ranks of 5 lists of i32. Written just before the call. */
export const planPointer: Pointer = 0x197000
export const planWords = 256
export const largestRank = 16

export interface ArrayKernels {
  // ---- elementwise
  /** Contiguous. */
  unary(op: number, type: number, n: number, x: Pointer, out: Pointer): void
  /** Contiguous, equal shapes. */
  binary(op: number, type: number, n: number, a: Pointer, b: Pointer, out: Pointer): void
  /** op(x, value), or op(value, x) when `swapped`. */
  binaryScalar(op: number, type: number, n: number, x: Pointer, value: number, swapped: boolean, out: Pointer): void
  /** Broadcasting. Plan: shape[rank], strides of a, strides of b (0 where repeated, negative allowed); out is contiguous and apart from both. */
  binaryStrided(op: number, type: number, rank: number, a: Pointer, b: Pointer, out: Pointer): void
  /** out = c ? a : b, by element size (1, 4, 8). Plan: shape, strides of c, of a, of b; out is contiguous. */
  where(bytes: number, rank: number, c: Pointer, a: Pointer, b: Pointer, out: Pointer): void
  /** Contiguous. Floats to i32 truncate and saturate, NaN gives 0; to bool is x != 0. */
  cast(from: number, to: number, n: number, x: Pointer, out: Pointer): void
  fill(type: number, n: number, value: number, out: Pointer): void
  /** start + i * step, computed in f64. */
  ramp(type: number, n: number, start: number, step: number, out: Pointer): void
  /** out (contiguous) = x (strided). Plan: shape, strides of x. Transposes are blocked. */
  gatherStrided(bytes: number, rank: number, x: Pointer, out: Pointer): void
  /** out (strided) = x (contiguous). Plan: shape, strides of out. */
  scatterStrided(bytes: number, rank: number, x: Pointer, out: Pointer): void
  /** out (strided, may repeat elements) += x (contiguous), in row-major order. Plan: shape, strides of out. */
  addStrided(type: number, rank: number, x: Pointer, out: Pointer): void
  /** Position of the first NaN or infinity, or -1. */
  firstNonfinite(type: number, n: number, x: Pointer): number

  // ---- reductions, x [outer, length, inner] contiguous
  /** out [outer, inner]. */
  reduce(op: number, type: number, outer: number, length: number, inner: number, x: Pointer, out: Pointer): void
  /** (sum |x|^p)^(1/p), p > 0 finite, scaled against overflow. */
  normP(type: number, outer: number, length: number, inner: number, p: number, x: Pointer, out: Pointer): void
  /** sum (x - mean)^2 / (length - ddof), two passes; `mean` may be 0, else receives the means. length <= ddof gives NaN. */
  variance(type: number, outer: number, length: number, inner: number, ddof: number, x: Pointer, out: Pointer, mean: Pointer): void // biome-ignore format: one line
  /** out [outer, length, inner] of x's type; floats are kept in f64 and rounded at every place, i32 wraps around. Not for bool. */
  scan(op: number, type: number, outer: number, length: number, inner: number, x: Pointer, out: Pointer): void
  softmax(type: number, log: boolean, outer: number, length: number, inner: number, x: Pointer, out: Pointer): void
  /** Sum over i of a[i] b[i], kept in f64. */
  dot(type: number, n: number, a: Pointer, b: Pointer): number
  /** y += alpha x. */
  axpy(type: number, n: number, alpha: number, x: Pointer, y: Pointer): void

  // ---- order; rows of x [rows, length] contiguous; NaN counts as largest, equal elements keep their order
  /** Values (0: not wanted) and i32 places (0: not wanted), ascending or descending. `work` has `sortBytes(length)`. */
  sort(
    type: number,
    rows: number,
    length: number,
    descending: boolean,
    x: Pointer,
    values: Pointer,
    places: Pointer,
    work: Pointer,
  ): void
  /** Bytes of `work` that `sort` needs for rows of `length`, however many. */
  sortBytes(length: number): number
  /** The k largest (or smallest) of each row, best first; ties by the lower place. Values (0: not wanted) and places (0: not wanted) [rows, k]. */
  topk(type: number, rows: number, length: number, k: number, smallest: boolean, x: Pointer, values: Pointer, places: Pointer, work: Pointer): void // biome-ignore format: one line
  /** Bytes of `work` that `topk` needs. */
  topkBytes(k: number): number
  /** For each of n values the first place in ascending `sorted` [length] where it could be put (after equal ones with `right`). */
  searchsorted(
    type: number,
    length: number,
    sorted: Pointer,
    n: number,
    values: Pointer,
    right: boolean,
    places: Pointer,
  ): void

  // ---- indices (i32; -length <= index < length, negative from the end). They return -1, or the position of the first index out of range, and then have written nothing.
  /** out [outer, count, inner] = x[:, index, :]. */
  indexSelect(bytes: number, outer: number, length: number, inner: number, x: Pointer, count: number, index: Pointer, out: Pointer): number // biome-ignore format: one line
  /** out [outer, length, inner] += x [outer, count, inner] at `index`, in order. */
  indexAdd(type: number, outer: number, length: number, inner: number, out: Pointer, count: number, index: Pointer, x: Pointer): number // biome-ignore format: one line
  /** out [outer, count, inner] = x[o, index[o, c, i], i], index [outer, count, inner]. */
  gather(bytes: number, outer: number, length: number, inner: number, x: Pointer, count: number, index: Pointer, out: Pointer): number // biome-ignore format: one line
  /** out[o, index[o, c, i], i] = x[o, c, i]; the last of equal indices stays. */
  scatter(bytes: number, outer: number, length: number, inner: number, out: Pointer, count: number, index: Pointer, x: Pointer): number // biome-ignore format: one line
  /** The same, adding. */
  scatterAdd(type: number, outer: number, length: number, inner: number, out: Pointer, count: number, index: Pointer, x: Pointer): number // biome-ignore format: one line
  /** Elements of x [n] where mask is set, in order; returns how many. out = 0 only counts. */
  compress(bytes: number, n: number, mask: Pointer, x: Pointer, out: Pointer): number
  /** The reverse: out[i] = next of x where mask is set; the rest of out stays. */
  expand(bytes: number, n: number, mask: Pointer, x: Pointer, out: Pointer): void
  /** Copies batches of [m, n], zeroing below (upper) or above (lower) the k-th diagonal. */
  triangle(
    bytes: number,
    upper: boolean,
    batch: number,
    m: number,
    n: number,
    k: number,
    x: Pointer,
    out: Pointer,
  ): void
  /** Pairwise distances of rows: a [batch, m, d], b [batch, n, d] -> out [batch, m, n]; p >= 1 or Infinity, differences taken first. */
  cdist(
    type: number,
    p: number,
    batch: number,
    m: number,
    n: number,
    d: number,
    a: Pointer,
    b: Pointer,
    out: Pointer,
  ): void

  // ---- random numbers: Philox 4x32-10 (Salmon et al. 2011), key (two u32) and a counter of blocks (f64, whole) that the caller advances
  /** [0, 1): 24 bits for f32, 53 for f64. Blocks used: ceil(n / 4) for f32, ceil(n / 2) for f64. */
  uniform(type: number, n: number, key0: number, key1: number, block: number, out: Pointer): void
  /** Standard normal by Box and Muller (1958). Blocks used as in `uniform`. */
  normal(type: number, n: number, key0: number, key1: number, block: number, out: Pointer): void
  /** Raw u32 words; ceil(n / 4) blocks. */
  bits(n: number, key0: number, key1: number, block: number, out: Pointer): void
  /** Places 0 .. n - 1 shuffled (Fisher and Yates; unbiased), i32. Returns the blocks used. */
  permutation(n: number, key0: number, key1: number, block: number, out: Pointer): number

  // ---- sparse rows (CSR; indices i32 by row, values f32 or f64 of one type with x and y)
  /** y [rows] = alpha A x + beta y; beta = 0 never reads y. */
  spmv(type: number, rows: number, indptr: Pointer, indices: Pointer, values: Pointer, alpha: number, x: Pointer, beta: number, y: Pointer): void // biome-ignore format: one line
  /** y [columns] += alpha Aᵀ x. */
  spmvTransposed(type: number, rows: number, indptr: Pointer, indices: Pointer, values: Pointer, alpha: number, x: Pointer, y: Pointer): void // biome-ignore format: one line
  /** C [rows, k] = A B [., k], row strides ldb and ldc. */
  spmm(type: number, rows: number, k: number, indptr: Pointer, indices: Pointer, values: Pointer, b: Pointer, ldb: number, c: Pointer, ldc: number): void // biome-ignore format: one line
}
