/** Comparing two checkpoints. */
export { type DiffEnvironment, diffWith } from './diff.js'
export { requireDiffSortKey } from './options.js'
export { diffSortKeys } from './order.js'
export type {
  AdapterFigures,
  ChangeFigures,
  DiffInput,
  DiffModule,
  DiffOptions,
  DiffReport,
  DiffTensor,
  DiffTotals,
  PairedBy,
  Pairing,
  ShapeChange,
} from './types.js'
