/** Stacks of vectors [count, n], row by row. */
import { abs, argmax, type Tensor, zerosLike } from '../tensor/index.js'
import { copyOf, kernels, together, view } from '../tensor/internal.js'
import { edits } from '../kernels/index.js'

/** Rows times a / b, in two steps where the quotient itself is too small or too large for the type. */
export function scaleRows(X: Tensor, factors: readonly (readonly [number, number])[]): Tensor {
  const out = copyOf(X)
  const n = X.size / Math.max(1, X.shape[0]!)
  const f64 = X.dtype === 'f64'
  const scale = f64 ? edits(kernels()).scale_f64 : edits(kernels()).scale_f32
  const [least, most] = f64 ? [2 ** -900, 2 ** 900] : [2 ** -100, 2 ** 100]
  for (const [i, [a, b]] of factors.entries()) {
    if (a === b) continue
    const pointer = out.pointer + i * n * (f64 ? 8 : 4)
    const factor = a / b
    if (a === 0 || (factor > least && factor < most && b > least && b < most)) scale(pointer, n, factor)
    else {
      // First to length 1: a power of two and the rest, since 1 / b can be beyond the type as well.
      const power = 2 ** Math.floor(Math.log2(b))
      scale(pointer, n, 1 / power)
      scale(pointer, n, power / b)
      scale(pointer, n, a)
    }
  }
  return out
}

/** In each row the sign of the first of its largest elements, at its place; zeros elsewhere, and in rows of zeros. */
export function firstLargest(X: Tensor): Tensor {
  const out = zerosLike(X)
  const [count, n] = [X.shape[0]!, X.shape[1]!]
  if (X.size === 0) return out
  const places = argmax(abs(X), { axis: 1 })
  const [values, at, set] = [view(together(X)), view(places), view(out)]
  for (let i = 0; i < count; i++) set[i * n + at[i]!] = Math.sign(values[i * n + at[i]!]!)
  return out
}
