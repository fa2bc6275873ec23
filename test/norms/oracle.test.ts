/** Values, duals, projections and proximal steps against convex optimization in SciPy (scripts/oracle/norms.py). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  elasticNet,
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
  type Regularizer,
  schatten,
  spectral,
  weighted,
} from '../../src/norms/index.js'
import { type Nested, type Tensor, tensor } from '../../src/tensor/index.js'
import { farthest, flat } from '../linalg/support.js'

interface Case {
  readonly norm: string
  readonly x: Nested
  readonly value: number
  readonly dual: number | null
  readonly weights?: readonly number[]
  readonly project: readonly { readonly radius: number; readonly y: Nested }[]
  readonly prox: readonly { readonly t: number; readonly y: Nested }[]
}

const file = new URL('../oracle/norms.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[]

const vectors = { l1, l2, linf, 'lp(3)': lp(3), 'lp(1.5)': lp(1.5) }
const named: Record<string, Norm> = { ...vectors, frobenius, spectral, nuclear, oneNorm, infNorm }
for (const k of [2, 3]) named[`kyFan(${k})`] = kyFan(k)
for (const p of [3, 1.5] as const) named[`schatten(${p})`] = schatten(p)
for (const [a, inner] of Object.entries(vectors))
  for (const [b, outer] of Object.entries(vectors)) {
    named[`group(${a}, ${b})`] = group(inner, outer)
    named[`group(${a}, ${b}, columns)`] = group(inner, outer, 'columns')
  }
for (const [name, norm] of Object.entries(named)) named[`${name}.dual`] ??= norm.dual

function normOf({ norm, weights }: Case): Regularizer {
  if (norm === 'elasticNet(0.5, 2)') return elasticNet({ l1: 0.5, l2: 2 })
  if (weights === undefined) return named[norm]!
  return weighted(named[norm.slice('weighted('.length, -1)]!, tensor(weights, { dtype: 'f64' }))
}

/** What SLSQP settles to; its gaps are written by the script. */
const tolerance = 1e-7

describe('as SciPy finds it', () => {
  for (const one of cases)
    it(one.norm, () => {
      const norm = normOf(one)
      const x = tensor(one.x, { dtype: 'f64' })
      const size = Math.max(...flat(x).map(Math.abs))
      const near = (Y: Tensor, y: Nested, what: string): void =>
        expect(farthest(Y, tensor(y, { dtype: 'f64' })) / size, what).toBeLessThan(tolerance)
      expect(norm.value(x).item() / one.value).toBeCloseTo(1, 10)
      if (one.dual !== null) expect((norm as Norm).dual.value(x).item() / one.dual).toBeCloseTo(1, 10)
      for (const { radius, y } of one.project) near(norm.project(x, radius), y, `projection, radius ${radius}`)
      for (const { t, y } of one.prox) near(norm.prox(x, t), y, `prox, t ${t}`)
    })
})
