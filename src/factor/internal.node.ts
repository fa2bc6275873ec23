/** What the command line needs of factorizations; apart from `index.node.ts` because its own thread loads neither estimators nor kernels. */
export type { FactorJob, FactorOutcome, FactorReport } from './job.node.js'
export type { PictureJob, PictureOutcome, PictureReport } from './jobs/picture.node.js'
export { factorInThread } from './thread.node.js'
