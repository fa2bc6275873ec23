/** Elementwise mathematics: values, types, gradients, and what happens at kinks and at infinities. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import * as T from '../../src/tensor/index.js'
import { scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { elementwiseLaws, expectClose, flat, type Row } from './laws.js'
import { numbers, oracle } from './oracle.js'

/** By its series, for |x| < 3. */
function erf(x: number): number {
  let [term, total] = [x, x]
  for (let n = 1; Math.abs(term) > 1e-20; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const anywhere = [-2.4, -1.3, -0.7, 0.2, 0.9, 1.6]
const uneven = [-2.41, -1.33, -0.73, 0.22, 0.97, 1.63]
const positive = [0.1, 0.4, 0.9, 1.7, 3.2, 8.1]
const inner = [-0.9, -0.5, -0.1, 0.2, 0.6, 0.8]
const others = [1.9, -0.6, 0.8, -1.4, 0.5, 2.2]
const whole = { f32: 'f32', f64: 'f64', i32: 'i32', bool: 'bool' } as const
const counted = { ...whole, bool: 'i32' } as const
const mixed = [1e-15, 4e-7] as const

const rows: Row[] = [
  { name: 'abs', fn: T.abs, points: [anywhere], reference: Math.abs, types: whole },
  { name: 'sign', fn: T.sign, points: [anywhere], reference: Math.sign, types: whole, gradient: 'flat' },
  { name: 'floor', fn: T.floor, points: [anywhere], reference: Math.floor, types: whole, gradient: 'flat' },
  { name: 'ceil', fn: T.ceil, points: [anywhere], reference: Math.ceil, types: whole, gradient: 'flat' },
  { name: 'round', fn: T.round, points: [anywhere], reference: Math.round, types: whole, gradient: 'flat' },
  { name: 'trunc', fn: T.trunc, points: [anywhere], reference: Math.trunc, types: whole, gradient: 'flat' },
  { name: 'exp', fn: T.exp, points: [anywhere], reference: Math.exp },
  { name: 'expm1', fn: T.expm1, points: [anywhere], reference: Math.expm1, tolerance: mixed },
  { name: 'log', fn: T.log, points: [positive], reference: Math.log },
  { name: 'log1p', fn: T.log1p, points: [positive], reference: Math.log1p },
  { name: 'log2', fn: T.log2, points: [positive], reference: Math.log2, tolerance: mixed },
  { name: 'sqrt', fn: T.sqrt, points: [positive], reference: Math.sqrt },
  { name: 'rsqrt', fn: T.rsqrt, points: [positive], reference: (x) => 1 / Math.sqrt(x) },
  { name: 'square', fn: T.square, points: [anywhere], reference: (x) => x * x, types: counted },
  { name: 'reciprocal', fn: T.reciprocal, points: [anywhere], reference: (x) => 1 / x },
  { name: 'sin', fn: T.sin, points: [anywhere], reference: Math.sin },
  { name: 'cos', fn: T.cos, points: [anywhere], reference: Math.cos, tolerance: mixed },
  { name: 'tan', fn: T.tan, points: [inner], reference: Math.tan, tolerance: mixed },
  { name: 'asin', fn: T.asin, points: [inner], reference: Math.asin, tolerance: mixed },
  { name: 'acos', fn: T.acos, points: [inner], reference: Math.acos, tolerance: mixed },
  { name: 'atan', fn: T.atan, points: [anywhere], reference: Math.atan, tolerance: mixed },
  { name: 'tanh', fn: T.tanh, points: [anywhere], reference: Math.tanh, tolerance: mixed },
  { name: 'sigmoid', fn: T.sigmoid, points: [anywhere], reference: sigmoid, tolerance: mixed },
  { name: 'erf', fn: T.erf, points: [anywhere], reference: erf, tolerance: [4e-15, 4e-7] },
  { name: 'relu', fn: T.relu, points: [anywhere], reference: (x) => Math.max(x, 0), types: counted },
  { name: 'leakyRelu', fn: (x) => T.leakyRelu(x, 0.2), points: [anywhere], reference: (x) => (x > 0 ? x : 0.2 * x) },
  { name: 'elu', fn: (x) => T.elu(x, 1.5), points: [anywhere], reference: (x) => (x > 0 ? x : 1.5 * Math.expm1(x)), tolerance: mixed }, // biome-ignore format: a table
  { name: 'gelu', fn: (x) => T.gelu(x), points: [anywhere], reference: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)), tolerance: [1e-13, 1e-5] }, // biome-ignore format: a table
  {
    name: "gelu, approximate: 'tanh'",
    fn: (x) => T.gelu(x, { approximate: 'tanh' }),
    points: [anywhere],
    reference: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    tolerance: [1e-13, 1e-5],
  },
  { name: 'silu', fn: T.silu, points: [anywhere], reference: (x) => x * sigmoid(x), tolerance: mixed },
  { name: 'softplus', fn: T.softplus, points: [anywhere], reference: (x) => Math.log1p(Math.exp(x)), tolerance: mixed },
  { name: 'pow', fn: T.pow, points: [positive, others], reference: Math.pow, tolerance: [2e-15, 1e-6], types: { ...counted, i32: null } }, // biome-ignore format: a table
  { name: 'pow 3', fn: (x) => T.pow(x, 3), points: [anywhere], reference: (x) => x ** 3, tolerance: mixed, types: counted }, // biome-ignore format: a table
  { name: 'pow 2', fn: (x) => T.pow(x, 2), points: [anywhere], reference: (x) => x * x, types: counted },
  { name: 'pow 1', fn: (x) => T.pow(x, 1), points: [anywhere], reference: (x) => x, types: counted },
  { name: 'pow 0', fn: (x) => T.pow(x, 0), points: [anywhere], reference: () => 1, types: counted, gradient: 'flat' },
  { name: 'pow -1.5', fn: (x) => T.pow(x, -1.5), points: [positive], reference: (x) => x ** -1.5, tolerance: [2e-15, 1e-6] }, // biome-ignore format: a table
  { name: '2 to the power', fn: (x) => T.pow(2, x), points: [positive], reference: (x) => 2 ** x, tolerance: [2e-15, 1e-6], types: counted }, // biome-ignore format: a table
  { name: 'atan2', fn: T.atan2, points: [anywhere, others], reference: Math.atan2, tolerance: mixed, types: { bool: 'f64' } }, // biome-ignore format: a table
  { name: 'atan2 of a number', fn: (x) => T.atan2(0.7, x), points: [anywhere], reference: (x) => Math.atan2(0.7, x), tolerance: mixed }, // biome-ignore format: a table
  { name: 'maximum', fn: T.maximum, points: [anywhere, others], reference: Math.max, types: whole },
  { name: 'minimum', fn: T.minimum, points: [anywhere, others], reference: Math.min, types: whole },
  { name: 'maximum with a number', fn: (x) => T.maximum(0, x), points: [anywhere], reference: (x) => Math.max(0, x), types: counted }, // biome-ignore format: a table
  { name: 'remainder', fn: T.remainder, points: [uneven, others], reference: (x, y) => x - y * Math.floor(x / y), types: counted, tolerance: [4e-15, 4e-6] }, // biome-ignore format: a table
  { name: 'remainder of a number', fn: (x) => T.remainder(5.3, x), points: [uneven], reference: (x) => 5.3 - x * Math.floor(5.3 / x), types: { i32: 'f64', bool: 'f32' }, tolerance: [1e-13, 4e-5] }, // biome-ignore format: a table
  { name: 'floorDivide', fn: T.floorDivide, points: [uneven, others], reference: (x, y) => Math.floor(x / y), types: counted, gradient: 'flat' }, // biome-ignore format: a table
  { name: 'clamp', fn: (x) => T.clamp(x, -1, 0.5), points: [anywhere], reference: (x) => Math.min(Math.max(x, -1), 0.5), types: { i32: 'f64', bool: 'f32' } }, // biome-ignore format: a table
  { name: 'clamp below', fn: (x) => x.clamp(0), points: [anywhere], reference: (x) => Math.max(x, 0), types: counted },
  { name: 'clamp by tensors', fn: (x, lo, hi) => T.clamp(x, lo, hi), points: [anywhere, [-1, -1.5, 0.1, 0.5, 0.5, 0.7], [2, 0, 3, 1, 0.3, 1.2]], reference: (x, lo, hi) => Math.min(Math.max(x, lo), hi), types: whole }, // biome-ignore format: a table
  { name: 'clamp above by a tensor', fn: (x, hi) => T.clamp(x, null, hi), points: [anywhere, others], reference: Math.min, types: whole }, // biome-ignore format: a table
  { name: 'where', fn: (x, y) => scope(() => T.where(T.gt(x, y), x, y)), points: [anywhere, others], reference: Math.max, types: whole }, // biome-ignore format: a table
  { name: 'where with a number', fn: (x) => scope(() => T.where(T.gt(x, 0), T.mul(x, 2), 1)), points: [anywhere], reference: (x) => (x > 0 ? 2 * x : 1), types: counted }, // biome-ignore format: a table
]

