/**
 * Norms of groups: `outer` of the `inner` norms of groups. L2,1 (group lasso), the max-norm constraint, the norms induced by l1 and linf, and
 * with l0 outside structured pruning, are all this one composition.
 */
import { showShape, UsageError } from '../core/index.js'
import { norm, reshape, type Tensor } from '../tensor/index.js'
import { count, tidy, together, view } from '../tensor/internal.js'
import { projectMixed } from './groupBall.js'
import { type Grouping, type Groups, planOf, showGroups } from './groups.js'
import { projectLinfOne } from './linf1.js'
import type { Norm, Regularizer } from './norm.js'
import { fromRule, ruleOf } from './regularizer.js'
import { scaleRows } from './rows.js'
import type { CompleteNormRule, CompleteRule, ShapedRule } from './rule.js'
import { l0, l1, linf } from './vectors.js'

/**
 * outer(inner of each group). Groups are the rows of [shape[0], product of the rest] unless said otherwise (see `Groups`); they are numbered in
 * row-major order, which decides ties.
 *
 * Projections and proximal steps are exact where `inner` is `l2` (groups keep their directions), where `outer` is `linf` or `l1` (groups are
 * independent; for l1 up to one scalar root, which is exact for `linf` inside), and where `outer` is `l0` (the groups of largest Euclidean norm
 * stay, whatever `inner` is). Other pairs of norms take accelerated gradient steps until group norms move by no more than 1e-13 (5e-9 for the
 * slowest), and throw NumericalError where that is not reached. What is left throws UsageError: no method is known.
 *
 * `inner` may be a norm of matrices where groups have two axes or more. Dual: `group(inner.dual, outer.dual)`. Gradient: the outer's times the
 * inner's, with their choices at kinks. Throws UsageError for groups that overlap, leave elements out, or do not fit the tensor.
 *
 * @example
 * group(l2, l1).prox(tensor([[3, 4], [0.6, 0.8]]), 2.5) // [[1.5, 2], [0, 0]]: group lasso
 * group(l2, linf).project(tensor([[3, 4], [0.6, 0.8]]), 1) // [[0.6, 0.8], [0.6, 0.8]]: max-norm
 */
export function group(inner: Norm, outer: Norm, groups?: Groups): Norm
export function group(inner: Regularizer, outer: Regularizer, groups?: Groups): Regularizer
export function group(inner: Regularizer, outer: Regularizer, groups: Groups = 'rows'): Regularizer {
  const [within, across] = [ruleOf(inner), ruleOf(outer)]
  if ('matrix' in across)
    throw new UsageError(
      `group: the outer norm is ${outer.name}; expected one of vectors, which the norms of groups are.`,
    )
  return fromRule(groupRule(within, across, groups))
}

function groupRule(inner: CompleteRule, outer: CompleteRule, groups: Groups, as?: string): ShapedRule {
  const name = as ?? `group(${inner.name}, ${outer.name}${showGroups(groups)})`
  const norms = bothNorms(inner, outer)
  const plan = planOf(groups)
  const dualName = as && `dual(${as})`
  const lend = <R>(X: Tensor, work: (T: Tensor, grouping: Grouping) => R): R => {
    const grouping = plan(name, X.shape.slice(1))
    return work(stacked(name, inner, grouping.take(X), grouping.dims), grouping)
  }
  const each = (X: Tensor, work: (T: Tensor, many: number) => Tensor): Tensor =>
    tidy(() => lend(X, (T, { groups: many, back }) => back(together(work(T, many)))))
  const methods = methodsOf(inner, outer)
  return {
    name,
    shaped: true,
    isConvex: inner.isConvex && outer.isConvex,
    isNorm: norms !== null,
    value: (X) =>
      tidy(() => lend(X, (T, { groups: many }) => outer.value(reshape(inner.value(T), [X.shape[0]!, many])))),
    ...(methods.project && {
      project: (X: Tensor, radius: number) => each(X, (T, many) => methods.project!(T, many, radius)),
    }),
    ...(methods.prox && { prox: (X: Tensor, t: number) => each(X, (T, many) => methods.prox!(T, many, t)) }),
    ...(norms && {
      steepest: (X: Tensor) => each(X, (T, many) => steepest(norms, T, many)),
      dual: () => groupRule(norms[0].dual(), norms[1].dual(), groups, dualName),
    }),
  }
}

