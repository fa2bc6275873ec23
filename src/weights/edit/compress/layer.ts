/** A layer that can be replaced, and what is said of it at a rank. */
import type { Chosen } from '../types.js'
import type { Basis } from './basis.js'
import type { Layout } from './layout.js'
import type { Place } from './modules.js'
import { breakEven, perRank } from './rank.js'

/** A layer that can be replaced, with its spectrum. */
export interface Layer {
  readonly one: Chosen
  /** Null for `dense`. */
  readonly place: Place | null
  readonly layout: Layout
  readonly sigma: Float64Array
  /** Errors of rank k, in the norm that is minimized. */
  readonly tails: Float64Array
  readonly weighed: boolean
  readonly method: 'gram' | 'svd'
  /** Null where it is not kept. */
  basis: Basis | null
}

/** What compression says of each tensor, as `details` of the report. */
export interface CompressDetails {
  /** Null where the layer is left alone. */
  rank: number | null
  fullRank: number
  breakEvenRank: number
  /** Share of the sum of sigma^2, of W C^1/2 where activations were given. */
  energyKept: number
  /** ||W - AB||_F by the spectrum (Eckart & Young), and relative to the layer; null with activations, where `delta` and `relativeError` measure it. */
  error: number | null
  errorRelative: number | null
  /** ||(W - AB) C^1/2||_F, and relative to ||W C^1/2||_F; null without activations. */
  weighedError: number | null
  weighedErrorRelative: number | null
  parametersBefore: number
  parametersAfter: number
  multiplyAddsBefore: number
  multiplyAddsAfter: number
  method: 'gram' | 'svd'
  /** The line of PyTorch that builds the two layers. */
  pytorch: string | null
}

export function detailsOf(layer: Layer, rank: number | null): CompressDetails {
  const { layout, tails, weighed, method, place, sigma } = layer
  const { rows, columns } = layout
  const whole = tails[0]!
  const error = rank === null ? 0 : tails[rank]!
  const relative = whole === 0 ? 0 : error / whole
  const before = rows * columns
  const after = rank === null || place === null ? before : rank * perRank(rows, columns)
  const adds = layer.one.kind === 'embedding' ? 0 : before
  const addsAfter = rank === null || place === null ? adds : layer.one.kind === 'embedding' ? rank * columns : after
  return {
    rank,
    fullRank: sigma.length,
    breakEvenRank: breakEven(rows, columns),
    energyKept: 1 - relative ** 2,
    error: weighed ? null : error,
    errorRelative: weighed ? null : relative,
    weighedError: weighed ? error : null,
    weighedErrorRelative: weighed ? relative : null,
    parametersBefore: before,
    parametersAfter: after,
    multiplyAddsBefore: adds,
    multiplyAddsAfter: addsAfter,
    method,
    pytorch: null,
  }
}
