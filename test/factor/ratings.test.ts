/** Collaborative filtering: definitions by hand, identities, edges, determinism, memory. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  evaluateRatings,
  interactionsOf,
  MatrixFactorization,
  type MatrixFactorizationJson,
  type MatrixFactorizationOptions,
  ndcg,
  type Ratings,
  ratingsOf,
  splitRatings,
} from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { readCsv } from '../../src/table/index.js'
import { Generator, memory, randn, tensor } from '../../src/tensor/index.js'
import { view } from '../../src/tensor/internal.js'

const NONE = Number.NaN

/** Ratings of a table with NaN where nothing was rated; users are called u0 ..., items by numbers. */
function listOf(rows: readonly (readonly number[])[]): Ratings {
  const cells = rows.flatMap((row, u) =>
    row.flatMap((rating, i) => (Number.isNaN(rating) ? [] : [[u, i, rating] as const])),
  )
  return {
    users: cells.map(([u]) => `u${u}`),
    items: cells.map(([, i]) => i),
    ratings: cells.map(([, , rating]) => rating),
  }
}

/** A low-rank table with noise, of which a share is rated. */
function planted(seed: number, users = 60, items = 40, rank = 2, noise = 0.1, share = 0.4): Ratings {
  const generator = new Generator(seed)
  const numbers = (n: number): number[] => randn([n], { dtype: 'f64', generator }).toNested() as number[]
  const [P, Q, bu, bi, e] = [
    numbers(users * rank),
    numbers(items * rank),
    numbers(users),
    numbers(items),
    numbers(users * items),
  ]
  const draws = numbers(users * items)
  const cut = [...draws].sort((a, b) => a - b)[Math.floor(share * draws.length)]!
  return listOf(
    Array.from({ length: users }, (_, u) =>
      Array.from({ length: items }, (_, i) => {
        if (draws[u * items + i]! > cut) return NONE
        let value = 3 + 0.5 * bu[u]! + 0.5 * bi[i]! + noise * e[u * items + i]!
        for (let j = 0; j < rank; j++) value += P[u * rank + j]! * Q[i * rank + j]!
        return value
      }),
    ),
  )
}

const plain: MatrixFactorizationOptions = { k: 0, regularization: 0, clip: false }

describe('biases', () => {
  it('are alternating ridge regressions: by hand after one sweep', () => {
    // Mean 3. Items first, lambda 1: b_0 = (1 + -1) / 3 = 0, b_1 = (2 - 2) / 3 = 0 ... with ratings 4 2 / 5 1.
    const model = new MatrixFactorization({ ...plain, biasRegularization: 1, biasIterations: 1 }).fit(
      listOf([
        [4, 2],
        [5, NONE],
      ]),
    )
    // Mean 11 / 3. Items: (1/3 + 4/3) / 3 = 5/9, (-5/3) / 2 = -5/6. Users: u0 ((1/3 - 5/9) + (-5/3 + 5/6)) / 3 = -19/54, u1 (4/3 - 5/9) / 2 = 7/18.
    expect(model.itemBiases.toNested()).toEqual([expect.closeTo(5 / 9, 14), expect.closeTo(-5 / 6, 14)])
    expect(model.userBiases.toNested()).toEqual([expect.closeTo(-19 / 54, 14), expect.closeTo(7 / 18, 14)])
    expect(model.predict('u1', 1)).toBeCloseTo(11 / 3 + 7 / 18 - 5 / 6, 13)
  })

  it('at rest have no gradient left', () => {
    const data = planted(1)
    const model = new MatrixFactorization({
      ...plain,
      biasRegularization: { users: 2, items: 3 },
      biasIterations: 500,
    }).fit(data)
    const gradient = new Map(model.users.map((user, u) => [user, -2 * (model.userBiases.toNested() as number[])[u]!]))
    for (let i = 0; i < data.ratings.length; i++) {
      const error = data.ratings[i]! - model.predict(data.users[i]!, data.items[i]!)
      gradient.set(data.users[i]!, gradient.get(data.users[i]!)! + error)
    }
    for (const value of gradient.values()) expect(Math.abs(value)).toBeLessThan(1e-10)
  })
})

