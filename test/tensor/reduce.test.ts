/** Reductions, scans, softmax and norms over axes: values, gradients and types beside PyTorch and NumPy, laws, edges. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import * as T from '../../src/tensor/index.js'
import { type AxisOptions, memory, scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { expectClose, flat, laws, type Row } from './laws.js'
import { type Case, numbers, oracle } from './oracle.js'

type Reduction = (x: Tensor, options: AxisOptions) => Tensor

const ops: Record<string, Reduction> = {
  sum: T.sum,
  mean: T.mean,
  prod: T.prod,
  variance: T.variance,
  'variance ddof 0': (x, options) => T.variance(x, { ...options, ddof: 0 }),
  std: T.std,
  'std ddof 0': (x, options) => T.std(x, { ...options, ddof: 0 }),
  min: T.min,
  max: T.max,
  argmin: T.argmin,
  argmax: T.argmax,
  any: T.any,
  all: T.all,
  countNonzero: T.countNonzero,
  logsumexp: T.logsumexp,
  softmax: T.softmax,
  logSoftmax: T.logSoftmax,
  cumsum: (x, options) => T.cumsum(x, { axis: (options.axis as number[])[0]! }),
  cumprod: (x, options) => T.cumprod(x, { axis: (options.axis as number[])[0]! }),
}
for (const ord of [0, 0.5, 1, 1.5, 2, 3, Infinity]) ops[`norm ${ord}`] = (x, options) => T.norm(x, { ...options, ord })

/** Runs a case of the oracle: values, and the gradient under weights from 0.5 to 1.5. */
function check(one: Case, values: readonly number[], shape: readonly number[], relative: number): void {
  scope(() => {
    const x = tensor([...values], { shape, dtype: 'f64', requiresGrad: true })
    const out = ops[one.op]!(x, one.axis === null ? {} : { axis: one.axis })
    const about = `${one.input ?? ''} ${one.op} over ${JSON.stringify(one.axis)}`
    expect(out.shape, about).toEqual(one.shape)
    expectNear(flat(out), numbers(one.values), relative, about)
    if (one.gradient === undefined) return
    T.linspace(0.5, out.size === 1 ? 0.5 : 1.5, out.size, { dtype: 'f64' })
      .reshape(out.shape)
      .mul(out)
      .sum()
      .backward()
    expectNear(flat(x.grad!), numbers(one.gradient), relative, `${about}, gradient`)
  })
}

/** Close relative to the largest of all: sums of cancelling terms have no digits of their own. */
function expectNear(got: readonly number[], expected: readonly number[], relative: number, about: string): void {
  const size = Math.max(1e-300, ...expected.filter(Number.isFinite).map(Math.abs))
  expect(got.length, about).toBe(expected.length)
  for (const [i, value] of expected.entries())
    if (!Object.is(got[i], value) && got[i] !== value && !(Math.abs(got[i]! - value) <= relative * size))
      expect.fail(`${about}: element ${i} is ${got[i]}, expected ${value}`)
}

describe('beside PyTorch', () => {
  it.each(oracle.cases.map((one) => [one.op, JSON.stringify(one.axis), one] as const))(
    '%s over %s',
    (_, _axis, one) => {
      check(one, oracle.data, oracle.shape, 2e-14)
    },
  )

  it.each(oracle.withZeros.map((one) => [one.op, JSON.stringify(one.axis), one] as const))(
    '%s over %s with zeros',
    (_, _axis, one) => {
      check(one, oracle.zeros, oracle.shape, 2e-14)
    },
  )

  /** Where we give another gradient than PyTorch 1.13, and why. */
  const deviations: Record<string, number[]> = {
    // The limit of nothing: 0 in place of NaN.
    'minus infinite logsumexp': [0, 0, 0],
    // PyTorch's variance of a constant is what rounding left; here it is 0, and the slope of std there too.
    'constant std': [0, 0, 0],
    // The sign of NaN is NaN, as NumPy has it.
    'nan norm 1': [0.5, NaN, 0.5],
    'nan norm Infinity': [0, NaN, 0],
  }

  it.each(oracle.edges.map((one) => [one.input!, one.op, one] as const))('%s input: %s', (input, op, one) => {
    const values = numbers(oracle.edgeInputs[input]!)
    const gradient = deviations[`${input} ${op}`] ?? one.gradient
    const expected = op === 'variance' || op === 'std' ? (input === 'constant' ? [0] : one.values) : one.values
    // Spread by 1e-12 around 1: the mean itself is rounded, at 1e-4 of the spread, whose square counts.
    const relative = input === 'near one' ? 1e-8 : 1e-14
    check({ ...one, values: expected, ...(gradient && { gradient }) }, values, [values.length], relative)
  })

  it.each(Object.entries(oracle.oneTypes).filter(([op]) => op in ops))('types of %s', (op, types) => {
    for (const [dtype, expected] of Object.entries(types))
      scope(() => {
        const x = T.ones([2], { dtype: dtype as T.DType })
        // NumPy's float64 for bool is our default, f32.
        expect(ops[op]!(x, {}).dtype, dtype).toBe(dtype === 'bool' && expected === 'f64' ? 'f32' : expected)
      })
  })
})

