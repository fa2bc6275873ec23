/** Two tables with the same rows: how many pairs or shared components, and what is told of the second table. */
import { concat, type Tensor } from '../../tensor/index.js'
import { castOf, tidy, together, view } from '../../tensor/internal.js'
import type { Estimator, Second } from '../estimator.js'
import { type BartlettTest, CCA, type CCAJson, JointFactorization, type JointJson } from '../linear/index.js'
import type { SecondFigures, StopRule } from './types.js'

/** Of a test that the correlations from one on are zero. */
const level = 0.05

/**
 * For canonical correlations: the first m of which are told from zero, each Bartlett test from the first on being below 0.05. Null where there are
 * too few rows for the tests.
 */
export function bartlettRule(x: Tensor, y: Tensor, options: Readonly<Record<string, unknown>>): StopRule {
  const rule = "Bartlett's test"
  const whole = new CCA({ ...options }).fit(x, y)
  try {
    const { tests } = whole
    if (tests === null) return { rule, k: null, why: 'it needs more rows than columns of both tables, and no regularization' } // biome-ignore format: one line
    const past = tests.findIndex(({ p }) => !(p < level))
    const k = past < 0 ? tests.length : past
    const show = (one: number): string => String(Number(one.toPrecision(2)))
    const why = k < tests.length ? `of the correlations from ${k + 1} on, p = ${show(tests[k]!.p)} says that they may be zero` : `all ${k} are told from zero at ${level}` // biome-ignore format: one line
    return { rule, k, why }
  } finally {
    whole.dispose()
  }
}

/** Both tables side by side, each centred and brought to a first singular value of 1: what a joint factorization takes apart. Tensors belong to the scope that is open. */
export function balanced(x: Tensor, y: Tensor): Tensor {
  const part = (table: Tensor): Tensor => {
    const centred = table.sub(table.mean({ axis: 0 }))
    const first = Math.sqrt(Math.max(0, largestEigenvalue(centred)))
    return first === 0 ? centred : centred.div(first)
  }
  return tidy(() => concat([part(x), part(y)], 1))
}

/** Of the Gram matrix of centred rows, by powers; a weight needs no more digits. */
function largestEigenvalue(rows: Tensor): number {
  return tidy(() => {
    let direction = rows.square().sum({ axis: 0 }).add(1e-300)
    let value = 0
    for (let step = 0; step < 30; step++) {
      direction = direction.div(direction.norm())
      const image = rows.transpose().matmul(rows.matmul(direction))
      value = image.norm().item()
      if (value === 0) return 0
      direction = image
    }
    return value
  })
}

/** Scores [n, k] row by row: of both tables where the method has such and the second is there, else of the first. */
export function scoresOf(estimator: Estimator, x: Tensor, second: Second | null): Float64Array {
  return tidy(() => {
    const both = estimator instanceof JointFactorization && second !== null
    const scores = both ? estimator.transformTables([x, second as Tensor]) : estimator.transform(x)
    return (view(together(castOf(scores, 'f64'))) as Float64Array).slice()
  })
}

/** First variates of the rows of the second table; null for methods without. */
export function secondVariates(estimator: Estimator, second: Second | null): Float64Array | null {
  if (!(estimator instanceof CCA) || second === null) return null
  const { k } = estimator.toJSON()
  const all = tidy(() => (view(together(estimator.transformSecond(second as Tensor))) as Float64Array).slice())
  return all.filter((_, at) => at % k === 0)
}

/** `names`: features of the second table; null for methods of one table. */
export function secondFigures(estimator: Estimator, names: readonly string[]): SecondFigures | null {
  if (estimator instanceof CCA) {
    const { tests } = estimator.toJSON() as CCAJson
    const loadings = estimator.secondComponents.toNested() as number[][]
    return { columnNames: names, correlations: numbersOf(estimator.correlations), tests: tests as BartlettTest[] | null, loadings, ratios: null } // biome-ignore format: one line
  }
  if (estimator instanceof JointFactorization) {
    const { columns, tableRatios } = estimator.toJSON() as JointJson
    const loadings = (estimator.components.toNested() as number[][]).map((row) => row.slice(columns))
    return { columnNames: names, correlations: null, tests: null, loadings, ratios: tableRatios }
  }
  return null
}

/** How many columns the second table of a fitted method has; null for methods of one table. */
export function secondColumns(estimator: Estimator): number | null {
  const json = estimator.toJSON()
  if (json.method === 'cca') return (json as CCAJson).secondColumns
  return json.method === 'joint' ? ((json as JointJson).tableColumns[1] ?? null) : null
}

const numbersOf = (x: Tensor): number[] => Array.from(x.toArray() as Float64Array)