describe('alternating least squares', () => {
  const data = planted(2)
  const penalty = { regularization: 0.7, biasRegularization: 1, k: 3, clip: false } as const

  it.each([
    ['constant penalty', { weighted: false }],
    ['penalty by the number of ratings', { weighted: true }],
    ['joint biases', { biases: 'joint', weighted: true }],
    ['no biases', { biases: 'none' }],
    ['random start', { start: 'random' }],
  ] as const)('%s: users are the ridge regressions of what is left of their ratings', (_, options) => {
    const model = new MatrixFactorization({ ...penalty, iterations: 3, ...options }).fit(data)
    const joint = 'biases' in options && options.biases === 'joint'
    const weighted = 'weighted' in options && options.weighted
    const Q = model.itemFactors.toNested() as number[][]
    const P = model.userFactors.toNested() as number[][]
    const bu = model.userBiases.toNested() as number[]
    const gradients = P.map((row) => [...row.map(() => 0), 0])
    const counts = P.map(() => 0)
    for (let i = 0; i < data.ratings.length; i++) {
      const [u, item] = [model.users.indexOf(data.users[i]!), model.items.indexOf(data.items[i]!)]
      const error = data.ratings[i]! - model.predict(data.users[i]!, data.items[i]!)
      Q[item]!.forEach((q, j) => {
        gradients[u]![j]! += error * q
      })
      gradients[u]![3]! += error
      counts[u]!++
    }
    P.forEach((row, u) => {
      const lambda = 0.7 * (weighted ? counts[u]! : 1)
      for (const [j, p] of row.entries()) expect(Math.abs(gradients[u]![j]! - lambda * p)).toBeLessThan(1e-10)
      if (joint) expect(Math.abs(gradients[u]![3]! - lambda * bu[u]!)).toBeLessThan(1e-10)
    })
  })

  it('never raises its objective', () => {
    const objective = (iterations: number): number => {
      const model = new MatrixFactorization({ ...penalty, iterations }).fit(data)
      const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0)
      const norms =
        squares((model.userFactors.toNested() as number[][]).flat()) +
        squares((model.itemFactors.toNested() as number[][]).flat())
      return model.rmse ** 2 * data.ratings.length + 0.7 * norms
    }
    const values = [1, 2, 4, 8, 16].map(objective)
    for (const [i, value] of values.slice(1).entries()) expect(value).toBeLessThanOrEqual(values[i]! * (1 + 1e-12))
  })

  it('finds planted factors: held-out error near the noise, with the defaults', () => {
    const { train, test } = splitRatings(planted(3, 200, 120, 2, 0.1, 0.5), { fraction: 0.2, seed: 1 })
    const model = new MatrixFactorization({ k: 2, biases: 'joint', iterations: 30 }).fit(train)
    expect(-model.score(test)).toBeLessThan(0.2)
    expect(model.chosen!.regularization).not.toBeNull()
  })

  it('leaves factors out where there are none to find', () => {
    const { train, test } = splitRatings(planted(4, 200, 120, 0, 1), { fraction: 0.2 })
    const alone = new MatrixFactorization({ ...plain, biasRegularization: 'auto', clip: true }).fit(train)
    expect(-new MatrixFactorization().fit(train).score(test)).toBeLessThan(-alone.score(test) * 1.005)
  })

  it('moves with the ratings: shifted and scaled ones give shifted and scaled predictions', () => {
    const moved = { ...data, ratings: Array.from(data.ratings, (rating) => 10 + 100 * rating) }
    const options = { k: 2, seed: 3 }
    const [a, b] = [new MatrixFactorization(options).fit(data), new MatrixFactorization(options).fit(moved)]
    for (let i = 0; i < 20; i++) expect(b.predict(`u${i}`, i)).toBeCloseTo(10 + 100 * a.predict(`u${i}`, i), 5)
  })
})

