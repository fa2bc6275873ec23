/** Edits of checkpoints, one file a command, on one engine. */
export { type ClipOptions, clipEdit, type Per } from './clip.js'
export { type CompressDetails, type CompressOptions, compressEdit, runCompress } from './compress/index.js'
export { type ConvertOptions, convertEdit, runConvert } from './convert.js'
export { browserEnvironment } from './environment.browser.js'
export type { EditEnvironment } from './environment.js'
export {
  type Along,
  type Amount,
  type GroupNorm,
  type PruneOptions,
  pruneEdit,
  type ScheduleKind,
  type ScheduleOptions,
  sparsitySchedule,
  type Which,
} from './prune/index.js'
export { type RetainOptions, retainEdit } from './retain.js'
export { runEdit } from './run.js'
export type {
  Chosen,
  Edit,
  EditCommand,
  EditContext,
  EditedTensor,
  EditFigures,
  EditOptions,
  EditOutput,
  EditReport,
  EditTotals,
  EntryRewriter,
  Rewrite,
} from './types.js'
