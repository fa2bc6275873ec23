/** Comparisons, logic, and tests for NaN and infinity: bool results, no gradients. */
import type { BinaryOp, UnaryOp } from '../../kernels/index.js'
import type { DType } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { combine } from './arithmetic.js'
import { castOf, checkOperands, checkTensor, commonType, type Operand, unaryOf } from './raw.js'

/** A kernel on operands cast to one type, the copies freed. */
function within(op: BinaryOp, a: Operand, b: Operand, type: DType): Tensor {
  const p = typeof a === 'number' ? a : castOf(a, type)
  const q = typeof b === 'number' ? b : castOf(b, type)
  try {
    return combine(op, op, p, q)
  } finally {
    if (p !== a) (p as Tensor).dispose()
    if (q !== b) (q as Tensor).dispose()
  }
}

/** Operands meet in one type, as in arithmetic. */
function comparison(op: BinaryOp): (a: Operand, b: Operand) => Tensor {
  return (a, b) => {
    checkOperands(op, a, b)
    return within(op, a, b, commonType(a, b, false))
  }
}

/** What is not 0 counts as true, NaN too. */
function logical(op: BinaryOp): (a: Operand, b: Operand) => Tensor {
  const truth = (x: Operand): Operand => (typeof x === 'number' ? Number(x !== 0) : x)
  return (a, b) => {
    checkOperands(op, a, b)
    return within(op, truth(a), truth(b), 'bool')
  }
}

function test(op: UnaryOp): (x: Tensor) => Tensor {
  return (x) => {
    checkTensor(op, x)
    return unaryOf(op, x)
  }
}

/** a = b, bool; NaN equals nothing. */
export const eq = comparison('eq')
/** a ≠ b, bool. */
export const ne = comparison('ne')
/** a < b, bool. */
export const lt = comparison('lt')
/** a ≤ b, bool. */
export const le = comparison('le')
/** a > b, bool. */
export const gt = comparison('gt')
/** a ≥ b, bool. */
export const ge = comparison('ge')

/** Both are true; of other types, what is not 0 is (NaN too). */
export const logicalAnd = logical('logicalAnd')
/** At least one is true. */
export const logicalOr = logical('logicalOr')
/** Exactly one is true. */
export const logicalXor = logical('logicalXor')

/** Not true. */
export function logicalNot(x: Tensor): Tensor {
  checkTensor('logicalNot', x)
  const truth = castOf(x, 'bool')
  const out = unaryOf('logicalNot', truth)
  if (truth !== x) truth.dispose()
  return out
}

/** Where x is NaN. */
export const isnan = test('isnan')
/** Where x is neither NaN nor infinite. */
export const isfinite = test('isfinite')
/** Where x is infinite, of either sign. */
export const isinf = test('isinf')
