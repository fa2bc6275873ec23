/** Out-of-fold scores of a classifier that tells the rows of two samples apart. */
import type { Generator } from '../../tensor/index.js'
import { dealFolds, shuffled } from '../draw.js'
import { logisticRegression } from '../logistic.js'

export type ClassifierKind = 'linear' | 'quadratic'

/** Row-major rows of both samples. */
export interface Rows {
  readonly values: Float64Array
  readonly rows: number
  readonly columns: number
}

/** A fitted classifier: scores of rows, whose one column may be taken from other rows (to see what it is worth). */
interface Scorer {
  score(row: number, replaced: number, from: number): number
}

/** A fold for every row: rows dealt at random within each sample, or whole blocks of neighbours, which would otherwise tell each other. */
export function foldsOf(isFirst: Uint8Array, folds: number, blockLength: number, generator: Generator): Uint8Array {
  const labels = Int32Array.from(isFirst)
  if (blockLength === 1) return dealFolds(labels, folds, generator)
  const blocks = Math.ceil(labels.length / blockLength)
  const order = shuffled(blocks, generator)
  const out = new Uint8Array(labels.length)
  for (let i = 0; i < out.length; i++) out[i] = order[Math.floor(i / blockLength)]! % folds
  return out
}

/** Fits to the rows outside each of the first `folds` folds; `visit` gets the scorer with the rows inside. */
export function crossFit(
  data: Rows,
  isFirst: Uint8Array,
  foldOf: Uint8Array,
  folds: number,
  kind: ClassifierKind,
  visit: (scorer: Scorer, rows: Int32Array) => void,
): void {
  const all = Int32Array.from({ length: data.rows }, (_, i) => i)
  // The second sample is class 1: high scores are what the current table looks like.
  const y = Int32Array.from(isFirst, (one) => 1 - one)
  const learner = byLogistic(data, y, kind)
  for (let fold = 0; fold < folds; fold++) {
    const inside = all.filter((row) => foldOf[row] === fold)
    const outside = all.filter((row) => foldOf[row] !== fold)
    if (inside.length > 0) visit(learner(outside), inside)
  }
}

/** Products of columns are added while they are no more than this. */
const mostProducts = 200

function byLogistic({ values, columns: d }: Rows, y: Int32Array, kind: ClassifierKind) {
  const products = kind === 'linear' ? 'none' : (d * (d + 1)) / 2 <= mostProducts ? 'all' : 'squares'
  return (train: Int32Array): Scorer => {
    const { mean, scale } = momentsOf(values, d, train)
    const write = (row: number, replaced: number, from: number, into: Float64Array): void => {
      for (let j = 0; j < d; j++) into[j] = (values[(j === replaced ? from : row) * d + j]! - mean[j]!) / scale[j]!
      expand(into, d, products)
    }
    const width = d + (products === 'all' ? (d * (d + 1)) / 2 : products === 'squares' ? d : 0)
    const x = new Float64Array(train.length * width)
    for (const [i, row] of train.entries()) write(row, -1, row, x.subarray(i * width, (i + 1) * width))
    const labels = Int32Array.from(train, (row) => y[row]!)
    const { coefficients } = logisticRegression(x, train.length, width, labels, {
      classes: 2,
      C: 1,
      tol: 1e-6,
      check: false,
    })
    const features = new Float64Array(width)
    return {
      score(row, replaced, from) {
        write(row, replaced, from, features)
        let sum = 0
        for (let j = 0; j < width; j++) sum += coefficients[j]! * features[j]!
        return sum
      },
    }
  }
}

/** Squares, or all products of two columns, behind the columns. */
function expand(x: Float64Array, d: number, products: 'none' | 'squares' | 'all'): void {
  let at = d
  if (products === 'squares') for (let j = 0; j < d; j++) x[at++] = x[j]! * x[j]!
  if (products === 'all') for (let j = 0; j < d; j++) for (let k = j; k < d; k++) x[at++] = x[j]! * x[k]!
}

function momentsOf(values: Float64Array, d: number, rows: Int32Array): { mean: Float64Array; scale: Float64Array } {
  const [mean, scale] = [new Float64Array(d), new Float64Array(d)]
  for (const row of rows) for (let j = 0; j < d; j++) mean[j] = mean[j]! + values[row * d + j]! / rows.length
  for (const row of rows)
    for (let j = 0; j < d; j++) scale[j] = scale[j]! + (values[row * d + j]! - mean[j]!) ** 2 / rows.length
  // A constant column stays zero.
  return { mean, scale: scale.map((variance) => (variance > 0 ? Math.sqrt(variance) : 1)) }
}
