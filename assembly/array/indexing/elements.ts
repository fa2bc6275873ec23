/** Single elements by an index each: out[o, c, i] = x[o, index[o, c, i], i], and its reverses. */
import { place } from './bounds'

/** out [outer, count, inner] from x [outer, length, inner]. */
export function gatherOf<T>(outer: i32, length: i32, inner: i32, x: usize, count: i32, index: usize, out: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < count; c++) {
      for (let i: usize = 0; i < <usize>inner; i++) {
        store<T>(out, load<T>(x + (place(index, length) * <usize>inner + i) * sizeof<T>()))
        index += 4
        out += sizeof<T>()
      }
    }
    x += <usize>length * <usize>inner * sizeof<T>()
  }
}

/** out [outer, length, inner] from x [outer, count, inner]; the last of equal indices stays. */
export function scatterOf<T>(outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < count; c++) {
      for (let i: usize = 0; i < <usize>inner; i++) {
        store<T>(out + (place(index, length) * <usize>inner + i) * sizeof<T>(), load<T>(x))
        index += 4
        x += sizeof<T>()
      }
    }
    out += <usize>length * <usize>inner * sizeof<T>()
  }
}

/** The same, adding. */
export function scatterAddOf<T>(outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < count; c++) {
      for (let i: usize = 0; i < <usize>inner; i++) {
        const to = out + (place(index, length) * <usize>inner + i) * sizeof<T>()
        store<T>(to, load<T>(to) + load<T>(x))
        index += 4
        x += sizeof<T>()
      }
    }
    out += <usize>length * <usize>inner * sizeof<T>()
  }
}
