/**
 * Convolution of each channel by itself: no products of matrices, but rows of images times numbers. `scratch` holds an image's phases (see
 * phases.ts). Filters f from c * multiplier on belong to channel c.
 */
import { fromPhases, phaseLength, phaseOffset, phaseRows, toPhases } from './phases'
import { at, inputAt, kernelAt, outputAt, strideAt } from './plan'

/** y [n] += w x [n]. */
// @ts-ignore: decorator
@inline
function axpy<T>(n: i32, w: T, x: usize, y: usize): void {
  const s = v128.splat<T>(w)
  const end = y + <usize>n * sizeof<T>()
  for (; y + 16 <= end; x += 16, y += 16) v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(s, v128.load(x))))
  for (; y < end; x += sizeof<T>(), y += sizeof<T>()) store<T>(y, load<T>(y) + w * load<T>(x))
}

/** One output image from phases, any kernel: place by place. */
function image<T>(plan: usize, phases: usize, w: usize, y: usize): void {
  const size = sizeof<T>()
  const outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const kernelH = at(plan, kernelAt, 1), kernelW = at(plan, kernelAt, 2)
  const step = <usize>(at(plan, strideAt, 1) * at(plan, strideAt, 2) * phaseLength(plan)) * size
  const width = <usize>outW * size
  memory.fill(y, 0, <usize>outH * width)
  for (let ky = 0; ky < kernelH; ky++)
    for (let kx = 0; kx < kernelW; kx++) {
      const value = load<T>(w)
      let from = phases + <usize>phaseOffset(plan, ky, kx) * size, to = y
      for (let oy = 0; oy < outH; oy++) {
        axpy<T>(outW, value, from, to)
        from += step
        to += width
      }
      w += size
    }
}

/** The same for 3 by 3, each output made at once. */
function image3x3<T>(plan: usize, phases: usize, w: usize, y: usize): void {
  const size = sizeof<T>()
  const outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const step = <usize>(at(plan, strideAt, 1) * at(plan, strideAt, 2) * phaseLength(plan)) * size
  const w0 = v128.load_splat<T>(w), w1 = v128.load_splat<T>(w, sizeof<T>()), w2 = v128.load_splat<T>(w, 2 * sizeof<T>())
  const w3 = v128.load_splat<T>(w, 3 * sizeof<T>()), w4 = v128.load_splat<T>(w, 4 * sizeof<T>())
  const w5 = v128.load_splat<T>(w, 5 * sizeof<T>()), w6 = v128.load_splat<T>(w, 6 * sizeof<T>())
  const w7 = v128.load_splat<T>(w, 7 * sizeof<T>()), w8 = v128.load_splat<T>(w, 8 * sizeof<T>())
  const p1 = <usize>phaseOffset(plan, 0, 1) * size, p2 = <usize>phaseOffset(plan, 0, 2) * size
  const row = <usize>phaseOffset(plan, 1, 0) * size
  const lanes = 16 / <i32>size
  for (let oy = 0; oy < outH; oy++) {
    for (let ox = 0; ox < outW; ox += lanes) {
      // The last vector goes over some outputs once more.
      const place = <usize>min(ox, outW - lanes) * size
      const a = phases + place
      const b = a + row
      const c = b + row
      let sum = v128.mul<T>(w0, v128.load(a))
      sum = v128.add<T>(sum, v128.mul<T>(w1, v128.load(a + p1)))
      sum = v128.add<T>(sum, v128.mul<T>(w2, v128.load(a + p2)))
      let more = v128.mul<T>(w3, v128.load(b))
      more = v128.add<T>(more, v128.mul<T>(w4, v128.load(b + p1)))
      more = v128.add<T>(more, v128.mul<T>(w5, v128.load(b + p2)))
      sum = v128.add<T>(sum, v128.mul<T>(w6, v128.load(c)))
      sum = v128.add<T>(sum, v128.mul<T>(w7, v128.load(c + p1)))
      sum = v128.add<T>(sum, v128.mul<T>(w8, v128.load(c + p2)))
      v128.store(y + place, v128.add<T>(sum, more))
    }
    phases += step
    y += <usize>outW * size
  }
}

/** y [batch, filters, ..output] of x [batch, channels, ..input] and w [filters, kernel]. */
function forward<T>(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, w: usize, y: usize, scratch: usize,
): void {
  const size = sizeof<T>()
  const inArea = <usize>(at(plan, inputAt, 1) * at(plan, inputAt, 2)) * size
  const outW = at(plan, outputAt, 2)
  const outArea = <usize>(at(plan, outputAt, 1) * outW) * size
  const kernelH = at(plan, kernelAt, 1), kernelW = at(plan, kernelAt, 2)
  const isThree = kernelH == 3 && kernelW == 3 && outW * <i32>size >= 16
  for (let n = 0; n < batch; n++) {
    let weight = w
    for (let c = 0; c < channels; c++) {
      toPhases<T>(plan, x, scratch, <T>0)
      for (let m = 0; m < multiplier; m++) {
        if (isThree) image3x3<T>(plan, scratch, weight, y)
        else image<T>(plan, scratch, weight, y)
        weight += <usize>(kernelH * kernelW) * size
        y += outArea
      }
      x += inArea
    }
  }
}

export function depthwise_f32(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, w: usize, y: usize, scratch: usize,
): void {
  forward<f32>(plan, batch, channels, multiplier, x, w, y, scratch)
}

export function depthwise_f64(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, w: usize, y: usize, scratch: usize,
): void {
  forward<f64>(plan, batch, channels, multiplier, x, w, y, scratch)
}