describe('other methods', () => {
  it('svd: predictions are the best approximation of rank k of the residuals', () => {
    // Complete 3 x 3 without biases: residuals of rank 2 are met exactly by k = 2.
    const rows = [
      [1, 2, 3],
      [2, 4, 6],
      [5, 1, 0],
    ]
    const mean = 24 / 9
    const model = new MatrixFactorization({ method: 'svd', k: 3, biases: 'none', clip: false }).fit(listOf(rows))
    for (const [u, row] of rows.entries())
      for (const [i, rating] of row.entries()) expect(model.predict(`u${u}`, i)).toBeCloseTo(rating, 10)
    expect(model.mean).toBeCloseTo(mean, 14)
  })

  it('sgd: one rating and one step, by hand', () => {
    const model = new MatrixFactorization({
      method: 'sgd',
      k: 1,
      regularization: 0.5,
      learningRate: 0.1,
      iterations: 1,
      clip: false,
      initialScale: 1e-12,
    }).fit(listOf([[4, 2]]))
    // Mean 3; first 4: bu = 0.1, b0 = 0.1; then 2: e = 2 - 3.1 = -1.1, bu = 0.1 + 0.1 (-1.1 - 0.05) = -0.015, b1 = -0.11. Or the other way round.
    const [b0, b1] = model.itemBiases.toNested() as [number, number]
    const [bu] = model.userBiases.toNested() as [number]
    const expected = Math.abs(b0 - 0.1) < 1e-9 ? [0.1, -0.11, -0.015] : [0.11, -0.1, 0.015]
    expect([b0, b1, bu]).toEqual(expected.map((value) => expect.closeTo(value, 9)))
  })
})

describe('what can be asked', () => {
  const data: Ratings = {
    users: ['ann', 'ann', 'bob', 'bob', 'cat', '__proto__', 'ann', 1, '1'],
    items: ['x', 'y', 'x', 'z', 'y', 'constructor', 'x', 'x', 'x'],
    ratings: [5, 1, 4, 2, 2, 3, 3, 1, 5],
  }

  it('cold users and items are told, and fall back to what is known', () => {
    const model = new MatrixFactorization({ k: 2 }).fit(data)
    const bias = (name: 'user' | 'item', id: string): number =>
      ((name === 'user' ? model.userBiases : model.itemBiases).toNested() as number[])[
        (name === 'user' ? model.users : model.items).indexOf(id)
      ]!
    expect(model.coldness('ann', 'x')).toBeNull()
    expect(model.coldness('dan', 'w')).toBe('both')
    expect(model.predict('dan', 'x')).toBeCloseTo(model.mean + bias('item', 'x'), 14)
    expect(model.predict('ann', 'w')).toBeCloseTo(model.mean + bias('user', 'ann'), 14)
    expect(model.predict('dan', 'w')).toBe(model.mean)
    const { cold } = model.predictMany({ users: ['dan', 'ann', 'dan', 'bob'], items: ['x', 'w', 'v', 'z'] })
    expect(cold).toEqual({ count: 3, users: ['dan'], items: ['w', 'v'] })
    expect(model.recommend('dan', 2)).toMatchObject({ cold: true })
    expect(model.recommend('dan', 9).items).toHaveLength(4)
  })

  it('recommendations leave out what was seen, best first, and names of objects are names', () => {
    const model = new MatrixFactorization({ k: 1 }).fit(data)
    expect(model.recommend('ann', 9).items.map(({ item }) => item)).toEqual(
      expect.arrayContaining(['z', 'constructor']),
    )
    expect(model.recommend('ann', 9).items).toHaveLength(2)
    expect(model.recommend('ann', 9, { excludeSeen: false }).items).toHaveLength(4)
    expect(model.recommend('ann', 9, { exclude: ['z'] }).items).toHaveLength(1)
    const { items } = model.recommend('__proto__', 9)
    expect(items.map(({ rating }) => rating)).toEqual(items.map(({ rating }) => rating).sort((a, b) => b - a))
    expect(model.predict('__proto__', 'x')).toBeTypeOf('number')
    expect(model.users).toContain(1)
    expect(model.users).toContain('1')
  })

  it('similar items are those of the largest cosine', () => {
    const model = new MatrixFactorization({ k: 3, regularization: 0.5 }).fit(planted(5))
    const [first] = model.similar(0, 1)
    const Q = model.itemFactors.toNested() as number[][]
    const cosine = (a: number[], b: number[]): number =>
      a.reduce((sum, x, j) => sum + x * b[j]!, 0) / (Math.hypot(...a) * Math.hypot(...b))
    const own = Q[model.items.indexOf(0)]!
    const best = Math.max(...model.items.map((item, i) => (item === 0 ? -2 : cosine(own, Q[i]!))))
    expect(first!.similarity).toBeCloseTo(best, 12)
    expect(() => model.similar('nowhere', 1)).toThrow("similar: item 'nowhere' is not known; expected one of 40 items.")
  })

  it.each([
    ['als, fixed', {}],
    ['als, weighted', { weighted: true }],
    ['als, joint', { biases: 'joint' }],
    ['als, none', { biases: 'none' }],
  ] as const)('folding in a known user gives what the last sweep gave: %s', (_, options) => {
    const ratings = planted(6)
    const model = new MatrixFactorization({
      k: 2,
      regularization: 1,
      biasRegularization: 1,
      biasIterations: 200,
      iterations: 4,
      clip: false,
      ...options,
    }).fit(ratings)
    const mine = Array.from({ length: ratings.users.length }, (_, i) => i).filter((i) => ratings.users[i] === 'u3')
    const { codes } = model.foldIn({
      users: mine.map(() => 'new'),
      items: mine.map((i) => ratings.items[i]!),
      ratings: mine.map((i) => ratings.ratings[i]!),
    })
    const place = model.users.indexOf('u3')
    const own = [
      (model.userBiases.toNested() as number[])[place]!,
      ...(model.userFactors.toNested() as number[][])[place]!,
    ]
    expect((codes.toNested() as number[][])[0]).toEqual(own.map((value) => expect.closeTo(value, 8)))
    const seen = new Set(mine.map((i) => ratings.items[i]))
    const recommended = model.recommendFor(
      { items: mine.map((i) => ratings.items[i]!), ratings: mine.map((i) => ratings.ratings[i]!) },
      3,
    )
    expect(recommended.map(({ item }) => item)).toEqual(model.recommend('u3', 3).items.map(({ item }) => item))
    for (const { item } of recommended) expect(seen.has(item)).toBe(false)
  })

  it('is an estimator of matrices with NaN where nothing was rated', () => {
    const x = tensor(
      [
        [5, NONE, 1],
        [4, 2, NONE],
        [NONE, 1, 2],
        [5, 3, 1],
      ],
      { dtype: 'f64' },
    )
    const model = new MatrixFactorization({ k: 2, regularization: 0.1, biasRegularization: 1 }).fit(x)
    expect(model.items).toEqual([0, 1, 2])
    const z = model.transform(x)
    expect(z.shape).toEqual([4, 3])
    expect(model.inverseTransform(z).shape).toEqual([4, 3])
    expect(model.score(x)).toBeGreaterThan(-0.5)
    expect(() => model.transform(tensor([[1, 2]]))).toThrow('transform: got f32[1, 2]; expected [n, 3].')
  })

  it('is the same after it was saved', async () => {
    const model = new MatrixFactorization({ k: 2, regularization: 1 }).fit(data)
    const json = JSON.parse(JSON.stringify(model.toJSON())) as MatrixFactorizationJson
    const again = (await restorers.als!())(json, model.stateDict()) as MatrixFactorization
    const restore = await restorers.als!()
    const lying = model.stateDict()
    lying.set('seenItems', tensor(Int32Array.from(view(lying.get('seenItems')!), () => 10_000)))
    expect(() => restore(json, lying)).toThrow('do not fit the saved users and items')
    expect(() => restore({ ...json, k: json.k + 1 }, model.stateDict())).toThrow('do not fit the saved users and items')
    expect(again.recommend('ann', 5)).toEqual(model.recommend('ann', 5))
    expect(again.predict(1, 'z')).toBe(model.predict(1, 'z'))
    expect(again.toJSON()).toEqual(model.toJSON())
  })
})

