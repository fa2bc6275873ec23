/** What statistics passes call. A state is `stateBytes` of memory, made ready by `statistics_init`. */
import { flush, mergeHistogram, realStateBytes, update } from './real'
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
  update<f32>(state, from, count)
}
export function statistics_f64(state: usize, from: usize, count: u32): void {
  update<f64>(state, from, count)
}
export function statistics_flush_f32(state: usize): void {
  flush<f32>(state)
}
export function statistics_flush_f64(state: usize): void {
  flush<f64>(state)
}
export function statistics_merge_f32(state: usize, other: usize): void {
  mergeHistogram<f32>(state, other)
  mergeSums(state, other)
}
export function statistics_merge_f64(state: usize, other: usize): void {
  mergeHistogram<f64>(state, other)
  mergeSums(state, other)
}
