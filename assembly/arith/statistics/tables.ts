/**
 * Two tables of 2^16 counts that passes take turns with: emptying them costs, so a pass takes them only when it is long, and from another
 * pass only after many elements had to go without. f32 counts pairs of exponents in both; f16 and bf16 count codes in the first.
 */
import { pairTables } from '../scratch'
import { foldCodes } from './codes'
import { foldPairs } from './pairs'
import { finiteAt } from './state'

/** What the tables hold for their owner. */
export const pairsF32: i32 = 0
export const codesF16: i32 = 1
export const codesBF16: i32 = 2

let owner: usize = 0
let holds: i32 = 0
/** Elements counted since the tables were last empty. */
let pending: u32 = 0
/** Elements of other passes since the owner took the tables. */
let without: u32 = 0

function fold(): void {
  if (holds == pairsF32) foldPairs(owner, pairTables)
  else foldCodes(owner, pairTables, holds == codesF16)
  owner = 0
}

/** Whether `state` may count `n` more elements in the tables. */
export function acquire(state: usize, kind: i32, n: u32): bool {
  if (owner == state) {
    if (<u64>pending + <u64>n < 0x80000000) {
      pending += n
      return true
    }
    fold()
  }
  // Folding codes is the more expensive, by the number of codes that occur.
  const enough: u32 = kind == pairsF32 ? 1 << 15 : 1 << 18
  if (owner == 0) {
    if (load<f64>(state, finiteAt) + <f64>n < <f64>enough) return false
  } else {
    without = <u32>min<u64>(<u64>without + <u64>n, 0xffffffff)
    if (without < 4 * enough) return false
    fold()
  }
  owner = state
  holds = kind
  pending = n
  without = 0
  return true
}

/** Moves what `state` has in the tables to the state, and frees the tables. */
export function release(state: usize): void {
  if (owner == state) fold()
}
