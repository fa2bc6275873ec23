/** The arithmetic module's exports that the kernels themselves call (`assembly/arith/`), typed. */
import type { Pointer } from './types.js'

type Convert = (source: Pointer, count: number, target: Pointer) => void
type Real = 'f32' | 'f64'
type ToF32 = 'f16' | 'bf16' | 'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f64'
type ToF64 = 'f32' | 'i32' | 'u32' | 'i64' | 'u64'

export type Arith = {
  readonly [from in ToF32 as `${from}_f32`]: Convert
} & {
  readonly [from in ToF64 as `${from}_f64`]: Convert
} & {
  readonly [type in Real as `statistics_bytes_${type}`]: () => number
} & {
  readonly [type in Real | 'f16' | 'bf16' as `statistics_${type}`]: (
    state: Pointer,
    source: Pointer,
    count: number,
  ) => void
} & {
  readonly [type in Real as `statistics_flush_${type}`]: (state: Pointer) => void
} & {
  readonly [type in Real as `statistics_merge_${type}`]: (state: Pointer, other: Pointer) => void
} & {
  readonly [bytes in 2 | 4 | 8 as `byteSwap${bytes}`]: (pointer: Pointer, count: number) => void
} & {
  readonly [type in Real as `lines_${type}`]: (
    source: Pointer,
    count: number,
    row: number,
    column: number,
    rowSums: Pointer,
    rows: number,
    columnSums: Pointer,
    columns: number,
  ) => void
} & {
  readonly [type in 'f32' | 'bf16' as `matrix_${type}`]: (
    state: Pointer,
    source: Pointer,
    count: number,
    row: number,
    column: number,
    rowSums: Pointer,
    rows: number,
    columnSums: Pointer,
    columns: number,
  ) => void
} & {
  statistics_unround_i64(state: Pointer, source: Pointer, count: number): void
  statistics_unround_u64(state: Pointer, source: Pointer, count: number): void
  statistics_init(state: Pointer, bytes: number): void
  countBytes(tables: Pointer, source: Pointer, bytes: number): void
  /** For measuring how fast memory is read; whole groups of 64 bytes. */
  sumWords(pointer: Pointer, bytes: number): bigint
  /** A signed 32-bit number. */
  crc32(pointer: Pointer, bytes: number, crc: number): number
}
