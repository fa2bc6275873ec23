import { describe, expect, it } from 'vitest'
import {
  createKernels,
  mergePairs,
  type PairFigures,
  PairPass,
  type PairSums,
  pairFigures,
} from '../../src/kernels/index.js'
import { exactStatistics } from './exact.js'
import { families, random } from './random.js'

const kernels = createKernels()
const room = 40_000
const at = { a: kernels.alloc(room * 8), b: kernels.alloc(room * 8) }

type Real = 'f32' | 'f64'

/** Sums over `a` and `b` (written `shift` elements into the buffers), in pieces of `step`. */
function sumsOf(type: Real, a: ArrayLike<number>, b: ArrayLike<number>, shift = 0, step = a.length): PairSums {
  kernels[type](at.a, room).set(a, shift)
  kernels[type](at.b, room).set(b, shift)
  const bytes = type === 'f32' ? 4 : 8
  const pass = new PairPass(kernels)
  for (let done = 0; done < a.length; done += step) {
    const offset = (shift + done) * bytes
    pass.update(at.a + offset, at.b + offset, Math.min(step, a.length - done), type)
  }
  const sums = pass.sums()
  pass.dispose()
  return sums
}

const figuresOf = (...of: Parameters<typeof sumsOf>): PairFigures => pairFigures(sumsOf(...of))

/** Compensated, of values brought near 1. */
function dotNear(a: readonly number[], b: readonly number[], sizeA: number, sizeB: number): number {
  let sum = 0
  let rest = 0
  for (const [i, x] of a.entries()) {
    const term = (x / sizeA) * (b[i]! / sizeB)
    const next = sum + term
    rest += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum
    sum = next
  }
  return sum + rest
}

/** What is wrong by more than 1e-12. */
function wrongs(figures: PairFigures, a: ArrayLike<number>, b: ArrayLike<number>, type: Real = 'f64'): string[] {
  const both = Array.from(a, (x, i) => [x, b[i]!] as const)
  const finite = both.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
  const [as, bs, ds] = [finite.map(([x]) => x), finite.map(([, y]) => y), finite.map(([x, y]) => y - x)]
  const [A, B, D] = [as, bs, ds].map((values) => exactStatistics(values, type === 'f32' ? -149 : -1074, -1022))
  const expected = {
    finite: finite.length,
    changed: both.filter(([x, y]) => x !== y && !(Number.isNaN(x) && Number.isNaN(y))).length,
    nonfiniteA: both.filter(([x]) => !Number.isFinite(x)).length,
    nonfiniteB: both.filter(([, y]) => !Number.isFinite(y)).length,
    l1A: A!.l1,
    l2A: A!.l2,
    linfA: A!.linf,
    l1B: B!.l1,
    l2B: B!.l2,
    linfB: B!.linf,
    deltaL1: D!.l1,
    deltaL2: D!.l2,
    deltaLinf: D!.linf,
  }
  const wrong: string[] = []
  for (const [name, value] of Object.entries(expected)) {
    const got = figures[name as keyof typeof expected]
    if (!(got === value || Math.abs(got - value) <= Math.max(1e-12 * value, 1e-323)))
      wrong.push(`${name}: ${got}, expected ${value}`)
  }
  if (A!.linf > 0 && B!.linf > 0 && figures.cosine !== null) {
    const [sizeA, sizeB] = [A!.linf, B!.linf]
    const cosine = dotNear(as, bs, sizeA, sizeB) / (A!.l2 / sizeA) / (B!.l2 / sizeB)
    if (Math.abs(figures.cosine - cosine) > 1e-12) wrong.push(`cosine: ${figures.cosine}, expected ${cosine}`)
  } else if (figures.cosine !== null || (A!.linf > 0 && B!.linf > 0)) wrong.push(`cosine: ${figures.cosine}`)
  return wrong
}

describe('a hand-worked pair', () => {
  // Both finite at places 0, 1, 2, 5: a = 3, 0, -4, -0; b = 3, 1, -2, 0. delta = 0, 1, 2, 0.
  const a = [3, 0, -4, Number.NaN, Number.POSITIVE_INFINITY, -0, Number.NaN, Number.NEGATIVE_INFINITY]
  const b = [3, 1, -2, Number.NaN, Number.POSITIVE_INFINITY, 0, 7, Number.POSITIVE_INFINITY]

  it.each(['f32', 'f64'] as const)('%s: norms over what is finite in both, the rest counted', (type) => {
    expect(figuresOf(type, a, b)).toEqual({
      finite: 4,
      // 0 -> 1, -4 -> -2, NaN -> 7, -Infinity -> Infinity.
      changed: 4,
      nonfiniteA: 4,
      nonfiniteB: 3,
      l1A: 7,
      l2A: 5,
      linfA: 4,
      l1B: 6,
      l2B: Math.sqrt(14),
      linfB: 3,
      deltaL1: 3,
      deltaL2: Math.sqrt(5),
      deltaLinf: 2,
      relative: Math.sqrt(5) / 5,
      dot: 17,
      cosine: 17 / 5 / Math.sqrt(14),
    })
  })
})

describe('degenerate pairs', () => {
  it('nothing at all is a difference of 0', () => {
    expect(figuresOf('f32', [], [])).toMatchObject({ finite: 0, changed: 0, deltaL2: 0, relative: 0, cosine: null })
  })

  it('zero to zero is 0, zero to something Infinity', () => {
    expect(figuresOf('f64', [0, -0], [-0, 0])).toMatchObject({ changed: 0, relative: 0, cosine: null })
    expect(figuresOf('f64', [0, 0], [0, 1e-300])).toMatchObject({ relative: Number.POSITIVE_INFINITY, cosine: null })
  })

  it('only non-finite elements leave figures of nothing', () => {
    const nan = new Array<number>(9000).fill(Number.NaN)
    expect(figuresOf('f32', nan, nan)).toMatchObject({ finite: 0, changed: 0, nonfiniteA: 9000, linfA: 0, l2B: 0 })
  })
})

