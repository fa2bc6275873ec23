/** The typed form of `track --json`: one network over time. A figure that was not computed is null. */
import type { Kind, Skipped } from '../../checkpoint/index.js'
import type { InspectOptions, ReportError, SpectraMode } from '../types.js'

/** Worst first: the order of reports. */
export const verdictCodes = [
  'nan',
  'dead',
  'growing',
  'collapsing',
  'jump',
  'oscillating',
  'moving',
  'unknown',
  'settled',
] as const

export type VerdictCode = (typeof verdictCodes)[number]

export interface Verdict {
  code: VerdictCode
  /** Where it happened: the training step, or the checkpoint's place (from 0) where steps are not known; null for what has no place. */
  step: number | null
  /** The rule with its numbers, one sentence or two. */
  why: string
}

/** One layer in one checkpoint. */
export interface TrackPoint {
  /** Place in `checkpoints`. */
  checkpoint: number
  step: number | null
  zeros: number
  /** NaN and infinite elements; norms are over the others. */
  nonfinite: number
  l1: number
  l2: number
  linf: number
  spectral: number | null
  nuclear: number | null
  stableRank: number | null
  /** ||dW|| since the last checkpoint that has the tensor. */
  deltaL2: number | null
  /** ||dW|| / ||W||, W of that checkpoint; null where ||W|| is 0. */
  update: number | null
  /** `update` over the training steps between. */
  updatePerStep: number | null
  /** Cosine of the angle between this update and the one before. */
  cosine: number | null
  /** ||W - W_0||, W_0 of the first checkpoint that has the tensor. */
  distance: number | null
  /** ||s - s'|| of the spectra, each scaled to length 1, s' of the last checkpoint. */
  spectrumDrift: number | null
}

export interface TrackedTensor {
  name: string
  shape: number[]
  kind: Kind
  points: TrackPoint[]
  verdict: Verdict
}

/** All floating tensors of the model together, shared storage once. */
export interface TrackTotals {
  checkpoint: number
  step: number | null
  parameters: number
  nonfinite: number
  l1: number
  l2: number
  linf: number
  deltaL2: number | null
  update: number | null
  updatePerStep: number | null
  cosine: number | null
  distance: number | null
}

export interface TrackedCheckpoint {
  path: string
  step: number | null
  /** What told the step. */
  stepFrom: 'metadata' | 'name' | null
}

export interface TrackReport {
  /** Our version. */
  normball: string
  command: 'track'
  /** What the checkpoints are ordered by. */
  order: 'step' | 'name' | 'given'
  options: { spectra: SpectraMode; tensors: string[] }
  checkpoints: TrackedCheckpoint[]
  /** In the order of the first checkpoint that has them. */
  tensors: TrackedTensor[]
  totals: TrackTotals[]
  errors: ReportError[]
  skipped: Skipped[]
  warnings: string[]
}

/** Everything has a default. */
export interface TrackOptions
  extends Pick<InspectOptions, 'spectra' | 'tensors' | 'workers' | 'backend' | 'seed' | 'signal' | 'onProgress'> {
  /** `auto` (the default) is by step where every checkpoint tells one, else by name. */
  order?: 'auto' | 'step' | 'name' | 'given' | undefined
}