describe('edges', () => {
  it('one rating: everything is predicted as it', () => {
    const model = new MatrixFactorization().fit({ users: ['a'], items: ['b'], ratings: [4] })
    expect([model.predict('a', 'b'), model.predict('a', 'c'), model.predict('z', 'z')]).toEqual([4, 4, 4])
    expect(model.rmse).toBe(0)
  })

  it.each(['als', 'sgd', 'svd'] as const)('constant ratings: predicted exactly, %s', (method) => {
    const rows = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 3))
    const model = new MatrixFactorization({ method, k: 2 }).fit(listOf(rows))
    expect(model.predict('u1', 1)).toBe(3)
    expect(model.toJSON().reconstructionError).toEqual({ frobenius: 0, relative: 0 })
  })

  it('duplicates: the last counts, or their mean', () => {
    const twice = { users: ['a', 'a', 'a', 'b'], items: ['x', 'y', 'x', 'x'], ratings: [1, 2, 5, 3] }
    const last = new MatrixFactorization(plain).fit(twice)
    expect([last.ratings, last.duplicates, last.mean]).toEqual([3, 1, 10 / 3])
    expect(new MatrixFactorization({ ...plain, duplicates: 'mean' }).fit(twice).mean).toBeCloseTo(8 / 3, 14)
  })

  it('duplicates: the latest by time counts, or their sum', () => {
    const twice = { users: ['a', 'a', 'a'], items: ['x', 'x', 'x'], ratings: [1, 2, 5], times: [3, 9, 4] }
    expect(new MatrixFactorization(plain).fit(twice).mean).toBe(2)
    expect(new MatrixFactorization({ ...plain, duplicates: 'sum' }).fit(twice).mean).toBe(8)
    expect(() => new MatrixFactorization().fit({ ...twice, times: [1, NONE, 2] })).toThrow(
      'MatrixFactorization: the time of rating 1 is NaN; expected finite numbers.',
    )
  })

  it('a user with one rating, and more factors than users and items', () => {
    const model = new MatrixFactorization({ k: 20, regularization: 0.1 }).fit(
      listOf([
        [1, 5, 2],
        [NONE, 4, NONE],
      ]),
    )
    expect(model.predict('u1', 0)).toBeGreaterThanOrEqual(1)
    expect(model.predict('u1', 0)).toBeLessThanOrEqual(5)
  })

  it('no penalty at all: finite, and every rating is met', () => {
    const rows = [
      [1, 5, 2],
      [2, 4, NONE],
      [5, NONE, 1],
    ]
    const model = new MatrixFactorization({
      k: 3,
      regularization: 0,
      biasRegularization: 0,
      iterations: 200,
      clip: false,
      start: 'random',
      initialScale: 1,
    }).fit(listOf(rows))
    expect(model.rmse).toBeLessThan(1e-6)
  })

  it.each([1e-150, 1e150])('ratings of scale %d', (scale) => {
    const data = planted(7, 20, 15)
    const model = new MatrixFactorization({ k: 2 }).fit({
      ...data,
      ratings: Array.from(data.ratings, (rating) => rating * scale),
    })
    expect(model.rmse / scale).toBeLessThan(1.5)
    expect(model.rmse).toBeGreaterThan(0)
  })

  it.each([
    [{ users: [], items: [], ratings: [] }, 'MatrixFactorization: no ratings; expected at least one.'],
    [
      { users: [1], items: [1, 2], ratings: [1] },
      'MatrixFactorization: 1 users, 2 items and 1 ratings; expected as many of each.',
    ],
    [
      { users: [1], items: [1], ratings: [NONE] },
      'MatrixFactorization: rating 0 is NaN; expected finite numbers. Try leaving out what was not rated.',
    ],
    [
      { users: [NONE], items: ['a'], ratings: [1] },
      "MatrixFactorization: rating 0 is by user NaN of item 'a'; expected words or numbers for both.",
    ],
  ])('%j', (ratings, message) => {
    expect(() => new MatrixFactorization().fit(ratings as Ratings)).toThrow(message)
  })

  it('options that are wrong are told', () => {
    expect(() => new MatrixFactorization({ method: 'als2' as 'als' })).toThrow(
      "MatrixFactorization: method \"als2\"; expected 'als', 'sgd', 'svd'.",
    )
    expect(() => new MatrixFactorization({ method: 'svd', biases: 'joint' })).toThrow(
      "biases \"joint\"; expected 'fixed', 'none'.",
    )
    expect(() => new MatrixFactorization({ factors: 3 } as MatrixFactorizationOptions)).toThrow(
      'option "factors" is not known',
    )
    expect(() => new MatrixFactorization().predict('a', 'b')).toThrow('MatrixFactorization: it has not been fitted.')
  })

  it('same seed, same bits; no tensor is left behind', () => {
    const data = planted(8)
    const run = (method: 'als' | 'sgd' | 'svd', seed: number): number[][] => {
      const model = new MatrixFactorization({ method, k: 2, seed }).fit(data)
      const factors = model.itemFactors.toNested() as number[][]
      model.dispose()
      return factors
    }
    const before = memory().tensors
    for (const method of ['als', 'sgd', 'svd'] as const) expect(run(method, 1)).toEqual(run(method, 1))
    expect(run('sgd', 1)).not.toEqual(run('sgd', 2))
    expect(memory().tensors).toBe(before)
  })
})

