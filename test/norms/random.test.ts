/**
 * Random norms, shapes, radii and steps over input that is easy to get wrong: ties, zeros, elements of very different sizes. Answers are held
 * against the conditions that only the exact one meets (see convex.ts).
 */
import { describe, expect, it } from 'vitest'
import {
  frobenius,
  group,
  infNorm,
  kyFan,
  l1,
  l2,
  linf,
  lp,
  type Norm,
  nuclear,
  oneNorm,
  schatten,
  spectral,
  weighted,
} from '../../src/norms/index.js'
import { scope, sub, type Tensor, tensor } from '../../src/tensor/index.js'
import { flat, Random } from '../linalg/support.js'
import { inner } from './convex.js'

const kinds: Record<string, (random: Random) => number> = {
  'small whole numbers, with ties': (random) => random.integer(-2, 2),
  'normal numbers': (random) => random.normal(),
  'mostly zeros': (random) => (random.uniform() < 0.7 ? 0 : random.normal()),
  'sizes from 1e-8 to 1e8': (random) => random.normal() * 10 ** random.integer(-8, 8),
  'signs alone': (random) => random.pick([-1, 1]),
}

function normFor(random: Random, columns: number): Norm {
  const vector = (): Norm => random.pick([l1, l2, linf, lp(3), lp(1.5), lp(1.1), lp(10)])
  const weights = Array.from({ length: columns }, () => Math.exp(2 * random.normal()))
  const makers: (() => Norm)[] = [
    vector,
    () => group(vector(), vector(), random.pick(['rows', 'columns'])),
    () => group(kyFan(2), vector(), { heads: 1 }),
    () => random.pick([spectral, nuclear, frobenius, schatten(3), schatten(1.2)]),
    () => kyFan(random.integer(1, 5)),
    () => kyFan(random.integer(2, 5)).dual,
    () => random.pick([oneNorm, infNorm.dual]),
    () => weighted(random.pick([l1, l2, linf, lp(3)]), tensor(weights, { dtype: 'f64' })),
  ]
  return random.pick(makers)()
}

/** By how much a point misses being the projection: outside the ball, and short of the largest product with x - p. */
function checkProjection(norm: Norm, x: Tensor, radius: number): void {
  const p = norm.project(x, radius)
  const rest = sub(x, p)
  expect(norm.value(p).item() / radius - 1, 'outside').toBeLessThan(1e-12)
  const gap = radius * norm.dual.value(rest).item() - inner(rest, p)
  expect(Math.abs(gap) / (radius * norm.dual.value(x).item()), 'gap').toBeLessThan(1e-11)
}

function checkProx(norm: Norm, x: Tensor, t: number): void {
  const p = norm.prox(x, t)
  const rest = sub(x, p)
  expect(norm.dual.value(rest).item() / t - 1, 'dual norm of what goes').toBeLessThan(1e-12)
  const gap = t * norm.value(p).item() - inner(rest, p)
  expect(Math.abs(gap) / (t * norm.value(x).item()), 'gap of prox').toBeLessThan(1e-11)
}

describe('random norms, radii and steps', () => {
  for (const [kind, make] of Object.entries(kinds))
    it(kind, () => {
      for (let seed = 1; seed <= 60; seed++)
        scope(() => {
          const random = new Random(seed)
          const [m, n] = [random.integer(1, 6), random.integer(1, 6)]
          const norm = normFor(random, n)
          const x = tensor(
            Array.from({ length: m * n }, () => make(random)),
            { shape: [m, n], dtype: 'f64' },
          )
          if (flat(x).every((one) => one === 0)) return
          const part = random.pick([0.999999, 0.9, 0.5, 0.1, 1e-3])
          try {
            checkProjection(norm, x, part * norm.value(x).item())
            checkProx(norm, x, random.pick([0.999, 0.5, 0.01]) * norm.dual.value(x).item())
          } catch (error) {
            throw new Error(`${norm.name} of [${m}, ${n}], ${part} of its value, seed ${seed}`, { cause: error })
          }
        })
    })
})
