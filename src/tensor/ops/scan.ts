/** Running sums and products along an axis. */
import { scanOps } from '../../kernels/index.js'
import { record } from '../autograd/tape.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxis } from '../shape.js'
import { empty, type Tensor } from '../tensor.js'
import { div, mul } from './arithmetic.js'
import { asLines } from './broadcast.js'
import { pad } from './joining.js'
import { checkOptions } from './options.js'
import { castOf, checkTensor } from './raw.js'
import { hasZero, isTracked } from './reduce.js'
import { flip } from './triangles.js'
import { type Range, slice } from './views.js'

/** Along which axis: the last by default. */
export interface ScanOptions {
  axis?: number
}

const scanOptions = ['axis']

/** Floats keep their type, i32 too (and wraps around); bool counts in i32. */
function scanOf(op: (typeof scanOps)[number], x: Tensor, axis: number): Tensor {
  const from = x.dtype === 'bool' ? castOf(x, 'i32') : x
  const out = empty(from.dtype, x.shape)
  asLines(from, [axis], (lines, outer, length, inner) =>
    kernels().array.scan(scanOps.indexOf(op), typeCode[from.dtype], outer, length, inner, lines.pointer, out.pointer),
  )
  if (from !== x) from.dispose()
  return out
}

/**
 * Sums of the elements up to each along an axis (the last by default), kept in float64. i32 stays, and wraps around; bool becomes i32.
 *
 * Gradient: sums of g from each on.
 */
export function cumsum(x: Tensor, options: ScanOptions = {}): Tensor {
  checkTensor('cumsum', x)
  checkOptions('cumsum', options, scanOptions)
  const axis = checkAxis('cumsum', options.axis ?? -1, x.shape)
  return record(scanOf('cumsum', x, axis), 'cumsum', [x], [], (g) => [sumsFrom(g, axis)])
}

/** Sums of the elements from each on. */
const sumsFrom = (g: Tensor, axis: number): Tensor => flip(cumsum(flip(g, axis), { axis }), axis)

/**
 * Products of the elements up to each along an axis (the last by default). i32 stays, and wraps around; bool becomes i32.
 *
 * Gradient: the derivative of the products, also where elements are 0.
 */
export function cumprod(x: Tensor, options: ScanOptions = {}): Tensor {
  checkTensor('cumprod', x)
  checkOptions('cumprod', options, scanOptions)
  const axis = checkAxis('cumprod', options.axis ?? -1, x.shape)
  if (isTracked(x) && hasZero(x)) return tidy(() => doubling(x, axis))
  const out = scanOf('cumprod', x, axis)
  return record(out, 'cumprod', [x], [x, out], (g, [p, y]) => [div(sumsFrom(mul(g, y!), axis), p!)])
}

/** The same by doubling: each round multiplies by what stands 1, 2, 4, ... places before, so that no gradient divides. Source: Hillis & Steele 1986. */
function doubling(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis]!
  let products = x
  for (let step = 1; step < n; step *= 2) products = mul(products, shifted(products, axis, step))
  return products
}

/** x moved on by `step` places, ones before it. */
function shifted(x: Tensor, axis: number, step: number): Tensor {
  const ranges: Range[] = x.shape.map((_, i) => (i === axis ? { stop: -step } : null))
  const widths = x.shape.map((_, i): [number, number] => [i === axis ? step : 0, 0])
  return pad(slice(x, ...ranges), widths, 1)
}
