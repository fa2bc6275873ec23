/** Figures of predictions, as scikit-learn defines them. */
import { UsageError } from '../../core/index.js'

function sameLength(op: string, a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) throw new UsageError(`${op}: ${a.length} values and ${b.length}; expected as many.`)
}

/** Share of equal classes. NaN for none. */
export function accuracy(truth: ArrayLike<number>, told: ArrayLike<number>): number {
  sameLength('accuracy', truth, told)
  let right = 0
  for (let i = 0; i < truth.length; i++) if (truth[i] === told[i]) right++
  return right / truth.length
}

/** Counts [classes][classes]: rows are true, columns told. Throws UsageError for a class out of range. */
export function confusionMatrix(truth: ArrayLike<number>, told: ArrayLike<number>, classes: number): number[][] {
  sameLength('confusionMatrix', truth, told)
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < truth.length; i++) {
    const [row, column] = [truth[i]!, told[i]!]
    for (const one of [row, column])
      if (!(one >= 0 && one < classes && Number.isInteger(one)))
        throw new UsageError(`confusionMatrix: class ${one} of example ${i}; expected 0 to ${classes - 1}.`)
    counts[row]![column]!++
  }
  return counts
}

export interface ClassFigures {
  /** Of those told to be of the class, the share that is; 0 where none was told. */
  readonly precision: number
  /** Of those of the class, the share that was told; 0 where there is none. */
  readonly recall: number
  /** 2 precision recall / (precision + recall), 0 where both are. */
  readonly f1: number
  /** Examples of the class. */
  readonly support: number
}

export interface ClassReport {
  /** null for a class that neither is nor was told: it is in no average, as in scikit-learn. */
  readonly classes: readonly (ClassFigures | null)[]
  readonly macro: Omit<ClassFigures, 'support'>
  /** Weighted by support. */
  readonly weighted: Omit<ClassFigures, 'support'>
  /** Over all decisions; where each example has one class all three are the accuracy. */
  readonly micro: Omit<ClassFigures, 'support'>
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b)

/** Precision, recall and F1 of each class and averaged, from a confusion matrix. */
export function classReport(confusion: readonly (readonly number[])[]): ClassReport {
  const toldCounts = confusion.map((_, column) => confusion.reduce((sum, row) => sum + row[column]!, 0))
  const classes = confusion.map((row, i): ClassFigures | null => {
    const support = row.reduce((a, b) => a + b, 0)
    if (support === 0 && toldCounts[i] === 0) return null
    const [precision, recall] = [ratio(row[i]!, toldCounts[i]!), ratio(row[i]!, support)]
    // As scikit-learn: from the counts, which rounds once.
    return { precision, recall, f1: ratio(2 * row[i]!, support + toldCounts[i]!), support }
  })
  const present = classes.filter((one) => one !== null)
  const total = present.reduce((sum, { support }) => sum + support, 0)
  const average = (weight: (one: ClassFigures) => number): Omit<ClassFigures, 'support'> => {
    const all = present.reduce((sum, one) => sum + weight(one), 0)
    const of = (key: 'precision' | 'recall' | 'f1'): number =>
      present.length === 0 ? Number.NaN : ratio(present.reduce((sum, one) => sum + weight(one) * one[key], 0), all) // biome-ignore format: one line
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') }
  }
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0) / total
  return {
    classes,
    macro: average(() => 1),
    weighted: average(({ support }) => support),
    micro: { precision: right, recall: right, f1: right },
  }
}

/**
 * Area under the ROC curve: the chance that a positive example has a higher score than a negative one, ties counting half (Mann & Whitney 1947).
 * NaN where all are of one kind.
 */
