/** Class shares of the current table from a model's outputs, without its labels; and whether other shares alone explain its inputs. */
import type { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'
import { estimateLabelShift, type LabelShiftReport } from '../label/index.js'
import type { ReferenceModel } from './referenceModel.js'
import { stratifiedTest } from './stratified.js'

export interface EstimatedShares {
  readonly report: LabelShiftReport
  /** Of the method that the report recommends. */
  readonly shares: Float64Array
  readonly prior: Float64Array
}

/** Bootstrap resamples of intervals. */
const resamples = 100

/** `codes`: classes of the rows; those of the current table are not looked at. */
export function estimateShares(
  { said }: ReferenceModel,
  codes: Int32Array,
  table: Uint8Array,
  seed: number,
): EstimatedShares {
  const rows = Int32Array.from(table.keys())
  const take = (one: 0 | 1): number[][] => Array.from(rows.filter((row) => table[row] === one), (row) => said.map((p) => p[row]!)) // biome-ignore format: one line
  const labels = Int32Array.from(rows.filter((row) => table[row] === 0), (row) => codes[row]!) // biome-ignore format: one line
  const report = estimateLabelShift({ probabilities: take(0), labels }, take(1), { resamples, seed })
  return { report, shares: report.estimates[report.recommended]!.priors, prior: report.prior }
}

/**
 * Whether the reference with its classes in these shares has the inputs of the current table: rows of the reference are dropped by class until it has the
 * shares, and what is left is compared. Null where too few are left.
 */
export function mixtureTest(
  columns: readonly Float64Array[],
  codes: Int32Array,
  table: Uint8Array,
  { shares, prior }: EstimatedShares,
  generator: Generator,
  inOrder = false,
): { p: number; moved: number; shares: number[] } | null {
  const ratios = shares.map((share, k) => (prior[k]! > 0 ? share / prior[k]! : 0))
  const most = Math.max(...ratios)
  const u = uniforms(table.length, generator)
  const rows = Int32Array.from(table.keys()).filter((row) => table[row] === 1 || u[row]! * most < ratios[codes[row]!]!)
  const own = Uint8Array.from(rows, (row) => table[row]!)
  if (own.filter((one) => one === 0).length < 20) return null
  const left = columns.map((values) => Float64Array.from(rows, (row) => values[row]!))
  const test = stratifiedTest(left, own, new Int32Array(rows.length), generator, { inOrder })
  if (test === null) return null
  const moved = shares.reduce((sum, share, k) => sum + Math.abs(share - prior[k]!) / 2, 0)
  return { p: test.p, moved, shares: [...shares] }
}
