/** Comparing two tensors. */
import type { Source } from '../../checkpoint/index.js'
import { throwIfAborted } from '../../core/index.js'
import type { MeasureEngine, MeasureOptions } from '../measure/index.js'
import { compareAdded, compareFactors } from './factors.js'
import { comparePair } from './pair.js'
import type { Compared, CompareTask } from './types.js'

export { realOf, streamOne, streamPair } from './stream.js'
export type { Compared, CompareTask, DeltaFigures, Factors, SubspaceAngles } from './types.js'

/** Does one comparison. Throws FormatError when stored bytes are not what a file promises. */
export function compare(
  task: CompareTask,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Compared> {
  throwIfAborted(options.signal)
  if (task.kind === 'pair') return comparePair(task, sources, engine, options)
  return task.kind === 'added'
    ? compareAdded(task, sources, engine, options)
    : compareFactors(task, sources, engine, options)
}