const points = [[-2.4, 1.3, 0.7, 0.2, -0.9, 1.6, 2.1, -0.4]]
const whole = { f32: 'f32', f64: 'f64', i32: 'i32', bool: 'bool' } as const
const counted = { ...whole, bool: 'i32' } as const
const places = { f32: 'i32', f64: 'i32', i32: 'i32', bool: 'i32' } as const
const truths = { f32: 'bool', f64: 'bool', i32: 'bool', bool: 'bool' } as const

const kinds: [string, Partial<Row>][] = [
  ['sum', { types: counted }],
  ['mean', {}],
  ['prod', { types: counted }],
  ['variance', {}],
  ['std', {}],
  ['std ddof 0', {}],
  ['min', { types: whole }],
  ['max', { types: whole }],
  ['argmin', { types: places, gradient: 'none' }],
  ['argmax', { types: places, gradient: 'none' }],
  ['any', { types: truths, gradient: 'none' }],
  ['all', { types: truths, gradient: 'none' }],
  ['countNonzero', { types: places, gradient: 'none' }],
  ['logsumexp', {}],
  ['softmax', {}],
  ['logSoftmax', {}],
  ['norm 0', { gradient: 'flat' }],
  ['norm 1', {}],
  ['norm 1.5', {}],
  ['norm 2', {}],
  ['norm 3', {}],
  ['norm Infinity', {}],
]

for (const [name, extra] of kinds)
  for (const axis of [undefined, [0], [1], [0, 1]] as const)
    laws({
      name: `${name} over ${axis ?? 'all'}`,
      fn: (x) => ops[name]!(x, axis === undefined ? {} : { axis }),
      points,
      ...extra,
    })

for (const name of ['sum', 'prod', 'std', 'max', 'min', 'logsumexp', 'softmax', 'norm 3'])
  laws({
    name: `${name} over axes apart`,
    fn: (x) =>
      scope(() =>
        ops[name]!(x.reshape([2, 2, 2]), name === 'softmax' ? { axis: [0, 2] } : { axis: [0, 2], keepDims: true }),
      ),
    points,
    types: name === 'sum' || name === 'prod' ? counted : name === 'max' || name === 'min' ? whole : {},
  })

for (const op of ['cumsum', 'cumprod'])
  for (const axis of [0, 1])
    laws({ name: `${op} along ${axis}`, fn: (x) => ops[op]!(x, { axis: [axis] }), points, types: counted })

const zeroPoints = [[-2.4, 0, 0.7, 0, -0.9, 1.6, 0, -0.4]]
for (const axis of [0, 1]) {
  laws({ name: `prod over ${axis} with zeros`, fn: (x) => T.prod(x, { axis }), points: zeroPoints, types: counted })
  laws({
    name: `cumprod along ${axis} with zeros`,
    fn: (x) => T.cumprod(x, { axis }),
    points: zeroPoints,
    types: counted,
  })
}
laws({
  name: 'prod of an odd number with zeros',
  fn: (x) => T.prod(x),
  points: [[2, 0, 3, -1, 0.5, 0, 1.5]],
  types: counted,
})

