/** Unary operations over contiguous elements. Operations and types by their place in src/kernels/array.ts. */
import { expPairs_f32 } from './exp'
import { Ne } from './arithmetic'
import { map, mapLight, test } from './loops'
import { Abs, Ceil, Floor, IsFinite, IsInf, Neg, Not, Reciprocal, Relu, Round, Rsqrt, Sign, Sqrt, Square, Trunc } from './simple'
import {
  Exp, Expm1, Log, Log1p, Log2, Sin, Cos, Tan, Asin, Acos, Atan, Tanh, Sigmoid, Erf, Gelu, GeluTanh, Silu, Softplus,
} from './transcendental'

function real<T>(op: i32, n: i32, x: usize, out: usize): void {
  const bytes = <usize>n * sizeof<T>()
  switch (op) {
    case 0: return mapLight<Neg<T>>(bytes, x, out)
    case 1: return mapLight<Abs<T>>(bytes, x, out)
    case 2: return mapLight<Sign<T>>(bytes, x, out)
    case 3: return mapLight<Floor<T>>(bytes, x, out)
    case 4: return mapLight<Ceil<T>>(bytes, x, out)
    case 5: return mapLight<Round<T>>(bytes, x, out)
    case 6: return mapLight<Trunc<T>>(bytes, x, out)
    case 7: return mapLight<Sqrt<T>>(bytes, x, out)
    case 8: return mapLight<Rsqrt<T>>(bytes, x, out)
    case 9: return mapLight<Reciprocal<T>>(bytes, x, out)
    case 10: return mapLight<Square<T>>(bytes, x, out)
    case 11: {
      const done = sizeof<T>() == 4 ? expPairs_f32(bytes, x, out) : 0
      return map<Exp<T>>(bytes - done, x + done, out + done)
    }
    case 12: return map<Expm1<T>>(bytes, x, out)
    case 13: return map<Log<T>>(bytes, x, out)
    case 14: return map<Log1p<T>>(bytes, x, out)
    case 15: return map<Log2<T>>(bytes, x, out)
    case 16: return map<Sin<T>>(bytes, x, out)
    case 17: return map<Cos<T>>(bytes, x, out)
    case 18: return map<Tan<T>>(bytes, x, out)
    case 19: return map<Asin<T>>(bytes, x, out)
    case 20: return map<Acos<T>>(bytes, x, out)
    case 21: return map<Atan<T>>(bytes, x, out)
    case 22: return map<Tanh<T>>(bytes, x, out)
    case 23: return map<Sigmoid<T>>(bytes, x, out)
    case 24: return map<Erf<T>>(bytes, x, out)
    case 25: return mapLight<Relu<T>>(bytes, x, out)
    case 26: return map<Gelu<T>>(bytes, x, out)
    case 27: return map<GeluTanh<T>>(bytes, x, out)
    case 28: return map<Silu<T>>(bytes, x, out)
    case 29: return map<Softplus<T>>(bytes, x, out)
    case 31: return test<Ne<T>, T>(n, x, 16, x, 16, out)
    case 32: return test<IsFinite<T>, T>(n, x, 16, x, 16, out)
    case 33: return test<IsInf<T>, T>(n, x, 16, x, 16, out)
    default: unreachable()
  }
}

function integer(op: i32, n: i32, x: usize, out: usize): void {
  const bytes = <usize>n << 2
  switch (op) {
    case 0: return mapLight<Neg<i32>>(bytes, x, out)
    case 1: return mapLight<Abs<i32>>(bytes, x, out)
    case 2: return mapLight<Sign<i32>>(bytes, x, out)
    case 10: return mapLight<Square<i32>>(bytes, x, out)
    default: unreachable()
  }
}

/** Contiguous; an operation that the type does not have traps. */
export function unary(op: i32, type: i32, n: i32, x: usize, out: usize): void {
  if (n <= 0) return
  if (type == 0) real<f32>(op, n, x, out)
  else if (type == 1) real<f64>(op, n, x, out)
  else if (op == 30) mapLight<Not>(n, x, out)
  else if (op >= 31) memory.fill(out, op == 32 ? 1 : 0, n)
  else integer(op, n, x, out)
}
