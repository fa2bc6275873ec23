/** What training takes and tells. The run log is NDJSON, one of these records a line; a report is what a run came to. */
import type { Alarm, LayerFigures } from '../optim/index.js'
import type { Tensor } from '../tensor/index.js'

/** Examples by number. Tensors are whole sets (first axis: examples), or what a batch is made of when asked for. */
export interface Dataset {
  readonly length: number
  /** Shapes of one example. */
  readonly inputShape: readonly number[]
  readonly targetShape: readonly number[]
  /** Names of the classes where targets are classes (i32), in their order; null where they are numbers. */
  readonly classes: readonly string[] | null
  /** Inputs and targets of examples, as new tensors that the caller owns; a promise where they are read from files first. */
  batch(indices: Int32Array): Batch | Promise<Batch>
  /** Classes of all examples, for stratified splits and weights; null where there are none. */
  labels(): Int32Array | null
  /** How much each example counts, >= 0; null or absent where all count alike. */
  weights?(): Float32Array | null
}

export interface Batch {
  readonly input: Tensor
  readonly target: Tensor
  /** Of the examples; absent where all count alike. */
  readonly weight?: Float32Array
}

/** Batches of one epoch after the other. Its place is data, so that a run can go on at any step. */
export interface Loader {
  readonly dataset: Dataset
  readonly batchesPerEpoch: number
  readonly examplesPerEpoch: number
  /** The next batch, of the next epoch after the last; kept out of scopes. The caller disposes of it. */
  next(): Promise<Batch>
  state(): LoaderState
  restore(state: LoaderState): void
  close(): void
}

export interface LoaderState {
  /** From 0 on. */
  readonly epoch: number
  /** Batches of this epoch that were handed out. */
  readonly batch: number
  /** The order's generator as it was before this epoch was shuffled. */
  readonly generator: readonly [number, number, number]
}

/** Figures by name: `loss`, `accuracy`, `top5`, `f1`, `auc`, `mse`, `r2`, ... */
export type Figures = Readonly<Record<string, number>>

export interface StartRecord {
  readonly type: 'start'
  readonly version: string
  readonly time: string
  readonly seed: number
  readonly parameters: number
  readonly examples: { readonly train: number; readonly validation: number | null; readonly test: number | null }
  readonly steps: number
  readonly epochs: number
  readonly backend: string
  /** The configuration, where there is one. */
  readonly config: unknown
  /** The step that a resumed run goes on from, else 0. */
  readonly from: number
}

export interface StepRecord {
  readonly type: 'step'
  readonly step: number
  readonly epoch: number
  /** dataLoss + penalty. */
  readonly loss: number
  readonly dataLoss: number
  readonly penalty: number
  readonly lr: number
  /** null where gradients are not clipped and not watched. */
  readonly gradNorm: number | null
  readonly clipped: boolean
  readonly skipped: boolean
  /** Examples per second since the last record. */
  readonly rate: number
}

export interface LayersRecord {
  readonly type: 'layers'
  readonly step: number
  readonly layers: readonly LayerFigures[]
  readonly sharpness: readonly number[] | null
  readonly largestRate: number | null
  readonly gradientNoise: number | null
}

export interface EpochRecord {
  readonly type: 'epoch'
  readonly epoch: number
  readonly step: number
  readonly train: Figures
  readonly validation: Figures | null
  readonly seconds: number
}

export interface AlarmRecord extends Alarm {
  readonly type: 'alarm'
  readonly action: 'none' | 'stop' | 'rollback'
}

export interface CheckpointRecord {
  readonly type: 'checkpoint'
  readonly step: number
  readonly file: string
  readonly best: boolean
}

export interface EndRecord {
  readonly type: 'end'
  readonly step: number
  readonly outcome: Outcome
  readonly final: { readonly train: Figures; readonly validation: Figures | null; readonly test: Figures | null }
  readonly seconds: number
}

export type Outcome = 'done' | 'early-stopped' | 'interrupted' | 'alarm'

export type LogRecord =
  | StartRecord
  | StepRecord
  | LayersRecord
  | EpochRecord
  | AlarmRecord
  | CheckpointRecord
  | EndRecord

/** What a run came to: its figures, and the log's records, thinned to what a page can show. */
export interface FitReport {
  readonly outcome: Outcome
  readonly steps: number
  readonly epochs: number
  readonly parameters: number
  readonly seconds: number
  readonly examplesPerSecond: number
  readonly final: EndRecord['final']
  readonly best: { readonly epoch: number; readonly metric: string; readonly value: number } | null
  readonly history: {
    readonly steps: readonly StepRecord[]
    readonly layers: readonly LayersRecord[]
    readonly epochs: readonly EpochRecord[]
    readonly alarms: readonly AlarmRecord[]
  }
  /** Of the last evaluation, for classes: rows are true, columns told. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null
  /** Zeros and norms of each parameter at the end. */
  readonly parametersAtEnd: readonly { readonly name: string; readonly shape: readonly number[]; readonly zeros: number; readonly l2: number }[] // biome-ignore format: one line
  readonly warnings: readonly string[]
}
