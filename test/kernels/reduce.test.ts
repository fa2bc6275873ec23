import { afterEach, describe, expect, it } from 'vitest'
import { type ElementType, type ReduceOp, reduceOps } from '../../src/kernels/index.js'
import { array, elements, put, release, room, stored, take, typeNumber } from './array-area.js'
import { random } from './random.js'

afterEach(release)

const floats = ['f32', 'f64'] as const
type Float = (typeof floats)[number]
const epsilon = { f32: 2 ** -23, f64: 2 ** -52 }

/** Lengths around a lane, an unrolled block, a block of the deeper algorithms, and with a tail; widths around a vector and a tile. */
const shapes: readonly (readonly [outer: number, length: number, inner: number])[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67, 4099].map((length) => [3, length, 1] as const),
  ...[2, 3, 4, 5, 8, 17, 511, 512, 513, 1030].map((inner) => [2, 6, inner] as const),
  [1, 1, 5],
  [50, 10, 1],
  [2, 131, 3],
  [1, 9001, 1],
  [0, 3, 2],
  [2, 3, 0],
]

/** Each line along `length` as numbers. */
function lines(x: readonly number[], [outer, length, inner]: readonly [number, number, number]): number[][] {
  const all: number[][] = []
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) all.push(Array.from({ length }, (_, l) => x[(o * length + l) * inner + i]!))
  return all
}

const sum = (values: readonly number[]): number => {
  // Neumaier's compensated sum.
  let total = 0
  let lost = 0
  for (const x of values) {
    const next = total + x
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total
    total = next
  }
  return Number.isFinite(lost) ? total + lost : total
}

const extreme = (values: readonly number[], sign: number): number =>
  values.some(Number.isNaN) ? Number.NaN : sign * Math.max(...values.map((x) => sign * x))

const place = (values: readonly number[], sign: number): number => {
  const nan = values.findIndex(Number.isNaN)
  return nan >= 0 ? nan : values.indexOf(extreme(values, sign))
}

const logSumExp = (values: readonly number[]): number => {
  const top = extreme(values, 1)
  if (values.length === 0 || top === Number.NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY
  if (!Number.isFinite(top)) return top
  return top + Math.log(sum(values.map((x) => Math.exp(x - top))))
}

const references: Record<ReduceOp, (values: readonly number[]) => number> = {
  sum,
  prod: (values) => values.reduce((a, b) => a * b, 1),
  min: (values) => extreme(values, -1),
  max: (values) => extreme(values, 1),
  argmin: (values) => place(values, -1),
  argmax: (values) => place(values, 1),
  any: (values) => Number(values.some((x) => x !== 0)),
  all: (values) => Number(values.every((x) => x !== 0)),
  countNonzero: (values) => values.filter((x) => x !== 0).length,
  l1: (values) => sum(values.map(Math.abs)),
  // Math.hypot lets Infinity win over NaN.
  l2: (values) => (values.some(Number.isNaN) ? Number.NaN : Math.hypot(...values)),
  linf: (values) => Math.max(0, extreme(values.map(Math.abs), 1)),
  logsumexp: logSumExp,
}

const outType = (op: ReduceOp, type: ElementType): ElementType =>
  op === 'any' || op === 'all'
    ? 'bool'
    : op === 'argmin' || op === 'argmax' || op === 'countNonzero'
      ? 'i32'
      : type === 'i32' && (op === 'sum' || op === 'prod')
        ? 'f64'
        : type

function reduce(
  op: ReduceOp,
  type: ElementType,
  shape: readonly [number, number, number],
  x: readonly number[],
): number[] {
  const [outer, length, inner] = shape
  const to = outType(op, type)
  const out = room(to, outer * inner)
  array.reduce(reduceOps.indexOf(op), typeNumber(type), outer, length, inner, put(type, x), out)
  return take(to, out, outer * inner)
}

/** What differs by more than `tolerance` of the larger of the expected figure and `scale`. */
function wrongs(actual: readonly number[], expected: readonly number[], tolerance: number, scale = 0): string[] {
  if (actual.length !== expected.length) return [`${actual.length} figures, expected ${expected.length}`]
  return actual.flatMap((a, i) => {
    const b = expected[i]!
    const near = Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), scale)
    return near ? [] : [`${i}: ${a}, expected ${b}`]
  })
}

