/** Adds a contiguous array into a strided one whose elements may repeat: the way back from broadcasting and from slices. */
import { Add } from './arithmetic'
import { coalesce, list, setWord, word } from './axes'
import { zipLight } from './loops'
import { outerIndex, plan } from './scratch'

/** One row: onto n elements, onto one element n times (a float's run is summed in f64 and rounded once), or with a stride. */
function addRow<T>(n: i32, x: usize, out: usize, stride: i32): void {
  if (stride == 1) {
    zipLight<Add<T>>(<usize>n * sizeof<T>(), out, 16, x, 16, out)
  } else if (stride == 0 && isFloat<T>()) {
    let sum = <f64>load<T>(out), other: f64 = 0
    let i = 0
    for (; i + 2 <= n; i += 2) {
      sum += <f64>load<T>(x)
      other += <f64>load<T>(x + sizeof<T>())
      x += 2 * sizeof<T>()
    }
    if (i < n) sum += <f64>load<T>(x)
    store<T>(out, <T>(sum + other))
  } else {
    for (let i = 0; i < n; i++) {
      store<T>(out, load<T>(out) + load<T>(x))
      x += sizeof<T>()
      out += <usize>stride * sizeof<T>()
    }
  }
}

function walk<T>(rank: i32, x: usize, out: usize): void {
  const shape = list(0), strides = list(1)
  const inner = rank - 1, n = word(shape, inner)
  for (let axis = 0; axis < inner; axis++) setWord(outerIndex, axis, 0)
  while (true) {
    addRow<T>(n, x, out, word(strides, inner))
    x += <usize>n * sizeof<T>()
    let axis = inner - 1
    for (; axis >= 0; axis--) {
      const next = word(outerIndex, axis) + 1, size = word(shape, axis)
      out += <usize>word(strides, axis) * sizeof<T>()
      setWord(outerIndex, axis, next)
      if (next < size) break
      out -= <usize>(word(strides, axis) * size) * sizeof<T>()
      setWord(outerIndex, axis, 0)
    }
    if (axis < 0) return
  }
}

/** out (strided) += x (contiguous), in row-major order. Plan: shape, strides of out. Not for bool. */
export function addStrided(type: i32, rank: i32, x: usize, out: usize): void {
  const kept = coalesce(plan, rank, 1)
  if (kept == 0) return
  if (type == 0) walk<f32>(kept, x, out)
  else if (type == 1) walk<f64>(kept, x, out)
  else if (type == 2) walk<i32>(kept, x, out)
  else unreachable()
}