for (const row of rows) elementwiseLaws(row)

/** Gradient of the sum of fn at numbers. */
function slopes(fn: (x: Tensor) => Tensor, points: readonly number[]): number[] {
  return scope(() => {
    const x = tensor([...points], { dtype: 'f64', requiresGrad: true })
    fn(x).sum().backward()
    return flat(x.grad!)
  })
}

describe('worked by hand', () => {
  it('x² at 3 has slope 6 and curvature 2', () => {
    expect(slopes(T.square, [3])).toEqual([6])
    expect(slopes((x) => T.pow(x, 2), [3])).toEqual([6])
  })

  it('rounds halves to even', () => {
    scope(() => {
      expect(flat(T.round(tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])))).toEqual([-2, -2, -0, 0, 2, 2])
    })
  })

  it('remainder has the sign of the divisor, floorDivide rounds down, i32 by zero gives 0', () => {
    scope(() => {
      const [a, b] = [tensor([7, -7, 7, -7, 5], { dtype: 'i32' }), tensor([3, 3, -3, -3, 0], { dtype: 'i32' })]
      expect(flat(T.remainder(a, b))).toEqual([1, 2, -2, -1, 0])
      expect(flat(T.floorDivide(a, b))).toEqual([2, -3, -3, 2, 0])
      expect(flat(T.floorDivide(tensor([7, -7]), 2))).toEqual([3, -4])
    })
  })

  it('the maximum shares its gradient between equals', () => {
    expect(slopes((x) => T.maximum(x, 1), [0, 1, 2])).toEqual([0, 0.5, 1])
    expect(slopes((x) => T.minimum(x, 1), [0, 1, 2])).toEqual([1, 0.5, 0])
  })

  it('clamp lets the gradient through at its bounds, and takes max where min is above it', () => {
    expect(slopes((x) => T.clamp(x, -1, 1), [-2, -1, 0, 1, 2])).toEqual([0, 1, 1, 1, 0])
    scope(() => expect(flat(T.clamp(tensor([0, 5]), 3, 2))).toEqual([2, 2]))
  })
})

