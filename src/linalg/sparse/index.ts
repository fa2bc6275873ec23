export { parseMatrixMarket, readMatrixMarket } from './matrixMarket/read.js'
export type { MatrixMarket } from './matrixMarket/reader.js'
