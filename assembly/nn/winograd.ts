/**
 * Convolution 3 by 3 of step 1 by Winograd's F(4x4, 3x3) after Lavin & Gray (2016): tiles of 4 by 4 outputs, each from 6 by 6 of the image,
 * become 36 products of matrices, with a quarter of the multiplications. Y = Aᵀ [(G w Gᵀ) (Bᵀ x B)] A; the gradient of w is the adjoint,
 * Gᵀ [(A g Aᵀ) (Bᵀ x B)] G. In f32: its rounding is about ten times that of plain sums.
 *
 * Tiles of an image are numbered row by row; arrays of tiles are [36, planes, step], step at least three more than there are tiles, because
 * tiles are written by fours. Four tiles next to each other are a vector.
 */

const floatBytes: usize = 4

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 { return f32x4.add(a, b) }

// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b) }

// @ts-ignore: decorator
@inline
function times(factor: f32, a: v128): v128 { return f32x4.mul(f32x4.splat(factor), a) }

/** Image [height, width] into the middle of zeros [rows, length]. */
function padded(x: usize, height: i32, width: i32, top: i32, left: i32, to: usize, rows: i32, length: i32): void {
  memory.fill(to, 0, <usize>(rows * length) * floatBytes)
  const last = min(height, rows - top)
  const n = <usize>min(width, length - left) * floatBytes
  to += <usize>(top * length + left) * floatBytes
  for (let row = 0; row < last; row++) {
    let i: usize = 0
    for (; i + 16 <= n; i += 16) v128.store(to + i, v128.load(x + i))
    for (; i < n; i += 4) store<f32>(to + i, load<f32>(x + i))
    x += <usize>width * floatBytes
    to += <usize>length * floatBytes
  }
}

/** Bᵀ of six vectors, `step` bytes apart at `to`. */
// @ts-ignore: decorator
@inline
function imageSix(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, to: usize, step: usize): void {
  const p = sub(e, times(4, c)), q = sub(d, times(4, b))
  const r = sub(e, c), s = times(2, sub(d, b))
  v128.store(to, add(sub(times(4, a), times(5, c)), e))
  v128.store(to + step, add(p, q))
  v128.store(to + 2 * step, sub(p, q))
  v128.store(to + 3 * step, add(r, s))
  v128.store(to + 4 * step, sub(r, s))
  v128.store(to + 5 * step, add(sub(times(4, b), times(5, d)), f))
}

/** A of four vectors, `step` bytes apart at `to`. */
// @ts-ignore: decorator
@inline
function gradientSix(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const p = add(a, c), q = add(b, d)
  const r = add(a, times(4, c)), s = add(times(2, b), times(8, d))
  v128.store(to, a)
  v128.store(to + step, add(p, q))
  v128.store(to + 2 * step, sub(p, q))
  v128.store(to + 3 * step, add(r, s))
  v128.store(to + 4 * step, sub(r, s))
  v128.store(to + 5 * step, d)
}

/** Floats of a padded row: tiles by fours, and what the last of them reaches. */
// @ts-ignore: decorator
@inline
function paddedLength(tilesW: i32): i32 {
  return 4 * ((tilesW + 3) & ~3) + 4
}

/** Floats of scratch memory that the transforms need. */
export function winogradScratch(tilesH: i32, tilesW: i32): i32 {
  return (4 * tilesH + 2 + 6) * paddedLength(tilesW) + 96
}

