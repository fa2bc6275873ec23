/** What the command line needs of factorizations; apart from `index.node.ts` because its own thread loads neither estimators nor kernels. */
export type { FactorJob, FactorOutcome } from './job.node.js'
export type { PictureJob, PictureOutcome } from './jobs/picture.node.js'
export { factorInThread } from './thread.node.js'
