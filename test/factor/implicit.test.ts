/** Implicit feedback: an example by hand, the normal equations, the objective, a dense transcription, figures of ranked lists, edges. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  evaluateInteractions,
  ImplicitALS,
  type ImplicitALSJson,
  type ImplicitALSOptions,
  type Interactions,
  splitRatings,
} from '../../src/factor/index.node.js'
import { uniforms } from '../../src/factor/random.js'
import { restorers } from '../../src/factor/registry.js'
import { memory, type Tensor, tensor } from '../../src/tensor/index.js'
import { hasShared, sharedPath } from '../shared.js'

type Rows = number[][]
const rowsOf = (x: Tensor): Rows => x.toNested() as Rows
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0)

/** Users of two tastes, and amounts from 1 to 3. */
function tastes(seed: number, users = 40, items = 30, share = 0.3): Interactions & { ratings: number[] } {
  const next = uniforms(seed)
  const cells: [string, number, number][] = []
  for (let u = 0; u < users; u++)
    for (let i = 0; i < items; i++)
      if (next() < (u % 2 === i % 2 ? 1.8 : 0.2) * share) cells.push([`u${u}`, i, 1 + Math.floor(3 * next())])
  return { users: cells.map(([u]) => u), items: cells.map(([, i]) => i), ratings: cells.map(([, , r]) => r) }
}

/** Amounts [users, items] in the model's order. */
function matrixOf(model: ImplicitALS, data: Interactions): Rows {
  const out = model.users.map(() => model.items.map(() => 0))
  for (let i = 0; i < data.users.length; i++)
    out[model.users.indexOf(data.users[i]!)]![model.items.indexOf(data.items[i]!)]! += data.ratings?.[i] ?? 1
  return out
}

const confidence = { linear: (r: number) => 1 + 5 * r, log: (r: number) => 1 + 5 * Math.log(1 + r / 0.5) }

/** The objective over all pairs, as the paper writes it. */
function objective(R: Rows, X: Rows, Y: Rows, lambda: number, c: (r: number) => number): number {
  let sum = 0
  R.forEach((row, u) => {
    row.forEach((r, i) => {
      sum += c(r) * ((r > 0 ? 1 : 0) - dot(X[u]!, Y[i]!)) ** 2
    })
  })
  return sum + lambda * [...X, ...Y].flat().reduce((all, value) => all + value * value, 0)
}

describe('by hand', () => {
  it('two users, two items, one factor', () => {
    // x has a only (r = 2), y has both (r = 1): alpha 1, lambda 1. Confidences [[3, 1], [2, 2]].
    const data = { users: ['x', 'y', 'y'], items: ['a', 'a', 'b'], ratings: [2, 1, 1] }
    const model = new ImplicitALS({ k: 1, alpha: 1, regularization: 1, iterations: 1 }).fit(data)
    const [[a], [b]] = rowsOf(model.itemFactors) as [[number], [number]]
    // Users by items: x = 3 a / (3 a² + b² + 1), y = (2 a + 2 b) / (2 a² + 2 b² + 1).
    const x = (3 * a) / (3 * a * a + b * b + 1)
    const y = (2 * a + 2 * b) / (2 * a * a + 2 * b * b + 1)
    expect(rowsOf(model.userFactors)).toEqual([[expect.closeTo(x, 13)], [expect.closeTo(y, 13)]])
    expect(model.predict('x', 'b')).toBeCloseTo(x * b, 13)
    const loss =
      3 * (1 - x * a) ** 2 + (x * b) ** 2 + 2 * (1 - y * a) ** 2 + 2 * (1 - y * b) ** 2 + x * x + y * y + a * a + b * b
    expect(model.losses).toEqual([expect.closeTo(loss, 12)])
    expect(Array.from(model.popularity)).toEqual([1, 0.5])
  })

  it('figures of lists: percentile ranks, recall and what the model learned from', () => {
    // Without factors items go by how many have them: a 3, b 2, c 1, d 1.
    const model = new ImplicitALS({ k: 0 }).fit({ users: [...'xyzxyzx'], items: [...'aaabbcd'] })
    // w is new: all four are candidates; z has a and c, so b comes first of b, d.
    const test = { users: ['w', 'w', 'z', 'z', 'z'], items: ['b', 'd', 'd', 'a', 'q'], ratings: [1, 3, 1, 9, 1] }
    const found = evaluateInteractions(model, test, { k: 1, repeats: 50 })
    // w: b 1/3, d shares the last two places: 2.5 / 3. z: d is the second of two.
    expect(found.percentileRank.value).toBeCloseTo((1 / 3 + 3 * (2.5 / 3) + 1) / 5, 14)
    expect(model.score(test)).toBeCloseTo(1 - found.percentileRank.value, 14)
    expect([found.recall.value, found.interactions, found.users, found.repeated]).toEqual([0, 5, 2, 1])
    expect(found.cold).toEqual({ count: 3, users: ['w'], items: ['q'] })
    const two = evaluateInteractions(model, test, { k: 2, repeats: 50 })
    // w: b is the second of 2 wanted; z: d is the second, of d and the unknown q.
    expect([two.recall.value, two.precision.value, two.hitRate.value, two.reciprocalRank.value]).toEqual([
      0.5, 0.5, 1, 0.5,
    ])
    expect(two.averagePrecision.value).toBeCloseTo(0.25, 14)
    expect(two.ndcg.value).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 14)
  })
})

