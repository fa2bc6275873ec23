/** What the command line needs of training; apart from `index.node.ts` because its own thread loads neither networks nor kernels. */
export type { TrainEvents, TrainJob, TrainStarted } from './job.node.js'
export { trainInThread } from './thread.node.js'
