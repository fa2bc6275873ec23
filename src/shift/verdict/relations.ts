/** The four laws that a shift may move, each tested: p(x), p(y), p(y | x) and p(x | y). */
import type { Generator } from '../../tensor/index.js'
import type { Features } from '../concept/features.js'
import { type Labels, type Residuals, residualsOf } from '../concept/nuisance.js'
import { type Inputs, inputsOf } from '../concept/predictor.js'
import { type ResidualTest, residualTest } from '../concept/residual.js'
import type { Target } from '../concept/target.js'
import { type PriorTest, priorTest } from './priors.js'
import { type StratifiedTest, stratifiedTest } from './stratified.js'

export interface Relations {
  /** p(y). */
  readonly y: PriorTest
  /** p(y | x); null where y has one value, or there is no feature. */
  readonly yGivenX: ResidualTest | null
  /** p(x | y); null where no class has rows of both tables. */
  readonly xGivenY: StratifiedTest | null
  readonly residuals: Residuals | null
  /** Rows of both tables that have y: places in the features. */
  readonly rows: Int32Array
  /** Of those rows: 0 reference, 1 current. */
  readonly table: Uint8Array
  readonly inputs: Inputs
  readonly labels: Labels | null
}

/** A stratum of numbers has about so many rows at least. */
const rowsPerBin = 40
const mostBins = 20

/** `table`: 0 or 1 for each row of the features; `target` has their labels. */
export function relationsOf(
  features: Features,
  target: Target,
  table: Uint8Array,
  generator: Generator,
  inOrder = false,
): Relations {
  const all = Int32Array.from(table.keys())
  const rows = all.filter((row) => (target.task === 'classification' ? target.codes[row]! >= 0 : Number.isFinite(target.values[row]!))) // biome-ignore format: one line
  const columns = features.columns.map((values) => Float64Array.from(rows, (row) => values[row]!))
  const own = Uint8Array.from(rows, (row) => table[row]!)
  const inputs = inputsOf(columns, rows.length)
  const labels = labelsOf(target, rows)
  const y = priorTest(target, table, rows, generator, inOrder)
  const isEnough = labels !== null && columns.length > 0 && Math.min(...countsOf(own)) >= 10
  const residuals = isEnough ? residualsOf(inputs, labels, own, generator, inOrder) : null
  return {
    y,
    yGivenX: residuals ? residualTest(inputs, residuals, generator) : null,
    xGivenY: stratifiedTest(columns, own, strataOf(target, rows), generator, {
      inOrder,
      scores: residuals?.expected ?? [],
    }),
    residuals,
    rows,
    table: own,
    inputs,
    labels,
  }
}

const countsOf = (table: Uint8Array): [number, number] => {
  const current = table.reduce((sum, one) => sum + one, 0)
  return [table.length - current, current]
}

/** y of some rows; null where it has a single value. */
export function labelsOf(target: Target, rows: Int32Array): Labels | null {
  if (target.task === 'regression') {
    const values = Float64Array.from(rows, (row) => target.values[row]!)
    const mean = values.reduce((sum, value) => sum + value / values.length, 0)
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0))
    if (!(spread > 0)) return null
    return {
      outputs: 1,
      classes: null,
      codes: null,
      names: null,
      values: values.map((value) => (value - mean) / spread),
    }
  }
  // Only the classes that are there: a class without rows would be an output that never is.
  const present = [...new Set(Array.from(rows, (row) => target.codes[row]!))].sort((a, b) => a - b)
  if (present.length < 2) return null
  const places = new Map(present.map((code, k) => [code, k]))
  const codes = Int32Array.from(rows, (row) => places.get(target.codes[row]!)!)
  return {
    outputs: present.length === 2 ? 1 : present.length,
    classes: present.length,
    codes,
    names: present.map((code) => target.classes[code]!),
    values: null,
  }
}

/** Classes, or quantile bins of numbers. */
function strataOf(target: Target, rows: Int32Array): Int32Array {
  if (target.task === 'classification') return Int32Array.from(rows, (row) => target.codes[row]!)
  const sorted = Float64Array.from(rows, (row) => target.values[row]!).sort()
  const bins = Math.max(1, Math.min(mostBins, Math.floor(sorted.length / rowsPerBin)))
  const edges = [
    ...new Set(Array.from({ length: bins - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]!)),
  ]
  return Int32Array.from(rows, (row) => edges.filter((edge) => edge <= target.values[row]!).length)
}