describe('figures', () => {
  it('ndcg: by hand, and with equal scores sharing their places', () => {
    // Order by scores: gains 1, 3, 0: 1 + 3 / log2(3); best 3 + 1 / log2(3).
    expect(ndcg([3, 0, 1], [0.5, 0.1, 0.9], 3)).toBeCloseTo((1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3)), 14)
    // scikit-learn's documentation: equal scores at the top, k = 1: the mean gain of 10 and 0.
    expect(ndcg([10, 0, 0, 1, 5], [1, 0, 0, 0, 1], 1)).toBeCloseTo(0.75, 14)
    expect(ndcg([0, 0], [1, 2], 2)).toBeNaN()
  })

  it("ndcg: scikit-learn's ndcg_score on lists with ties", () => {
    const { lists } = JSON.parse(readFileSync(new URL('../oracle/factor/ndcg.json', import.meta.url), 'utf8')) as {
      lists: { gains: number[]; scores: number[]; k: number; ndcg: number }[]
    }
    for (const { gains, scores, k, ndcg: wanted } of lists) expect(ndcg(gains, scores, k)).toBeCloseTo(wanted, 13)
  })

  it('one user tells no spread: there is no interval', () => {
    const model = new MatrixFactorization(plain).fit(listOf([[5, 3, 1]]))
    const { rmse } = evaluateRatings(model, listOf([[2, 3]]), { repeats: 20 })
    expect(rmse.value).toBeGreaterThan(0)
    expect(rmse.interval).toEqual([NONE, NONE])
  })

  it('gains are not negative: 2^rating - 1 of a rating below 0 is none', () => {
    const model = new MatrixFactorization(plain).fit(listOf([[5, -3, 1, 2]]))
    const { ndcg: found } = evaluateRatings(model, listOf([[-5, -3, 2]]), { gain: 'exponential', repeats: 5 })
    expect(found.value).toBeGreaterThan(0)
    expect(found.value).toBeLessThanOrEqual(1)
  })

  it('errors and lists by hand, intervals around them', () => {
    const model = new MatrixFactorization({ ...plain, biasRegularization: 0 }).fit(
      listOf([
        [5, 3, 1],
        [5, 3, NONE],
      ]),
    )
    const test = { users: ['u1', 'u0', 'u0', 'dan'], items: [2, 0, 2, 0], ratings: [2, 5, 1, 4] }
    const { rmse, mae, ndcg, precision, recall, cold, ranked, users } = evaluateRatings(model, test, {
      k: 1,
      relevant: 4,
      repeats: 200,
    })
    const predicted = model.predictMany(test).ratings
    const errors = test.ratings.map((rating, i) => rating - predicted[i]!)
    expect(rmse.value).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 4), 14)
    expect(mae.value).toBeCloseTo(errors.reduce((sum, e) => sum + Math.abs(e), 0) / 4, 14)
    expect([ndcg.value, precision.value, recall.value, ranked, users]).toEqual([1, 1, 1, 1, 3])
    expect(cold).toEqual({ count: 1, users: ['dan'], items: [] })
    expect(rmse.interval[0]).toBeLessThanOrEqual(rmse.value)
    expect(rmse.interval[1]).toBeGreaterThanOrEqual(rmse.value)
  })

  it('all candidates: what was rated in training is no candidate, what is relevant is found', () => {
    const model = new MatrixFactorization({ ...plain, biasRegularization: 0 }).fit(
      listOf([
        [5, NONE, 1, NONE],
        [NONE, 4, 2, 3],
      ]),
    )
    // u0 can get item 1 (bias of 4) before item 3 (bias of 3).
    const hit = evaluateRatings(model, { users: ['u0'], items: [1], ratings: [4] }, { k: 1, candidates: 'all' })
    expect([hit.ndcg.value, hit.hitRate.value, hit.reciprocalRank.value]).toEqual([1, 1, 1])
    const miss = evaluateRatings(
      model,
      { users: ['u0', 'u0'], items: [3, 9], ratings: [4, 4] },
      { k: 2, candidates: 'all' },
    )
    expect([miss.precision.value, miss.recall.value, miss.reciprocalRank.value, miss.averagePrecision.value]).toEqual([
      0.5, 0.5, 0.5, 0.25,
    ])
    expect(miss.ndcg.value).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 14)
  })

  it('intervals cover: of 95 in a hundred about that many hold the error of everyone', () => {
    const everyone = planted(9, 600, 30, 0, 1, 0.5)
    const model = new MatrixFactorization({ ...plain, biasRegularization: 1 }).fit(everyone)
    const truth = -model.score(everyone)
    let covered = 0
    for (let seed = 0; seed < 60; seed++) {
      const { test } = splitRatings(everyone, { fraction: 0.1, seed })
      const { rmse } = evaluateRatings(model, test, { repeats: 200, seed })
      if (rmse.interval[0] <= truth && truth <= rmse.interval[1]) covered++
    }
    expect(covered).toBeGreaterThanOrEqual(50)
  })
})

