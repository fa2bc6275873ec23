/**
 * One time step of recurrent layers, for `rows` sequences of a batch and `hidden` units each. Gates lie side by side in a row in PyTorch's order. A
 * forward step stores what the backward step needs. Rows lie together; an out pointer may be an input's where it is said.
 */
import { sigmoid_f32, sigmoid_f64 } from '../array/elementwise/activations'
import { tanh_f32, tanh_f64 } from '../array/elementwise/exp'
import { loadPart, storePart } from '../array/elementwise/lanes'

// @ts-ignore: decorator
@inline
function sigmoid<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? sigmoid_f32(x) : sigmoid_f64(x)
}

// @ts-ignore: decorator
@inline
function tanh<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? tanh_f32(x) : tanh_f64(x)
}

// @ts-ignore: decorator
@inline
function get(from: usize, bytes: usize): v128 {
  return bytes == 16 ? v128.load(from) : loadPart(from, bytes)
}

// @ts-ignore: decorator
@inline
function put(to: usize, x: v128, bytes: usize): void {
  if (bytes == 16) v128.store(to, x)
  else storePart(to, x, bytes)
}

/** y (1 - y), the sigmoid's derivative by its value. */
// @ts-ignore: decorator
@inline
function sigmoidSlope<T>(y: v128): v128 {
  return v128.mul<T>(y, v128.sub<T>(v128.splat<T>(1), y))
}

/** 1 - y^2, tanh's. */
// @ts-ignore: decorator
@inline
function tanhSlope<T>(y: v128): v128 {
  return v128.sub<T>(v128.splat<T>(1), v128.mul<T>(y, y))
}

// ---- LSTM: gates i, f, g, o

/** x = sigmoid(x + bias) over `width` bytes. */
// @ts-ignore: decorator
@inline
function sigmoids<T>(x: usize, bias: usize, width: usize): void {
  const vectors = width & ~15
  for (let j: usize = 0; j < vectors; j += 16) v128.store(x + j, sigmoid<T>(v128.add<T>(v128.load(x + j), v128.load(bias + j))))
  if (vectors < width) {
    const rest = width - vectors
    storePart(x + vectors, sigmoid<T>(v128.add<T>(loadPart(x + vectors, rest), loadPart(bias + vectors, rest))), rest)
  }
}

/** g = tanh(g + bias), and the cell f before + i g. */
// @ts-ignore: decorator
@inline
function lstmCell<T>(w: usize, gates: usize, bias: usize, before: usize, cell: usize, bytes: usize): void {
  const g = tanh<T>(v128.add<T>(get(gates + 2 * w, bytes), get(bias + 2 * w, bytes)))
  put(gates + 2 * w, g, bytes)
  put(cell, v128.add<T>(v128.mul<T>(get(gates + w, bytes), get(before, bytes)), v128.mul<T>(get(gates, bytes), g)), bytes)
}

// @ts-ignore: decorator
@inline
function lstmOut<T>(w: usize, gates: usize, cell: usize, tanhCell: usize, out: usize, bytes: usize): void {
  const y = tanh<T>(get(cell, bytes))
  put(tanhCell, y, bytes)
  put(out, v128.mul<T>(get(gates + 3 * w, bytes), y), bytes)
}

/** One function after the other along a row: together they need more registers than there are. */
// @ts-ignore: decorator
@inline
function lstmForward<T>(rows: i32, hidden: i32, gates: usize, bias: usize, before: usize, cell: usize, tanhCell: usize, out: usize): void {
  const width = <usize>hidden * sizeof<T>(), vectors = width & ~15, rest = width - vectors
  for (let row = 0; row < rows; row++) {
    sigmoids<T>(gates, bias, 2 * width)
    sigmoids<T>(gates + 3 * width, bias + 3 * width, width)
    for (let j: usize = 0; j < vectors; j += 16) lstmCell<T>(width, gates + j, bias + j, before + j, cell + j, 16)
    for (let j: usize = 0; j < vectors; j += 16) lstmOut<T>(width, gates + j, cell + j, tanhCell + j, out + j, 16)
    if (rest > 0) {
      lstmCell<T>(width, gates + vectors, bias + vectors, before + vectors, cell + vectors, rest)
      lstmOut<T>(width, gates + vectors, cell + vectors, tanhCell + vectors, out + vectors, rest)
    }
    gates += 4 * width
    before += width
    cell += width
    tanhCell += width
    out += width
  }
}