describe('worked by hand', () => {
  it('a product of three with one zero has slopes in the others only', () => {
    scope(() => {
      const x = tensor([2, 0, 5], { dtype: 'f64', requiresGrad: true })
      x.prod().backward()
      expect(flat(x.grad!)).toEqual([0, 10, 0])
    })
  })

  it('variance divides by n - 1 unless told otherwise', () => {
    scope(() => {
      const x = tensor([1, 2, 3, 4])
      expect(x.variance().item()).toBeCloseTo(5 / 3, 6)
      expect(x.variance({ ddof: 0 }).item()).toBe(1.25)
      expect(x.std({ ddof: 0 }).item()).toBe(Math.fround(Math.sqrt(1.25)))
    })
  })

  it('argmax over several axes counts through them', () => {
    scope(() => {
      const x = tensor([[[1, 9], [2, 3]], [[4, 5], [6, 0]]]) // biome-ignore format: a block
      expect(x.argmax().item()).toBe(1)
      expect(flat(x.argmax({ axis: [0, 2] }))).toEqual([1, 2])
      expect(x.argmax({ axis: [0, 2], keepDims: true }).shape).toEqual([1, 2, 1])
    })
  })

  it('keeps dims where asked', () => {
    scope(() => {
      const x = T.ones([2, 3, 4])
      for (const name of ['sum', 'mean', 'max', 'std', 'norm 2', 'logsumexp', 'argmax', 'any']) {
        expect(ops[name]!(x, { axis: -2, keepDims: true }).shape, name).toEqual([2, 1, 4])
        expect(ops[name]!(x, { axis: [0, -1] }).shape, name).toEqual([3])
        expect(ops[name]!(x, { axis: [] }).shape, name).toEqual([2, 3, 4])
      }
    })
  })

  it('sums in softmax are 1, over axes apart too', () => {
    scope(() => {
      const x = T.arange(24, undefined, 1, { dtype: 'f64' }).reshape([2, 3, 4])
      expectClose(flat(T.softmax(x, { axis: [0, 2] }).sum({ axis: [0, 2] })), [1, 1, 1], 1e-15)
      expectClose(flat(T.softmax(T.full([], 3)).add(0)), [1], 0)
    })
  })
})

describe('edges', () => {
  it('of nothing', () => {
    scope(() => {
      const x = T.zeros([0, 3])
      const results = (name: string): number[] => flat(ops[name]!(x, { axis: 0 }))
      expect(results('sum')).toEqual([0, 0, 0])
      expect(results('prod')).toEqual([1, 1, 1])
      expect(results('mean')).toEqual([NaN, NaN, NaN])
      expect(results('variance')).toEqual([NaN, NaN, NaN])
      expect(results('norm 2')).toEqual([0, 0, 0])
      expect(results('norm 3')).toEqual([0, 0, 0])
      expect(results('logsumexp')).toEqual([-Infinity, -Infinity, -Infinity])
      expect(results('any')).toEqual([0, 0, 0])
      expect(results('all')).toEqual([1, 1, 1])
      expect(T.max(x, { axis: 1 }).shape).toEqual([0])
      expect(T.softmax(x, { axis: 0 }).shape).toEqual([0, 3])
      expect(T.cumsum(x, { axis: 0 }).shape).toEqual([0, 3])
      for (const name of ['sum', 'prod', 'logsumexp', 'norm 2', 'softmax']) {
        const tracked = T.zeros([0, 3], { requiresGrad: true })
        ops[name]!(tracked, { axis: 0 }).sum().backward()
        expect(tracked.grad!.shape, name).toEqual([0, 3])
      }
    })
  })

  it('norms neither overflow nor underflow, and their gradients do not either', () => {
    for (const scale of [1e250, 1e-250, 1e-158, 1e-310])
      for (const ord of [1, 1.5, 2, 3, Infinity])
        scope(() => {
          const x = tensor([3 * scale, -4 * scale], { dtype: 'f64', requiresGrad: true })
          const size = T.norm(x, { ord })
          const expected = T.norm(tensor([3, -4], { dtype: 'f64' }), { ord }).item()
          const relative = scale < 1e-300 ? 1e-13 : 1e-14
          expectClose([size.item()], [expected * scale], relative, `norm ${ord} at ${scale}`)
          size.backward()
          const direction =
            ord === 1
              ? [1, -1]
              : ord === Infinity
                ? [0, -1]
                : [(3 / expected) ** (ord - 1), -((4 / expected) ** (ord - 1))]
          expectClose(flat(x.grad!), direction, relative, `gradient of norm ${ord} at ${scale}`)
        })
  })

  it('second derivatives at zero are 0, not NaN', () => {
    for (const ord of [1, 1.5, 2, 3, Infinity])
      scope(() => {
        const x = T.zeros([3], { dtype: 'f64', requiresGrad: true })
        const curvature = T.grad((y: Tensor) =>
          T.grad((z: Tensor) => T.norm(z, { ord }))(y)
            .square()
            .sum()
            .add(y.sum()),
        )
        expect(flat(curvature(x) as Tensor), `norm ${ord}`).toEqual([1, 1, 1])
      })
  })

  it('whole sums and products that leave i32 are refused, running ones wrap around', () => {
    scope(() => {
      const x = tensor([2 ** 30, 2 ** 30, 4], { dtype: 'i32' })
      expect(() => x.prod()).toThrow(
        new UsageError("prod: i32[3] multiplies to 4611686018427388000, which i32 does not hold. Try to('f64') first."),
      )
      const before = memory().tensors
      expect(() => x.sum()).toThrow(
        new UsageError("sum: i32[3] sums to 2147483652, which i32 does not hold. Try to('f64') first."),
      )
      expect(() => x.prod()).toThrow(UsageError)
      expect(memory().tensors).toBe(before)
      expect(flat(x.cumsum())).toEqual([2 ** 30, -(2 ** 31), -(2 ** 31) + 4])
      expect(flat(T.cumsum(tensor([true, false, true])))).toEqual([1, 1, 2])
    })
  })

  it('sums of f32 keep float64 inside', () => {
    scope(() => {
      const x = T.full([100_000], 0.1)
      expect(x.sum().item()).toBe(Math.fround(100_000 * Math.fround(0.1)))
      expect(x.mean().item()).toBe(Math.fround(Math.fround(100_000 * Math.fround(0.1)) / 100_000))
    })
  })
})

