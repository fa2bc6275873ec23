/** Copies between strided and contiguous arrays, by two axes at a time: the innermost, and the one along which the strided array lies closest. */
import { coalesce, list, setWord, word } from './axes'
import { repeat } from './fill'
import { copyAxes, listBytes, plan } from './scratch'
import { transpose } from './transpose'

const fromList: usize = copyAxes
const toList: usize = copyAxes + listBytes
const indexList: usize = copyAxes + 2 * listBytes

/** One row. Strides in bytes. */
function copyRow<T>(n: i32, x: usize, xc: usize, out: usize, oc: usize): void {
  if (xc == sizeof<T>() && oc == sizeof<T>()) {
    const bytes = <usize>n * sizeof<T>()
    if (bytes >= 128) {
      memory.copy(out, x, bytes)
      return
    }
    let i: usize = 0
    for (; i + 16 <= bytes; i += 16) v128.store(out + i, v128.load(x + i))
    for (; i < bytes; i += sizeof<T>()) store<T>(out + i, load<T>(x + i))
  } else if (xc == 0 && oc == sizeof<T>() && n >= 4) {
    repeat(<i32>sizeof<T>(), n, x, out)
  } else {
    for (; n >= 4; n -= 4) {
      const a = load<T>(x), b = load<T>(x + xc), c = load<T>(x + 2 * xc), d = load<T>(x + 3 * xc)
      store<T>(out, a)
      store<T>(out + oc, b)
      store<T>(out + 2 * oc, c)
      store<T>(out + 3 * oc, d)
      x += 4 * xc
      out += 4 * oc
    }
    for (; n > 0; n--) {
      store<T>(out, load<T>(x))
      x += xc
      out += oc
    }
  }
}

/** A matrix; `across` says that it is better read or written down its columns. Strides in bytes. */
function copyMatrix<T>(
  rows: i32, columns: i32, x: usize, xr: usize, xc: usize, out: usize, or: usize, oc: usize, across: bool,
): void {
  if (xr == sizeof<T>() && oc == sizeof<T>() && rows > 1) transpose<T>(rows, columns, x, xc, out, or)
  else if (xc == sizeof<T>() && or == sizeof<T>() && rows > 1) transpose<T>(columns, rows, x, xr, out, oc)
  else if (!across) {
    for (let r = 0; r < rows; r++) {
      copyRow<T>(columns, x, xc, out, oc)
      x += xr
      out += or
    }
  } else {
    for (let c = 0; c < columns; c += 32) {
      const width = min(32, columns - c)
      for (let r = 0; r < rows; r++)
        copyRow<T>(width, x + <usize>c * xc + <usize>r * xr, xc, out + <usize>c * oc + <usize>r * or, oc)
    }
  }
}

/** Goes through all but the axes `inner` (the last) and `side`. */
function walk<T>(rank: i32, shape: usize, side: i32, across: bool, x: usize, out: usize): void {
  const inner = rank - 1
  const rows = side < 0 ? 1 : word(shape, side)
  const xr = side < 0 ? 0 : word(fromList, side), or = side < 0 ? 0 : word(toList, side)
  for (let axis = 0; axis < rank; axis++) setWord(indexList, axis, 0)
  while (true) {
    copyMatrix<T>(rows, word(shape, inner), x, xr, word(fromList, inner), out, or, word(toList, inner), across)
    let axis = inner - 1
    for (; axis >= 0; axis--) {
      if (axis == side) continue
      const next = word(indexList, axis) + 1
      x += word(fromList, axis)
      out += word(toList, axis)
      setWord(indexList, axis, next)
      const size = word(shape, axis)
      if (next < size) break
      x -= <usize>word(fromList, axis) * size
      out -= <usize>word(toList, axis) * size
      setWord(indexList, axis, 0)
    }
    if (axis < 0) return
  }
}

/** The strided array has `strides` in elements, the other is contiguous; `gather` says which of them is read. */
function copy(bytes: i32, rank: i32, shape: usize, strides: usize, gather: bool, x: usize, out: usize): void {
  const strided = gather ? fromList : toList, plain = gather ? toList : fromList
  let step = bytes
  for (let axis = rank - 1; axis >= 0; axis--) {
    setWord(strided, axis, word(strides, axis) * bytes)
    setWord(plain, axis, step)
    step *= word(shape, axis)
  }
  let side = rank - 2, across = false
  let least = abs(word(strided, rank - 1))
  for (let axis = 0; axis < rank - 1; axis++) {
    if (abs(word(strided, axis)) < least) {
      least = abs(word(strided, axis))
      side = axis
      across = true
    }
  }
  if (bytes == 4) walk<u32>(rank, shape, side, across, x, out)
  else if (bytes == 8) walk<u64>(rank, shape, side, across, x, out)
  else walk<u8>(rank, shape, side, across, x, out)
}

/** out (contiguous) = x, with axes that are coalesced already. */
export function gatherAxes(bytes: i32, rank: i32, shape: usize, strides: usize, x: usize, out: usize): void {
  copy(bytes, rank, shape, strides, true, x, out)
}

/** out (contiguous) = x (strided). Plan: shape, strides of x. */
export function gatherStrided(bytes: i32, rank: i32, x: usize, out: usize): void {
  const kept = coalesce(plan, rank, 1)
  if (kept > 0) copy(bytes, kept, list(0), list(1), true, x, out)
}

/** out (strided) = x (contiguous). Plan: shape, strides of out; of elements that share a place the last stays. */
export function scatterStrided(bytes: i32, rank: i32, x: usize, out: usize): void {
  const kept = coalesce(plan, rank, 1)
  if (kept > 0) copy(bytes, kept, list(0), list(1), false, x, out)
}
