/** `normball/train` on Node: the same, with the system's linear algebra. */
import '../tensor/index.node.js'

export { defineConfig, readConfig } from './config/config.node.js'
export { type RunOptions, runTraining } from './config/run.node.js'
export { readIdxFiles, readIdxFolder } from './data/files.node.js'
export { readImageFolder } from './data/imageFolder.node.js'
export { readDigits } from './digits.node.js'
export * from './index.js'
export { type CheckpointFolder, checkpointFolder, type FolderOptions } from './loop/folder.node.js'
export { readRunLog, runLog } from './loop/runLog.node.js'
export type { SearchProgress } from './search/runs.node.js'
export { type SearchOptions, search } from './search/search.node.js'