const offered = (op: ReduceOp): readonly ElementType[] =>
  ['l1', 'l2', 'linf', 'logsumexp'].includes(op)
    ? floats
    : op === 'sum' || op === 'prod'
      ? ['f32', 'f64', 'i32']
      : ['f32', 'f64', 'i32', 'bool']

it('reduces a small matrix along either axis, by hand', () => {
  const x = [1, -2, 3, 4, 0, -6]
  expect(reduce('sum', 'f32', [2, 3, 1], x)).toEqual([2, -2])
  expect(reduce('sum', 'f32', [1, 2, 3], x)).toEqual([5, -2, -3])
  expect(reduce('prod', 'i32', [1, 2, 3], x)).toEqual([4, 0, -18])
  expect(reduce('max', 'f64', [2, 3, 1], x)).toEqual([3, 4])
  expect(reduce('argmin', 'i32', [1, 2, 3], x)).toEqual([0, 0, 1])
  expect(reduce('countNonzero', 'f32', [2, 3, 1], x)).toEqual([3, 2])
  expect(reduce('l2', 'f64', [2, 2, 1], [3, 4, 5, -12])).toEqual([5, 13])
})

describe('every reduction agrees with the naive one', () => {
  for (const op of reduceOps)
    for (const type of offered(op))
      it(`${op} of ${type}`, () => {
        const r = random(7 + reduceOps.indexOf(op))
        for (const shape of shapes)
          for (const special of [[], [0, -0], [Number.NaN, Infinity, -Infinity]]) {
            if (special.length === 3 && (type === 'i32' || type === 'bool')) continue
            const [outer, length, inner] = shape
            const x = elements(type, r, outer * length * inner, special)
            const expected = lines(x, shape).map(references[op])
            const to = outType(op, type)
            // Sums are exact to a rounding of their terms' sizes in f64, then rounded once.
            const scale = op === 'sum' ? 3 : op === 'logsumexp' ? 1 : 0
            const tolerance = to === 'f32' ? epsilon.f32 : (8 + length) * epsilon.f64
            expect(wrongs(reduce(op, type, shape, x), expected, tolerance, scale), `${shape} ${special}`).toEqual([])
          }
      })
})

it('nothing to reduce gives what the operation starts from', () => {
  for (const inner of [1, 5]) {
    const none = (op: ReduceOp): number[] => reduce(op, 'f32', [1, 0, inner], [])
    const all = (value: number): number[] => Array.from({ length: inner }, () => value)
    for (const op of ['sum', 'l1', 'l2', 'linf', 'any', 'countNonzero'] as const) expect(none(op)).toEqual(all(0))
    for (const op of ['prod', 'all'] as const) expect(none(op)).toEqual(all(1))
    expect(none('logsumexp')).toEqual(all(Number.NEGATIVE_INFINITY))
  }
})

it('an f32 sum of a million equal numbers is right to the last bit', () => {
  const count = 2 ** 20
  const x = new Float32Array(count).fill(0.1)
  expect(reduce('sum', 'f32', [1, count, 1], x as unknown as number[])).toEqual([Math.fround(count * Math.fround(0.1))])
  expect(reduce('sum', 'f32', [1, count / 4, 4], x as unknown as number[])[3]).toBe(
    Math.fround((count / 4) * Math.fround(0.1)),
  )
})

