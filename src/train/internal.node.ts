/** What the command line needs of training; apart from `index.node.ts` because its own thread loads neither networks nor kernels. */
export type { TrainEvents, TrainJob, TrainStarted } from './job.node.js'
export type { Predicted, TableModel } from './tableModel.node.js'
export { trainInThread } from './thread.node.js'
/** Networks for tables, loaded with the first one that is asked about. */
export const tableModels = (): Promise<typeof import('./tableModel.node.js')> => import('./tableModel.node.js')