/** Tiles of images: Bᵀ x B, or A g Aᵀ for gradients (which have neither padding nor neighbours). */
// @ts-ignore: decorator
@inline
function tiles(
  x: usize, planes: i32, height: i32, width: i32, top: i32, left: i32, tilesH: i32, tilesW: i32,
  out: usize, step: i32, scratch: usize, isGradient: bool,
): void {
  const length = paddedLength(tilesW)
  const row = <usize>length * floatBytes
  const rows = 4 * tilesH + 2
  const lines = scratch + <usize>rows * row
  const stepBytes = <usize>step * floatBytes
  const place = <usize>planes * stepBytes
  for (let plane = 0; plane < planes; plane++) {
    padded(x, height, width, top, left, scratch, rows, length)
    let to = out + <usize>plane * stepBytes
    for (let ty = 0; ty < tilesH; ty++) {
      const from = scratch + <usize>(4 * ty) * row
      for (let i: usize = 0; i < row; i += 16) {
        const at = from + i
        const a = v128.load(at), b = v128.load(at + row), c = v128.load(at + 2 * row), d = v128.load(at + 3 * row)
        if (isGradient) gradientSix(a, b, c, d, lines + i, row)
        else imageSix(a, b, c, d, v128.load(at + 4 * row), v128.load(at + 5 * row), lines + i, row)
      }
      for (let tx = 0; tx < tilesW; tx += 4) {
        let line = lines + (<usize>tx << 4)
        let target = to + <usize>tx * floatBytes
        for (let i = 0; i < 6; i++) {
          const p = v128.load(line), q = v128.load(line, 16), r = v128.load(line, 32), s = v128.load(line, 48)
          const pq = v128.shuffle<f32>(p, q, 0, 4, 1, 5), rs = v128.shuffle<f32>(r, s, 0, 4, 1, 5)
          const pqHigh = v128.shuffle<f32>(p, q, 2, 6, 3, 7), rsHigh = v128.shuffle<f32>(r, s, 2, 6, 3, 7)
          const a = v128.shuffle<f32>(pq, rs, 0, 1, 4, 5), b = v128.shuffle<f32>(pq, rs, 2, 3, 6, 7)
          const c = v128.shuffle<f32>(pqHigh, rsHigh, 0, 1, 4, 5), d = v128.shuffle<f32>(pqHigh, rsHigh, 2, 3, 6, 7)
          if (isGradient) gradientSix(a, b, c, d, target, place)
          else {
            const next = v128.load(line, 64)
            const e = v128.shuffle<f32>(a, next, 1, 2, 3, 4), f = v128.shuffle<f32>(b, next, 1, 2, 3, 5)
            imageSix(a, b, c, d, e, f, target, place)
          }
          line += row
          target += 6 * place
        }
      }
      to += <usize>tilesW * floatBytes
    }
    x += <usize>(height * width) * floatBytes
  }
}

export function winogradImages(
  x: usize, planes: i32, height: i32, width: i32, top: i32, left: i32, tilesH: i32, tilesW: i32,
  out: usize, step: i32, scratch: usize,
): void {
  tiles(x, planes, height, width, top, left, tilesH, tilesW, out, step, scratch, false)
}

export function winogradGradients(
  g: usize, planes: i32, height: i32, width: i32, tilesH: i32, tilesW: i32, out: usize, step: i32, scratch: usize,
): void {
  tiles(g, planes, height, width, 0, 0, tilesH, tilesW, out, step, scratch, true)
}

/** Aᵀ of six vectors `step` bytes apart: four, 16 bytes apart at `to`. */
// @ts-ignore: decorator
@inline
function resultFour(from: usize, step: usize, to: usize, toStep: usize): void {
  const a = v128.load(from), b = v128.load(from + step), c = v128.load(from + 2 * step)
  const d = v128.load(from + 3 * step), e = v128.load(from + 4 * step), f = v128.load(from + 5 * step)
  const p = add(b, c), q = sub(b, c), r = add(d, e), s = sub(d, e)
  v128.store(to, add(add(a, p), r))
  v128.store(to + toStep, add(q, times(2, s)))
  v128.store(to + 2 * toStep, add(p, times(4, r)))
  v128.store(to + 3 * toStep, add(add(q, times(8, s)), f))
}

