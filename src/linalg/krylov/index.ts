export type { Iteration } from './drive.js'
export { type MethodName, methodNames } from './methods.js'
export { type Outcome, outcomes } from './outcomes.js'
export { type PreconditionerName, preconditioners } from './precondition/index.js'
export {
  bicgstab,
  cg,
  gaussSeidel,
  gmres,
  jacobi,
  type LinearMap,
  lsmr,
  lsqr,
  minres,
  type SolverOptions,
  type SolverResult,
  solveInTurns,
  sor,
} from './tensors.js'
