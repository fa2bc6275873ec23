/** What only Node has, for every folder above: files that appear whole or not at all, and jobs in threads of their own. */
export {
  beginUnfinished,
  finalPath,
  forgetUnfinished,
  isSpecial,
  refusal,
  removeUnfinished,
  temporaryPath,
  writeAll,
  writeFileAtomically,
} from './atomic.node.js'
export { jobInThread, lacksThreadFile, type ThreadJob } from './thread.node.js'
export { doJob } from './worker.node.js'
