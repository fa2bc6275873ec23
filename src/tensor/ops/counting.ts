/** Values sorted, searched and counted: searchsorted, unique, histogram. None has a gradient. */
import { UsageError } from '../../core/index.js'
import { tensor } from '../create.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { describe, empty, type Tensor, view } from '../tensor.js'
import { reshape } from './broadcast.js'
import { detach, to } from './cast.js'
import { sort } from './order.js'
import { checkTensor, commonType, together } from './raw.js'

/**
 * For each value the first place (i32) in ascending `sorted` (one axis) where it could be put to keep the order; after equal elements with
 * `right`. NaN counts as largest. Shape of `values`.
 */
export function searchsorted(sorted: Tensor, values: Tensor, options: { right?: boolean } = {}): Tensor {
  checkTensor('searchsorted', sorted)
  checkTensor('searchsorted', values)
  if (sorted.rank !== 1)
    throw new UsageError(`searchsorted: the sorted values are ${describe(sorted)}; expected one axis.`)
  return tidy(() => {
    const type = commonType(sorted, values, false)
    const [where, what] = [together(to(detach(sorted), type)), together(to(detach(values), type))]
    const out = empty('i32', values.shape)
    kernels().array.searchsorted(
      typeCode[type],
      where.size,
      where.pointer,
      what.size,
      what.pointer,
      options.right ?? false,
      out.pointer,
    )
    return out
  })
}

/** The different values, ascending (NaN last, once), and how often each occurs (i32). */
export function unique(x: Tensor): { values: Tensor; counts: Tensor } {
  checkTensor('unique', x)
  return tidy(() => {
    const ordered = sort(reshape(detach(x), [x.size])).values
    const all = view(ordered)
    const [values, counts]: [number[], number[]] = [[], []]
    for (const value of all) {
      const last = values.at(-1)
      if (values.length > 0 && (value === last || (Number.isNaN(value) && Number.isNaN(last))))
        counts[counts.length - 1]!++
      else {
        values.push(value)
        counts.push(1)
      }
    }
    return {
      values: tensor(Float64Array.from(values), { dtype: x.dtype }),
      counts: tensor(Int32Array.from(counts)),
    }
  })
}

export interface HistogramOptions {
  /** Number of equal bins (10). */
  bins?: number
  /** Ends of the first and last bin; by default the least and largest finite value. What lies outside is not counted. */
  range?: readonly [number, number]
}

/**
 * How many elements fall into equal bins: counts (i32) [bins] and edges (f64) [bins + 1]. Each bin holds its left edge, the last also its right, as
 * NumPy's. NaN and infinities are not counted.
 */
export function histogram(x: Tensor, options: HistogramOptions = {}): { counts: Tensor; edges: Tensor } {
  checkTensor('histogram', x)
  const { bins = 10 } = options
  if (!Number.isInteger(bins) || bins < 1)
    throw new UsageError(`histogram: ${bins} bins; expected a whole number from 1 on.`)
  return tidy(() => {
    const values = view(together(to(detach(x), 'f64')))
    const [low, high] = options.range ?? rangeOf(values)
    if (!(low <= high) || !Number.isFinite(high - low))
      throw new UsageError(`histogram: range from ${low} to ${high}; expected finite numbers, ascending.`)
    // A range of no width is widened, as NumPy does.
    const [from, until] = low === high ? [low - 0.5, high + 0.5] : [low, high]
    const edges = Float64Array.from({ length: bins + 1 }, (_, i) =>
      i === bins ? until : from + ((until - from) * i) / bins,
    )
    const counts = new Int32Array(bins)
    for (const value of values) {
      if (!(value >= from && value <= until)) continue
      let bin = Math.min(Math.floor(((value - from) / (until - from)) * bins), bins - 1)
      // Rounding may be off by one at an edge.
      if (value < edges[bin]!) bin--
      else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++
      counts[bin]!++
    }
    return { counts: tensor(counts), edges: tensor(edges) }
  })
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low > high ? [0, 1] : [low, high]
}
