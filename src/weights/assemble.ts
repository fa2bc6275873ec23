/** Puts measured tensors together into the report of one file. */
import type { Skipped } from '../checkpoint/index.js'
import { flagTensors, type Thresholds } from './flags/index.js'
import type { Measured } from './measure/index.js'
import { moduleTree, totalsOf } from './modules.js'
import type { Measurable } from './tables.js'
import type { FileReport, TensorFigures } from './types.js'

export function assembleReport(
  checkpoint: Measurable,
  measured: readonly Measured[],
  thresholds: Thresholds,
): FileReport {
  const fileFlags = flagTensors(measured, thresholds)
  const tensors: TensorFigures[] = measured.map((one) => one.figures)
  const skipped: Skipped[] = [...checkpoint.skipped, ...measured.flatMap((one) => one.skipped)]
  const optimizer = tensors.filter((one) => one.group === 'optimizer')
  return {
    path: checkpoint.path,
    format: checkpoint.format,
    bytes: checkpoint.bytes,
    metadata: checkpoint.metadata,
    totals: totalsOf(tensors.filter((one) => one.group === 'model')),
    optimizer: optimizer.length > 0 ? totalsOf(optimizer) : null,
    tensors,
    modules: moduleTree(tensors),
    skipped,
    flags: fileFlags,
    warnings: [...checkpoint.warnings],
  }
}