describe('alternating', () => {
  const data = tastes(1)
  const options = { k: 3, alpha: 5, epsilon: 0.5, regularization: 0.8 } as const

  it.each(['linear', 'log'] as const)('users meet their normal equations: %s', (kind) => {
    const model = new ImplicitALS({ ...options, confidence: kind, iterations: 2 }).fit(data)
    const [R, X, Y] = [matrixOf(model, data), rowsOf(model.userFactors), rowsOf(model.itemFactors)]
    R.forEach((row, u) => {
      for (let j = 0; j < 3; j++) {
        let gradient = -0.8 * X[u]![j]!
        row.forEach((r, i) => {
          gradient += confidence[kind](r) * ((r > 0 ? 1 : 0) - dot(X[u]!, Y[i]!)) * Y[i]![j]!
        })
        expect(Math.abs(gradient)).toBeLessThan(1e-9)
      }
    })
    expect(model.losses.at(-1)).toBeCloseTo(objective(R, X, Y, 0.8, confidence[kind]), 8)
  })

  it.each([
    ['cholesky', { solver: 'cholesky' }],
    ['a step of conjugate gradient', { solver: 'cg', cgSteps: 1 }],
  ] as const)('the objective falls in each sweep: %s', (_, solver) => {
    for (let seed = 0; seed < 4; seed++) {
      const { losses } = new ImplicitALS({ ...options, ...solver, seed, iterations: 25 }).fit(tastes(seed + 10))
      for (const [i, loss] of losses.slice(1).entries()) expect(loss).toBeLessThanOrEqual(losses[i]! * (1 + 1e-12))
    }
  })

  it('enough steps of conjugate gradient are the factorization', () => {
    const [exact, near] = (['cholesky', 'cg'] as const).map((solver) =>
      rowsOf(new ImplicitALS({ ...options, solver, cgSteps: 20, iterations: 3 }).fit(data).itemFactors),
    )
    expect(near).toEqual(exact!.map((row) => row.map((value) => expect.closeTo(value, 9))))
  })

  it('is as the dense transcription in NumPy, from the same start', () => {
    const { cases } = JSON.parse(readFileSync(new URL('../oracle/factor/implicit.json', import.meta.url), 'utf8')) as {
      cases: {
        users: number[]
        items: number[]
        ratings: number[]
        options: ImplicitALSOptions
        scores: Rows
        losses: number[]
      }[]
    }
    for (const { users, items, ratings, options, scores, losses } of cases) {
      const model = new ImplicitALS(options).fit({ users, items, ratings })
      // Sweeps enough to be at rest, where the start no longer tells.
      expect(model.losses.at(-1)! / losses.at(-1)!).toBeCloseTo(1, 6)
      model.users.forEach((user, u) => {
        model.items.forEach((item) => {
          expect(model.predict(user, item)).toBeCloseTo(scores[user as number]![item as number]!, 4)
        })
        expect(u).toBeGreaterThanOrEqual(0)
      })
    }
  })
})

