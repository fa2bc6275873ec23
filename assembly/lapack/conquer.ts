/**
 * What the two divide-and-conquer methods (`stedc`, `bdsdc`) share: lists of the lines that a merge keeps or leaves alone, and the product
 * that turns the kept vectors into new ones, which knows that a vector of one half is zero in the other. Vectors are rows, all is float64.
 */
import { gemm, whole } from './gemm'
import { mergeOrders, orderOf } from './order'

/** Kinds of vectors in a merge: non-zero in the first half, in both, in the second half. */
export const firstHalf: u8 = 0
export const bothHalves: u8 = 1
export const secondHalf: u8 = 2

let lines: usize = 0
let kinds: usize = 0
let places: usize = 0
let merged: usize = 0
let copies: usize = 0
let first: i32 = 0
let both: i32 = 0

/** Bytes that `openConquer` takes. */
export function conquerBytes(n: i32): usize {
  return (<usize>n * <usize>n + 2 * <usize>n + 16) << 3
}

/** Lends memory for merges of up to n lines. */
export function openConquer(n: i32, work: usize): void {
  copies = work
  lines = work + ((<usize>n * <usize>n) << 3)
  places = lines + ((<usize>n) << 2)
  merged = places + ((<usize>n) << 2)
  kinds = merged + ((<usize>n) << 2)
}

/** Line j of the list: kept lines ascend from 0 on, deflated ones fill it from the end. */
// @ts-ignore: decorator
@inline
export function lineAt(j: i32): i32 {
  return load<i32>(lines + ((<usize>j) << 2))
}

// @ts-ignore: decorator
@inline
export function setLine(j: i32, line: i32): void {
  store<i32>(lines + ((<usize>j) << 2), line)
}

/** Where kept line j stands when sorted by kind: first half, both, second half. */
// @ts-ignore: decorator
@inline
export function placeOf(j: i32): i32 {
  return load<i32>(places + ((<usize>j) << 2))
}

// @ts-ignore: decorator
@inline
export function setKind(line: i32, kind: u8): void {
  store<u8>(kinds + <usize>line, kind)
}

/** A line that was rotated with another of a different kind is non-zero in both halves. */
export function mixKinds(line: i32, other: i32): void {
  if (load<u8>(kinds + <usize>line) != load<u8>(kinds + <usize>other)) setKind(line, bothHalves)
}

/** Gives the k kept lines their places. */
export function arrange(k: i32): void {
  first = 0
  both = 0
  for (let j = 0; j < k; j++) {
    const kind = load<u8>(kinds + <usize>lineAt(j))
    if (kind == firstHalf) first++
    else if (kind == bothHalves) both++
  }
  let atFirst = 0, atBoth = first, atSecond = first + both
  for (let j = 0; j < k; j++) {
    const kind = load<u8>(kinds + <usize>lineAt(j))
    let place: i32
    if (kind == firstHalf) place = atFirst++
    else if (kind == bothHalves) place = atBoth++
    else place = atSecond++
    store<i32>(places + ((<usize>j) << 2), place)
  }
}

/**
 * Rows 0 .. k - 1 of Z become coefficients [k, k] (columns by place) times the kept rows; rows k .. n - 1 become the deflated ones. The
 * halves are columns 0 .. left - 1 and `rightAt` .. rightAt + right - 1; what lies between is not computed.
 */
export function combine(
  n: i32, k: i32, coefficients: usize, left: i32, rightAt: i32, right: i32, z: usize, ldz: i32, scratch: usize,
): void {
  const row = (<usize>ldz) << 3
  const leftBytes = (<usize>left) << 3, rightBytes = (<usize>right) << 3, wholeBytes = (<usize>(rightAt + right)) << 3
  const lefts = copies
  const rights = lefts + <usize>(first + both) * leftBytes
  const rest = rights + <usize>(k - first) * rightBytes
  for (let j = 0; j < k; j++) {
    const line = lineAt(j)
    const kind = load<u8>(kinds + <usize>line)
    const place = placeOf(j)
    const from = z + <usize>line * row
    if (kind != secondHalf) memory.copy(lefts + <usize>place * leftBytes, from, leftBytes)
    if (kind != firstHalf)
      memory.copy(rights + <usize>(place - first) * rightBytes, from + ((<usize>rightAt) << 3), rightBytes)
  }
  for (let j = k; j < n; j++) memory.copy(rest + <usize>(j - k) * wholeBytes, z + <usize>lineAt(j) * row, wholeBytes)
  gemm<f64>(whole, false, false, k, left, first + both, 1, coefficients, k, lefts, left, 0, z, ldz, scratch)
  const skipped = coefficients + ((<usize>first) << 3)
  const target = z + ((<usize>rightAt) << 3)
  gemm<f64>(whole, false, false, k, right, k - first, 1, skipped, k, rights, right, 0, target, ldz, scratch)
  for (let j = k; j < n; j++) memory.copy(z + <usize>j * row, rest + <usize>(j - k) * wholeBytes, wholeBytes)
}

/** Deflated values of d go to k .. n - 1, before the new ones are written in front of them. */
export function moveDeflated(n: i32, k: i32, d: usize): void {
  for (let j = k; j < n; j++) store<f64>(copies + ((<usize>j) << 3), load<f64>(d + ((<usize>lineAt(j)) << 3)))
  memory.copy(d + ((<usize>k) << 3), copies + ((<usize>k) << 3), (<usize>(n - k)) << 3)
}

/** The order of d [n] after a merge: its first k values ascend already. */
export function orderMerged(n: i32, k: i32, d: usize, order: usize): void {
  for (let i = 0; i < k; i++) store<i32>(order + ((<usize>i) << 2), i)
  const rest = order + ((<usize>k) << 2)
  orderOf(n - k, d + ((<usize>k) << 3), rest)
  mergeOrders(k, order, n - k, k, rest, d, merged)
  memory.copy(order, merged, (<usize>n) << 2)
}

/** x, y become c x + s y, c y - s x. */
export function rotateRows(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  for (let i = 0; i < n; i++) {
    const a = load<f64>(x), b = load<f64>(y)
    store<f64>(x, c * a + s * b)
    store<f64>(y, c * b - s * a)
    x += 8
    y += 8
  }
}

/** 2^floor(log2 |x|) of a normal number. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0x7ff0000000000000)
}