describe('messages', () => {
  it.each([
    [() => T.max(T.zeros([0, 3]), { axis: 0 }), 'max: f32[0, 3] has no elements over axes [0]; expected at least one.'],
    [() => T.argmin(T.zeros([0])), 'argmin: f32[0] has no elements over axes [0]; expected at least one.'],
    [() => T.mean(T.zeros([2, 3]), { axis: 2 }), 'mean: axis 2 of shape [2, 3]; expected a whole number from -2 to 1.'],
    [() => T.norm(T.zeros([2]), { axis: [0, -1] }), 'norm: axis 0 is named twice.'],
    [
      () => T.norm(T.zeros([2]), { ord: -1 }),
      'norm: ord -1; expected a number from 0 on, or Infinity. Norms of matrices are in normball/linalg.',
    ],
    [() => T.variance(T.zeros([2]), { ddof: NaN }), 'variance: ddof NaN; expected a finite number.'],
    [() => T.softmax(T.zeros([2]), { axis: 1 }), 'softmax: axis 1 of shape [2]; expected a whole number from -1 to 0.'],
    [() => T.cumsum(T.zeros([])), 'cumsum: axis -1 of a scalar, which has none.'],
    [() => T.sum(T.zeros([2]), 0 as never), 'sum: options are 0; expected an object. Try { axis: 0 }.'],
    [() => T.softmax(T.zeros([2]), -1 as never), 'softmax: options are -1; expected an object. Try { axis: -1 }.'],
    [() => T.mean(T.zeros([2]), [0] as never), 'mean: options are [0]; expected an object. Try { axis: [0] }.'],
    [
      () => T.max(T.zeros([2]), T.zeros([2]) as never),
      'max: got a tensor for options; expected an object of axis, keepDims.',
    ],
    [
      () => T.sum(T.zeros([2]), { dim: 0 } as never),
      'sum: option "dim" is not known; expected axis, keepDims. Try axis.',
    ],
    [
      () => T.norm(T.zeros([2]), { keepdims: true } as never),
      'norm: option "keepdims" is not known; expected axis, keepDims, ord. Try keepDims.',
    ],
    [
      () => T.std(T.zeros([2]), { correction: 0 } as never),
      'std: option "correction" is not known; expected axis, keepDims, ddof. Try ddof.',
    ],
    [() => T.cumsum(T.zeros([2]), { reverse: true } as never), 'cumsum: option "reverse" is not known; expected axis.'],
    [
      () => T.sort(T.zeros([2]), { descend: true } as never),
      'sort: option "descend" is not known; expected axis, descending. Try descending.',
    ],
    [() => T.std('x' as never), 'std: got string; expected a tensor. Try tensor(...).'],
  ])('%#', (fn, message) => {
    scope(() => expect(fn).toThrow(new UsageError(message)))
  })
})