export function rocAuc(truth: ArrayLike<number | boolean>, scores: ArrayLike<number>): number {
  const n = truth.length
  if (scores.length !== n) throw new UsageError(`rocAuc: ${n} labels and ${scores.length} scores; expected as many.`)
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!)
  let positives = 0
  let ranks = 0
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && scores[order[to]!] === scores[order[from]!]) to++
    // Those that are equal share the mean of their ranks.
    const rank = (from + to + 1) / 2
    for (let i = from; i < to; i++)
      if (truth[order[i]!]) {
        positives++
        ranks += rank
      }
    from = to
  }
  const negatives = n - positives
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** Area under the curve of each class against the others (rows of `scores` are examples); null for a class that all or none are of. */
export function rocAucOneVsRest(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  classes: number,
): { readonly classes: readonly (number | null)[]; readonly macro: number; readonly weighted: number } {
  const n = truth.length
  const found = Array.from({ length: classes }, (_, c) => {
    const isOf = Uint8Array.from({ length: n }, (_, i) => Number(truth[i] === c))
    const value = rocAuc(
      isOf,
      Float64Array.from({ length: n }, (_, i) => scores[i * classes + c]!),
    )
    return { value, support: isOf.reduce((a, b) => a + b, 0) }
  })
  const defined = found.filter(({ value }) => !Number.isNaN(value))
  const support = defined.reduce((sum, one) => sum + one.support, 0)
  return {
    classes: found.map(({ value }) => (Number.isNaN(value) ? null : value)),
    macro: defined.reduce((sum, { value }) => sum + value, 0) / defined.length,
    weighted: defined.reduce((sum, one) => sum + one.value * one.support, 0) / support,
  }
}

/** Share of examples whose class is among the k with the largest scores; on ties the higher class counts as larger, as in scikit-learn. */
export function topKAccuracy(truth: ArrayLike<number>, scores: ArrayLike<number>, classes: number, k: number): number {
  const n = truth.length
  if (!Number.isInteger(k) || k < 1)
    throw new UsageError(`topKAccuracy: k = ${k}; expected a whole number of at least 1.`)
  let right = 0
  for (let row = 0; row < n; row++) {
    const own = scores[row * classes + truth[row]!]!
    let above = 0
    for (let i = 0; i < classes; i++) {
      const score = scores[row * classes + i]!
      if (score > own || (score === own && i > truth[row]!)) above++
    }
    if (above < k) right++
  }
  return right / n
}

/** Mean of -log p(true class); `probabilities` row by row. p is at least `eps`, which is f64's precision by default. */
export function logLoss(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  options: { eps?: number } = {},
): number {
  const { eps = Number.EPSILON } = options
  let sum = 0
  for (let row = 0; row < truth.length; row++)
    sum -= Math.log(Math.min(1 - eps, Math.max(eps, probabilities[row * classes + truth[row]!]!)))
  return sum / truth.length
}

/** Figures of a regression of one number: see `Residuals` for several. */
export interface RegressionFigures {
  readonly mse: number
  readonly rmse: number
  readonly mae: number
  /** 1 - sum of squared residuals over sum of squared deviations; for constant truth 1 where all is exact, else 0. NaN for fewer than two. */
  readonly r2: number
}

/** Mean squared and absolute error and R^2; with `columns` outputs each, averaged over them. */
export function regressionReport(truth: ArrayLike<number>, told: ArrayLike<number>, columns = 1): RegressionFigures {
  sameLength('regressionReport', truth, told)
  const sums = new ResidualSums(columns)
  sums.add(truth, told)
  return sums.figures()
}

/** Sums for regression, output by output: examples, mean and squared deviations of the truth (Welford 1962), squared and absolute residuals. */
export class ResidualSums {
  /** Of each output five numbers. */
  readonly memory: Float64Array

  constructor(
    readonly columns: number,
    memory?: ArrayLike<number>,
  ) {
    this.memory = memory ? Float64Array.from(memory) : new Float64Array(5 * columns)
  }

  add(truth: ArrayLike<number>, told: ArrayLike<number>): void {
    const { columns, memory } = this
    for (let i = 0; i < truth.length; i++) {
      const at = 5 * (i % columns)
      const [y, residual] = [truth[i]!, truth[i]! - told[i]!]
      const n = ++memory[at]!
      const delta = y - memory[at + 1]!
      memory[at + 1]! += delta / n
      memory[at + 2]! += delta * (y - memory[at + 1]!)
      memory[at + 3]! += residual * residual
      memory[at + 4]! += Math.abs(residual)
    }
  }

  figures(): RegressionFigures {
    const all = Array.from({ length: this.columns }, (_, i) => {
      const [n, , deviations, squares, absolutes] = this.memory.subarray(5 * i, 5 * i + 5) as unknown as number[]
      const mse = squares! / n!
      const r2 = n! < 2 ? Number.NaN : deviations === 0 ? (squares === 0 ? 1 : 0) : 1 - squares! / deviations!
      return { mse, rmse: Math.sqrt(mse), mae: absolutes! / n!, r2 }
    })
    const mean = (key: keyof RegressionFigures): number => all.reduce((sum, one) => sum + one[key], 0) / all.length
    return { mse: mean('mse'), rmse: mean('rmse'), mae: mean('mae'), r2: mean('r2') }
  }
}
