/** `normball/linalg`: dense linear algebra, iterative solvers, sparse matrices. */
export { matmul, type NormOptions, norm } from '../tensor/index.js'
export { type Cholesky, type CholeskyOptions, cholesky } from './cholesky.js'
export { cond, condEstimate } from './cond.js'
export { det, slogdet } from './det.js'
export { type Complex, type Eig, eig, eigvals } from './eig.js'
export { type Eigh, type EighOptions, eigh, eigvalsh } from './eigh.js'
export { expm } from './expm.js'
export type { Factorization } from './factorization.js'
export { inv } from './inv.js'
export {
  bicgstab,
  cg,
  gaussSeidel,
  gmres,
  type Iteration,
  jacobi,
  type LinearMap,
  lsmr,
  lsqr,
  type MethodName,
  methodNames,
  minres,
  type Outcome,
  outcomes,
  type PreconditionerName,
  preconditioners,
  type SolverOptions,
  type SolverResult,
  solveInTurns,
  sor,
} from './krylov/index.js'
export { eigsh, type PartialEigh, type PartialSVD, type SpectrumOptions, svds } from './krylovSpectra.js'
export { type LDLT, ldlt } from './ldlt.js'
export { type LeastSquares, type LstsqOptions, lstsq } from './lstsq.js'
export { type LU, lu } from './lu.js'
export { convolutionMatrix, type RotationOptions, rotation, scaling, toeplitz, vander } from './maps.js'
export { type InducedNorm, opNorm } from './norm.js'
export type { BlockOperator, Operator } from './operator.js'
export type { Attempt, CheckOptions, Outcome as Result, Status } from './outcome.js'
export { type PinvOptions, pinv } from './pinv.js'
export { polar } from './polar.js'
export { cross, dot, inner, kron, outer } from './products.js'
export { type QR, type QROptions, qr } from './qr.js'
export { type RandomizedOptions, type RandomizedSVD, randomizedSvd } from './randomized.js'
export { basisColumns, isIndependent, matrixRank, nullSpace, orth, type Tolerance } from './rank.js'
export { type Solution, type SolveOptions, solve } from './solve.js'
export {
  type MatrixMarketOptions,
  SparseMatrix,
  type SparseNorm,
  type SparseOptions,
  sparse,
  type Triplets,
} from './sparse/index.js'
export { sqrtm } from './sqrtm.js'
export { changeOfBasis, coordinates, project, projector, subspaceAngles } from './subspace.js'
export { type SVD, type SVDOptions, svd, svdvals } from './svd.js'
export { solveTriangular, type TriangularOptions } from './triangular.js'