/** x = the adjoint of `forward` in x. */
function backInput<T>(
  plan: usize, batch: i32, channels: i32, multiplier: i32, g: usize, w: usize, x: usize, scratch: usize,
): void {
  const size = sizeof<T>()
  const inArea = <usize>(at(plan, inputAt, 1) * at(plan, inputAt, 2)) * size
  const outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const kernelH = at(plan, kernelAt, 1), kernelW = at(plan, kernelAt, 2)
  const rowOf = <usize>(at(plan, strideAt, 2) * phaseLength(plan)) * size
  const step = <usize>at(plan, strideAt, 1) * rowOf
  const width = <usize>outW * size
  const bytes = <usize>phaseRows(plan) * rowOf
  for (let n = 0; n < batch; n++) {
    let weight = w
    for (let c = 0; c < channels; c++) {
      memory.fill(scratch, 0, bytes)
      for (let m = 0; m < multiplier; m++) {
        for (let ky = 0; ky < kernelH; ky++)
          for (let kx = 0; kx < kernelW; kx++) {
            const value = load<T>(weight + <usize>(ky * kernelW + kx) * size)
            let from = g, to = scratch + <usize>phaseOffset(plan, ky, kx) * size
            for (let oy = 0; oy < outH; oy++) {
              axpy<T>(outW, value, from, to)
              from += width
              to += step
            }
          }
        g += width * <usize>outH
        weight += <usize>(kernelH * kernelW) * size
      }
      fromPhases<T>(plan, scratch, x)
      x += inArea
    }
  }
}

export function depthwiseBackInput_f32(
  plan: usize, batch: i32, channels: i32, multiplier: i32, g: usize, w: usize, x: usize, scratch: usize,
): void {
  backInput<f32>(plan, batch, channels, multiplier, g, w, x, scratch)
}

export function depthwiseBackInput_f64(
  plan: usize, batch: i32, channels: i32, multiplier: i32, g: usize, w: usize, x: usize, scratch: usize,
): void {
  backInput<f64>(plan, batch, channels, multiplier, g, w, x, scratch)
}

// @ts-ignore: decorator
@inline
function sumOf<T>(v: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1))
  return <T>(f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)))
}

/** Adds to the gradients of row ky of a kernel, places kx to kx + 2 (or fewer, one by one). */
function rowProducts<T>(plan: usize, g: usize, phases: usize, ky: i32, kx: i32, count: i32, w: usize): void {
  const size = sizeof<T>()
  const outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const step = <usize>(at(plan, strideAt, 1) * at(plan, strideAt, 2) * phaseLength(plan)) * size
  let a = phases + <usize>phaseOffset(plan, ky, kx) * size
  let b = phases + <usize>phaseOffset(plan, ky, count > 1 ? kx + 1 : kx) * size
  let c = phases + <usize>phaseOffset(plan, ky, count > 2 ? kx + 2 : kx) * size
  const zero = v128.splat<T>(<T>0)
  let p = zero, q = zero, r = zero
  let pt: T = 0, qt: T = 0, rt: T = 0
  const bytes = <usize>outW * size
  for (let oy = 0; oy < outH; oy++) {
    let i: usize = 0
    for (; i + 16 <= bytes; i += 16) {
      const v = v128.load(g + i)
      p = v128.add<T>(p, v128.mul<T>(v, v128.load(a + i)))
      q = v128.add<T>(q, v128.mul<T>(v, v128.load(b + i)))
      r = v128.add<T>(r, v128.mul<T>(v, v128.load(c + i)))
    }
    for (; i < bytes; i += size) {
      const v = load<T>(g + i)
      pt += v * load<T>(a + i)
      qt += v * load<T>(b + i)
      rt += v * load<T>(c + i)
    }
    a += step
    b += step
    c += step
    g += bytes
  }
  store<T>(w, load<T>(w) + (pt + sumOf<T>(p)))
  if (count > 1) store<T>(w, load<T>(w, sizeof<T>()) + (qt + sumOf<T>(q)), sizeof<T>())
  if (count > 2) store<T>(w, load<T>(w, 2 * sizeof<T>()) + (rt + sumOf<T>(r)), 2 * sizeof<T>())
}

/** w += the adjoint of `forward` in w. */
function backWeight<T>(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, g: usize, w: usize, scratch: usize,
): void {
  const size = sizeof<T>()
  const inArea = <usize>(at(plan, inputAt, 1) * at(plan, inputAt, 2)) * size
  const outArea = <usize>(at(plan, outputAt, 1) * at(plan, outputAt, 2)) * size
  const kernelH = at(plan, kernelAt, 1), kernelW = at(plan, kernelAt, 2)
  for (let n = 0; n < batch; n++) {
    let weight = w
    for (let c = 0; c < channels; c++) {
      toPhases<T>(plan, x, scratch, <T>0)
      for (let m = 0; m < multiplier; m++) {
        for (let ky = 0; ky < kernelH; ky++)
          for (let kx = 0; kx < kernelW; kx += 3)
            rowProducts<T>(plan, g, scratch, ky, kx, min(3, kernelW - kx), weight + <usize>(ky * kernelW + kx) * size)
        weight += <usize>(kernelH * kernelW) * size
        g += outArea
      }
      x += inArea
    }
  }
}

export function depthwiseBackWeight_f32(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, g: usize, w: usize, scratch: usize,
): void {
  backWeight<f32>(plan, batch, channels, multiplier, x, g, w, scratch)
}

export function depthwiseBackWeight_f64(
  plan: usize, batch: i32, channels: i32, multiplier: i32, x: usize, g: usize, w: usize, scratch: usize,
): void {
  backWeight<f64>(plan, batch, channels, multiplier, x, g, w, scratch)
}
