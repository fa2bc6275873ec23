/**
 * A model of y given x that bends where the data bends: a linear (logistic) model with a small penalty, and boosted trees on what it leaves. Where the
 * relation is linear the trees stop at once.
 */
import type { Generator } from '../../tensor/index.js'
import { logisticRegression } from '../logistic.js'
import { blocksOf, type Order } from '../permutation/serial.js'
import { type Binned, binColumns, boostTrees, logisticLoss, probabilities, squaredLoss } from '../trees/index.js'
import { standardized } from './features.js'
import { ridgeRegression } from './ridge.js'

/** What models of several targets and folds share: the rows of both tables. */
export interface Inputs {
  readonly rows: number
  readonly d: number
  /** [d][rows]; NaN is missing. */
  readonly columns: readonly Float64Array[]
  /** [rows, d], standardized. */
  readonly x: Float64Array
  readonly binned: Binned
  /** Null where rows are as good as independent. */
  readonly order: Order | null
  /** Where rows remember: the block of each, held out together. */
  readonly blocks: Int32Array | null
}

/** `columns` [features][rows] as models see them. */
export function inputsOf(columns: readonly Float64Array[], rows: number, order: Order | null = null): Inputs {
  return {
    rows,
    d: columns.length,
    columns,
    x: standardized({ rows, columns }),
    binned: binColumns(columns),
    order,
    blocks: order && blocksOf(rows, order.split, order.length).of,
  }
}

/** A tree for each class in each round: fewer and larger steps. */
const manyClasses = { rounds: 40, rate: 0.3, patience: 3 }

/** Log odds beyond this are as good as certain. */
const certain = 12

export interface ClassPredictor {
  /** Probabilities [classes][rows of the inputs]; filled at `rows`. */
  predict(rows: Int32Array): Float64Array[]
  readonly rounds: number
}

/** Fits classes 0 to `classes` - 1 (two at least) on `rows`. */
export function fitClasses(
  inputs: Inputs,
  rows: Int32Array,
  y: Int32Array,
  classes: number,
  generator: Generator,
): ClassPredictor {
  const { d, x, binned, blocks } = inputs
  const own = new Float64Array(rows.length * d)
  for (const [i, row] of rows.entries()) own.set(x.subarray(row * d, row * d + d), i * d)
  const linear = logisticRegression(
    own,
    rows.length,
    d,
    Int32Array.from(rows, (row) => y[row]!),
    {
      classes,
      C: 0.1,
      tol: 1e-5,
      maxIterations: 60,
      check: false,
    },
  )
  const logits = (which: Int32Array): Float64Array[] => {
    const out = Array.from(linear.intercepts, () => new Float64Array(inputs.rows))
    for (const [k, scores] of out.entries())
      for (const row of which) {
        let sum = linear.intercepts[k]!
        for (let j = 0; j < d; j++) sum += linear.coefficients[k * d + j]! * x[row * d + j]!
        scores[row] = Math.max(-certain, Math.min(certain, sum))
      }
    return out
  }
  const loss = logisticLoss(y, classes)
  const trees = boostTrees(binned, rows, loss, {
    base: logits(rows),
    blocks,
    generator,
    ...(classes > 2 ? manyClasses : {}),
  })
  return {
    rounds: trees.rounds,
    predict(which) {
      const scores = logits(which)
      trees.addScores(binned, which, scores)
      return probabilities(scores)
    },
  }
}

export interface NumberPredictor {
  predict(rows: Int32Array): Float64Array
  readonly rounds: number
}

/** Fits numbers on `rows`. */
export function fitNumbers(inputs: Inputs, rows: Int32Array, y: Float64Array, generator: Generator): NumberPredictor {
  const { d, x, binned, blocks } = inputs
  const beta = ridgeRegression(x, d, y, rows, 1)
  const linear = (which: Int32Array): Float64Array => {
    const out = new Float64Array(inputs.rows)
    for (const row of which) {
      let sum = beta[d]!
      for (let j = 0; j < d; j++) sum += beta[j]! * x[row * d + j]!
      out[row] = sum
    }
    return out
  }
  const trees = boostTrees(binned, rows, squaredLoss(y), { base: [linear(rows)], blocks, generator })
  return {
    rounds: trees.rounds,
    predict(which) {
      const scores = linear(which)
      trees.addScores(binned, which, [scores])
      return scores
    },
  }
}
