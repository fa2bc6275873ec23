/** The typed form of `diff --json`. A figure that was not computed is null and its reason stands in `skipped`. */
import type { Format, Kind, Skipped } from '../../checkpoint/index.js'
import type { DeltaFigures, SubspaceAngles } from '../compare/index.js'
import type { Progress, SpectraMode } from '../types.js'

/** Everything has a default, and `undefined` stands for it. */
export interface DiffOptions {
  /** Singular values of the differences: `auto` (the default) is exact up to min(m, n) = 2,048 and estimates the top of larger spectra. */
  spectra?: SpectraMode | undefined
  /** Leading singular vectors of a and b whose spaces are compared; 4 by default, 0 leaves the angles out. */
  angles?: number | undefined
  /** Globs over names (of either side), or modules; all tensors when absent. */
  tensors?: string | readonly string[] | undefined
  /** Names of a to names of b; the other way round is noticed. They come before all other rules. */
  map?: Readonly<Record<string, string>> | undefined
  /** `shape`: tensors that no name pairs are paired by shape and content. */
  match?: 'names' | 'shape' | undefined
  /** Take b for a LoRA adapter; by default that is told by its names. */
  lora?: boolean | undefined
  /** Replaces the adapter's alpha: the change is alpha / rank * B A. */
  loraAlpha?: number | undefined
  /** The order of `tensors`: one of `diffSortKeys`, `relative` by default. */
  sort?: string | undefined
  /** Sets `check`: fails when the largest relative change of a weight is above this. */
  failOver?: number | undefined
  workers?: number | undefined
  backend?: 'auto' | 'system' | 'portable' | undefined
  seed?: number | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

export type PairedBy = 'name' | 'map' | 'renaming' | 'content' | 'adapter'

/** How two tensors found each other. */
export interface Pairing {
  name: string
  nameB: string
  by: PairedBy
  /** The rule, in words. */
  how: string
  /** b was compared as its transpose. */
  transposed: boolean
  /** Of pairs by content: ||a - b|| / max(||a||, ||b||) over a sample, and that of the next best candidate. */
  distance: number | null
  runnerUp: number | null
  /** Another candidate is nearly as close, so that the pair is a guess. */
  ambiguous: boolean
}

/** b - a over the positions where both are finite. */
export interface ChangeFigures {
  l1A: number | null
  l2A: number
  linfA: number | null
  l1B: number | null
  l2B: number
  linfB: number | null
  deltaL1: number | null
  deltaL2: number
  deltaLinf: number | null
  /** deltaL2 / l2A; 0 for 0 / 0, else Infinity for l2A = 0. */
  relative: number
  /** Null where a or b is zero. */
  cosine: number | null
  /** Positions whose elements differ; NaN is equal to NaN, -0 to 0. */
  changed: number | null
  nonfiniteA: number
  nonfiniteB: number
}

export interface DiffTensor extends ChangeFigures {
  name: string
  nameB: string
  dtypeA: string
  dtypeB: string
  shape: number[]
  count: number
  kind: Kind
  group: 'model' | 'optimizer'
  /** Positions where both are finite. */
  finite: number
  deltaSpectral: number | null
  deltaNuclear: number | null
  deltaStableRank: number | null
  /** The difference as a matrix [shape[0], the rest]. */
  delta: DeltaFigures | null
  angles: SubspaceAngles | null
  /** deltaL2^2 over the whole model's; 0 where nothing changed, null for what is not in the totals. */
  share: number | null
  sharesWith: string | null
}

/** Of floating tensors of the model, shared storage once. */
export interface DiffTotals extends ChangeFigures {
  tensors: number
  parameters: number
}

/** One node of the module tree (`encoder.layers.3`), with the totals of everything below it. */
export interface DiffModule extends DiffTotals {
  path: string
  depth: number
  share: number
}

export interface ShapeChange {
  name: string
  nameB: string
  shapeA: number[]
  shapeB: number[]
  /** What the shapes have in common, and what to try; null where nothing. */
  hint: string | null
}

export interface DiffInput {
  path: string
  format: Format
  bytes: number
  tensors: number
}

export interface AdapterFigures {
  /** What was compared: an adapter against a base, or two adapters. */
  against: 'base' | 'adapter'
  layers: number
  ranks: number[]
  /** Where the scale comes from, in words. */
  scale: string
}

export interface DiffReport {
  normball: string
  command: 'diff'
  a: string
  b: string
  inputs: { a: DiffInput; b: DiffInput }
  backend: { name: string; kind: 'system' | 'portable'; [detail: string]: unknown }
  options: { spectra: SpectraMode; angles: number; tensors: string[]; match: 'names' | 'shape'; sort: string }
  onlyA: string[]
  onlyB: string[]
  shapeChanged: ShapeChange[]
  /** Largest changes first, or as `sort` has it. */
  tensors: DiffTensor[]
  totals: DiffTotals
  modules: DiffModule[]
  pairing: Pairing[]
  /** Null unless b is an adapter. */
  adapter: AdapterFigures | null
  /** Null unless `failOver` was given. */
  check: null | { failOver: number; worst: string | null; relative: number; failed: boolean }
  skipped: Skipped[]
  warnings: string[]
}
