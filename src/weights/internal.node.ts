/** What the command line needs of the library beside its functions. Entered as an index is, but not public. */
export { type JobName, runInThread } from './thread.node.js'