// @ts-ignore: decorator
@inline
function lstmSlopes<T>(w: usize, gates: usize, tanhCell: usize, before: usize, given: usize, dHidden: usize, dCell: usize, dGates: usize, bytes: usize): void {
  const i = get(gates, bytes), f = get(gates + w, bytes), g = get(gates + 2 * w, bytes), o = get(gates + 3 * w, bytes)
  const y = get(tanhCell, bytes)
  const dh = v128.add<T>(get(given, bytes), get(dHidden, bytes))
  const dc = v128.add<T>(get(dCell, bytes), v128.mul<T>(v128.mul<T>(dh, o), tanhSlope<T>(y)))
  put(dGates, v128.mul<T>(v128.mul<T>(dc, g), sigmoidSlope<T>(i)), bytes)
  put(dGates + w, v128.mul<T>(v128.mul<T>(dc, get(before, bytes)), sigmoidSlope<T>(f)), bytes)
  put(dGates + 2 * w, v128.mul<T>(v128.mul<T>(dc, i), tanhSlope<T>(g)), bytes)
  put(dGates + 3 * w, v128.mul<T>(v128.mul<T>(dh, y), sigmoidSlope<T>(o)), bytes)
  put(dCell, v128.mul<T>(dc, f), bytes)
}

// @ts-ignore: decorator
@inline
function lstmBackward<T>(rows: i32, hidden: i32, gates: usize, tanhCell: usize, before: usize, given: usize, dHidden: usize, dCell: usize, dGates: usize): void {
  const width = <usize>hidden * sizeof<T>(), vectors = width & ~15
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < vectors; j += 16)
      lstmSlopes<T>(width, gates + j, tanhCell + j, before + j, given + j, dHidden + j, dCell + j, dGates + j, 16)
    if (vectors < width)
      lstmSlopes<T>(
        width, gates + vectors, tanhCell + vectors, before + vectors, given + vectors, dHidden + vectors, dCell + vectors, dGates + vectors, width - vectors,
      )
    gates += 4 * width
    tanhCell += width
    before += width
    given += width
    dHidden += width
    dCell += width
    dGates += 4 * width
  }
}

// ---- GRU: gates r, z, n; stored are r, z, n and W_hn h + b_hn

// @ts-ignore: decorator
@inline
function gruUnits<T>(w: usize, gi: usize, gh: usize, bi: usize, bh: usize, before: usize, stored: usize, out: usize, bytes: usize): void {
  const r = sigmoid<T>(v128.add<T>(v128.add<T>(get(gi, bytes), get(bi, bytes)), v128.add<T>(get(gh, bytes), get(bh, bytes))))
  const z = sigmoid<T>(
    v128.add<T>(v128.add<T>(get(gi + w, bytes), get(bi + w, bytes)), v128.add<T>(get(gh + w, bytes), get(bh + w, bytes))),
  )
  const q = v128.add<T>(get(gh + 2 * w, bytes), get(bh + 2 * w, bytes))
  const n = tanh<T>(v128.add<T>(v128.add<T>(get(gi + 2 * w, bytes), get(bi + 2 * w, bytes)), v128.mul<T>(r, q)))
  put(stored, r, bytes)
  put(stored + w, z, bytes)
  put(stored + 2 * w, n, bytes)
  put(stored + 3 * w, q, bytes)
  put(out, v128.add<T>(n, v128.mul<T>(z, v128.sub<T>(get(before, bytes), n))), bytes)
}