describe('kinks and edges', () => {
  it.each([
    ['abs', T.abs, 0, 0],
    ['sign', T.sign, 0, 0],
    ['relu', T.relu, 0, 0],
    ['leakyRelu', (x: Tensor) => T.leakyRelu(x, 0.25), 0, 0.25],
    ['elu', (x: Tensor) => T.elu(x, 1.5), 0, 1.5],
    ['sqrt', T.sqrt, 0, Infinity],
    ['rsqrt', T.rsqrt, 0, -Infinity],
    ['log', T.log, 0, Infinity],
    ['x^0', (x: Tensor) => T.pow(x, 0), 0, 0],
    ['x^0.5', (x: Tensor) => T.pow(x, 0.5), 0, Infinity],
    ['x^1', (x: Tensor) => T.pow(x, 1), 0, 1],
    ['0^x', (x: Tensor) => T.pow(0, x), 2, 0],
    ['0^x from below', (x: Tensor) => T.pow(0, x), -1, -Infinity],
    ['x^x', (x: Tensor) => T.pow(x, x), 0, 0],
    ['atan2', (x: Tensor) => T.atan2(x, T.mul(x, 2)), 0, 0],
    ['atan2 far out', (x: Tensor) => T.atan2(x, 1e200), 1e200, 5e-201],
    ['atan2 close in', (x: Tensor) => T.atan2(x, 1e-200), 1e-200, 5e199],
    ['asin', T.asin, 1, Infinity],
    ['exp', T.exp, -Infinity, 0],
    ['tanh', T.tanh, Infinity, 0],
    ['sigmoid', T.sigmoid, -Infinity, 0],
    ['softplus', T.softplus, 800, 1],
    ['where', (x: Tensor) => T.where(T.gt(x, 0), T.log(T.maximum(x, 1)), 0), -1, 0],
  ] as const)('%s', (_, fn, at, slope) => {
    expectClose(slopes(fn, [at]), [slope], 1e-14)
  })

  it('a choice keeps NaN of what is not chosen out of the gradient', () => {
    scope(() => {
      const x = tensor([-1, 4], { dtype: 'f64', requiresGrad: true })
      const y = tensor([NaN, 1], { dtype: 'f64', requiresGrad: true })
      T.where(T.gt(x, 0), x, 0)
        .add(T.where(T.gt(x, 0), y, 0))
        .sum()
        .backward()
      expect(flat(x.grad!)).toEqual([0, 1])
      expect(flat(y.grad!)).toEqual([0, 1])
    })
  })

  it.each([
    [T.exp, [-Infinity, 0, Infinity, NaN, 710], [0, 1, Infinity, NaN, Infinity]],
    [T.log, [0, -1, Infinity, NaN], [-Infinity, NaN, Infinity, NaN]],
    [T.sqrt, [-0, -1, Infinity], [-0, NaN, Infinity]],
    [T.tanh, [-Infinity, -0, Infinity, NaN], [-1, -0, 1, NaN]],
    [T.sigmoid, [-Infinity, 0, Infinity, NaN], [0, 0.5, 1, NaN]],
    [T.relu, [-Infinity, Infinity, NaN], [0, Infinity, NaN]],
    [T.softplus, [-Infinity, 1000, Infinity, NaN], [0, 1000, Infinity, NaN]],
    [T.sign, [-Infinity, NaN, 0], [-1, NaN, 0]],
    [T.expm1, [1e-300, -Infinity], [1e-300, -1]],
    [T.log1p, [1e-300, -1], [1e-300, -Infinity]],
    [(x: Tensor) => T.maximum(x, 0), [NaN, 1], [NaN, 1]],
    [(x: Tensor) => T.clamp(x, 0, 1), [NaN, Infinity], [NaN, 1]],
  ] as const)('values at the edges, %#', (fn, points, expected) => {
    scope(() => expectClose(flat(fn(tensor([...points], { dtype: 'f64' }))), [...expected], 4e-16))
  })
})

