/** Whole rows by one list of indices: x[:, index, :], and its reverse that adds. */
import { place } from './bounds'

function selectOf<T>(outer: i32, length: i32, x: usize, count: i32, index: usize, out: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let at = index, end = index + (<usize>count << 2); at < end; at += 4) {
      store<T>(out, load<T>(x + place(at, length) * sizeof<T>()))
      out += sizeof<T>()
    }
    x += <usize>length * sizeof<T>()
  }
}

/** out [outer, count, row] = x [outer, length, row] at `index`, rows of `row` bytes. */
export function select(outer: i32, length: i32, row: usize, x: usize, count: i32, index: usize, out: usize): void {
  if (row == 1) return selectOf<u8>(outer, length, x, count, index, out)
  if (row == 4) return selectOf<u32>(outer, length, x, count, index, out)
  if (row == 8) return selectOf<u64>(outer, length, x, count, index, out)
  for (let o = 0; o < outer; o++) {
    for (let at = index, end = index + (<usize>count << 2); at < end; at += 4) {
      memory.copy(out, x + place(at, length) * row, row)
      out += row
    }
    x += <usize>length * row
  }
}

/** out [outer, length, inner] += x [outer, count, inner] at `index`, in order. */
export function addRows<T>(outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): void {
  const lanes = <i32>(16 / sizeof<T>())
  const row = <usize>inner * sizeof<T>()
  for (let o = 0; o < outer; o++) {
    for (let at = index, end = index + (<usize>count << 2); at < end; at += 4) {
      let to = out + place(at, length) * row
      let j = 0
      for (; j + lanes <= inner; j += lanes) {
        v128.store(to, v128.add<T>(v128.load(to), v128.load(x)))
        to += 16
        x += 16
      }
      for (; j < inner; j++) {
        store<T>(to, load<T>(to) + load<T>(x))
        to += sizeof<T>()
        x += sizeof<T>()
      }
    }
    out += <usize>length * row
  }
}