it('norms neither overflow nor underflow', () => {
  for (const [type, scales] of [
    ['f32', [1e-45, 1e-38, 1e-30, 1e30, 6e37]],
    ['f64', [5e-324, 1e-200, 1e-162, 1e-150, 1e150, 1e162, 1e200, 1e307]],
  ] as const)
    for (const scale of scales)
      for (const [outer, length, inner] of [
        [1, 9, 1],
        [2, 9, 1],
        [1, 9, 3],
        [1, 21, 300],
      ] as const) {
        const tiny = stored(type, [scale])[0]!
        const expected = Array.from({ length: outer * inner }, () => tiny * Math.sqrt(length))
        const x = Array.from({ length: outer * length * inner }, (_, i) => (i % 2 === 0 ? tiny : -tiny))
        // The least subnormal number has no closer neighbours.
        const tolerance = scale === 5e-324 || scale === 1e-45 ? 0.2 : type === 'f32' ? epsilon.f32 : 4 * epsilon.f64
        expect(wrongs(reduce('l2', type, [outer, length, inner], x), expected, tolerance), `${type} ${scale}`).toEqual(
          [],
        )
        const out = room(type, outer * inner)
        array.normP(typeNumber(type), outer, length, inner, 3, put(type, x), out)
        const cubes = expected.map(() => tiny * Math.cbrt(length))
        expect(wrongs(take(type, out, outer * inner), cubes, tolerance), `p = 3, ${type} ${scale}`).toEqual([])
      }
  expect(reduce('l2', 'f64', [1, 3, 1], [1, Infinity, 2])).toEqual([Infinity])
  expect(reduce('l2', 'f64', [1, 3, 1], [1e200, Infinity, Number.NaN])).toEqual([Number.NaN])
  expect(reduce('l2', 'f64', [1, 2, 2], [1e-200, Infinity, 2e-200, -Infinity])[1]).toBe(Infinity)
})

describe('p-norms', () => {
  const normP = (type: Float, shape: readonly [number, number, number], p: number, x: readonly number[]): number[] => {
    const [outer, length, inner] = shape
    const out = room(type, outer * inner)
    array.normP(typeNumber(type), outer, length, inner, p, put(type, x), out)
    return take(type, out, outer * inner)
  }
  it('agree with the definition', () => {
    const r = random(5)
    for (const type of floats)
      for (const p of [0.5, 1, 1.5, 2, 3, 7, 100])
        for (const shape of shapes) {
          const x = elements(type, r, shape[0] * shape[1] * shape[2])
          const expected = lines(x, shape).map((line) => {
            const top = Math.max(...line.map(Math.abs), 0)
            return top === 0 ? 0 : top * sum(line.map((v) => (Math.abs(v) / top) ** p)) ** (1 / p)
          })
          const tolerance = type === 'f32' ? epsilon.f32 : (8 + shape[1]) * 8 * epsilon.f64
          expect(wrongs(normP(type, shape, p, x), expected, tolerance), `${type} p = ${p} ${shape}`).toEqual([])
        }
  })
  it('pass NaN and Infinity on', () => {
    expect(normP('f64', [1, 3, 1], 3, [1, Infinity, 2])).toEqual([Infinity])
    expect(normP('f32', [1, 3, 1], 3, [1, Number.NaN, Infinity])).toEqual([Number.NaN])
    expect(normP('f32', [1, 2, 2], 3, [1, Number.NaN, 0, 1])).toEqual([1, Number.NaN])
  })
})

