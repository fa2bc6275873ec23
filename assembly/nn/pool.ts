/**
 * Pooling over windows that tables name: along each axis where the window of an output starts and ends (inside the image) and how many places
 * count for an average. Of a maximum the place is kept (row-major in its image); the first of equal ones, and NaN is larger than all else.
 */
import { phaseLength, phaseOffset, phaseRows, toPhases } from './phases'
import { at, dilationAt, inputAt, kernelAt, outputAt, paddingAt, strideAt, tablesAt } from './plan'

/** A window's maximum so far meets the next place. */
// @ts-ignore: decorator
@inline
function isLarger<T>(value: T, best: T): bool {
  return value > best || value != value
}

function maxPool<T>(plan: usize, planes: i32, x: usize, y: usize, places: usize): void {
  const size = sizeof<T>()
  const inD = at(plan, inputAt, 0), inH = at(plan, inputAt, 1), inW = at(plan, inputAt, 2)
  const area = inD * inH * inW
  const outD = at(plan, outputAt, 0), outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const stepD = at(plan, dilationAt, 0), stepH = at(plan, dilationAt, 1), stepW = at(plan, dilationAt, 2)
  const tableD = tablesAt, tableH = tableD + 3 * outD, tableW = plan + (<usize>(tableH + 3 * outH) << 2)
  for (let plane = 0; plane < planes; plane++) {
    for (let oz = 0; oz < outD; oz++)
      for (let oy = 0; oy < outH; oy++) {
        const startD = at(plan, tableD + 3 * oz, 0), endD = at(plan, tableD + 3 * oz, 1)
        const startH = at(plan, tableH + 3 * oy, 0), endH = at(plan, tableH + 3 * oy, 1)
        // Steps may meet no place of the image at all; then any is named.
        const corner = (min(startD, inD - 1) * inH + min(startH, inH - 1)) * inW
        for (let ox = 0; ox < outW; ox++) {
          const entry = tableW + <usize>ox * 12
          const startW = load<i32>(entry), endW = load<i32>(entry, 4)
          let place = corner + min(startW, inW - 1)
          let best: T = -<T>Infinity
          for (let z = startD; z < endD; z += stepD)
            for (let row = startH; row < endH; row += stepH) {
              const base = (z * inH + row) * inW
              for (let column = startW; column < endW; column += stepW) {
                const value = load<T>(x + <usize>(base + column) * size)
                if (isLarger<T>(value, best)) {
                  best = value
                  place = base + column
                }
              }
            }
          store<T>(y, best)
          store<i32>(places, place)
          y += size
          places += 4
        }
      }
    x += <usize>area * size
  }
}

/** `value` and its place where it is larger (`isLarger`), lane by lane; returns the mask. */
// @ts-ignore: decorator
@inline
function larger(value: v128, best: v128): v128 {
  return v128.or(f32x4.gt(value, best), f32x4.ne(value, value))
}

/** Windows of 2 by 2 that do not overlap, of images [height, width]; what is left over at odd ends is not looked at. */
export function maxPool2x2_f32(planes: i32, height: i32, width: i32, x: usize, y: usize, places: usize): void {
  const outW = width >> 1
  const stride = <usize>width << 2
  const even = i32x4(0, 2, 4, 6)
  for (let plane = 0; plane < planes; plane++) {
    for (let oy = 0; oy < height >> 1; oy++) {
      const base = 2 * oy * width
      let row = x + (<usize>base << 2)
      let ox = 0
      for (; ox < outW; ox += 4) {
        // The last four go over some of those before once more.
        if (ox + 4 > outW) {
          if (outW < 4) break
          const back = <usize>(ox + 4 - outW)
          ox = outW - 4
          row -= back << 3
          y -= back << 2
          places -= back << 2
        }
        const p = v128.load(row), q = v128.load(row, 16)
        const r = v128.load(row + stride), s = v128.load(row + stride, 16)
        let best = v128.shuffle<f32>(p, q, 0, 2, 4, 6)
        let place = i32x4.splat(0)
        let value = v128.shuffle<f32>(p, q, 1, 3, 5, 7)
        let mask = larger(value, best)
        best = v128.bitselect(value, best, mask)
        place = v128.bitselect(i32x4.splat(1), place, mask)
        value = v128.shuffle<f32>(r, s, 0, 2, 4, 6)
        mask = larger(value, best)
        best = v128.bitselect(value, best, mask)
        place = v128.bitselect(i32x4.splat(width), place, mask)
        value = v128.shuffle<f32>(r, s, 1, 3, 5, 7)
        mask = larger(value, best)
        best = v128.bitselect(value, best, mask)
        place = v128.bitselect(i32x4.splat(width + 1), place, mask)
        v128.store(y, best)
        v128.store(places, i32x4.add(place, i32x4.add(even, i32x4.splat(base + 2 * ox))))
        row += 32
        y += 16
        places += 16
      }
      if (outW < 4)
        for (ox = 0; ox < outW; ox++) {
          let place = base + 2 * ox
          let best = load<f32>(row)
          const a = load<f32>(row, 4), b = load<f32>(row + stride), c = load<f32>(row + stride, 4)
          if (isLarger<f32>(a, best)) { best = a; place = base + 2 * ox + 1 }
          if (isLarger<f32>(b, best)) { best = b; place = base + 2 * ox + width }
          if (isLarger<f32>(c, best)) { best = c; place = base + 2 * ox + width + 1 }
          store<f32>(y, best)
          store<i32>(places, place)
          row += 8
          y += 4
          places += 4
        }
    }
    x += <usize>(height * width) << 2
  }
}

