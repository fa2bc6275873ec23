/** Stacks of vectors [count, n], row by row, through the edit kernels. */
import { edits, type Pointer } from '../kernels/index.js'
import { abs, argmax, type Tensor, zerosLike } from '../tensor/index.js'
import { copyOf, empty, kernels, view } from '../tensor/internal.js'

/** The elements of one item of a stack. */
export const lengthOf = (X: Tensor): number => X.size / Math.max(1, X.shape[0]!)

const width = (X: Tensor): number => (X.dtype === 'f64' ? 8 : 4)

/** A new stack that `work` fills, called with the addresses of each item of X and of its place. */
export function mapRows(X: Tensor, work: (x: Pointer, n: number, out: Pointer, i: number) => void): Tensor {
  const out = empty(X.dtype, X.shape)
  const n = lengthOf(X)
  for (let i = 0; i < X.shape[0]!; i++) work(X.pointer + i * n * width(X), n, out.pointer + i * n * width(X), i)
  return out
}

/** The same where all items are treated alike: the stack as one vector. */
const mapAll = (X: Tensor, work: (x: Pointer, n: number, out: Pointer) => void): Tensor => {
  const out = empty(X.dtype, X.shape)
  work(X.pointer, X.size, out.pointer)
  return out
}

/** sign(x) max(|x| - t, 0). */
export function soft(X: Tensor, t: number): Tensor {
  const { soft_f32, soft_f64 } = edits(kernels())
  return mapAll(X, (x, n, out) => (X.dtype === 'f64' ? soft_f64 : soft_f32)(x, n, t, 0, out))
}

/** x where |x| > t, else 0. */
export function hard(X: Tensor, t: number): Tensor {
  const { hard_f32, hard_f64 } = edits(kernels())
  return mapAll(X, (x, n, out) => (X.dtype === 'f64' ? hard_f64 : hard_f32)(x, n, t, out))
}

/** x held between -bound and bound. */
export function clip(X: Tensor, bound: number): Tensor {
  const { clip_f32, clip_f64 } = edits(kernels())
  return mapAll(X, (x, n, out) => (X.dtype === 'f64' ? clip_f64 : clip_f32)(x, n, bound, out))
}

/** Vectors of this length get room for few elements that are looked at more often. */
const roomFrom = 2 ** 16

/** Each item shrunk, as `soft` does, by the threshold after which its sizes sum to the radius; unchanged where they sum to less. */
export function projectSum(X: Tensor, radius: number): Tensor {
  const { soft_f32, soft_f64, threshold_f32, threshold_f64 } = edits(kernels())
  const [threshold, shrink] = X.dtype === 'f64' ? [threshold_f64, soft_f64] : [threshold_f32, soft_f32]
  const n = lengthOf(X)
  const room = n >= roomFrom ? Math.max(8192, n >> 4) : 0
  const work = kernels().alloc(16 + 8 * room)
  try {
    return mapRows(X, (x, n, out) => {
      threshold(x, n, radius, work, work + 16, room)
      const [whole, rest] = kernels().f64(work, 2)
      shrink(x, n, whole!, rest!, out)
    })
  } finally {
    kernels().free(work)
  }
}

/** Items times a / b, in steps where the quotient itself is too small or too large for the type. */
export function scaleRows(X: Tensor, factors: Iterable<readonly [a: number, b: number]>): Tensor {
  const out = copyOf(X)
  const n = lengthOf(X)
  const isWide = X.dtype === 'f64'
  const scale = isWide ? edits(kernels()).scale_f64 : edits(kernels()).scale_f32
  const [least, most] = isWide ? [2 ** -900, 2 ** 900] : [2 ** -100, 2 ** 100]
  let pointer = out.pointer
  for (const [a, b] of factors) {
    if (a === 0)
      kernels()
        .u8(pointer, n * width(X))
        .fill(0)
    else if (a !== b) {
      const factor = a / b
      if (factor > least && factor < most && b > least && b < most) scale(pointer, n, factor)
      else {
        // First to a size near 1, by a power of two in two halves: neither 1 / b nor that power need be a number of the type.
        const power = Math.floor(Math.log2(b))
        scale(pointer, n, 2 ** -Math.floor(power / 2))
        scale(pointer, n, 2 ** -Math.ceil(power / 2))
        scale(pointer, n, 2 ** power / b)
        scale(pointer, n, a)
      }
    }
    pointer += n * width(X)
  }
  return out
}

/** In each row the sign of the first of its largest elements, at its place; zeros elsewhere, and in rows of zeros. */
export function firstLargest(X: Tensor): Tensor {
  const out = zerosLike(X)
  if (X.size === 0) return out
  const n = lengthOf(X)
  const places = argmax(abs(X), { axis: 1 })
  const [values, at, set] = [view(X), view(places), view(out)]
  for (const [i, place] of at.entries()) set[i * n + place] = Math.sign(values[i * n + place]!)
  return out
}
