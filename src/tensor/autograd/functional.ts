/** Derivatives of functions: gradients, products with Jacobians, and whole Jacobians and Hessians. */
import { UsageError } from '../../core/index.js'
import { zerosLike } from '../create.js'
import { mul } from '../ops/arithmetic.js'
import { reshape, sum } from '../ops/broadcast.js'
import { stack } from '../ops/joining.js'
import { checkTensor } from '../ops/raw.js'
import { forEachTensor, tidy } from '../scope.js'
import { count, sameShape } from '../shape.js'
import { describe, empty, Tensor, view, viewOf } from '../tensor.js'
import { gradientsOf } from './backward.js'
import { enableGrad, isGradEnabled, record } from './tape.js'

/** A tensor, or tensors in arrays and plain objects (a state dict). */
export type Tree = Tensor | { readonly [key: string]: Tree } | readonly Tree[]

/** How many of the functions below are running: inside one, its inner ones are differentiated too. */
let depth = 0

/**
 * Runs `work` with variables in the place of inputs: leaves of their own, or, where the input is on a tape that is being recorded, the next
 * point of it, so that the result can be differentiated again.
 */
function withVariables<R>(inputs: readonly Tensor[], work: (variables: Tensor[], createGraph: boolean) => R): R {
  const isOuter = isGradEnabled() && inputs.some((input) => input.requiresGrad)
  const createGraph = isOuter || (depth > 0 && isGradEnabled())
  depth++
  try {
    return tidy(() =>
      enableGrad(() =>
        work(
          inputs.map((input) => variable(input, isOuter)),
          createGraph,
        ),
      ),
    )
  } finally {
    depth--
  }
}

function variable(input: Tensor, isOuter: boolean): Tensor {
  checkTensor('grad', input)
  const own = viewOf(input, input.shape, input.strides, input.offset)
  if (isOuter && input.requiresGrad) return record(own, 'input', [input], [], (g) => [g])
  own.requiresGrad = true
  return own
}

/** The tensors of a tree in order, and the tree with others in their places. */
function leaves(tree: Tree): { list: Tensor[]; rebuild: (list: readonly Tensor[]) => Tree } {
  const list: Tensor[] = []
  forEachTensor(tree, (tensor) => list.push(tensor))
  const rebuild = (others: readonly Tensor[]): Tree => {
    const walk = (one: Tree): Tree => {
      if (one instanceof Tensor) return others[list.indexOf(one)]!
      if (Array.isArray(one)) return (one as readonly Tree[]).map(walk)
      return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner as Tree)]))
    }
    return walk(tree)
  }
  return { list, rebuild }
}

function checkScalar(op: string, value: unknown): asserts value is Tensor {
  checkTensor(op, value)
  if (value.size !== 1)
    throw new UsageError(`${op}: the function gives ${describe(value)}; expected one element. Try sum() at its end.`)
}

const orZero = (gradient: Tensor | null, input: Tensor): Tensor => gradient ?? zerosLike(input)

/**
 * The function that gives the value of `fn` and its gradient with respect to the first argument (a tensor, or a tree of tensors such as a state
 * dict; the gradient has the same form). `fn` gives one element. Nested calls give higher derivatives.
 *
 * @example
 * const { value, grad } = valueAndGrad((w) => x.matmul(w).sub(y).square().mean())(w)
 */
export function valueAndGrad<T extends Tree, A extends unknown[]>(
  fn: (first: T, ...rest: A) => Tensor,
): (first: T, ...rest: A) => { value: Tensor; grad: T } {
  return (first, ...rest) => {
    const { list, rebuild } = leaves(first)
    return withVariables(list, (variables, createGraph) => {
      const value = fn(rebuild(variables) as T, ...rest)
      checkScalar('valueAndGrad', value)
      const found = value.requiresGrad ? gradientsOf([value], [null], variables, { createGraph }) : []
      const grad = rebuild(variables.map((one, i) => orZero(found[i] ?? null, one))) as T
      return { value: createGraph ? value : value.detach(), grad }
    })
  }
}

/**
 * The function that gives the gradient of `fn` with respect to its first argument; see `valueAndGrad`.
 *
 * @example
 * grad((x) => x.square().sum())(tensor([1, 2])) // [2, 4]
 */
export function grad<T extends Tree, A extends unknown[]>(
  fn: (first: T, ...rest: A) => Tensor,
): (first: T, ...rest: A) => T {
  const both = valueAndGrad(fn)
  return (first, ...rest) => tidy(() => both(first, ...rest).grad)
}

/**
 * The value of `fn` at x and the product of `v` (shaped like the value) with the Jacobian: `{ value, product }`, product shaped like x.
 */
export function vjp(fn: (x: Tensor) => Tensor, x: Tensor, v: Tensor): { value: Tensor; product: Tensor } {
  return withVariables([x], ([variable], createGraph) => {
    const value = fn(variable!)
    checkTensor('vjp', value)
    const [found] = value.requiresGrad ? gradientsOf([value], [v], [variable!], { createGraph }) : [null]
    return { value: createGraph ? value : value.detach(), product: orZero(found ?? null, x) }
  })
}

/**
 * The value of `fn` at x and the product of the Jacobian with `v` (shaped like x): `{ value, product }`, product shaped like the value.
 *
 * By two reverse passes: x -> vᵀJ is linear in v, and its transpose is J (R. Townsend's trick); so every rule needs a rule of its own only.
 */
export function jvp(fn: (x: Tensor) => Tensor, x: Tensor, v: Tensor): { value: Tensor; product: Tensor } {
  if (!sameShape(x.shape, v.shape))
    throw new UsageError(`jvp: direction ${describe(v)} at ${describe(x)}; expected equal shapes.`)
  return withVariables([x], ([variable], createGraph) => {
    const value = fn(variable!)
    checkTensor('jvp', value)
    const weight = zerosLike(value)
    weight.requiresGrad = true
    const [pulled] = value.requiresGrad ? gradientsOf([value], [weight], [variable!], { createGraph: true }) : [null]
    const [product] = pulled?.requiresGrad ? gradientsOf([pulled], [v], [weight], { createGraph }) : [null]
    return { value: createGraph ? value : value.detach(), product: orZero(product ?? null, value) }
  })
}

/** The Jacobian of `fn` at x: [...shape of the value, ...shape of x], one reverse pass for each element of the value. */
export function jacobian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return withVariables([x], ([variable], createGraph) => {
    const value = fn(variable!)
    checkTensor('jacobian', value)
    const shape = [...value.shape, ...x.shape]
    const rows = Array.from({ length: value.size }, (_, i) => {
      const unit = empty(value.dtype, value.shape)
      view(unit).fill(0)
      view(unit)[i] = 1
      const [row] = value.requiresGrad
        ? gradientsOf([value], [unit], [variable!], { retainGraph: true, createGraph })
        : [null]
      return orZero(row ?? null, x)
    })
    return rows.length === 0 || count(shape) === 0 ? empty(x.dtype, shape) : reshape(stack(rows), shape)
  })
}

/** The matrix of second derivatives of `fn`, which gives one element: [...shape of x, ...shape of x]. */
export function hessian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return jacobian((point) => grad(fn)(point), x)
}

/** The product of the Hessian of `fn` at x with `v`, shaped like x, without forming the Hessian: the gradient of <gradient, v>. */
export function hvp(fn: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor {
  if (!sameShape(x.shape, v.shape))
    throw new UsageError(`hvp: direction ${describe(v)} at ${describe(x)}; expected equal shapes.`)
  return grad((point: Tensor) => sum(mul(grad(fn)(point), v)))(x)
}
