/** What statistics passes call. A state is `statistics_bytes` of memory, made ready by `statistics_init` and left by `statistics_flush`. */
import { flush, mergeHistogram, realStateBytes, unroundExponents } from './histogram'
import { flushF32, update16, updateF32, updateF64 } from './real'
import { initState, mergeSums } from './state'

export function statistics_bytes_f32(): u32 {
  return realStateBytes<f32>()
}
export function statistics_bytes_f64(): u32 {
  return realStateBytes<f64>()
}
export function statistics_init(state: usize, bytes: u32): void {
  initState(state, bytes)
}
export function statistics_f32(state: usize, from: usize, count: u32): void {
  updateF32(state, from, count)
}
export function statistics_f64(state: usize, from: usize, count: u32): void {
  updateF64(state, from, count)
}
/** On a state of f32. */
export function statistics_f16(state: usize, from: usize, count: u32): void {
  update16(state, from, count, true)
}
/** On a state of f32. */
export function statistics_bf16(state: usize, from: usize, count: u32): void {
  update16(state, from, count, false)
}
export function statistics_flush_f32(state: usize): void {
  flushF32(state)
}
export function statistics_flush_f64(state: usize): void {
  flush<f64>(state)
}
/** Both states must be flushed. */
export function statistics_merge_f32(state: usize, other: usize): void {
  mergeHistogram<f32>(state, other)
  mergeSums(state, other)
}
export function statistics_merge_f64(state: usize, other: usize): void {
  mergeHistogram<f64>(state, other)
  mergeSums(state, other)
}
/** After `statistics_f64` of integers that were converted to f64. */
export function statistics_unround_i64(state: usize, from: usize, count: u32): void {
  unroundExponents<i64>(state, from, count)
}
export function statistics_unround_u64(state: usize, from: usize, count: u32): void {
  unroundExponents<u64>(state, from, count)
}
