/**
 * Convolution around its matrix products: patches of images as columns and back, bias, and images next to each other in a product. Row
 * (c, kz, ky, kx) of the columns has what channel c's image shows at each output through that place of the kernel; 0 where that is outside.
 */
import { at, dilationAt, endInside, firstInside, inputAt, kernelAt, outputAt, paddingAt, strideAt } from './plan'

/** `n` elements from `from` to `to`, which do not overlap. Rows are short: a call of memory.copy costs more than it saves. */
// @ts-ignore: decorator
@inline
function copy<T>(from: usize, to: usize, n: i32): void {
  const end = from + <usize>n * sizeof<T>()
  for (; from + 64 <= end; from += 64, to += 64) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
  }
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from))
  for (; from < end; from += sizeof<T>(), to += sizeof<T>()) store<T>(to, load<T>(from))
}

/** to += from. */
// @ts-ignore: decorator
@inline
function accumulate<T>(from: usize, to: usize, n: i32): void {
  const end = from + <usize>n * sizeof<T>()
  for (; from + 64 <= end; from += 64, to += 64) {
    v128.store(to, v128.add<T>(v128.load(to), v128.load(from)))
    v128.store(to, v128.add<T>(v128.load(to, 16), v128.load(from, 16)), 16)
    v128.store(to, v128.add<T>(v128.load(to, 32), v128.load(from, 32)), 32)
    v128.store(to, v128.add<T>(v128.load(to, 48), v128.load(from, 48)), 48)
  }
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.add<T>(v128.load(to), v128.load(from)))
  for (; from < end; from += sizeof<T>(), to += sizeof<T>()) store<T>(to, load<T>(to) + load<T>(from))
}

// @ts-ignore: decorator
@inline
function clear<T>(to: usize, n: i32): void {
  const zero = i32x4.splat(0)
  const end = to + <usize>n * sizeof<T>()
  for (; to + 16 <= end; to += 16) v128.store(to, zero)
  for (; to < end; to += sizeof<T>()) store<T>(to, <T>0)
}

/** The first and the last columns of rows of `width`: what a shift by `shift` brings in from the neighbouring rows is none of the image. */
// @ts-ignore: decorator
@inline
function clearEdges<T>(to: usize, rows: i32, width: i32, shift: i32): void {
  const size = sizeof<T>()
  const step = <usize>width * size
  const n = abs(shift)
  if (shift > 0) to += <usize>(width - n) * size
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) store<T>(to + <usize>i * size, <T>0)
    to += step
  }
}

/**
 * A plane of the columns where steps are 1 and rows as long as the image's: the image shifted as a whole, but for rows and edges outside.
 * Backwards the edges of the columns are cleared first, so that what is added there is nothing.
 */
// @ts-ignore: decorator
@inline
function shiftedPlane<T>(x: usize, height: i32, width: i32, outH: i32, shiftH: i32, shiftW: i32, to: usize, forward: bool): void {
  const size = sizeof<T>()
  const first = firstInside(shiftH, 1, outH)
  const end = max(first, endInside(shiftH, 1, height, outH))
  const isOutside = abs(shiftW) >= width || first >= end
  if (isOutside) {
    if (forward) clear<T>(to, outH * width)
    return
  }
  const from = x + <usize>((first + shiftH) * width + max(0, shiftW)) * size
  const inner = to + <usize>(first * width + max(0, -shiftW)) * size
  const n = (end - first) * width - abs(shiftW)
  if (forward) {
    clear<T>(to, first * width)
    copy<T>(from, inner, n)
    clearEdges<T>(to + <usize>(first * width) * size, end - first, width, shiftW)
    clear<T>(to + <usize>(end * width) * size, (outH - end) * width)
  } else {
    clearEdges<T>(to + <usize>(first * width) * size, end - first, width, shiftW)
    accumulate<T>(inner, from, n)
  }
}