describe('types meet as NumPy says', () => {
  it.each([
    [() => T.maximum(tensor([1], { dtype: 'i32' }), tensor([1.5])), 'f64'],
    [() => T.maximum(tensor([1], { dtype: 'i32' }), 1.5), 'f64'],
    [() => T.maximum(tensor([true]), 2), 'i32'],
    [() => T.pow(tensor([2], { dtype: 'i32' }), 0.5), 'f64'],
    [() => T.pow(tensor([2]), tensor([2], { dtype: 'f64' })), 'f64'],
    [() => T.atan2(tensor([1], { dtype: 'i32' }), 1), 'f64'],
    [() => T.where(tensor([true]), 1, 2), 'f32'],
    [() => T.where(tensor([true]), tensor([true]), 2), 'i32'],
    [() => T.where(tensor([true]), tensor([1]), tensor([2], { dtype: 'i32' })), 'f64'],
    [() => T.clamp(tensor([1]), tensor([0], { dtype: 'f64' })), 'f64'],
    [() => T.clamp(tensor([1], { dtype: 'i32' }), 0, 10), 'i32'],
    [() => T.clamp(tensor([1], { dtype: 'i32' }), 0, 9.5), 'f64'],
  ] as const)('%#', (fn, expected) => {
    scope(() => expect(fn().dtype).toBe(expected))
  })
})

