/** The larger and the smaller of two, and values held between bounds. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { type DType, promoteNumber, promoteTypes } from '../dtype.js'
import { tidy } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { add, combine, gradients, meeting, mul, tensorsOf } from './arithmetic.js'
import { sumTo } from './broadcast.js'
import { to } from './cast.js'
import { ge, gt, le, logicalAnd, logicalOr, lt } from './compare.js'
import { checkTensor, type Operand, shapeOf } from './raw.js'
import { constant } from './rounding.js'
import { where } from './select.js'

/** The gradient of the winner: halved between equals. */
function share(g: Tensor, wins: Tensor, winsOrTies: Tensor): Tensor {
  return mul(add(where(wins, g, 0), where(winsOrTies, g, 0)), 0.5)
}

function extreme(
  name: 'maximum' | 'minimum',
  a: Operand,
  b: Operand,
  beats: (a: Operand, b: Operand) => Tensor,
  ties: (a: Operand, b: Operand) => Tensor,
): Tensor {
  const again = name === 'maximum' ? maximum : minimum
  const met = meeting(name, a, b, again)
  if (met !== null) return met
  const out = combine(name === 'maximum' ? 'max' : 'min', name, a, b)
  const shapes = [shapeOf(a), shapeOf(b)]
  const [p, q] = [constant(a), constant(b)]
  return record(out, name, tensorsOf(a, b), tensorsOf(a, b), (g, saved, needs) => {
    const [x, y] = [p ?? saved[0]!, q ?? saved.at(-1)!]
    return gradients(
      shapes,
      needs,
      () => share(g, beats(x, y), ties(x, y)),
      () => share(g, beats(y, x), ties(y, x)),
    )
  })
}

/** The larger of a and b, element by element; NaN wins. Gradient: to the larger, half to each of equals. */
export function maximum(a: Operand, b: Operand): Tensor {
  return extreme('maximum', a, b, gt, ge)
}

/** The smaller of a and b, element by element; NaN wins. Gradient: to the smaller, half to each of equals. */
export function minimum(a: Operand, b: Operand): Tensor {
  return extreme('minimum', a, b, lt, le)
}

/**
 * x held between `min` and `max`, numbers or tensors that broadcast; null leaves a side open. Where min > max, max. NaN stays.
 *
 * Dtypes: x and the bounds meet as in arithmetic. Gradient: to x where it lies within (bounds included), to the bound that was taken elsewhere.
 *
 * @example
 * x.clamp(0, 1)
 * x.clamp(null, limits)
 */
export function clamp(x: Tensor, min?: Operand | null, max?: Operand | null): Tensor {
  checkTensor('clamp', x)
  const [lo, hi] = [min ?? null, max ?? null]
  if (lo === null && hi === null) throw new UsageError('clamp: neither min nor max is given; expected one of them.')
  const type = typeOf(x, lo, hi)
  if (isOther(x, type) || isOther(lo, type) || isOther(hi, type))
    return tidy(() => clamp(to(x, type), typed(lo, type), typed(hi, type)))
  const out = between(x, lo, hi)
  const inputs = [x, lo, hi].filter((one) => one !== null && typeof one !== 'number')
  const numbers = [numberOf(lo), numberOf(hi)]
  const shapes = [x.shape, ...inputs.slice(1).map((one) => one.shape)]
  return record(out, 'clamp', inputs, inputs, (g, saved, needs) => {
    const [p, ...rest] = saved
    const [low, high] = numbers.map((bound) => (bound === undefined ? rest.shift()! : bound))
    const parts = [() => within(p!, low!, high!)]
    if (numbers[0] === undefined) parts.push(() => below(p!, low as Tensor, high!))
    if (numbers[1] === undefined) parts.push(() => above(p!, low!, high as Tensor))
    return parts.map((part, i) => (needs[i] ? sumTo(where(part(), g, 0), shapes[i]!) : null))
  })
}

type Bound = Operand | null

/** The type that x and tensor bounds meet in, and what numbers, which are weak, make of it. */
function typeOf(x: Tensor, lo: Bound, hi: Bound): DType {
  let type = x.dtype
  for (const bound of [lo, hi])
    if (bound !== null && typeof bound !== 'number') {
      checkTensor('clamp', bound)
      type = promoteTypes(type, bound.dtype)
    }
  const [a, b] = [lo, hi].map((bound) => (typeof bound === 'number' ? promoteNumber(type, bound) : type))
  return a === type || (a === 'i32' && b !== type) ? b! : a!
}

const isOther = (x: Bound, type: DType): boolean => x !== null && typeof x !== 'number' && x.dtype !== type
const typed = (x: Bound, type: DType): Bound => (x === null || typeof x === 'number' ? x : to(x, type))
/** A bound that a rule may hold itself; undefined for tensors, which are saved. */
const numberOf = (x: Bound): number | null | undefined => (x === null || typeof x === 'number' ? x : undefined)

/** The values. */
function between(x: Tensor, lo: Bound, hi: Bound): Tensor {
  const raised = lo === null ? x : combine('max', 'clamp', x, lo)
  if (hi === null) return raised
  try {
    return combine('min', 'clamp', raised, hi)
  } finally {
    if (raised !== x) raised.dispose()
  }
}

/** Where x itself is the result. */
function within(x: Tensor, lo: Bound, hi: Bound): Tensor {
  if (lo === null) return le(x, hi!)
  return hi === null ? ge(x, lo) : logicalAnd(ge(x, lo), le(x, hi))
}

/** Where the lower bound is the result. */
function below(x: Tensor, lo: Tensor, hi: Bound): Tensor {
  return hi === null ? lt(x, lo) : logicalAnd(lt(x, lo), lt(lo, hi))
}

/** Where the upper bound is the result, because x is above or because the lower bound is. */
function above(x: Tensor, lo: Bound, hi: Tensor): Tensor {
  return lo === null ? gt(x, hi) : logicalOr(gt(x, hi), gt(lo, hi))
}
