/** Figures of the tile that is being measured. */
import { vectorScratch } from '../scratch'

export let total: f64 = 0
export let absolute: f64 = 0
export let smallest: f32 = 0
export let largest: f32 = 0

export function clearSums(): void {
  total = 0
  absolute = 0
  smallest = Infinity
  largest = -Infinity
}

export function addSums(total_: f64, absolute_: f64, smallest_: f32, largest_: f32): void {
  total += total_
  absolute += absolute_
  smallest = min(smallest, smallest_)
  largest = max(largest, largest_)
}

/** A vector that V8 must not make anew in every round of a loop: it comes from memory. */
// @ts-ignore: decorator
@inline
export function splat64(bits: u64): v128 {
  store<u64>(vectorScratch + 64, bits)
  store<u64>(vectorScratch + 72, bits)
  return v128.load(vectorScratch + 64)
}