export function maxPool_f32(plan: usize, planes: i32, x: usize, y: usize, places: usize): void {
  maxPool<f32>(plan, planes, x, y, places)
}

export function maxPool_f64(plan: usize, planes: i32, x: usize, y: usize, places: usize): void {
  maxPool<f64>(plan, planes, x, y, places)
}

/**
 * Windows of one size and stride, four outputs at a time; `scratch` holds an image's phases (see phases.ts). The plan has the tables too, for what
 * has no maximum: a window of -Infinity alone names its first place.
 */
export function maxPoolWindows_f32(plan: usize, planes: i32, x: usize, y: usize, places: usize, scratch: usize): void {
  const inH = at(plan, inputAt, 1), inW = at(plan, inputAt, 2)
  const outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const kernelH = at(plan, kernelAt, 1), kernelW = at(plan, kernelAt, 2)
  const strideH = at(plan, strideAt, 1), strideW = at(plan, strideAt, 2)
  const dilationH = at(plan, dilationAt, 1), dilationW = at(plan, dilationAt, 2)
  const tableH = tablesAt + 3, tableW = tableH + 3 * outH
  const step = <usize>(strideH * strideW * phaseLength(plan)) << 2
  const ramp = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(strideW))
  // Behind the phases: of each place of the window where it is in them (bytes), and in the image (elements).
  const offsets = scratch + (<usize>(phaseRows(plan) * strideW * phaseLength(plan)) << 2)
  const offsetsEnd = offsets + (<usize>(kernelH * kernelW) << 3)
  for (let ky = 0, to = offsets; ky < kernelH; ky++)
    for (let kx = 0; kx < kernelW; kx++, to += 8) {
      store<i32>(to, phaseOffset(plan, ky, kx) << 2)
      store<i32>(to, ky * dilationH * inW + kx * dilationW, 4)
    }
  for (let plane = 0; plane < planes; plane++) {
    toPhases<f32>(plan, x, scratch, -<f32>Infinity)
    for (let oy = 0; oy < outH; oy++) {
      const row = scratch + <usize>oy * step
      const iy = oy * strideH - at(plan, paddingAt, 1)
      for (let column = 0; column < outW; column += 4) {
        // The last vector goes over some outputs once more.
        const ox = min(column, outW - 4)
        const base = i32x4.add(ramp, i32x4.splat(iy * inW + ox * strideW - at(plan, paddingAt, 2)))
        let best = f32x4.splat(-<f32>Infinity)
        let place = i32x4.splat(-1)
        const corner = row + (<usize>ox << 2)
        for (let entry = offsets; entry < offsetsEnd; entry += 8) {
          const value = v128.load(corner + <usize>load<i32>(entry))
          const mask = larger(value, best)
          best = v128.bitselect(value, best, mask)
          place = v128.bitselect(i32x4.add(base, v128.load32_splat(entry, 4)), place, mask)
        }
        const to = <usize>(oy * outW + ox) << 2
        v128.store(y + to, best)
        v128.store(places + to, place)
        if (v128.any_true(i32x4.lt_s(place, i32x4.splat(0))))
          for (let lane = 0; lane < 4; lane++) {
            const at4 = places + to + (<usize>lane << 2)
            if (load<i32>(at4) < 0)
              store<i32>(at4, min(at(plan, tableH + 3 * oy, 0), inH - 1) * inW + min(at(plan, tableW + 3 * (ox + lane), 0), inW - 1))
          }
      }
    }
    x += <usize>(inH * inW) << 2
    y += <usize>(outH * outW) << 2
    places += <usize>(outH * outW) << 2
  }
}

