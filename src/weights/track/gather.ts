/** What is kept of each checkpoint's measured tensors until all are measured: points, and what the paths and verdicts need beside them. */

import type { Kind, Skipped } from '../../checkpoint/index.js'
import { isFloating, showShape } from '../../core/index.js'
import { totalsOf } from '../modules.js'
import type { TensorFigures } from '../types.js'
import { type SpectrumSummary, spectrumDrift } from './drift.js'
import type { TrackPoint, TrackTotals } from './types.js'

/** One tensor on its way through the checkpoints. */
export interface Track {
  readonly name: string
  shape: readonly number[]
  kind: Kind
  dtype: string
  group: TensorFigures['group']
  isFloating: boolean
  isShared: boolean
  points: TrackPoint[]
  /** As `points`: elements that are NaN, and whether the other non-finite ones are as many as in the first checkpoint. */
  nan: number[]
  spectrum: SpectrumSummary | null
}

export class Gathering {
  readonly tracks = new Map<string, Track>()
  readonly totals: TrackTotals[] = []
  readonly skipped: Skipped[] = []

  /** Adds a checkpoint; they come in their order. */
  add(checkpoint: number, step: number | null, figures: readonly TensorFigures[]): void {
    for (const one of figures) this.#addTensor(checkpoint, step, one)
    const { parameters, nan, posInf, negInf, l1, l2, linf } = totalsOf(figures)
    const none = { deltaL2: null, update: null, updatePerStep: null, cosine: null, distance: null }
    this.totals.push({ checkpoint, step, parameters, nonfinite: nan + posInf + negInf, l1, l2, linf, ...none })
  }

  #addTensor(checkpoint: number, step: number | null, figures: TensorFigures): void {
    const { name, shape, kind, dtype, group, storage, sharesWith, matrix } = figures
    const facts = { shape, kind, dtype, group, isFloating: isFloating(storage), isShared: sharesWith !== null }
    let track = this.tracks.get(name)
    if (track === undefined) {
      track = { name, ...facts, points: [], nan: [], spectrum: null }
      this.tracks.set(name, track)
    } else if (showShape(track.shape) !== showShape(shape)) {
      // What was before cannot be compared with what follows.
      this.skipped.push({
        name,
        dtype: track.dtype,
        shape: track.shape,
        what: 'points',
        why: `its shape was ${showShape(track.shape)} until ${where(track.points.at(-1)!)} and is ${showShape(shape)} from ${where({ step, checkpoint })} on; what was before is left out`,
      })
      Object.assign(track, { points: [], nan: [], spectrum: null })
    }
    Object.assign(track, facts)
    const { zeros, nan, posInf, negInf, l1, l2, linf } = figures
    track.points.push({
      checkpoint,
      step,
      zeros,
      nonfinite: nan + posInf + negInf,
      l1,
      l2,
      linf,
      spectral: matrix?.spectral ?? null,
      nuclear: matrix?.nuclear ?? null,
      stableRank: matrix?.stableRank ?? null,
      deltaL2: null,
      update: null,
      updatePerStep: null,
      cosine: null,
      distance: null,
      spectrumDrift: matrix && track.spectrum ? spectrumDrift(track.spectrum, matrix) : null,
    })
    track.nan.push(nan)
    track.spectrum = matrix && { shape: matrix.shape, frobenius: matrix.frobenius, spectrum: matrix.spectrum }
  }

  /** Tells which tensors are missing where; `names` are the checkpoints'. */
  tellMissing(checkpoints: number): void {
    for (const { name, dtype, shape, points } of this.tracks.values()) {
      const known = new Set(points.map(({ checkpoint }) => checkpoint))
      const first = points[0]!.checkpoint
      const cut = this.skipped.some((one) => one.name === name && one.what === 'points')
      const missing: number[] = []
      for (let at = cut ? first : 0; at < checkpoints; at++) if (!known.has(at)) missing.push(at)
      if (missing.length === 0) continue
      const places = missing.slice(0, 5).map((at) => where(this.totals[at]!))
      const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
      this.skipped.push({ name, dtype, shape, what: 'points', why: `is missing in ${places.join(', ')}${more}` })
    }
  }
}

/** `step 800`, or `checkpoint 4` where steps are not known. */
export function where({ step, checkpoint }: { step: number | null; checkpoint: number }): string {
  return step === null ? `checkpoint ${checkpoint}` : `step ${step}`
}