/** Row (kz, ky, kx) of one channel's columns, from image x (`forward`), or added to it. */
// @ts-ignore: decorator
@inline
function patchRow<T>(plan: usize, x: usize, kz: i32, ky: i32, kx: i32, row: usize, forward: bool): void {
  const size = sizeof<T>()
  const inD = at(plan, inputAt, 0), inH = at(plan, inputAt, 1), inW = at(plan, inputAt, 2)
  const outD = at(plan, outputAt, 0), outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const strideD = at(plan, strideAt, 0), strideH = at(plan, strideAt, 1), strideW = at(plan, strideAt, 2)
  const shiftD = kz * at(plan, dilationAt, 0) - at(plan, paddingAt, 0)
  const shiftH = ky * at(plan, dilationAt, 1) - at(plan, paddingAt, 1)
  const shiftW = kx * at(plan, dilationAt, 2) - at(plan, paddingAt, 2)
  const first = firstInside(shiftW, strideW, outW)
  const end = max(first, endInside(shiftW, strideW, inW, outW))
  const width = <usize>outW * size
  const isShift = strideH == 1 && strideW == 1 && outW == inW
  for (let oz = 0; oz < outD; oz++) {
    const iz = oz * strideD + shiftD
    const isInD = iz >= 0 && iz < inD
    if (isShift) {
      if (isInD) shiftedPlane<T>(x + <usize>(iz * inH * inW) * size, inH, inW, outH, shiftH, shiftW, row, forward)
      else if (forward) clear<T>(row, outH * outW)
      row += <usize>(outH * outW) * size
      continue
    }
    for (let oy = 0; oy < outH; oy++) {
      const iy = oy * strideH + shiftH
      if (!isInD || iy < 0 || iy >= inH) {
        if (forward) clear<T>(row, outW)
        row += width
        continue
      }
      if (forward && first > 0) clear<T>(row, first)
      if (first < end) {
        let from = x + <usize>((iz * inH + iy) * inW + first * strideW + shiftW) * size
        let to = row + <usize>first * size
        if (strideW == 1) {
          if (forward) copy<T>(from, to, end - first)
          else accumulate<T>(to, from, end - first)
        } else {
          const step = <usize>strideW * size
          for (let o = first; o < end; o++) {
            if (forward) store<T>(to, load<T>(from))
            else store<T>(from, load<T>(from) + load<T>(to))
            from += step
            to += size
          }
        }
      }
      if (forward && end < outW) clear<T>(row + <usize>end * size, outW - end)
      row += width
    }
  }
}

function columns<T>(plan: usize, channels: i32, x: usize, cols: usize, ldc: i32, forward: bool): void {
  const size = sizeof<T>()
  const depth = at(plan, kernelAt, 0), height = at(plan, kernelAt, 1), width = at(plan, kernelAt, 2)
  const area = at(plan, inputAt, 0) * at(plan, inputAt, 1) * at(plan, inputAt, 2)
  for (let c = 0; c < channels; c++) {
    for (let kz = 0; kz < depth; kz++)
      for (let ky = 0; ky < height; ky++)
        for (let kx = 0; kx < width; kx++) {
          if (forward) patchRow<T>(plan, x, kz, ky, kx, cols, true)
          else patchRow<T>(plan, x, kz, ky, kx, cols, false)
          cols += <usize>ldc * size
        }
    x += <usize>area * size
  }
}

export function im2col_f32(plan: usize, channels: i32, x: usize, cols: usize, ldc: i32): void {
  columns<f32>(plan, channels, x, cols, ldc, true)
}

export function im2col_f64(plan: usize, channels: i32, x: usize, cols: usize, ldc: i32): void {
  columns<f64>(plan, channels, x, cols, ldc, true)
}

export function col2im_f32(plan: usize, channels: i32, cols: usize, ldc: i32, x: usize): void {
  columns<f32>(plan, channels, x, cols, ldc, false)
}

export function col2im_f64(plan: usize, channels: i32, cols: usize, ldc: i32, x: usize): void {
  columns<f64>(plan, channels, x, cols, ldc, false)
}

