export type { SparseOptions } from './create.js'
/** Makers and files of sparse matrices: `sparse.coo`, `sparse.csr`, `sparse.fromDense`, `sparse.readMatrixMarket` ... */
export * as sparse from './create.js'
export { SparseMatrix } from './matrix.js'
export { parseMatrixMarket, readMatrixMarket } from './matrixMarket/read.js'
export type { MatrixMarket } from './matrixMarket/reader.js'