describe('against exact sums', () => {
  const lengths = [0, 1, 3, 4, 5, 8, 11, 8192, 8199]
  for (const type of ['f32', 'f64'] as const)
    for (const family of Object.keys(families))
      it(`${type}, ${family}: every length, moved a little or anywhere`, () => {
        for (const [seed, length] of lengths.entries()) {
          const r = random(1000 * seed + length)
          const make = (): number => families[family]!(r, type === 'f32' ? 120 : 1000)
          const round = type === 'f32' ? Math.fround : (x: number) => x
          const a = Array.from({ length }, () => round(make()))
          for (const b of [a.map((x) => round(x * (1 + 1e-3 * r.normal()))), a.map(() => round(make()))]) {
            const wrong = wrongs(figuresOf(type, a, b, seed % 3), a, b, type)
            expect(wrong, `length ${length}, seed ${1000 * seed + length}`).toEqual([])
          }
        }
      })

  it('with elements that are not finite in some blocks', () => {
    const r = random(5)
    const make = (): number => (r.next() < 2e-4 ? [Number.NaN, 1 / 0, -1 / 0][r.below(3)]! : Math.fround(r.normal()))
    const [a, b] = [Array.from({ length: 20_000 }, make), Array.from({ length: 20_000 }, make)]
    for (const type of ['f32', 'f64'] as const) expect(wrongs(figuresOf(type, a, b), a, b, type)).toEqual([])
  })
})

describe('extreme scales of f64', () => {
  const r = random(3)
  const unit = Array.from({ length: 1000 }, () => r.normal())
  const times = (scale: number): number[] => unit.map((x) => x * scale)
  const scales = [1e-310, 1e-200, 1e-162, 1e-154, 1, 1e150, 1e200, 1e300]

  it.each(scales.flatMap((one) => scales.map((other) => [one, other] as const)))('%s beside %s', (one, other) => {
    const [a, b] = [times(one), times(other).map((x, i) => x + other * r.normal() * (i % 2))]
    expect(wrongs(figuresOf('f64', a, b), a, b)).toEqual([])
  })

  it('scales that grow from block to block', () => {
    const a = [1e-300, 1, 1e250].flatMap((scale) =>
      Array.from({ length: 8192 }, (_, i) => unit[i % unit.length]! * scale),
    )
    const b = a.map((x) => x * (1 + 1e-6 * r.normal()))
    expect(wrongs(figuresOf('f64', a, b), a, b)).toEqual([])
    const back = [a.toReversed(), b.toReversed()] as const
    expect(wrongs(figuresOf('f64', ...back), ...back)).toEqual([])
  })

  it('a difference beyond float64 is Infinity, and still so many times a', () => {
    const figures = figuresOf('f64', [1e308, 0], [-1e308, 1])
    expect(figures).toMatchObject({ deltaLinf: Number.POSITIVE_INFINITY, deltaL2: Number.POSITIVE_INFINITY })
    expect(figures.relative).toBeCloseTo(2, 12)
    expect(figures.cosine).toBe(-1)
  })
})

describe('laws', () => {
  const r = random(8)
  const a = Array.from({ length: 20_000 }, () => Math.fround(r.normal()))
  const b = a.map((x) => Math.fround(x + 0.01 * r.normal()))

  it('a and a differ by nothing', () => {
    expect(figuresOf('f32', a, a)).toMatchObject({ changed: 0, deltaL1: 0, deltaL2: 0, deltaLinf: 0, relative: 0 })
  })

  it('the difference has the same norms the other way round', () => {
    const [there, back] = [figuresOf('f32', a, b), figuresOf('f32', b, a)]
    expect(back.deltaL2).toBe(there.deltaL2)
    expect(back.deltaL1).toBe(there.deltaL1)
    expect(back.l2A).toBe(there.l2B)
    expect(back.dot).toBe(there.dot)
  })

  it('pieces in any split give the same up to rounding, and merged parts too', () => {
    const whole = figuresOf('f32', a, b)
    const pieces = figuresOf('f32', a, b, 0, 777)
    const parts = [0, 5000, 12_345].map((from, i, all) => {
      const to = all[i + 1] ?? a.length
      return sumsOf('f32', a.slice(from, to), b.slice(from, to))
    })
    const merged = pairFigures(parts.reduce(mergePairs))
    for (const [name, value] of Object.entries(whole)) {
      expect(pieces[name as keyof PairFigures], name).toBeCloseTo(value!, 10)
      expect(merged[name as keyof PairFigures], name).toBeCloseTo(value!, 10)
    }
  })

  it('parts of different scales merge', () => {
    const [small, large] = [a.map((x) => x * 1e-250), a.map((x) => x * 1e250)]
    const [smallB, largeB] = [b.map((x) => x * 1e-250), b.map((x) => x * 1e250)]
    const merged = pairFigures(mergePairs(sumsOf('f64', small, smallB), sumsOf('f64', large, largeB)))
    expect(wrongs(merged, [...small, ...large], [...smallB, ...largeB])).toEqual([])
  })
})

it('memory is given back', () => {
  const before = kernels.bytesInUse
  figuresOf('f64', [1, 2], [3, 4])
  expect(kernels.bytesInUse).toBe(before)
})
