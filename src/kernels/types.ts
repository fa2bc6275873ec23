/**
 * What the kernels offer the rest of the package. One `Kernels` is one memory with the modules (arithmetic, decoding, arrays) on it; every
 * worker thread has its own. Pointers are byte offsets in that memory. Views of the memory die when it grows: take them after the last `alloc`.
 */
import type { StorageType } from '../core/index.js'
import type { ArrayKernels } from './array.js'

/** Byte offset in the kernels' memory. Beyond 2 GiB pointers stay positive numbers. */
export type Pointer = number

/** Figures of one pass over a tensor; a non-finite element is counted and left out of the rest. */
export interface Statistics {
  /** All elements, finite or not. */
  count: number
  zeros: number
  nan: number
  posInf: number
  negInf: number
  /** Non-zero elements below the storage format's smallest normal number (of the decoded f32 for quantized blocks). */
  subnormals: number
  /** Sums over the finite elements, in float64. */
  l1: number
  l2: number
  linf: number
  sum: number
  mean: number
  /** Sum of squared deviations from the mean; Infinity where it exceeds float64. */
  m2: number
  /** Population's standard deviation (ddof 0), right even where `m2` overflows. */
  std: number
  /** 0 when nothing is finite. */
  min: number
  max: number
  /** `exponents[i]` finite non-zero elements have floor(log2 |x|) = `exponentMin + i`, subnormals by their true exponent. Trimmed to what is occupied; empty, with `exponentMin` 0, when there is no such element. */
  exponents: Float64Array
  exponentMin: number
}

/** Collects chunks of one tensor; chunks may come in any split that keeps whole units together, in order. */
export interface StatisticsPass {
  /** Reads `count` elements (a multiple of the storage type's unit) at `pointer`, little-endian. The memory is not changed. */
  update(pointer: Pointer, count: number): void
  /** Adds another pass over the same storage type, as if its elements had come here. */
  merge(other: StatisticsPass): void
  finish(): Statistics
  dispose(): void
}

/** Row and column figures of a matrix [rows, columns] that arrives in row-major order in chunks of whole or partial rows. */
export interface LinePass {
  /** Takes the next `count` elements of the row-major stream as f32 or f64 at `pointer`; non-finite elements count as 0. */
  update(pointer: Pointer, count: number): void
  /** L2 norms in float64, and how many rows or columns hold nothing but zeros. */
  finish(): { rowNorms: Float64Array; columnNorms: Float64Array; deadRows: Uint32Array; deadColumns: Uint32Array }
  dispose(): void
}

/** A `StatisticsPass` and a `LinePass` over the same elements at once, in much less time than one after the other. */
export interface MatrixPass {
  /** Takes the next `count` elements of the row-major stream at `pointer`; whole rows, in fours, are fastest. */
  update(pointer: Pointer, count: number): void
  finish(): { statistics: Statistics; lines: ReturnType<LinePass['finish']> }
  dispose(): void
}

/** What everything that computes stands on: memory, arrays, and the portable LAPACK. */
export interface Kernels {
  readonly memory: WebAssembly.Memory
  /** The LAPACK module's exports by name, for `lapack/portable`. */
  readonly lapack: Readonly<Record<string, CallableFunction>>
  /** What tensors compute with, one call for each operation. */
  readonly array: ArrayKernels
  /** Uninitialized, 64-byte aligned. Throws SystemError('out-of-memory') naming the size and what is in use. */
  alloc(bytes: number): Pointer
  free(pointer: Pointer): void
  /** Views of the current memory: do not keep across an `alloc`. */
  u8(pointer: Pointer, length: number): Uint8Array
  u16(pointer: Pointer, length: number): Uint16Array
  i32(pointer: Pointer, length: number): Int32Array
  f32(pointer: Pointer, length: number): Float32Array
  f64(pointer: Pointer, length: number): Float64Array
  /** Bytes handed out and not freed. */
  readonly bytesInUse: number
}

/** What reads stored numbers and measures them. Apart from `Kernels`, so that a page that only computes does not load it. */
export interface Measures {
  /** The arithmetic module's exports by name. */
  readonly arith: Readonly<Record<string, CallableFunction>>
  statistics(type: StorageType): StatisticsPass
  lines(rows: number, columns: number, compute: 'f32' | 'f64'): LinePass
  matrix(rows: number, columns: number, type: 'f32' | 'bf16'): MatrixPass
  /** Decodes `count` elements (a multiple of the unit) from `source` to f32 or f64 at `target`; complex elements become their modulus. */
  convert(type: StorageType, source: Pointer, count: number, target: Pointer, to: 'f32' | 'f64'): void
  /** Swaps the bytes of `count` words of 2, 4 or 8 bytes in place (big-endian input). */
  byteSwap(pointer: Pointer, count: number, wordBytes: 2 | 4 | 8): void
  /** CRC-32 (zip's, reflected 0xEDB88320) continued from `crc`; start with 0. */
  crc32(pointer: Pointer, bytes: number, crc: number): number
}