describe('messages', () => {
  const f = (...shape: number[]): Tensor => T.zeros(shape)
  it.each([
    [() => T.exp(3 as never), 'exp: got number; expected a tensor. Try tensor(...).'],
    [() => T.exp([1] as never), 'exp: got an array; expected a tensor. Try tensor(...).'],
    [() => T.pow(2, 3 as never), 'pow: got number; expected a tensor. Try tensor(...).'],
    [
      () => T.maximum(f(2, 3), f(2, 4)),
      'maximum: shapes [2, 3] and [2, 4] do not broadcast: 3 and 4 at axis -1; expected equal sizes, or 1.',
    ],
    [() => T.where(f(2), f(2), f(2)), 'where: the condition is f32[2]; expected bool. Try ne(0).'],
    [
      () => T.where(T.gt(f(2), 0), f(3), 1),
      'where: shapes [2] and [3] do not broadcast: 2 and 3 at axis -1; expected equal sizes, or 1.',
    ],
    [
      () => T.pow(tensor([2], { dtype: 'i32' }), -1),
      "pow: i32[1] to the power -1, which is no whole number; expected powers from 0 on. Try to('f64') first.",
    ],
    [() => T.clamp(f(2)), 'clamp: neither min nor max is given; expected one of them.'],
    [
      () => T.clamp(f(2), f(3)),
      'clamp: shapes [2] and [3] do not broadcast: 2 and 3 at axis -1; expected equal sizes, or 1.',
    ],
    [
      () => T.gelu(f(2), { approximate: 'sigmoid' as never }),
      "gelu: approximate \"sigmoid\"; expected 'none' or 'tanh'.",
    ],
  ])('%#', (fn, message) => {
    scope(() => expect(fn).toThrow(new UsageError(message)))
  })
})

describe('beside PyTorch and NumPy', () => {
  const ops: Record<string, (x: Tensor) => Tensor> = {
    ...Object.fromEntries(rows.filter((row) => row.points.length === 1).map((row) => [row.name, row.fn])),
    leakyRelu: (x) => T.leakyRelu(x),
    elu: (x) => T.elu(x),
    clamp: (x) => T.clamp(x, -1, 1),
    maximum: (x) => T.maximum(x, 1),
    minimum: (x) => T.minimum(x, 1),
    'x^0': (x) => T.pow(x, 0),
    'x^2': (x) => T.pow(x, 2),
    'x^0.5': (x) => T.pow(x, 0.5),
    'x^-1': (x) => T.pow(x, -1),
    '2^x': (x) => T.pow(2, x),
    '0^x': (x) => T.pow(0, x),
  }

  it.each(Object.entries(oracle.slopes))('%s: values and slopes at kinks and infinities', (name, expected) => {
    scope(() => {
      const x = tensor(numbers(oracle.points), { dtype: 'f64', requiresGrad: true })
      const out = ops[name]!(x)
      // The tail of gelu is x (1 + erf), which cancels.
      const relative = name === 'gelu' ? 1e-13 : 2e-14
      // PyTorch has NaN at -Infinity for these: for the root, of which the power is Infinity, and for 0 times Infinity, of which the limit is 0.
      const first = { 'x^0.5': Infinity, gelu: 0, silu: 0 }[name] ?? Number(expected.values[0])
      expectClose(flat(out), numbers(expected.values).with(0, first), relative, name)
      out.sum().backward()
      const slopes = numbers(expected.gradient)
      if (name === 'x^0.5') [slopes[0], slopes[4]] = [0, Infinity]
      expectClose(flat(x.grad!), slopes, relative, `${name}, gradient`)
    })
  })

  /** Two bools: whole-number arithmetic is counted in i32 (NumPy: int8), functions with real values in f64 (NumPy: float16). */
  const small: Record<string, string> = { i8: 'i32', f16: 'f64' }

  it.each(Object.entries(oracle.types))('types that %s gives', (name, types) => {
    const op = (T as unknown as Record<string, (a: Tensor, b: Tensor) => Tensor>)[name]!
    scope(() => {
      for (const [pair, expected] of Object.entries(types)) {
        const [a, b] = pair.split(' ').map((dtype) => T.ones([1], { dtype: dtype as T.DType }))
        expect(op(a!, b!).dtype, `${name} ${pair}`).toBe(small[expected] ?? expected)
      }
    })
  })
})