// @ts-ignore: decorator
@inline
function gruForward<T>(rows: i32, hidden: i32, gi: usize, gh: usize, bi: usize, bh: usize, before: usize, stored: usize, out: usize): void {
  const width = <usize>hidden * sizeof<T>(), vectors = width & ~15
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < vectors; j += 16)
      gruUnits<T>(width, gi + j, gh + j, bi + j, bh + j, before + j, stored + j, out + j, 16)
    if (vectors < width)
      gruUnits<T>(
        width, gi + vectors, gh + vectors, bi + vectors, bh + vectors, before + vectors, stored + vectors, out + vectors, width - vectors,
      )
    gi += 3 * width
    gh += 3 * width
    before += width
    stored += 4 * width
    out += width
  }
}

// @ts-ignore: decorator
@inline
function gruSlopes<T>(w: usize, stored: usize, before: usize, given: usize, dHidden: usize, dGi: usize, dGh: usize, bytes: usize): void {
  const r = get(stored, bytes), z = get(stored + w, bytes), n = get(stored + 2 * w, bytes)
  const dh = v128.add<T>(get(given, bytes), get(dHidden, bytes))
  const dn = v128.mul<T>(v128.mul<T>(dh, v128.sub<T>(v128.splat<T>(1), z)), tanhSlope<T>(n))
  const dr = v128.mul<T>(v128.mul<T>(dn, get(stored + 3 * w, bytes)), sigmoidSlope<T>(r))
  const dz = v128.mul<T>(v128.mul<T>(dh, v128.sub<T>(get(before, bytes), n)), sigmoidSlope<T>(z))
  put(dGi, dr, bytes)
  put(dGi + w, dz, bytes)
  put(dGi + 2 * w, dn, bytes)
  put(dGh, dr, bytes)
  put(dGh + w, dz, bytes)
  put(dGh + 2 * w, v128.mul<T>(dn, r), bytes)
  put(dHidden, v128.mul<T>(dh, z), bytes)
}

// @ts-ignore: decorator
@inline
function gruBackward<T>(rows: i32, hidden: i32, stored: usize, before: usize, given: usize, dHidden: usize, dGi: usize, dGh: usize): void {
  const width = <usize>hidden * sizeof<T>(), vectors = width & ~15
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < vectors; j += 16)
      gruSlopes<T>(width, stored + j, before + j, given + j, dHidden + j, dGi + j, dGh + j, 16)
    if (vectors < width)
      gruSlopes<T>(width, stored + vectors, before + vectors, given + vectors, dHidden + vectors, dGi + vectors, dGh + vectors, width - vectors)
    stored += 4 * width
    before += width
    given += width
    dHidden += width
    dGi += 3 * width
    dGh += 3 * width
  }
}

// ---- plain: tanh or ReLU

// @ts-ignore: decorator
@inline
function activated<T>(relu: bool, x: v128): v128 {
  // A comparison that fails for NaN, which stays.
  return relu ? v128.andnot(x, v128.lt<T>(x, v128.splat<T>(0))) : tanh<T>(x)
}

// @ts-ignore: decorator
@inline
function rnnForward<T>(relu: bool, rows: i32, hidden: i32, bias: usize, out: usize): void {
  const width = <usize>hidden * sizeof<T>(), vectors = width & ~15, rest = width - vectors
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < vectors; j += 16)
      v128.store(out + j, activated<T>(relu, v128.add<T>(v128.load(out + j), v128.load(bias + j))))
    if (rest > 0) {
      const at = out + vectors
      storePart(at, activated<T>(relu, v128.add<T>(loadPart(at, rest), loadPart(bias + vectors, rest))), rest)
    }
    out += width
  }
}

// @ts-ignore: decorator
@inline
function activationSlope<T>(relu: bool, y: v128): v128 {
  return relu ? v128.and(v128.splat<T>(1), v128.gt<T>(y, v128.splat<T>(0))) : tanhSlope<T>(y)
}