describe('from tables and in parts', () => {
  it('columns by name, by what they are called, and by their places', async () => {
    const table = await readCsv({ text: 'when,Rating,movieId,userId\n1,5,10,a\n2,,10,b\n3,2,11,a\n' })
    const found = ratingsOf(table)
    expect(found.columns).toEqual({ user: 'userId', item: 'movieId', rating: 'Rating' })
    expect([found.users, found.items, Array.from(found.ratings), found.dropped]).toEqual([
      ['a', 'a'],
      [10, 11],
      [5, 2],
      1,
    ])
    expect(ratingsOf(table, { rating: 'when' }).columns.rating).toBe('when')
    expect(() => ratingsOf(table, { user: 'who' })).toThrow(
      "has no column 'who'; expected one of 'when', 'Rating', 'movieId', 'userId'.",
    )
  })

  it('by time: the latest of all, and of each user', () => {
    const data = {
      users: [...'aabbbc'],
      items: [1, 2, 1, 2, 3, 1],
      ratings: [1, 2, 3, 4, 5, 6],
      times: [9, 1, 2, 8, 3, 4],
    }
    const latest = splitRatings(data, { latest: 1 / 3 })
    expect([latest.test.ratings, latest.test.times]).toEqual([Float64Array.of(1, 4), Float64Array.of(9, 8)])
    // c has one alone, and keeps it.
    expect(splitRatings(data, { latestOfEach: 1 }).test.ratings).toEqual(Float64Array.of(1, 4))
    expect(splitRatings({ ...data, times: data.times.map(() => 0) }, { latestOfEach: 1 }).test.ratings).toEqual(Float64Array.of(2, 5)) // biome-ignore format: one line
    expect(splitRatings(data, { latest: 0 }).test.ratings).toHaveLength(0)
    expect(() => splitRatings(data, { latestOfEach: 0 })).toThrow('splitRatings: latestOfEach 0; expected a whole number from 1 on.') // biome-ignore format: one line
    expect(() => splitRatings(data, { latest: 2 })).toThrow('splitRatings: latest 2; expected a number from 0 to 1.')
  })

  it('times and amounts of a table; a word among the ratings is told with its line', async () => {
    const table = await readCsv({ text: 'who,what,at,plays\na,x,2024-01-02,3\na,y,2024-01-01,1\n' })
    const found = interactionsOf(table, { time: 'at' })
    expect([found.columns, Array.from(found.ratings), found.times![0]! - found.times![1]!]).toEqual([{ user: 'who', item: 'what', rating: 'plays', time: 'at' }, [3, 1], 86_400_000]) // biome-ignore format: one line
    const pairs = interactionsOf(await readCsv({ text: 'user,item,at\na,x,5\nb,x,6\n' }))
    expect([pairs.columns.rating, Array.from(pairs.ratings)]).toEqual([null, [1, 1]])
    const mixed = await readCsv({ text: 'user,item,rating\na,x,5\nb,x,good\n' })
    expect(() => ratingsOf(mixed)).toThrow("is categorical, such as 'good' in line 3; expected numbers for the rating.")
  })

  it('by rule and by draw', () => {
    const data = {
      users: [...'abcdefghij'],
      items: Array.from({ length: 10 }, (_, i) => i),
      ratings: Array.from({ length: 10 }, (_, i) => i),
    }
    expect(splitRatings(data, { every: 5 }).test.items).toEqual([4, 9])
    expect(splitRatings(data, { every: 5, offset: 0 }).test.users).toEqual(['a', 'f'])
    const { train, test } = splitRatings(data, { fraction: 0.3, seed: 2 })
    expect([train.users.length, test.users.length]).toEqual([7, 3])
    expect(splitRatings(data, { fraction: 0.3, seed: 2 })).toEqual({ train, test })
    expect([...Array.from(train.items), ...Array.from(test.items)].sort()).toEqual(data.items)
  })
})
