/** Operands as rules take them: tensors, axes and lists as one stack of vectors or matrices, and results put back in the operand's shape. */
import { NumericalError, showShape, UsageError } from '../core/index.js'
import { concat, contiguous, permute, reshape, slice, type Tensor, tensor, to } from '../tensor/index.js'
import {
  checkAxes,
  checkOptions,
  checkTensor,
  count,
  describe,
  floatType,
  kernels,
  typeCode,
  view,
} from '../tensor/internal.js'
import type { Operand, ValueOptions } from './norm.js'
import type { VectorRule } from './rule.js'

/** An operand as a stack. */
export interface Laid {
  /** [count, n], [count, m, n] or [count, ...shape]. */
  readonly X: Tensor
  /** A stack like X, in the operand's shape or shapes. */
  back(Y: Tensor): Tensor | Tensor[]
  /** [count] in the shape of values. */
  values(Y: Tensor): Tensor
}

type Form = 'vector' | 'matrix' | 'shaped'

const formOf = (rule: VectorRule): Form => ('matrix' in rule ? 'matrix' : 'shaped' in rule ? 'shaped' : 'vector')

const alongOptions = ['axis']
const valueOptions = ['axis', 'keepDims']

/** Lays an operand out as `rule` takes it. `op` is `l2.project`. Differentiable. */
export function lay(op: string, rule: VectorRule, x: Operand, options: ValueOptions, isValue: boolean): Laid {
  checkOptions(op, options, isValue ? valueOptions : alongOptions)
  if (Array.isArray(x)) return layList(op, rule, x, options)
  checkTensor(op, x)
  return options.axis === undefined ? layWhole(op, rule, x, options) : layAlong(op, rule, x, options.axis, options)
}

/** x as a float: i32 as f64, bool as f32. */
const asFloat = (x: Tensor): Tensor => contiguous(to(x, floatType(x.dtype)))

/** The whole tensor as one vector, or one matrix [shape[0], rest]. */
function layWhole(op: string, rule: VectorRule, x: Tensor, { keepDims }: ValueOptions): Laid {
  const form = formOf(rule)
  if (form === 'matrix' && x.rank < 2)
    throw new UsageError(
      `${op}: ${describe(x)} is no matrix; expected two axes or more, seen as [shape[0], product of the rest]. Try reshape, or a norm of vectors.`,
    )
  const inner = form === 'vector' ? [x.size] : form === 'matrix' ? [x.shape[0]!, count(x.shape.slice(1))] : [...x.shape]
  return {
    X: reshape(asFloat(x), [1, ...inner]),
    back: (Y) => reshape(Y, x.shape),
    values: (Y) => reshape(Y, keepDims ? x.shape.map(() => 1) : []),
  }
}

/** A vector along one axis or several, or a matrix along two, for every place on the others. */
function layAlong(
  op: string,
  rule: VectorRule,
  x: Tensor,
  axis: number | readonly number[],
  options: ValueOptions,
): Laid {
  const named = typeof axis === 'number' ? [axis] : axis
  const form = formOf(rule)
  const ascending = checkAxes(op, axis, x.shape)
  if (form === 'matrix' && named.length !== 2)
    throw new UsageError(
      `${op}: axis ${showShape(named)}; expected two axes, of rows and columns. Try axis: [-2, -1] for a stack of matrices.`,
    )
  // Rows come first as they are named; for vectors the lower index is the lower place in the tensor.
  const inner = form === 'matrix' ? named.map((one) => (one < 0 ? one + x.rank : one)) : ascending
  const outer = x.shape.map((_, at) => at).filter((at) => !inner.includes(at))
  const order = [...outer, ...inner]
  const sizes = (axes: readonly number[]): number[] => axes.map((at) => x.shape[at]!)
  const last = form === 'vector' ? [count(sizes(inner))] : sizes(inner)
  const isInOrder = order.every((at, i) => at === i)
  return {
    X: reshape(contiguous(isInOrder ? asFloat(x) : permute(asFloat(x), order)), [count(sizes(outer)), ...last]),
    back(Y) {
      const shaped = reshape(Y, sizes(order))
      return isInOrder
        ? shaped
        : contiguous(
            permute(
              shaped,
              order.map((_, at) => order.indexOf(at)),
            ),
          )
    },
    values: (Y) =>
      reshape(Y, options.keepDims ? x.shape.map((size, at) => (inner.includes(at) ? 1 : size)) : sizes(outer)),
  }
}

/** Several tensors as one vector. */
function layList(op: string, rule: VectorRule, list: readonly Tensor[], options: ValueOptions): Laid {
  for (const one of list) checkTensor(op, one)
  if (formOf(rule) !== 'vector')
    throw new UsageError(
      `${op}: a list of ${list.length} tensors; expected one tensor, because a list is one vector and this is a norm of ${formOf(rule) === 'matrix' ? 'matrices' : 'tensors with axes'}. Try one tensor at a time.`,
    )
  if (options.axis !== undefined)
    throw new UsageError(
      `${op}: axis ${showShape([options.axis].flat())} of a list of tensors; expected none, a list is one vector.`,
    )
  const types = list.map((one) => floatType(one.dtype))
  const common = types.includes('f64') ? 'f64' : 'f32'
  const flat = list.map((one) => to(reshape(one, [one.size]), common))
  return {
    X: reshape(
      list.length === 0 ? tensor([], { dtype: 'f32' }) : concat(flat),
      [1, -1].with(
        1,
        flat.reduce((n, one) => n + one.size, 0),
      ),
    ),
    back(Y) {
      const whole = reshape(Y, [Y.size])
      let start = 0
      return list.map((one, i) => {
        const part = slice(whole, { start, stop: start + one.size })
        start += one.size
        return to(reshape(part, one.shape), types[i]!)
      })
    },
    values: (Y) => reshape(Y, options.keepDims ? [1] : []),
  }
}

/** Throws NumericalError, saying where, unless every element is finite. */
export function checkFinite(op: string, x: Operand): void {
  if (Array.isArray(x)) for (const [i, one] of x.entries()) checkOne(op, one as Tensor, `tensor ${i} of the list, `)
  else checkOne(op, x as Tensor, '')
}

function checkOne(op: string, x: Tensor, which: string): void {
  if (x.dtype !== 'f32' && x.dtype !== 'f64') return
  const from = contiguous(x)
  const at = kernels().array.firstNonfinite(typeCode[x.dtype], x.size, from.pointer)
  if (at < 0) return
  throw new NumericalError(
    'non-finite',
    `${op}: ${which}${describe(x)} holds ${view(from)[at]} at ${showShape(placeOf(at, x.shape))}; expected finite numbers.`,
  )
}

/** Index of an element along each axis. */
function placeOf(at: number, shape: readonly number[]): number[] {
  const place: number[] = []
  for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return place
}
