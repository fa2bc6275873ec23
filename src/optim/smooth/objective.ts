/** A smooth function of a vector, with its gradient and products with its Hessian, from a function on tensors or a closure over parameters. */
import { UsageError } from '../../core/index.js'
import { enableGrad, noGrad, type Tensor, type Tree } from '../../tensor/index.js'
import { checkTensor, describe, gradientsOf, tidy } from '../../tensor/internal.js'
import { type Flat, TreeVariables } from '../flat.js'

export interface Evaluation {
  readonly value: number
  readonly gradient: Float64Array
}

/** A point where second derivatives are at hand. */
export interface Curvature extends Evaluation {
  /** H v. */
  times(v: Float64Array): Float64Array
}

export interface Objective {
  readonly n: number
  evaluate(x: Float64Array): Evaluation
  /** Without derivatives; also within `curvature`. */
  value(x: Float64Array): number
  /** Calls `work` with the function's model at x; what was recorded for it is freed afterwards. */
  curvature<R>(x: Float64Array, work: (point: Curvature) => R): R
}

/** The function that `loss` computes from the variables in `flat`, which it changes. `loss` runs with recording. */
export function objectiveOf(op: string, flat: Flat, loss: () => Tensor): Objective {
  const { tensors: variables } = flat
  const checked = (value: Tensor): Tensor => {
    checkTensor(op, value)
    if (value.size !== 1)
      throw new UsageError(`${op}: the function gives ${describe(value)}; expected one element. Try sum() at its end.`)
    return value
  }
  const compute = (x: Float64Array): Tensor => {
    flat.write(x)
    return checked(enableGrad(loss))
  }
  const evaluate = (x: Float64Array): Evaluation =>
    tidy(() => {
      const value = compute(x)
      const gradients = value.requiresGrad ? gradientsOf([value], [null], variables) : []
      return { value: value.item(), gradient: flat.gather(gradients) }
    })
  const curvature = <R>(x: Float64Array, work: (point: Curvature) => R): R =>
    tidy(() => {
      const value = compute(x)
      const gradients = value.requiresGrad
        ? enableGrad(() => gradientsOf([value], [null], variables, { createGraph: true }))
        : []
      const curved = gradients.flatMap((one, i) => (one?.requiresGrad ? [{ one, i }] : []))
      const times = (v: Float64Array): Float64Array =>
        tidy(() => {
          if (curved.length === 0) return new Float64Array(flat.n)
          const directions = flat.scatter(v)
          const products = gradientsOf(
            curved.map(({ one }) => one),
            curved.map(({ i }) => directions[i]!),
            variables,
            { retainGraph: true },
          )
          return flat.gather(products)
        })
      return work({ value: value.item(), gradient: flat.gather(gradients), times })
    })
  return {
    n: flat.n,
    evaluate,
    curvature,
    value: (x) => flat.during(x, () => tidy(() => checked(noGrad(loss)).item())),
  }
}

/** Calls `work` with a function of a tree as a function of a vector, starting at x0. */
export function withObjective<T extends Tree, R>(
  op: string,
  f: (x: T) => Tensor,
  x0: T,
  work: (objective: Objective, start: Float64Array, treeOf: (x: Float64Array) => T) => R,
): R {
  const variables = new TreeVariables(op, x0)
  try {
    const objective = objectiveOf(op, variables.flat, () => f(variables.tree))
    return work(objective, variables.flat.read(), (x) => variables.treeOf(x))
  } finally {
    variables.dispose()
  }
}