/** x [planes, area] = 0, then += g [planes, outputs] at `places`. */
function maxUnpool<T>(planes: i32, area: i32, outputs: i32, g: usize, places: usize, x: usize): void {
  const size = sizeof<T>()
  memory.fill(x, 0, <usize>planes * <usize>area * size)
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < outputs; i++) {
      const to = x + <usize>load<i32>(places) * size
      store<T>(to, load<T>(to) + load<T>(g))
      g += size
      places += 4
    }
    x += <usize>area * size
  }
}

export function maxUnpool_f32(planes: i32, area: i32, outputs: i32, g: usize, places: usize, x: usize): void {
  maxUnpool<f32>(planes, area, outputs, g, places, x)
}

export function maxUnpool_f64(planes: i32, area: i32, outputs: i32, g: usize, places: usize, x: usize): void {
  maxUnpool<f64>(planes, area, outputs, g, places, x)
}

/** y [planes, outputs] = x [planes, area] at `places`. */
function takePlaces<T>(planes: i32, area: i32, outputs: i32, x: usize, places: usize, y: usize): void {
  const size = sizeof<T>()
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < outputs; i++) {
      store<T>(y, load<T>(x + <usize>load<i32>(places) * size))
      y += size
      places += 4
    }
    x += <usize>area * size
  }
}

export function takePlaces_f32(planes: i32, area: i32, outputs: i32, x: usize, places: usize, y: usize): void {
  takePlaces<f32>(planes, area, outputs, x, places, y)
}

export function takePlaces_f64(planes: i32, area: i32, outputs: i32, x: usize, places: usize, y: usize): void {
  takePlaces<f64>(planes, area, outputs, x, places, y)
}

/** Means of windows of x to y; or, not `forward`, each y shared out over its window of x, which starts at 0. `divisor` > 0 takes the place of counts. */
// @ts-ignore: decorator
@inline
function avgPool<T>(plan: usize, planes: i32, x: usize, y: usize, divisor: i32, forward: bool): void {
  const size = sizeof<T>()
  const inH = at(plan, inputAt, 1), inW = at(plan, inputAt, 2)
  const area = at(plan, inputAt, 0) * inH * inW
  const outD = at(plan, outputAt, 0), outH = at(plan, outputAt, 1), outW = at(plan, outputAt, 2)
  const tableD = tablesAt, tableH = tableD + 3 * outD, tableW = tableH + 3 * outH
  if (!forward) memory.fill(x, 0, <usize>planes * <usize>area * size)
  for (let plane = 0; plane < planes; plane++) {
    for (let oz = 0; oz < outD; oz++)
      for (let oy = 0; oy < outH; oy++) {
        const endD = at(plan, tableD + 3 * oz, 1)
        const endH = at(plan, tableH + 3 * oy, 1)
        const slab = at(plan, tableD + 3 * oz, 2) * at(plan, tableH + 3 * oy, 2)
        for (let ox = 0; ox < outW; ox++) {
          const startW = at(plan, tableW + 3 * ox, 0), endW = at(plan, tableW + 3 * ox, 1)
          const by = <T>(divisor > 0 ? divisor : slab * at(plan, tableW + 3 * ox, 2))
          let total: T = 0
          const share: T = forward ? <T>0 : load<T>(y) / by
          for (let z = at(plan, tableD + 3 * oz, 0); z < endD; z++)
            for (let row = at(plan, tableH + 3 * oy, 0); row < endH; row++) {
              const base = x + <usize>((z * inH + row) * inW) * size
              for (let column = startW; column < endW; column++) {
                const place = base + <usize>column * size
                if (forward) total += load<T>(place)
                else store<T>(place, load<T>(place) + share)
              }
            }
          if (forward) store<T>(y, total / by)
          y += size
        }
      }
    x += <usize>area * size
  }
}

export function avgPool_f32(plan: usize, planes: i32, x: usize, y: usize, divisor: i32): void {
  avgPool<f32>(plan, planes, x, y, divisor, true)
}

export function avgPool_f64(plan: usize, planes: i32, x: usize, y: usize, divisor: i32): void {
  avgPool<f64>(plan, planes, x, y, divisor, true)
}

export function avgUnpool_f32(plan: usize, planes: i32, y: usize, x: usize, divisor: i32): void {
  avgPool<f32>(plan, planes, x, y, divisor, false)
}

export function avgUnpool_f64(plan: usize, planes: i32, y: usize, x: usize, divisor: i32): void {
  avgPool<f64>(plan, planes, x, y, divisor, false)
}
