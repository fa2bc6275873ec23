/** The four laws that a shift may move, each tested: p(x), p(y), p(y | x) and p(x | y). */
import type { Generator } from '../../tensor/index.js'
import type { Features } from '../concept/features.js'
import { type Labels, orderOfRows, type Residuals, residualsOf } from '../concept/nuisance.js'
import { betweenMiddles, evened, numberBins } from '../concept/numberBins.js'
import { type Inputs, inputsOf } from '../concept/predictor.js'
import { type ResidualTest, residualTest } from '../concept/residual.js'
import type { Target } from '../concept/target.js'
import { uniforms } from '../draw.js'
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
/** p(y) is taken to have moved from here on. */
const likely = 0.05
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
  const labels = labelsOf(target, rows)
  const inputs = inputsOf(columns, rows.length, inOrder && labels ? orderOfRows(columns, labels, own) : null)
  const y = priorTest(target, table, rows, generator, inOrder)
  const isEnough = labels !== null && columns.length > 0 && Math.min(...countsOf(own)) >= 10
  const residuals = isEnough ? residualsOf(inputs, labels, own, generator, inOrder) : null
  return {
    y,
    yGivenX: residuals ? residualTest(inputs, residuals, generator) : null,
    xGivenY: stratifiedTest(columns, own, strataOf(target, rows, own, y.p <= likely, generator), generator, {
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

/**
 * Classes, or quantile bins of numbers. Where the numbers moved they did within bins too, and x with them: rows are dropped (-1) until both tables have the
 * same numbers, which leaves x given y what it was.
 */
function strataOf(
  target: Target,
  rows: Int32Array,
  table: Uint8Array,
  isMoved: boolean,
  generator: Generator,
): Int32Array {
  if (target.task === 'classification') return Int32Array.from(rows, (row) => target.codes[row]!)
  const values = Float64Array.from(rows, (row) => target.values[row]!)
  const bins = numberBins(values, Math.max(1, Math.min(mostBins, Math.floor(rows.length / rowsPerBin))))
  if (!isMoved || bins.middles.length < 2) return bins.codes
  const counts = Float64Array.from(bins.middles, () => 0.5)
  const ratios = counts.slice()
  for (const [i, code] of bins.codes.entries()) (table[i] === 1 ? ratios : counts)[code]!++
  const log = ratios.map((count, k) => Math.log(count / counts[k]!))
  const middle = log.slice().sort()[log.length >> 1]!
  const kept = evened(betweenMiddles(values, bins, log.map((one) => one - middle)), table, uniforms(rows.length, generator)) // biome-ignore format: one line
  const strata = new Int32Array(rows.length).fill(-1)
  for (const i of kept) strata[i] = bins.codes[i]!
  return strata
}