describe('what can be asked', () => {
  const data = tastes(3)
  const model = new ImplicitALS({ k: 4, regularization: 1, alpha: 5 }).fit(data)

  it('recommends the own taste, without what is there', () => {
    const { cold, items } = model.recommend('u4', 3)
    const mine = new Set(Array.from(data.items).filter((_, i) => data.users[i] === 'u4'))
    expect(cold).toBe(false)
    for (const { item } of items) expect([mine.has(item), (item as number) % 2]).toEqual([false, 0])
    for (const { item } of model.similar(2, 5)) expect((item as number) % 2).toBe(0)
  })

  it('folding in what a user did gives that user', () => {
    const mine = Array.from(data.users.length === 0 ? [] : (data.users as string[]).keys()).filter(
      (i) => data.users[i] === 'u7',
    )
    const theirs = { items: mine.map((i) => data.items[i]!), ratings: mine.map((i) => data.ratings[i]!) }
    const { codes } = model.foldIn({ ...theirs, users: mine.map(() => 'new') })
    const own = rowsOf(model.userFactors)[model.users.indexOf('u7')]!
    expect(rowsOf(codes)[0]).toEqual(own.map((value) => expect.closeTo(value, 10)))
    expect(model.recommendFor(theirs, 4)).toEqual(
      model.recommend('u7', 4).items.map(({ item, rating }) => ({ item, rating: expect.closeTo(rating, 10) })),
    )
    const rows = tensor(
      [model.items.map((item) => (theirs.items.includes(item) ? theirs.ratings[theirs.items.indexOf(item)]! : 0))],
      { dtype: 'f64' },
    )
    expect(rowsOf(model.transform(rows))[0]).toEqual(own.map((value) => expect.closeTo(value, 10)))
    expect(rowsOf(model.inverseTransform(model.transform(rows)))[0]![3]).toBeCloseTo(
      model.predict('u7', model.items[3]!),
      10,
    )
    // Its own rows: the mean place of what it has, were all of that first, is about a sixth.
    expect(model.score(rows)).toBeGreaterThan(0.75)
  })

  it('an unknown user gets what most users have, and is told cold', () => {
    const { cold, items } = model.recommend('nobody', 3)
    expect(cold).toBe(true)
    const shares = Array.from(model.popularity).sort((a, b) => b - a)
    expect(items.map(({ rating }) => rating)).toEqual(shares.slice(0, 3))
    expect(model.recommendFor({ items: [] }, 3)).toEqual(items)
    expect(model.recommendFor({ items: ['never seen'] }, 3)).toEqual(items)
    expect(model.predict('nobody', 'nothing')).toBe(0)
  })

  it('is the same after it was saved, and what does not fit is refused', async () => {
    const json = JSON.parse(JSON.stringify(model.toJSON())) as ImplicitALSJson
    const restore = await restorers['implicit-als']!()
    const again = restore(json, model.stateDict()) as ImplicitALS
    expect(again.recommend('u1', 5)).toEqual(model.recommend('u1', 5))
    expect(again.recommend('nobody', 5)).toEqual(model.recommend('nobody', 5))
    expect(again.toJSON()).toEqual(model.toJSON())
    expect(() => restore({ ...json, users: ['x'] } as never, model.stateDict())).toThrow('do not fit the saved users')
  })

  it('the log form depends on amounts as told', () => {
    const few = { users: ['x', 'x', 'y'], items: ['a', 'b', 'b'], ratings: [1, 1000, 3] }
    const logs = { ...few, ratings: few.ratings.map((r) => Math.log(1 + r / 2)) }
    const common = { k: 1, alpha: 3, regularization: 0.5 } as const
    const one = new ImplicitALS({ ...common, confidence: 'log', epsilon: 2 }).fit(few)
    const other = new ImplicitALS(common).fit(logs)
    expect(rowsOf(one.itemFactors)).toEqual(rowsOf(other.itemFactors).map((row) => row.map((value) => expect.closeTo(value, 12)))) // biome-ignore format: one line
  })
})

describe('the penalty by itself', () => {
  it('is the best that was tried on the validation part, in units of the confidence', () => {
    const data = tastes(6, 80, 60)
    const model = new ImplicitALS({ k: 3 }).fit(data)
    const best = model.validation!.reduce((a, b) => (b.percentileRank < a.percentileRank ? b : a))
    expect(model.lambda).toBe(best.regularization)
    expect(best.percentileRank).toBeLessThan(0.4)
    const scaled = new ImplicitALS({ k: 3, alpha: 4 }).fit({ ...data, ratings: data.ratings.map((r) => 10 * r) })
    expect(scaled.lambda).toBeCloseTo(model.lambda, 8)
    expect(new ImplicitALS({ k: 3, regularization: 2 }).fit(data).validation).toBeNull()
  })
})

