/**
 * Whether y given x moved by more than a change of priors explains: the offsets of the classes' log odds that carry the reference's model to the current
 * labels are found, rows are dropped by class so that the offsets are 0, and what is left is tested again. Of numbers the classes are bins, with straight lines
 * between their medians: p(y | x) times any function of y. Beyond the outermost medians rows are dropped, which is such a function too.
 */
import type { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'
import { type Labels, orderOfRows, residualsOf } from './nuisance.js'
import { betweenMiddles, evened, numberBins } from './numberBins.js'
import { fitClasses, type Inputs, inputsOf } from './predictor.js'
import { psOf, residualTest } from './residual.js'

/** Fewer rows of a table than this cannot tell. */
const fewest = 30
/** Of numbers: rows of a bin at least, and bins at most. */
const rowsPerBin = 50
const mostBins = 10

/** Null where too few rows are left. */
export function beyondOffsets(
  inputs: Inputs,
  labels: Labels,
  table: Uint8Array,
  generator: Generator,
  inOrder = false,
): { p: number } | null {
  const log = labels.codes ? ofClasses(inputs, labels.codes, labels.classes!, table, generator) : ofNumbers(inputs, labels.values!, table, generator) // biome-ignore format: one line
  if (log === null) return null
  const rows = evened(log, table, uniforms(inputs.rows, generator))
  const own = Uint8Array.from(rows, (row) => table[row]!)
  const current = own.reduce((sum, one) => sum + one, 0)
  if (Math.min(current, rows.length - current) < fewest) return null
  const kept: Labels = {
    ...labels,
    codes: labels.codes && Int32Array.from(rows, (row) => labels.codes![row]!),
    values: labels.values && Float64Array.from(rows, (row) => labels.values![row]!),
  }
  const columns = inputs.columns.map((values) => Float64Array.from(rows, (row) => values[row]!))
  const less = inputsOf(columns, rows.length, inOrder ? orderOfRows(columns, kept, own) : null)
  const test = residualTest(less, residualsOf(less, kept, own, generator, inOrder), generator)
  // The mean of y was fitted.
  const ps = [...psOf(test).slice(1), ...(test.tails ? psOf(test.tails) : [])]
  return { p: Math.min(1, ps.length * Math.min(...ps)) }
}

/** Each row's log offset, about the middle of the classes. */
function ofClasses(inputs: Inputs, codes: Int32Array, classes: number, table: Uint8Array, generator: Generator) {
  const log = centred(offsets(inputs, codes, classes, table, generator))
  return Float64Array.from(codes, (code) => log[code]!)
}

/** The same of numbers, a line between bins; null where there are too few rows for two bins. */
function ofNumbers(inputs: Inputs, values: Float64Array, table: Uint8Array, generator: Generator): Float64Array | null {
  const current = table.reduce((sum, one) => sum + one, 0)
  const bins = numberBins(values, Math.min(mostBins, Math.floor(Math.min(current, table.length - current) / rowsPerBin))) // biome-ignore format: one line
  if (bins.middles.length < 2) return null
  return betweenMiddles(values, bins, centred(offsets(inputs, bins.codes, bins.middles.length, table, generator)))
}

function centred(ratios: Float64Array): Float64Array {
  const middle = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length
  return ratios.map((ratio) => Math.log(ratio) - middle)
}

/** For each class how much more often the current table has it than the reference's model says, given x: the fixed point of iterative scaling. */
function offsets(
  inputs: Inputs,
  codes: Int32Array,
  classes: number,
  table: Uint8Array,
  generator: Generator,
): Float64Array {
  const all = Int32Array.from(table.keys())
  const [reference, current] = [0, 1].map((one) => all.filter((row) => table[row] === one)) as [Int32Array, Int32Array]
  const p = fitClasses(inputs, reference, codes, classes, generator).predict(current)
  const counts = new Float64Array(classes).fill(0.5)
  for (const row of current) counts[codes[row]!]!++
  let ratios = new Float64Array(classes).fill(1)
  for (let step = 0; step < 200; step++) {
    const expected = new Float64Array(classes).fill(0.5)
    for (const row of current) {
      let sum = 0
      for (let k = 0; k < classes; k++) sum += ratios[k]! * p[k]![row]!
      for (let k = 0; k < classes; k++) expected[k]! += p[k]![row]! / Math.max(sum, 1e-300)
    }
    const next = ratios.map((_, k) => counts[k]! / Math.max(expected[k]!, 1e-12))
    const moved = Math.max(...next.map((ratio, k) => Math.abs(Math.log(ratio / ratios[k]!))))
    ratios = next
    if (moved < 1e-6) break
  }
  return ratios
}
