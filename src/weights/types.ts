/** The typed form of `inspect --json`. A figure that was not computed is null and its reason stands in `skipped`. */
import type { Format, Kind, Metadata, Skipped } from '../checkpoint/index.js'
import type { PlainError, StorageType } from '../core/index.js'
import type { TableFormat } from '../table/internal.js'

export type Severity = 'error' | 'warning' | 'info'

export interface Flag {
  /** Kebab-case, listed in `flags/table.ts` and docs/metrics.md. */
  code: string
  severity: Severity
  /** One sentence of what it means and what to do. */
  message: string
}

export interface PowerLaw {
  value: number
  xmin: number
  tail: number
  ks: number
  standardError: number
}

export interface MatrixFigures {
  /** [shape[0], product of the rest]. */
  shape: [number, number]
  method: 'gram' | 'svd' | 'estimate'
  /** Bound on the absolute error of each singular value given. */
  error: number
  spectral: number
  nuclear: number | null
  frobenius: number
  stableRank: number | null
  effectiveRank: number | null
  rank: number | null
  rankTolerance: number | null
  condition: number | null
  sigmaMin: number | null
  energyRank: { '0.9': number | null; '0.95': number | null; '0.99': number | null }
  /** The first 16, descending. */
  singularValues: number[]
  alpha: PowerLaw | null
  /** A log-spaced summary of the whole spectrum for plots: pairs of 1-based index and value; what an estimate knows, for an estimate. */
  spectrum: { index: number[]; value: number[] }
}

export interface ConvFigures {
  operatorNorm: number
  /** Bound on the absolute error of `operatorNorm`. */
  error: number
  groups: number
  groupsFrom: 'graph' | 'assumed'
  input: number[]
  boundary: 'periodic'
}

/** L2 norms along the output or input axis, summarized. */
export interface LineFigures {
  count: number
  dead: number
  /** The first 16 indices of dead ones. */
  deadIndices: number[]
  min: number
  median: number
  max: number
}

/** A part of a tensor measured by itself: a gate of a recurrent weight, one expert, query, key or value of a fused projection. */
export interface SliceFigures {
  name: string
  /** Rows [from, to) of the matrix view, or the index on the leading axis for experts. */
  from: number
  to: number
  l2: number
  linf: number
  zeros: number
  matrix: MatrixFigures | null
}

export interface TensorFigures {
  name: string
  /** The file's own word. */
  dtype: string
  /** Our name for the type of the elements as they were measured: `f32`, `q4_k`; `f32` too for weights computed from packed integers. */
  storage: StorageType
  shape: number[]
  count: number
  kind: Kind
  outAxis: number | null
  group: 'model' | 'optimizer'
  zeros: number
  nan: number
  posInf: number
  negInf: number
  subnormals: number
  l0: number
  l1: number
  l2: number
  linf: number
  mean: number
  std: number
  min: number
  max: number
  /** Bytes as stored. */
  bytes: number
  /** Counts of floor(log2 |x|) = min + i over the finite non-zero elements; empty ends trimmed. */
  exponents: { min: number; counts: number[] }
  rows: LineFigures | null
  columns: LineFigures | null
  matrix: MatrixFigures | null
  conv: ConvFigures | null
  slices: SliceFigures[]
  sharesWith: string | null
  flags: Flag[]
}

export interface Totals {
  tensors: number
  parameters: number
  bytes: number
  zeros: number
  nan: number
  posInf: number
  negInf: number
  l1: number
  l2: number
  linf: number
}

/** One node of the module tree (`encoder.layers.3`), with the totals of everything below it. */
export interface ModuleTotals extends Totals {
  path: string
  depth: number
  /** Counts of flags below, by severity. */
  flags: { error: number; warning: number; info: number }
}

export interface FileReport {
  path: string
  /** A checkpoint's, or a table's, whose columns are the tensors. */
  format: Format | TableFormat | 'duckdb'
  bytes: number
  metadata: Metadata
  totals: Totals
  /** Optimizer state, when there is any. */
  optimizer: Totals | null
  tensors: TensorFigures[]
  modules: ModuleTotals[]
  skipped: Skipped[]
  flags: Flag[]
  warnings: string[]
}

/** Why an input could not be measured. */
export type ReportError = PlainError

export interface InspectReport {
  /** Our version. */
  normball: string
  command: 'inspect'
  backend: { name: string; kind: 'system' | 'portable'; [detail: string]: unknown }
  options: { spectra: SpectraMode; convNorms: boolean; tensors: string[] }
  errors: ReportError[]
  files: FileReport[]
}

export type SpectraMode = 'auto' | 'exact' | 'estimate' | 'none'

export interface Progress {
  phase: 'open' | 'measure' | 'write'
  file: string
  tensor: string | null
  bytesDone: number
  bytesTotal: number
  tensorsDone: number
  tensorsTotal: number
  /** Estimated part of the work that is done, 0 to 1: spectra take longer than reading. */
  share: number
}

/** Everything has a default, and `undefined` stands for it. */
export interface InspectOptions {
  /** `auto` (the default) is exact up to min(m, n) = 2,048 and estimates the top of larger spectra. */
  spectra?: SpectraMode | undefined
  /** Also the norm of each convolution as an operator. */
  convNorms?: boolean | undefined
  /** Globs (picomatch) over tensor names, or names of modules; all tensors when absent. */
  tensors?: string | readonly string[] | undefined
  /** Worker threads on Node; 0 measures in the calling thread. Default: the number of cores, fewer for small files. */
  workers?: number | undefined
  backend?: 'auto' | 'system' | 'portable' | undefined
  /** Thresholds that replace the defaults of `flags/table.ts`, by name. */
  thresholds?: Readonly<Record<string, number>> | undefined
  /** Numerical rank tolerance relative to sigma_1; default max(m, n) * eps of the storage. */
  rankTolerance?: number | undefined
  seed?: number | undefined
  /** On Node: every input is a table, and this query says what of it is measured; see `openTable` of `normball/table`. */
  sql?: string | undefined
  /** Stops the work with InterruptedError: at once with worker threads, otherwise after the matrix that is being decomposed. */
  signal?: AbortSignal | undefined
  /** Called often, in the calling thread; an error that it throws ends the work. */
  onProgress?: ((progress: Progress) => void) | undefined
}
