export { type Amount, type ScheduleKind, type ScheduleOptions, sparsitySchedule } from './amount.js'
export type { Along, GroupNorm, PruneOptions, Which } from './options.js'
export { pruneEdit } from './prune.js'