describe('edges', () => {
  it('one interaction; names of objects; amounts of 0; what came twice', () => {
    const one = new ImplicitALS({ k: 2 }).fit({ users: ['__proto__'], items: ['constructor'] })
    expect(one.recommend('__proto__', 3)).toEqual({ user: '__proto__', cold: false, items: [] })
    expect(one.predict('__proto__', 'constructor')).toBeGreaterThan(0.5)
    const model = new ImplicitALS({ k: 1, regularization: 1 }).fit({
      users: ['a', 'a', 'b', 'c'],
      items: ['x', 'x', 'y', 'x'],
      ratings: [1, 2, 4, 0],
    })
    expect([model.interactions, model.duplicates, model.users.length]).toEqual([2, 1, 3])
    // Nothing happened with c: no factors, nothing seen.
    expect(rowsOf(model.userFactors)[2]).toEqual([0])
    expect(model.recommend('c', 5).items).toHaveLength(2)
  })

  it.each([
    [{ users: [], items: [] }, 'ImplicitALS: no interactions; expected at least one with an amount above 0.'],
    [
      { users: ['a'], items: ['x'], ratings: [0] },
      'ImplicitALS: no interactions; expected at least one with an amount above 0.',
    ],
    [
      { users: ['a', 'b'], items: ['x', 'y'], ratings: [1, -2] },
      "ImplicitALS: the amount of user 'b' and item 'y' is -2; expected numbers from 0 on.",
    ],
    [
      { users: ['a'], items: ['x'], ratings: [Number.NaN] },
      'ImplicitALS: rating 0 is NaN; expected finite numbers. Try leaving out what was not rated.',
    ],
    [{ users: ['a'], items: [] }, 'ImplicitALS: 1 users, 0 items and 1 ratings; expected as many of each.'],
  ])('%j', (interactions, message) => {
    expect(() => new ImplicitALS().fit(interactions)).toThrow(message)
  })

  it('options that are wrong are told', () => {
    expect(() => new ImplicitALS({ confidence: 'sqrt' as 'log' })).toThrow(
      'confidence is "sqrt"; expected linear, log.',
    )
    expect(() => new ImplicitALS({ alpha: -1 })).toThrow('alpha')
    expect(() => new ImplicitALS({ epsilon: 0 })).toThrow('ImplicitALS: epsilon 0; expected a number above 0.')
    expect(() => new ImplicitALS({ factors: 3 } as ImplicitALSOptions)).toThrow('option "factors" is not known')
    expect(() => new ImplicitALS().recommend('a', 3)).toThrow('ImplicitALS: it has not been fitted.')
    expect(() => evaluateInteractions(new ImplicitALS(), { users: [], items: [] })).toThrow(
      'evaluateInteractions: no interactions; expected at least one with an amount above 0.',
    )
  })

  it('same seed, same bits; no tensor is left behind', () => {
    const data = tastes(5)
    const run = (seed: number, solver: 'cholesky' | 'cg'): unknown => {
      const model = new ImplicitALS({ k: 3, seed, solver }).fit(data)
      evaluateInteractions(model, data, { repeats: 5 })
      model.recommendFor({ items: [1, 2] }, 3)
      const factors = model.itemFactors.toNested()
      model.dispose()
      return factors
    }
    const before = memory().tensors
    for (const solver of ['cholesky', 'cg'] as const) expect(run(1, solver)).toEqual(run(1, solver))
    expect(run(1, 'cholesky')).not.toEqual(run(2, 'cholesky'))
    expect(memory().tensors).toBe(before)
  })
})

describe.skipIf(!hasShared)('MovieTweetings, a rating being an interaction', () => {
  it('beats the order by popularity on a tenth that was held out', () => {
    const lines = readFileSync(sharedPath('data', 'ratings', 'movietweetings-100k', 'ratings.dat'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('::') as [string, string, string])
    const all = { users: lines.map(([u]) => u), items: lines.map(([, i]) => i), ratings: lines.map(() => 1) }
    const { train, test } = splitRatings(all, { every: 10 })
    const judge = (options: ImplicitALSOptions) =>
      evaluateInteractions(new ImplicitALS(options).fit(train), test, { repeats: 200 })
    const [popular, ours] = [judge({ k: 0 }), judge({ regularization: 400 })]
    expect(ours.ndcg.interval[0]).toBeGreaterThan(popular.ndcg.interval[1])
    expect(ours.recall.value).toBeGreaterThan(1.1 * popular.recall.value)
    expect(ours.percentileRank.value).toBeLessThan(popular.percentileRank.value + 0.002)
    expect(ours.percentileRank.value).toBeLessThan(0.1)
  })
})
