/** add, sub, mul, div, neg. Tensors broadcast as NumPy's; types mix by the table in `dtype.ts`; a number takes the tensor's type where it can. */
import { UsageError } from '../../core/index.js'
import type { BinaryOp } from '../../kernels/index.js'
import { record } from '../autograd/tape.js'
import { tidy } from '../scope.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { sumTo } from './broadcast.js'
import { to } from './cast.js'
import { binaryOf, checkOperands, checkTensor, commonType, type Operand, scalarOf, shapeOf, unaryOf } from './raw.js'

/**
 * Where operands differ in type: the operation once more on both in the type they meet in, else null. Throws UsageError unless they are
 * tensors, or a tensor and a number. `float`: only float types will do.
 */
export function meeting(
  op: string,
  a: Operand,
  b: Operand,
  again: (a: Operand, b: Operand) => Tensor,
  float = false,
): Tensor | null {
  checkOperands(op, a, b)
  const type = commonType(a, b, float)
  // Before the closures below: this runs for every operation.
  if ((typeof a === 'number' || a.dtype === type) && (typeof b === 'number' || b.dtype === type)) return null
  const cast = (x: Operand): Operand => (typeof x === 'number' ? x : to(x, type))
  return tidy(() => again(cast(a), cast(b)))
}

/** Applies a kernel to operands of one type. */
export function combine(op: BinaryOp, name: string, a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return scalarOf(op, b as Tensor, a, true)
  return typeof b === 'number' ? scalarOf(op, a, b) : binaryOf(op, name, a, b)
}

/** The tensors among operands. */
export const tensorsOf = (a: Operand, b: Operand): Tensor[] =>
  typeof a === 'number' ? [b as Tensor] : typeof b === 'number' ? [a] : [a, b]

/** Gradients of the tensors among two operands, each summed to its operand's shape; what is not needed is not computed. */
export function gradients(
  shapes: readonly (Shape | null)[],
  needs: readonly boolean[],
  ofA: () => Tensor,
  ofB: () => Tensor,
): (Tensor | null)[] {
  const [a, b] = shapes
  const list: (Tensor | null)[] = []
  if (a) list.push(needs[0] ? sumTo(ofA(), a) : null)
  if (b) list.push(needs[list.length] ? sumTo(ofB(), b) : null)
  return list
}

/** a + b. Gradient: passed on to both. */
export function add(a: Operand, b: Operand): Tensor {
  const met = meeting('add', a, b, add)
  if (met !== null) return met
  const shapes = [shapeOf(a), shapeOf(b)]
  return record(combine('add', 'add', a, b), 'add', tensorsOf(a, b), [], (g, _, needs) => {
    const same = (): Tensor => g
    return gradients(shapes, needs, same, same)
  })
}

/** a - b; not of two bools. Gradient: passed on to a, negated to b. */
export function sub(a: Operand, b: Operand): Tensor {
  const met = meeting('sub', a, b, sub)
  if (met !== null) return met
  if (typeof a !== 'number' && a.dtype === 'bool')
    throw new UsageError("sub: both are bool, which has no difference. Try logicalXor(), or to('i32') first.")
  const shapes = [shapeOf(a), shapeOf(b)]
  return record(combine('sub', 'sub', a, b), 'sub', tensorsOf(a, b), [], (g, _, needs) =>
    gradients(
      shapes,
      needs,
      () => g,
      () => neg(g),
    ),
  )
}

/** a b, element by element. Gradient: each times the other. */
export function mul(a: Operand, b: Operand): Tensor {
  const met = meeting('mul', a, b, mul)
  if (met !== null) return met
  const out = combine('mul', 'mul', a, b)
  if (typeof a === 'number' || typeof b === 'number') {
    const factor = typeof a === 'number' ? a : (b as number)
    return record(out, 'mul', tensorsOf(a, b), [], (g) => [mul(g, factor)])
  }
  const shapes = [a.shape, b.shape]
  return record(out, 'mul', [a, b], [a, b], (g, [p, q], needs) =>
    gradients(
      shapes,
      needs,
      () => mul(g, q!),
      () => mul(g, p!),
    ),
  )
}

/** a / b, element by element, in floats: i32 gives f64. Division by zero gives infinities and NaN. Gradient: g / b, and -g a / b². */
export function div(a: Operand, b: Operand): Tensor {
  const met = meeting('div', a, b, div, true)
  if (met !== null) return met
  const out = combine('div', 'div', a, b)
  if (typeof b === 'number') return record(out, 'div', [a as Tensor], [], (g) => [div(g, b)])
  const shapes = [shapeOf(a), b.shape]
  return record(out, 'div', tensorsOf(a, b), [b, out], (g, [q, r], needs) =>
    gradients(
      shapes,
      needs,
      () => div(g, q!),
      () => neg(mul(g, div(r!, q!))),
    ),
  )
}

/** -x. Gradient: negated. */
export function neg(x: Tensor): Tensor {
  checkTensor('neg', x)
  if (x.dtype === 'bool') return tidy(() => neg(to(x, 'i32')))
  return record(unaryOf('neg', x), 'neg', [x], [], (g) => [neg(g)])
}