/** Rows of n elements: row (i, j) at from + i fromOuter + j fromInner goes to the same place of `to`. Steps are elements. */
// @ts-ignore: decorator
@inline
function copyRows<T>(
  outer: i32, inner: i32, n: i32, from: usize, fromOuter: i32, fromInner: i32, to: usize, toOuter: i32, toInner: i32,
): void {
  const size = sizeof<T>()
  for (let i = 0; i < outer; i++) {
    let a = from, b = to
    for (let j = 0; j < inner; j++) {
      copy<T>(a, b, n)
      a += <usize>fromInner * size
      b += <usize>toInner * size
    }
    from += <usize>fromOuter * size
    to += <usize>toOuter * size
  }
}

export function copyRows_f32(
  outer: i32, inner: i32, n: i32, from: usize, fromOuter: i32, fromInner: i32, to: usize, toOuter: i32, toInner: i32,
): void {
  copyRows<f32>(outer, inner, n, from, fromOuter, fromInner, to, toOuter, toInner)
}

export function copyRows_f64(
  outer: i32, inner: i32, n: i32, from: usize, fromOuter: i32, fromInner: i32, to: usize, toOuter: i32, toInner: i32,
): void {
  copyRows<f64>(outer, inner, n, from, fromOuter, fromInner, to, toOuter, toInner)
}

/** y [outer, channels, area] += bias [channels]. */
// @ts-ignore: decorator
@inline
function addChannels<T>(y: usize, outer: i32, channels: i32, area: i32, bias: usize): void {
  const size = sizeof<T>()
  for (let i = 0; i < outer; i++)
    for (let c = 0; c < channels; c++) {
      const b = load<T>(bias + <usize>c * size)
      const splat = v128.splat<T>(b)
      const end = y + <usize>area * size
      for (; y + 16 <= end; y += 16) v128.store(y, v128.add<T>(v128.load(y), splat))
      for (; y < end; y += size) store<T>(y, load<T>(y) + b)
    }
}

export function addChannels_f32(y: usize, outer: i32, channels: i32, area: i32, bias: usize): void {
  addChannels<f32>(y, outer, channels, area, bias)
}

export function addChannels_f64(y: usize, outer: i32, channels: i32, area: i32, bias: usize): void {
  addChannels<f64>(y, outer, channels, area, bias)
}

/** sums [channels] = the sum of g [outer, channels, area] over the rest, in float64. */
// @ts-ignore: decorator
@inline
function sumChannels<T>(g: usize, outer: i32, channels: i32, area: i32, sums: usize): void {
  const size = sizeof<T>()
  for (let c = 0; c < channels; c++) {
    let total: f64 = 0
    for (let i = 0; i < outer; i++) {
      let from = g + <usize>(i * channels + c) * <usize>area * size
      const end = from + <usize>area * size
      let p = v128.splat<T>(<T>0), q = p
      for (; from + 32 <= end; from += 32) {
        p = v128.add<T>(p, v128.load(from))
        q = v128.add<T>(q, v128.load(from, 16))
      }
      p = v128.add<T>(p, q)
      for (; from < end; from += size) total += <f64>load<T>(from)
      if (sizeof<T>() == 4) {
        total += <f64>f32x4.extract_lane(p, 0) + <f64>f32x4.extract_lane(p, 1)
        total += <f64>f32x4.extract_lane(p, 2) + <f64>f32x4.extract_lane(p, 3)
      } else total += f64x2.extract_lane(p, 0) + f64x2.extract_lane(p, 1)
    }
    store<T>(sums + <usize>c * size, <T>total)
  }
}

export function sumChannels_f32(g: usize, outer: i32, channels: i32, area: i32, sums: usize): void {
  sumChannels<f32>(g, outer, channels, area, sums)
}

export function sumChannels_f64(g: usize, outer: i32, channels: i32, area: i32, sums: usize): void {
  sumChannels<f64>(g, outer, channels, area, sums)
}
