/**
 * An image with its padding, its columns sorted by their remainder by the stride, so that what a place of the kernel shows at neighbouring
 * outputs are neighbours, whatever the stride: column c of the padded image is at place c / stride of phase c % stride of its row. Depth is 1.
 */
import { at, dilationAt, inputAt, kernelAt, outputAt, paddingAt, strideAt } from './plan'

/** Rows that windows reach. */
// @ts-ignore: decorator
@inline
export function phaseRows(plan: usize): i32 {
  return (at(plan, outputAt, 1) - 1) * at(plan, strideAt, 1) + (at(plan, kernelAt, 1) - 1) * at(plan, dilationAt, 1) + 1
}

/** Elements of a phase. */
// @ts-ignore: decorator
@inline
export function phaseLength(plan: usize): i32 {
  return at(plan, outputAt, 2) + (at(plan, kernelAt, 2) - 1) * at(plan, dilationAt, 2) / at(plan, strideAt, 2)
}

/** Elements from place (ky, kx) of the kernel at one output to where it is in the phases of output (0, 0). */
// @ts-ignore: decorator
@inline
export function phaseOffset(plan: usize, ky: i32, kx: i32): i32 {
  const stride = at(plan, strideAt, 2), length = phaseLength(plan)
  const column = kx * at(plan, dilationAt, 2)
  return ky * at(plan, dilationAt, 1) * stride * length + (column % stride) * length + column / stride
}

/** Places i of phase `phase` that are inside the image lie from here ... */
// @ts-ignore: decorator
@inline
function firstOf(phase: i32, stride: i32, padding: i32, length: i32): i32 {
  const missing = padding - phase
  return missing <= 0 ? 0 : min(length, (missing + stride - 1) / stride)
}

/** ... to here (not included). */
// @ts-ignore: decorator
@inline
function endOf(phase: i32, stride: i32, padding: i32, width: i32, length: i32): i32 {
  const last = width + padding - phase
  return last <= 0 ? 0 : min(length, (last + stride - 1) / stride)
}

/** Image x to phases, `fill` around it. */
export function toPhases<T>(plan: usize, x: usize, phases: usize, fill: T): void {
  const size = sizeof<T>()
  const height = at(plan, inputAt, 1), width = at(plan, inputAt, 2)
  const stride = at(plan, strideAt, 2), padH = at(plan, paddingAt, 1), padW = at(plan, paddingAt, 2)
  const rows = phaseRows(plan), length = phaseLength(plan)
  for (let row = 0; row < rows; row++) {
    const iy = row - padH
    const isInside = iy >= 0 && iy < height
    for (let phase = 0; phase < stride; phase++) {
      const first = isInside ? firstOf(phase, stride, padW, length) : length
      const end = isInside ? max(first, endOf(phase, stride, padW, width, length)) : length
      let i = 0
      for (; i < first; i++) store<T>(phases + <usize>i * size, fill)
      let from = x + <usize>(iy * width + first * stride + phase - padW) * size
      if (stride == 1)
        for (const lanes = 16 / <i32>size; i + lanes <= end; i += lanes) {
          v128.store(phases + <usize>i * size, v128.load(from))
          from += 16
        }
      const step = <usize>stride * size
      for (; i < end; i++) {
        store<T>(phases + <usize>i * size, load<T>(from))
        from += step
      }
      for (; i < length; i++) store<T>(phases + <usize>i * size, fill)
      phases += <usize>length * size
    }
  }
}

/** Phases back to image x, which they overwrite; what no window reaches is 0. */
export function fromPhases<T>(plan: usize, phases: usize, x: usize): void {
  const size = sizeof<T>()
  const height = at(plan, inputAt, 1), width = at(plan, inputAt, 2)
  const stride = at(plan, strideAt, 2), padH = at(plan, paddingAt, 1), padW = at(plan, paddingAt, 2)
  const rows = phaseRows(plan), length = phaseLength(plan)
  memory.fill(x, 0, <usize>(height * width) * size)
  for (let row = 0; row < rows; row++) {
    const iy = row - padH
    for (let phase = 0; phase < stride; phase++) {
      if (iy >= 0 && iy < height) {
        const first = firstOf(phase, stride, padW, length)
        const end = endOf(phase, stride, padW, width, length)
        let to = x + <usize>(iy * width + first * stride + phase - padW) * size
        const step = <usize>stride * size
        for (let i = first; i < end; i++) {
          store<T>(to, load<T>(phases + <usize>i * size))
          to += step
        }
      }
      phases += <usize>length * size
    }
  }
}