describe('variance', () => {
  const variance = (type: Float, shape: readonly [number, number, number], ddof: number, x: ArrayLike<number>) => {
    const [outer, length, inner] = shape
    const out = room(type, outer * inner)
    const mean = room(type, outer * inner)
    array.variance(typeNumber(type), outer, length, inner, ddof, put(type, x), out, mean)
    return { variance: take(type, out, outer * inner), mean: take(type, mean, outer * inner) }
  }
  it('of a few numbers by hand', () => {
    expect(variance('f64', [1, 4, 1], 1, [1, 2, 3, 6])).toEqual({ variance: [14 / 3], mean: [3] })
    expect(variance('f32', [1, 2, 2], 0, [1, 10, 3, 20])).toEqual({ variance: [1, 25], mean: [2, 15] })
  })
  it('is NaN where too few elements are left, and without a mean is the same', () => {
    expect(variance('f64', [1, 1, 1], 1, [5])).toEqual({ variance: [Number.NaN], mean: [5] })
    expect(variance('f64', [1, 0, 2], 0, [])).toEqual({
      variance: [Number.NaN, Number.NaN],
      mean: [Number.NaN, Number.NaN],
    })
    const out = room('f64', 1)
    array.variance(1, 1, 3, 1, 0, put('f64', [1, 2, 3]), out, 0)
    expect(take('f64', out, 1)).toEqual([2 / 3])
  })
  it('keeps its digits far from zero', () => {
    const r = random(3)
    for (const type of floats)
      for (const [base, spread] of [
        [0, 1],
        [1e8, type === 'f32' ? 1e4 : 1],
        [-1e15, type === 'f32' ? 1e12 : 10],
      ] as const)
        for (const shape of [...shapes, [1, 40_000, 1], [1, 3000, 130]] as const) {
          const [outer, length, inner] = shape
          const x = stored(
            type,
            Array.from({ length: outer * length * inner }, () => base + spread * r.normal()),
          )
          const expected = lines(x, shape).map((line) => {
            // Differences from the first element are exact enough here, and their sums small.
            const shifted = line.map((v) => v - line[0]!)
            const mean = sum(shifted) / length
            return { variance: sum(shifted.map((v) => (v - mean) ** 2)) / length, mean: mean + line[0]! }
          })
          const got = variance(type, shape, 0, x)
          const tolerance = type === 'f32' ? epsilon.f32 : 1e-12
          const smallest = (epsilon[type] * base) ** 2
          expect(
            wrongs(
              got.variance,
              expected.map((e) => e.variance),
              tolerance,
              smallest,
            ),
            `${type} ${base} ${shape}`,
          ).toEqual([])
          expect(
            wrongs(
              got.mean,
              expected.map((e) => e.mean),
              type === 'f32' ? epsilon.f32 : 1e-13,
              spread,
            ),
            `mean ${type} ${base} ${shape}`,
          ).toEqual([])
        }
  })
})

describe('running sums and products', () => {
  const scan = (
    op: number,
    type: ElementType,
    [outer, length, inner]: readonly [number, number, number],
    x: readonly number[],
  ) => {
    const at = put(type, x)
    const out = room(type, x.length)
    array.scan(op, typeNumber(type), outer, length, inner, at, out)
    array.scan(op, typeNumber(type), outer, length, inner, at, at)
    const result = take(type, out, x.length)
    expect(take(type, at, x.length)).toEqual(result)
    return result
  }
  it('agree with the naive ones, also in place', () => {
    const r = random(11)
    for (const type of ['f32', 'f64', 'i32'] as const)
      for (const op of [0, 1])
        for (const shape of shapes) {
          const x = elements(type, r, shape[0] * shape[1] * shape[2])
          const expected = [...x]
          const [, length, inner] = shape
          const running = new Float64Array(x.length)
          for (let i = 0; i < x.length; i++) {
            const first = Math.floor(i / Math.max(inner, 1)) % length === 0
            const before = first ? op : (type === 'i32' ? expected : running)[i - inner]!
            running[i] = op === 0 ? before + x[i]! : before * x[i]!
            expected[i] = type === 'i32' ? (op === 0 ? (before + x[i]!) | 0 : Math.imul(before, x[i]!)) : running[i]!
          }
          const tolerance = type === 'f32' ? epsilon.f32 : type === 'f64' ? 0 : 0
          expect(
            wrongs(scan(op, type, shape, x), stored(type, expected), tolerance, 1e-6),
            `${type} ${op} ${shape}`,
          ).toEqual([])
        }
  })
})

