/**
 * Binary operations over contiguous elements, with a scalar, and the block that broadcasting computes with. Operations and types by their place
 * in src/kernels/array.ts.
 */
import {
  Add, And, AndNot, Div, Eq, Ge, Gt, Le, LeakyRelu, Lt, Max, Min, Mul, Ne, Or, OrNot, ReluBackward, Sub, Xnor, Xor,
} from './arithmetic'
import { splat } from './fill'
import { IntFloorDivide, IntPower, IntRemainder } from './integer'
import { test, zip, zipLight } from './loops'
import { splatVector } from './scratch'
import { Atan2, Elu, FloorDivide, Pow, Remainder } from './transcendental'

function real<T>(op: i32, n: i32, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const bytes = <usize>n * sizeof<T>()
  switch (op) {
    case 0: return zipLight<Add<T>>(bytes, a, stepA, b, stepB, out)
    case 1: return zipLight<Sub<T>>(bytes, a, stepA, b, stepB, out)
    case 2: return zipLight<Mul<T>>(bytes, a, stepA, b, stepB, out)
    case 3: return zipLight<Div<T>>(bytes, a, stepA, b, stepB, out)
    case 4: return zip<Pow<T>>(bytes, a, stepA, b, stepB, out)
    case 5: return zipLight<Max<T>>(bytes, a, stepA, b, stepB, out)
    case 6: return zipLight<Min<T>>(bytes, a, stepA, b, stepB, out)
    case 7: return zip<Remainder<T>>(bytes, a, stepA, b, stepB, out)
    case 8: return zip<FloorDivide<T>>(bytes, a, stepA, b, stepB, out)
    case 9: return zip<Atan2<T>>(bytes, a, stepA, b, stepB, out)
    case 10: return zipLight<LeakyRelu<T>>(bytes, a, stepA, b, stepB, out)
    case 11: return zip<Elu<T>>(bytes, a, stepA, b, stepB, out)
    case 12: return test<Eq<T>, T>(n, a, stepA, b, stepB, out)
    case 13: return test<Ne<T>, T>(n, a, stepA, b, stepB, out)
    case 14: return test<Lt<T>, T>(n, a, stepA, b, stepB, out)
    case 15: return test<Le<T>, T>(n, a, stepA, b, stepB, out)
    case 16: return test<Gt<T>, T>(n, a, stepA, b, stepB, out)
    case 17: return test<Ge<T>, T>(n, a, stepA, b, stepB, out)
    case 21: return zipLight<ReluBackward<T>>(bytes, a, stepA, b, stepB, out)
    default: unreachable()
  }
}

function integer(op: i32, n: i32, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const bytes = <usize>n << 2
  switch (op) {
    case 0: return zipLight<Add<i32>>(bytes, a, stepA, b, stepB, out)
    case 1: return zipLight<Sub<i32>>(bytes, a, stepA, b, stepB, out)
    case 2: return zipLight<Mul<i32>>(bytes, a, stepA, b, stepB, out)
    case 4: return zip<IntPower>(bytes, a, stepA, b, stepB, out)
    case 5: return zipLight<Max<i32>>(bytes, a, stepA, b, stepB, out)
    case 6: return zipLight<Min<i32>>(bytes, a, stepA, b, stepB, out)
    case 7: return zip<IntRemainder>(bytes, a, stepA, b, stepB, out)
    case 8: return zip<IntFloorDivide>(bytes, a, stepA, b, stepB, out)
    case 12: return test<Eq<i32>, i32>(n, a, stepA, b, stepB, out)
    case 13: return test<Ne<i32>, i32>(n, a, stepA, b, stepB, out)
    case 14: return test<Lt<i32>, i32>(n, a, stepA, b, stepB, out)
    case 15: return test<Le<i32>, i32>(n, a, stepA, b, stepB, out)
    case 16: return test<Gt<i32>, i32>(n, a, stepA, b, stepB, out)
    case 17: return test<Ge<i32>, i32>(n, a, stepA, b, stepB, out)
    default: unreachable()
  }
}

/** Bytes of 0 and 1: all is bit operations (mul and min as and, add and max as or). */
function truth(op: i32, bytes: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  switch (op) {
    case 12: return zipLight<Xnor>(bytes, a, stepA, b, stepB, out)
    case 13: case 20: return zipLight<Xor>(bytes, a, stepA, b, stepB, out)
    case 14: return zipLight<AndNot>(bytes, b, stepB, a, stepA, out)
    case 15: return zipLight<OrNot>(bytes, b, stepB, a, stepA, out)
    case 16: return zipLight<AndNot>(bytes, a, stepA, b, stepB, out)
    case 17: return zipLight<OrNot>(bytes, a, stepA, b, stepB, out)
    case 2: case 6: case 18: return zipLight<And>(bytes, a, stepA, b, stepB, out)
    case 0: case 5: case 19: return zipLight<Or>(bytes, a, stepA, b, stepB, out)
    default: unreachable()
  }
}

/** One run of n elements; an operand with step 0 is 64 bytes of one value. */
export function binaryRun(op: i32, type: i32, n: i32, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  if (type == 0) real<f32>(op, n, a, stepA, b, stepB, out)
  else if (type == 1) real<f64>(op, n, a, stepA, b, stepB, out)
  else if (type == 2) integer(op, n, a, stepA, b, stepB, out)
  else truth(op, n, a, stepA, b, stepB, out)
}

/** Contiguous, equal shapes; an operation that the type does not have traps. */
export function binary(op: i32, type: i32, n: i32, a: usize, b: usize, out: usize): void {
  if (n > 0) binaryRun(op, type, n, a, 16, b, 16, out)
}

/** op(x, value), or op(value, x) when swapped. */
export function binaryScalar(op: i32, type: i32, n: i32, x: usize, value: f64, swapped: bool, out: usize): void {
  if (n <= 0) return
  splat(type, value, splatVector)
  if (swapped) binaryRun(op, type, n, splatVector, 0, x, 16, out)
  else binaryRun(op, type, n, x, 16, splatVector, 0, out)
}