/** Groups as the inner rule takes them. */
function stacked(op: string, inner: CompleteRule, T: Tensor, dims: readonly number[]): Tensor {
  const many = T.shape[0]!
  if ('shaped' in inner) return T
  if (!('matrix' in inner)) return reshape(T, [many, count(dims)])
  if (dims.length < 2)
    throw new UsageError(
      `${op}: groups of shape ${showShape(dims)} are no matrices; expected two axes or more for ${inner.name}.`,
    )
  return reshape(T, [many, dims[0]!, count(dims.slice(1))])
}

/** Projection and proximal step of groups [count * many, ...]; what is left out follows from the dual or from the other. */
interface Methods {
  project?(T: Tensor, many: number, radius: number): Tensor
  prox?(T: Tensor, many: number, t: number): Tensor
}

function methodsOf(inner: CompleteRule, outer: CompleteRule): Methods {
  // Under l0 only whether a group is zero counts, and the nearest are those that drop the shortest groups.
  if (outer === ruleOf(l0) || inner.order === 2) return byLength(outer)
  if (outer.order === Infinity) return { project: (T, _, radius) => inner.project(T, radius) }
  const prox: Methods['prox'] = (T, _, t) => inner.prox(T, t)
  if (outer.order === 1) return inner.order === Infinity ? { project: projectLinfOne, prox } : { prox }
  const norms = bothNorms(inner, outer)
  return norms === null ? {} : { project: (T, many, radius) => projectMixed(norms, T, many, radius) }
}

/** Groups keep their directions, and their lengths are moved as the outer rule moves a vector. */
function byLength(outer: CompleteRule): Methods {
  const rescaled = (T: Tensor, many: number, move: (lengths: Tensor) => Tensor): Tensor => {
    const lengths = norm(reshape(T, [T.shape[0]! / many, many, T.size / T.shape[0]!]), { axis: 2 })
    const next = together(move(lengths))
    // Both are there: views die when memory grows.
    const [before, after] = [view(lengths), view(next)]
    return scaleRows(
      T,
      Array.from(before, (length, i) => [after[i]!, length]),
    )
  }
  return {
    project: (T, many, radius) => rescaled(T, many, (lengths) => outer.project(lengths, radius)),
    prox: (T, many, t) => rescaled(T, many, (lengths) => outer.prox(lengths, t)),
  }
}

/** In each group the inner norm's direction, by the weight that the outer one gives the group. */
function steepest([inner, outer]: Norms, T: Tensor, many: number): Tensor {
  const sizes = reshape(inner.dual().value(T), [T.shape[0]! / many, many])
  const weights = view(together(outer.steepest(sizes)))
  return scaleRows(
    inner.steepest(T),
    Array.from(weights, (weight) => [weight, 1]),
  )
}

type Norms = readonly [CompleteNormRule, CompleteNormRule]

/** Both rules, where both are norms. */
function bothNorms(inner: CompleteRule, outer: CompleteRule): Norms | null {
  return inner.isNorm && outer.isNorm ? [inner as CompleteNormRule, outer as CompleteNormRule] : null
}

/**
 * The norm induced by l1, the most by which a matrix lengthens a vector in l1: the largest l1 norm of a column of [shape[0], product of the rest].
 * `group(l1, linf, 'columns')`; dual: the sum of the columns' largest sizes.
 */
export const oneNorm: Norm = fromRule(induced('oneNorm', 'columns'))

/**
 * The norm induced by linf: the largest l1 norm of a row of [shape[0], product of the rest]. `group(l1, linf)`; dual: the sum of the rows' largest
 * sizes.
 */
export const infNorm: Norm = fromRule(induced('infNorm', 'rows'))

function induced(name: string, groups: Groups): ShapedRule & { readonly isNorm: true } {
  return { ...groupRule(ruleOf(l1), ruleOf(linf), groups, name), isNorm: true }
}