/** y [planes, height, width] from the products' tiles: Aᵀ m A. */
export function winogradResults(
  m: usize, planes: i32, height: i32, width: i32, tilesH: i32, tilesW: i32, step: i32, y: usize, scratch: usize,
): void {
  const stepBytes = <usize>step * floatBytes
  const place = <usize>planes * stepBytes
  const row = <usize>width * floatBytes
  // Four rows of six vectors, then four vectors.
  const four = scratch + 24 * 16
  for (let plane = 0; plane < planes; plane++) {
    let from = m + <usize>plane * stepBytes
    for (let ty = 0; ty < tilesH; ty++) {
      const rows = min(4, height - 4 * ty)
      for (let tx = 0; tx < tilesW; tx += 4) {
        const corner = from + <usize>tx * floatBytes
        // Down: row i of the result, column j of the products, at scratch + (6 i + j) 16.
        for (let j: usize = 0; j < 6; j++) resultFour(corner + j * place, 6 * place, scratch + (j << 4), 96)
        const columns = min(16, width - 4 * tx)
        let to = y + <usize>(4 * ty) * row + (<usize>tx << 4)
        for (let i = 0; i < rows; i++) {
          resultFour(scratch + <usize>i * 96, 16, four, 16)
          const p = v128.load(four), q = v128.load(four, 16), r = v128.load(four, 32), s = v128.load(four, 48)
          const pq = v128.shuffle<f32>(p, q, 0, 4, 1, 5), rs = v128.shuffle<f32>(r, s, 0, 4, 1, 5)
          const pqHigh = v128.shuffle<f32>(p, q, 2, 6, 3, 7), rsHigh = v128.shuffle<f32>(r, s, 2, 6, 3, 7)
          const a = v128.shuffle<f32>(pq, rs, 0, 1, 4, 5), b = v128.shuffle<f32>(pq, rs, 2, 3, 6, 7)
          const c = v128.shuffle<f32>(pqHigh, rsHigh, 0, 1, 4, 5), d = v128.shuffle<f32>(pqHigh, rsHigh, 2, 3, 6, 7)
          if (columns == 16) {
            v128.store(to, a)
            v128.store(to, b, 16)
            v128.store(to, c, 32)
            v128.store(to, d, 48)
          } else {
            v128.store(four, a)
            v128.store(four, b, 16)
            v128.store(four, c, 32)
            v128.store(four, d, 48)
            for (let k = 0; k < columns; k++)
              store<f32>(to + <usize>k * floatBytes, load<f32>(four + <usize>k * floatBytes))
          }
          to += row
        }
      }
      from += <usize>tilesW * floatBytes
    }
    y += <usize>(height * width) * floatBytes
  }
}

/** G of three numbers, 4 `step` bytes apart at `to`. */
// @ts-ignore: decorator
@inline
function weightSix(a: f32, b: f32, c: f32, to: usize, step: usize): void {
  const sum = a + c, near = a / 24 + c / 6
  store<f32>(to, a / 4)
  store<f32>(to + step, -(sum + b) / 6)
  store<f32>(to + 2 * step, (b - sum) / 6)
  store<f32>(to + 3 * step, near + b / 12)
  store<f32>(to + 4 * step, near - b / 12)
  store<f32>(to + 5 * step, c)
}

/** Kernels of w, `rowStep` and `columnStep` kernels apart, as G w Gᵀ [36, rows, columns]; or of the kernels turned round. */
export function winogradWeights(
  w: usize, rows: i32, columns: i32, rowStep: i32, columnStep: i32, isTurned: bool, out: usize, scratch: usize,
): void {
  const place = <usize>(rows * columns) * floatBytes
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const from = w + <usize>(i * rowStep + j * columnStep) * 36
      for (let k: usize = 0; k < 3; k++) {
        const at = from + (isTurned ? (8 - k) << 2 : k << 2)
        const next = isTurned ? -12 : 12
        weightSix(load<f32>(at), load<f32>(at + next), load<f32>(at + 2 * next), scratch + (k << 2), 12)
      }
      for (let k: usize = 0; k < 6; k++) {
        const at = scratch + k * 12
        weightSix(load<f32>(at), load<f32>(at, 4), load<f32>(at, 8), out + 6 * k * place, place)
      }
      out += floatBytes
    }
}

/** Gᵀ of six numbers `step` bytes apart: three. */
// @ts-ignore: decorator
@inline
function weightThree(from: usize, step: usize, to: usize, toStep: usize): void {
  const a = load<f32>(from), b = load<f32>(from + step), c = load<f32>(from + 2 * step)
  const d = load<f32>(from + 3 * step), e = load<f32>(from + 4 * step), f = load<f32>(from + 5 * step)
  const near = (b + c) / 6, far = d + e
  store<f32>(to, a / 4 - near + far / 24)
  store<f32>(to + toStep, (c - b) / 6 + (d - e) / 12)
  store<f32>(to + 2 * toStep, far / 6 - near + f)
}

/** w [count, 3, 3] = Gᵀ u G of u [36, count]. */
export function winogradBackWeights(u: usize, count: i32, w: usize, scratch: usize): void {
  const place = <usize>count * floatBytes
  for (let i = 0; i < count; i++) {
    for (let j: usize = 0; j < 6; j++) weightThree(u + j * place, 6 * place, scratch + (j << 2), 24)
    for (let k: usize = 0; k < 3; k++) weightThree(scratch + k * 24, 4, w + k * 12, 4)
    u += floatBytes
    w += 36
  }
}