// @ts-ignore: decorator
@inline
function rnnBackward<T>(relu: bool, rows: i32, hidden: i32, out: usize, given: usize, dHidden: usize, dGates: usize): void {
  const n = <usize>rows * <usize>hidden * sizeof<T>(), vectors = n & ~15, rest = n - vectors
  for (let j: usize = 0; j < vectors; j += 16) {
    const dh = v128.add<T>(v128.load(given + j), v128.load(dHidden + j))
    v128.store(dGates + j, v128.mul<T>(dh, activationSlope<T>(relu, v128.load(out + j))))
  }
  if (rest > 0) {
    const dh = v128.add<T>(loadPart(given + vectors, rest), loadPart(dHidden + vectors, rest))
    storePart(dGates + vectors, v128.mul<T>(dh, activationSlope<T>(relu, loadPart(out + vectors, rest))), rest)
  }
}

export function lstmForward_f32(rows: i32, hidden: i32, gates: usize, bias: usize, before: usize, cell: usize, tanhCell: usize, out: usize): void {
  lstmForward<f32>(rows, hidden, gates, bias, before, cell, tanhCell, out)
}

export function lstmForward_f64(rows: i32, hidden: i32, gates: usize, bias: usize, before: usize, cell: usize, tanhCell: usize, out: usize): void {
  lstmForward<f64>(rows, hidden, gates, bias, before, cell, tanhCell, out)
}

export function lstmBackward_f32(
  rows: i32, hidden: i32, gates: usize, tanhCell: usize, before: usize, given: usize, dHidden: usize, dCell: usize, dGates: usize,
): void {
  lstmBackward<f32>(rows, hidden, gates, tanhCell, before, given, dHidden, dCell, dGates)
}

export function lstmBackward_f64(
  rows: i32, hidden: i32, gates: usize, tanhCell: usize, before: usize, given: usize, dHidden: usize, dCell: usize, dGates: usize,
): void {
  lstmBackward<f64>(rows, hidden, gates, tanhCell, before, given, dHidden, dCell, dGates)
}

export function gruForward_f32(
  rows: i32, hidden: i32, gi: usize, gh: usize, bi: usize, bh: usize, before: usize, stored: usize, out: usize,
): void {
  gruForward<f32>(rows, hidden, gi, gh, bi, bh, before, stored, out)
}

export function gruForward_f64(
  rows: i32, hidden: i32, gi: usize, gh: usize, bi: usize, bh: usize, before: usize, stored: usize, out: usize,
): void {
  gruForward<f64>(rows, hidden, gi, gh, bi, bh, before, stored, out)
}

export function gruBackward_f32(
  rows: i32, hidden: i32, stored: usize, before: usize, given: usize, dHidden: usize, dGi: usize, dGh: usize,
): void {
  gruBackward<f32>(rows, hidden, stored, before, given, dHidden, dGi, dGh)
}

export function gruBackward_f64(
  rows: i32, hidden: i32, stored: usize, before: usize, given: usize, dHidden: usize, dGi: usize, dGh: usize,
): void {
  gruBackward<f64>(rows, hidden, stored, before, given, dHidden, dGi, dGh)
}

export function rnnForward_f32(relu: bool, rows: i32, hidden: i32, bias: usize, out: usize): void {
  if (relu) rnnForward<f32>(true, rows, hidden, bias, out)
  else rnnForward<f32>(false, rows, hidden, bias, out)
}

export function rnnForward_f64(relu: bool, rows: i32, hidden: i32, bias: usize, out: usize): void {
  if (relu) rnnForward<f64>(true, rows, hidden, bias, out)
  else rnnForward<f64>(false, rows, hidden, bias, out)
}

export function rnnBackward_f32(relu: bool, rows: i32, hidden: i32, out: usize, given: usize, dHidden: usize, dGates: usize): void {
  rnnBackward<f32>(relu, rows, hidden, out, given, dHidden, dGates)
}

export function rnnBackward_f64(relu: bool, rows: i32, hidden: i32, out: usize, given: usize, dHidden: usize, dGates: usize): void {
  rnnBackward<f64>(relu, rows, hidden, out, given, dHidden, dGates)
}
