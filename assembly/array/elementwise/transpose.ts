/** Transposes matrices of elements of 1, 4 or 8 bytes, in blocks that stay in the cache and, within, in vectors. */

// @ts-ignore: decorator
@inline
function tile4(x: usize, xc: usize, out: usize, or: usize): void {
  const a = v128.load(x), b = v128.load(x + xc), c = v128.load(x + 2 * xc), d = v128.load(x + 3 * xc)
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const ba = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const dc = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  v128.store(out, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out + or, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  v128.store(out + 2 * or, i8x16.shuffle(ba, dc, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out + 3 * or, i8x16.shuffle(ba, dc, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}

// @ts-ignore: decorator
@inline
function tile2(x: usize, xc: usize, out: usize, or: usize): void {
  const a = v128.load(x), b = v128.load(x + xc)
  v128.store(out, i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out + or, i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}

/** Columns of T at x, `xc` bytes apart, become parts of rows at out, `or` bytes apart. */
function block<T>(rows: i32, columns: i32, x: usize, xc: usize, out: usize, or: usize): void {
  const side = sizeof<T>() == 4 ? 4 : sizeof<T>() == 8 ? 2 : 1
  let r = 0
  if (side > 1) {
    for (; r + side <= rows; r += side) {
      let from = x + <usize>r * sizeof<T>(), to = out + <usize>r * or
      let c = 0
      for (; c + side <= columns; c += side) {
        if (sizeof<T>() == 4) tile4(from, xc, to, or)
        else tile2(from, xc, to, or)
        from += <usize>side * xc
        to += 16
      }
      for (; c < columns; c++) {
        for (let i = 0; i < side; i++) store<T>(to + <usize>i * or, load<T>(from + <usize>i * sizeof<T>()))
        from += xc
        to += sizeof<T>()
      }
    }
  }
  for (; r < rows; r++) {
    let from = x + <usize>r * sizeof<T>(), to = out + <usize>r * or
    for (let c = 0; c < columns; c++) {
      store<T>(to, load<T>(from))
      from += xc
      to += sizeof<T>()
    }
  }
}

/** out[r, c] = x[r, c], where x has its rows' axis next to each other in memory (columns `xc` bytes apart) and out its columns' (rows `or` apart). */
export function transpose<T>(rows: i32, columns: i32, x: usize, xc: usize, out: usize, or: usize): void {
  const size = 32
  for (let r = 0; r < rows; r += size) {
    for (let c = 0; c < columns; c += size) {
      const from = x + <usize>r * sizeof<T>() + <usize>c * xc
      const to = out + <usize>r * or + <usize>c * sizeof<T>()
      block<T>(min(size, rows - r), min(size, columns - c), from, xc, to, or)
    }
  }
}
