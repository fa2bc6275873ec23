/** What can be handed to worker threads: kinds of work by name, each with what one piece takes and gives. Tasks and results are plain data. */
import type { Source } from '../checkpoint/index.js'
import { type Compared, type CompareTask, compare } from './compare/index.js'
import { type Measured, type MeasureEngine, type MeasureOptions, type MeasureTask, measure } from './measure/index.js'

interface Works {
  /** `inspect`: one tensor. */
  readonly tensor: readonly [task: MeasureTask, result: Measured]
  /** `diff`: two tensors, or a weight and its low-rank change. */
  readonly pair: readonly [task: CompareTask, result: Compared]
}

export type WorkName = keyof Works
export type TaskOf<W extends WorkName> = Works[W][0]
export type ResultOf<W extends WorkName> = Works[W][1]

/** One piece of work of a run. */
export interface PlannedJob<W extends WorkName> {
  readonly task: TaskOf<W>
  /** A rough number of nanoseconds on one core, to hand out what takes long first. */
  readonly cost: number
}

export const works: {
  readonly [W in WorkName]: (
    task: TaskOf<W>,
    sources: readonly Source[],
    engine: MeasureEngine,
    options: MeasureOptions,
  ) => Promise<ResultOf<W>>
} = { tensor: measure, pair: compare }
