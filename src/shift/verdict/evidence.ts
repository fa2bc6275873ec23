/** The laws that were tested, and the tests that each rests on, by name. */
import type { Features } from '../concept/features.js'
import type { Looks } from '../concept/residual.js'
import type { Relations } from './relations.js'
import type { StratifiedTest } from './stratified.js'
import type { LawTest } from './types.js'

/** p(x), where that is all that is asked. */
export function lawOfInputs(x: StratifiedTest | null, features: Features, level: number): LawTest {
  return { law: 'p(x)', p: x?.p ?? null, moved: x && x.p <= level, tests: x ? testsOf(x, features) : [] }
}

function testsOf(test: StratifiedTest, features: Features): LawTest['tests'] {
  return [
    { name: 'the feature that differs most', p: test.columns.p, on: features.names[test.columns.feature] ?? null },
    { name: 'rank sums of all features', p: test.ranks.p, on: null },
    ...(test.trees ? [{ name: 'boosted trees that tell the tables apart', p: test.trees.p, on: null }] : []),
    ...(test.scores ? [{ name: 'ranks of the expected y', p: test.scores.p, on: null }] : []),
  ]
}

const looksAt = (what: string, { mean, slopes, learned }: Looks): LawTest['tests'] => [
  { name: `${what}: their mean`, p: mean.p, on: null },
  ...(slopes ? [{ name: `${what}, along the features`, p: slopes.p, on: null }] : []),
  { name: `${what}, along the change that trees found`, p: learned.p, on: null },
]

/** All four laws. */
export function evidenceOf(
  x: StratifiedTest | null,
  features: Features,
  { y, yGivenX, xGivenY }: Relations,
  level: number,
): LawTest[] {
  const law = (name: LawTest['law'], p: number | null, tests: LawTest['tests']): LawTest => ({
    law: name,
    p,
    moved: p === null ? null : p <= level,
    tests,
  })
  return [
    lawOfInputs(x, features, level),
    law('p(y)', y.p, [{ name: y.test, p: y.p, on: null }]),
    law('p(y|x)', yGivenX?.p ?? null, yGivenX ? [
      ...looksAt('products of residuals', yGivenX),
      ...(yGivenX.tails ? looksAt('residuals in the tails', yGivenX.tails) : []),
    ] : []), // biome-ignore format: one line
    law('p(x|y)', xGivenY?.p ?? null, xGivenY ? testsOf(xGivenY, features) : []),
  ]
}