describe('softmax', () => {
  const softmax = (
    type: Float,
    log: boolean,
    [outer, length, inner]: readonly [number, number, number],
    x: readonly number[],
  ) => {
    const at = put(type, x)
    const out = room(type, x.length)
    array.softmax(typeNumber(type), log, outer, length, inner, at, out)
    array.softmax(typeNumber(type), log, outer, length, inner, at, at)
    const result = take(type, out, x.length)
    expect(take(type, at, x.length)).toEqual(result)
    return result
  }
  it('agrees with the definition, also in place', () => {
    const r = random(13)
    for (const type of floats)
      for (const scale of [1, 30])
        for (const shape of shapes) {
          const [, length, inner] = shape
          const x = stored(
            type,
            elements(type, r, shape[0] * length * inner).map((v) => v * scale),
          )
          const expected = [...x]
          const logs = [...x]
          lines(x, shape).forEach((line, n) => {
            const rest = logSumExp(line)
            const first = Math.floor(n / inner) * length * inner + (n % inner)
            line.forEach((v, l) => {
              logs[first + l * inner] = v - rest
              expected[first + l * inner] = Math.exp(v - rest)
            })
          })
          // exp's and the division's roundings, and exp's of the difference's.
          const tolerance = (type === 'f32' ? 8 * epsilon.f32 : 1e-13) * scale
          expect(wrongs(softmax(type, false, shape, x), expected, tolerance, 1e-30), `${type} ${shape}`).toEqual([])
          expect(wrongs(softmax(type, true, shape, x), logs, tolerance, 1), `log, ${type} ${shape}`).toEqual([])
        }
  })
  it('of NaN and infinities is what PyTorch gives', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number
    for (const type of floats)
      for (const inner of [1, 2]) {
        const spread = (line: readonly number[]): number[] =>
          line.flatMap((v) => Array.from({ length: inner }, () => v))
        const both = (line: readonly number[]): number[][] =>
          [false, true].map((log) => softmax(type, log, [1, line.length, inner], spread(line)))
        expect(both([-inf, -inf, -inf])).toEqual([spread([nan, nan, nan]), spread([nan, nan, nan])])
        expect(both([0, nan])).toEqual([spread([nan, nan]), spread([nan, nan])])
        expect(both([-inf, 5])).toEqual([spread([0, 1]), spread([-inf, 0])])
        const [plain, log] = both([inf, 0])
        expect(plain).toEqual(spread([nan, nan]))
        expect(log).toEqual(spread([nan, nan]))
        expect(reduce('logsumexp', type, [1, 2, inner], spread([-inf, -inf]))).toEqual(spread([-inf]))
        expect(reduce('logsumexp', type, [1, 2, inner], spread([inf, -inf]))).toEqual(spread([inf]))
        expect(reduce('logsumexp', type, [1, 2, inner], spread([inf, nan]))).toEqual(spread([nan]))
      }
  })
  it('survives any shift', () => {
    const x = [1, 2, 3, 4, 5]
    const plain = softmax('f64', false, [1, 5, 1], x)
    expect(
      softmax(
        'f64',
        false,
        [1, 5, 1],
        x.map((v) => v + 1e6),
      ),
    ).toEqual(plain)
    expect(
      softmax(
        'f64',
        false,
        [1, 5, 1],
        x.map((v) => v - 1e300),
      ),
    ).toEqual([0.2, 0.2, 0.2, 0.2, 0.2])
  })
})

it('dot and axpy agree with the naive ones', () => {
  const r = random(17)
  for (const type of ['f32', 'f64', 'i32'] as const)
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 100]) {
      const [a, b] = [elements(type, r, n), elements(type, r, n)]
      const dot = array.dot(typeNumber(type), n, put(type, a), put(type, b))
      expect(wrongs([dot], [sum(a.map((v, i) => v * b[i]!))], 1e-14, 10)).toEqual([])
      const y = put(type, b)
      array.axpy(typeNumber(type), n, 3, put(type, a), y)
      const once = type === 'f32' ? Math.fround : (v: number) => v
      expect(take(type, y, n)).toEqual(
        stored(
          type,
          a.map((v, i) => once(v * 3) + b[i]!),
        ),
      )
    }
})
