/** Joint factorization of several tables with the same rows. */
import { UsageError } from '../../core/index.js'
import { pinv } from '../../linalg/index.js'
import { concat, div, matmul, mul, type StateDict, slice, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { checkOptions, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson, Second } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { finiteRows } from '../samples.js'
import { countOf } from './options.js'
import { project, unproject } from './project.js'
import { centredCopy, tableOf } from './second.js'
import { firstRows } from './signs.js'
import { relativeTotal, spectrumOf } from './spectrum.js'

export interface JointFactorizationOptions {
  /** Factors: from 1 to min(rows, columns of all tables); that by default. */
  k?: number
  /** How much each table counts (1 each), beside what balances them. */
  weights?: readonly number[]
  /** Tables are brought to a first singular value of 1 (true), so that none rules by its units or number of columns. */
  balance?: boolean
}

export interface JointJson extends EstimatorJson {
  /** Columns of each table. */
  readonly tableColumns: readonly number[]
  /** Share of each table's sum of squares (about its means) that the factors explain. */
  readonly tableRatios: readonly number[]
}

/**
 * Row factors that several tables share, such as measurements of two kinds of the same things: multiple factor analysis (Escofier & Pages 1994). Tables are
 * centred, divided by their first singular value, put side by side and decomposed by SVD, which is the least-squares optimum at once, where coupled
 * alternating least squares would walk to the same. Any table's rows can then be made from any other's.
 *
 * `fit(x, y)` takes two tables, `fitTables` any number. Learned, all f64: `components` [k, all columns] in the tables' own units over balanced scores,
 * `singularValues` [k], `explainedVarianceRatio` [k] of the balanced whole, `mean` [all columns], `tableRatios`.
 *
 * `transform` gives scores [n, k] of rows of the first table alone, the least-squares ones; `transformTables` of all; `inverseTransform` rows of the first table;
 * `inverseTransformTable` of any; `predict` rows of the second table from the first. `score` is the share of the first table's sum of squares about its
 * fitted means that the factors explain. Throws UsageError for shapes and options, NumericalError for what is not finite.
 *
 * @example
 * const joint = new JointFactorization({ k: 3 }).fit(images, words)
 * const guessed = joint.predict(images)
 */
export class JointFactorization extends Learned {
  readonly method = 'joint'
  protected readonly op = 'JointFactorization'
  readonly options: JointFactorizationOptions

  constructor(options: JointFactorizationOptions = {}) {
    checkOptions('JointFactorization', options, ['k', 'weights', 'balance'])
    super({ ...options })
    wholeOption('JointFactorization', 'k', options.k ?? 1, 1)
    if (options.weights?.some((one) => !(one > 0 && one < Number.POSITIVE_INFINITY)))
      throw new UsageError(`JointFactorization: weights are ${JSON.stringify(options.weights)}; expected positive numbers.`) // biome-ignore format: one sentence
    this.options = options
  }

  get components(): Tensor {
    return this.learned('components')
  }
  get singularValues(): Tensor {
    return this.learned('singularValues')
  }
  get explainedVarianceRatio(): Tensor {
    return this.learned('explainedVarianceRatio')
  }
  /** Means of the columns of all tables, side by side. */
  get mean(): Tensor {
    return this.learned('mean')
  }
  /** Share of each table's sum of squares that the factors explain. */
  get tableRatios(): readonly number[] {
    return (this.figures() as JointJson).tableRatios
  }

  fit(x: Tensor, y?: Second): this {
    const op = 'JointFactorization.fit'
    return tidy(() => this.fitTables([x, tableOf(op, y, rowsOf(op, x, { least: 2 }).shape[0]!)]))
  }

  /** Learns from tables with the same rows. */
  fitTables(tables: readonly Tensor[]): this {
    const op = 'JointFactorization.fit'
    const { weights = tables.map(() => 1), balance = true } = this.options
    if (tables.length === 0) throw new UsageError(`${op}: there are no tables; expected one at least.`)
    if (weights.length !== tables.length)
      throw new UsageError(`${op}: ${weights.length} weights for ${tables.length} tables; expected as many.`)
    tidy(() => {
      const n = rowsOf(op, tables[0]!, { least: 2 }).shape[0]!
      const blocks = tables.map((table, at) => {
        const { rows, mean } = centredCopy(op, tableOf(op, table, n))
        const norm = balance ? firstSingularValue(op, rows) : 1
        // A table without variance has nothing to say.
        return { rows, mean, scale: norm === 0 ? 1 : Math.sqrt(weights[at]!) / norm }
      })
      const all = concat(blocks.map(({ rows, scale }) => mul(rows, scale)), 1) // biome-ignore format: one step
      const d = all.shape[1]!
      const k = countOf(op, this.options.k, n, d)
      const { values, vectors } = spectrumOf(op, all, { centred: false, solver: 'exact', count: () => k, most: k, randomized: { seed: 0, iterations: 0, oversampling: 0 } }) // biome-ignore format: one line
      const V = firstRows(vectors, k)
      const total = relativeTotal(values)
      const ratio = values.slice(0, k).map((one) => (total === 0 ? 0 : (one / values[0]!) ** 2 / total))
      const scales = Float64Array.from(blocks.flatMap(({ scale, mean }) => Array.from(mean, () => scale)))
      this.learn(
        {
          k,
          rows: n,
          columns: blocks[0]!.mean.length,
          explainedVarianceRatio: Array.from(ratio),
          singularValues: Array.from(values.subarray(0, k)),
        },
        {
          components: div(V, tensor(scales)),
          scales: tensor(scales),
          singularValues: tensor(values.slice(0, k)),
          explainedVarianceRatio: tensor(ratio),
          mean: tensor(Float64Array.from(blocks.flatMap(({ mean }) => Array.from(mean)))),
        },
        {
          tableColumns: blocks.map(({ mean }) => mean.length),
          tableRatios: ratiosOf(all, V, blocks.map(({ mean }) => mean.length)), // biome-ignore format: one step
        },
      )
    })
    return this
  }

  /** First column, and the one after the last, of a table. */
  #range(what: string, table: number): { start: number; stop: number } {
    const { tableColumns } = this.figures() as JointJson
    const width = tableColumns[table]
    if (width === undefined)
      throw new UsageError(`${this.op}.${what}: table ${table}; expected 0 to ${tableColumns.length - 1}.`)
    const start = tableColumns.slice(0, table).reduce((sum, one) => sum + one, 0)
    return { start, stop: start + width }
  }

  /** Means [d], and in balanced units the components [k, d], of a table. */
  #part(what: string, table: number): { mean: Tensor; scales: Tensor; own: Tensor; balanced: Tensor } {
    const range = this.#range(what, table)
    const own = slice(this.components, null, range).contiguous()
    const scales = slice(this.learned('scales'), range).contiguous()
    return { mean: slice(this.mean, range).contiguous(), scales, own, balanced: mul(own, scales) }
  }

  /** Scores [n, k] of rows of one table (0 is the first), by least squares; of minimum length where it does not tell them all. */
  transformTable(table: number, x: Tensor): Tensor {
    return tidy(() => {
      const { mean, scales, balanced } = this.#part('transformTable', table)
      const rows = finiteRows(`${this.op}.transform`, x, { columns: mean.size })
      // z = argmin |(x - mean) scales - z V|, V the table's part of the directions.
      const weights = mul(transpose(pinv(balanced, { rtol: 1e-10 })), scales)
      return project(rows, mean, weights)
    })
  }

  transform(x: Tensor): Tensor {
    return this.transformTable(0, x)
  }

  /** Scores [n, k] of rows of all tables. */
  transformTables(tables: readonly Tensor[]): Tensor {
    return tidy(() => {
      const { tableColumns } = this.figures() as JointJson
      if (tables.length !== tableColumns.length)
        throw new UsageError(`${this.op}.transformTables: ${tables.length} tables; expected ${tableColumns.length}.`)
      const parts = tables.map((x, at) => {
        const { mean, scales, balanced } = this.#part('transformTables', at)
        const rows = finiteRows(`${this.op}.transformTables`, x, { columns: mean.size })
        return project(rows, mean, mul(balanced, scales))
      })
      return parts.reduce((sum, one) => sum.add(one))
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return this.inverseTransformTable(0, z)
  }

  /** Rows of one table of scores. */
  inverseTransformTable(table: number, z: Tensor): Tensor {
    return tidy(() => {
      const { mean, own } = this.#part('inverseTransformTable', table)
      return unproject(finiteRows(`${this.op}.inverseTransform`, z, { columns: own.shape[0]! }), mean, own)
    })
  }

  /** Rows of the table `to` (1) from rows of the table `from` (0). */
  predict(x: Tensor, options: { from?: number; to?: number } = {}): Tensor {
    checkOptions('predict', options, ['from', 'to'])
    const { from = 0, to = 1 } = options
    return tidy(() => this.inverseTransformTable(to, this.transformTable(from, x)))
  }

  score(x: Tensor): number {
    return tidy(() => {
      const { mean } = this.#part('score', 0)
      const rows = finiteRows(`${this.op}.score`, x, { columns: mean.size }).to('f64')
      const rest = this.inverseTransform(this.transform(rows)).sub(rows)
      const centred = rows.sub(mean)
      const most = centred.abs().max().item()
      // In units of the largest, so that squares stay within the range.
      return most === 0 ? 1 : 1 - rest.div(most).square().sum().item() / centred.div(most).square().sum().item()
    })
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    const { k } = json
    const d = (json as JointJson).tableColumns.reduce((sum, one) => sum + one, 0)
    return { components: [k, d], scales: [d], singularValues: [k], explainedVarianceRatio: [k], mean: [d] }
  }
}

function firstSingularValue(op: string, rows: Tensor): number {
  const { values } = spectrumOf(op, rows, { centred: false, solver: 'auto', count: () => 1, most: 1, randomized: { seed: 0, iterations: undefined, oversampling: 10 } }) // biome-ignore format: one line
  return values[0]!
}

/** Shares of the tables' sums of squares that lie along directions V of the whole. */
function ratiosOf(all: Tensor, V: Tensor, widths: readonly number[]): number[] {
  const d = all.shape[1]!
  const rest = view(all.sub(matmul(matmul(all, transpose(V)), V)))
  const values = view(all)
  const sums = widths.map(() => ({ rest: 0, all: 0 }))
  const owners = widths.flatMap((width, at) => new Array<number>(width).fill(at))
  for (let at = 0; at < values.length; at++) {
    const sum = sums[owners[at % d]!]!
    sum.rest += rest[at]! ** 2
    sum.all += values[at]! ** 2
  }
  return sums.map((sum) => (sum.all === 0 ? 0 : 1 - sum.rest / sum.all))
}

/** A JointFactorization of what was saved. */
export function restoreJoint(json: EstimatorJson, state: StateDict): JointFactorization {
  return new JointFactorization(json.options as JointFactorizationOptions).restore(json, state)
}
