export type { SparseOptions } from './create.js'
/** Makers and files of sparse matrices: `sparse.coo`, `sparse.csr`, `sparse.fromDense`, `sparse.readMatrixMarket` ... */
export * as sparse from './create.js'
export type { Triplets } from './csr.js'
export { SparseMatrix } from './matrix.js'
export type { WriteOptions as MatrixMarketOptions } from './matrixMarket/write.js'
export type { SparseNorm } from './norms.js'
