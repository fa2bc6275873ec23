/** The state of a run as data, and where it is put. */

import type { OptimizerState } from '../../optim/index.js'
import { StateDict, type Tensor } from '../../tensor/index.js'
import { copyOf, tidy } from '../../tensor/internal.js'
import type { LoaderState } from '../types.js'
import type { SavedHistory } from './history.js'

/** All that a run needs beside tensors to go on bit for bit. Plain JSON. */
export interface Progress {
  readonly step: number
  /** Epochs that are complete. */
  readonly epoch: number
  /** Steps of this epoch. */
  readonly inEpoch: number
  readonly seed: number
  readonly loader: LoaderState
  /** The run's own generator, then those of layers by place. */
  readonly generators: Readonly<Record<string, readonly [number, number, number]>>
  readonly optimizer: Omit<OptimizerState, 'tensors'>
  readonly averaging: Readonly<Record<string, number>> | null
  readonly schedules: readonly Record<string, unknown>[]
  readonly clips: readonly (Record<string, number | readonly number[]> | null)[]
  readonly monitor: unknown
  readonly rateScale: number
  /** Sums over this epoch: examples, loss, data loss, penalty, steps left out; and of each metric. */
  readonly sums: readonly number[]
  readonly metrics: readonly (readonly number[])[]
  readonly best: { readonly epoch: number; readonly metric: string; readonly value: number } | null
  /** Epochs since the last improvement. */
  readonly waited: number
  readonly rollbacks: number
  readonly skipped: number
  readonly history: SavedHistory
  readonly examples: number
  readonly seconds: number
  /** The epoch is over, and not closed: it is evaluated first. */
  readonly isPending: boolean
  readonly config: unknown
}

export interface TrainingState {
  /** Parameters and buffers by PyTorch's names. */
  readonly model: StateDict
  /** `optimizer.<key>.<parameter>`, `averaging.<key>`. */
  readonly tensors: StateDict
  readonly progress: Progress
}

/** Where checkpoints are kept. `save` gets tensors that it may read until its promise settles; what `latest` and `best` give is the caller's. */
export interface CheckpointStore {
  /** Steps between checkpoints; at the end of each epoch where absent. */
  readonly every?: number | undefined
  /** What is best, by the name of a figure; none is kept apart where absent. */
  readonly best?: string | undefined
  /** `best`: parameters and buffers to keep apart as the best so far. Returns where the checkpoint is, for the log. */
  save(state: TrainingState, best: StateDict | null): Promise<string> | string
  latest(): Promise<TrainingState | null>
}

/** Keeps the latest state in memory: to go on within one program, in a browser too. */
export class MemoryCheckpoints implements CheckpointStore, Disposable {
  readonly every: number | undefined
  readonly best: string | undefined
  #latest: TrainingState | null = null

  constructor(options: { every?: number; best?: string } = {}) {
    this.every = options.every
    this.best = options.best
  }

  save(state: TrainingState): string {
    this.dispose()
    this.#latest = copyState(state)
    return `step ${state.progress.step}`
  }

  async latest(): Promise<TrainingState | null> {
    return this.#latest && copyState(this.#latest)
  }

  dispose(): void {
    if (this.#latest) disposeState(this.#latest)
    this.#latest = null
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** A copy of each tensor, kept out of scopes. */
export function copyDict(from: ReadonlyMap<string, Tensor>): StateDict {
  const dict = new StateDict()
  for (const [name, value] of from) dict.set(name, tidy(() => copyOf(value)).keep())
  return dict
}

export const copyState = ({ model, tensors, progress }: TrainingState): TrainingState => ({
  model: copyDict(model),
  tensors: copyDict(tensors),
  progress: structuredClone(progress),
})

export function disposeState({ model, tensors }: TrainingState): void {
  model.dispose()
  tensors.dispose()
}
