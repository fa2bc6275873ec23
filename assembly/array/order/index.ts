/** Order: exports of the array module (src/kernels/array.ts). `work` is memory of the caller's, of the size that `sortBytes` and `topkBytes` say. */
import { search } from './search'
import { rowBytes, sortBits, sortRow } from './sort'
import { topBytes, topRow } from './topk'

/** Bytes of `work` for rows of `length`, whatever their number. */
export function sortBytes(length: i32): f64 {
  return <f64>rowBytes(length)
}

export function topkBytes(k: i32): f64 {
  return topBytes(k)
}

function sortRows<T>(rows: i32, length: i32, descending: bool, x: usize, values: usize, places: usize, work: usize): void {
  for (let i = 0; i < rows; i++) {
    if (sizeof<T>() == 1) sortBits(length, descending, x, values, places)
    else sortRow<T>(length, descending, x, values, places, work)
    x += <usize>length * sizeof<T>()
    if (values != 0) values += <usize>length * sizeof<T>()
    if (places != 0) places += <usize>length << 2
  }
}

export function sort(type: i32, rows: i32, length: i32, descending: bool, x: usize, values: usize, places: usize, work: usize): void {
  if (type == 0) sortRows<f32>(rows, length, descending, x, values, places, work)
  else if (type == 1) sortRows<f64>(rows, length, descending, x, values, places, work)
  else if (type == 2) sortRows<i32>(rows, length, descending, x, values, places, work)
  else sortRows<u8>(rows, length, descending, x, values, places, work)
}

function topRows<T, K>(rows: i32, length: i32, k: i32, smallest: bool, x: usize, values: usize, places: usize, work: usize): void {
  if (k == 0) return
  for (let i = 0; i < rows; i++) {
    topRow<T, K>(length, k, smallest, x, values, places, work)
    x += <usize>length * sizeof<T>()
    if (values != 0) values += <usize>k * sizeof<T>()
    if (places != 0) places += <usize>k << 2
  }
}

export function topk(type: i32, rows: i32, length: i32, k: i32, smallest: bool, x: usize, values: usize, places: usize, work: usize): void {
  if (type == 0) topRows<f32, u32>(rows, length, k, smallest, x, values, places, work)
  else if (type == 1) topRows<f64, u64>(rows, length, k, smallest, x, values, places, work)
  else if (type == 2) topRows<i32, u32>(rows, length, k, smallest, x, values, places, work)
  else topRows<u8, u32>(rows, length, k, smallest, x, values, places, work)
}

export function searchsorted(type: i32, length: i32, sorted: usize, n: i32, values: usize, right: bool, places: usize): void {
  if (type == 0) search<f32>(length, sorted, n, values, right, places)
  else if (type == 1) search<f64>(length, sorted, n, values, right, places)
  else if (type == 2) search<i32>(length, sorted, n, values, right, places)
  else search<u8>(length, sorted, n, values, right, places)
}
