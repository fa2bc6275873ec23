/**
 * Whether y given x moved by more than a change of priors explains, where p(x | y) moved too: the offsets of the classes' log odds that carry the
 * reference's model to the current labels are found, rows are dropped by class so that the offsets are 0, and what is left is tested again.
 */
import type { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'
import { type Labels, residualsOf } from './nuisance.js'
import { fitClasses, type Inputs, inputsOf } from './predictor.js'
import { residualTest } from './residual.js'

/** Fewer rows of a table than this cannot tell. */
const fewest = 30

/** Null where too few rows are left. */
export function beyondOffsets(
  inputs: Inputs,
  labels: Labels,
  table: Uint8Array,
  generator: Generator,
  inOrder = false,
): { p: number } | null {
  const { codes, classes } = labels
  if (codes === null || classes === null) return null
  const ratios = offsets(inputs, codes, classes, table, generator)
  const middle = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / classes)
  const u = uniforms(inputs.rows, generator)
  const rows = Int32Array.from(table.keys()).filter((row) => {
    const ratio = ratios[codes[row]!]! / middle
    return u[row]! < (table[row] === 1 ? Math.min(1, 1 / ratio) : Math.min(1, ratio))
  })
  const own = Uint8Array.from(rows, (row) => table[row]!)
  const current = own.reduce((sum, one) => sum + one, 0)
  if (Math.min(current, rows.length - current) < fewest) return null
  const kept: Labels = { ...labels, codes: Int32Array.from(rows, (row) => codes[row]!) }
  const less = inputsOf(
    inputs.columns.map((values) => Float64Array.from(rows, (row) => values[row]!)),
    rows.length,
  )
  const test = residualTest(less, residualsOf(less, kept, own, generator, inOrder), generator)
  const ps = [...(test.slopes ? [test.slopes.p] : []), test.learned.p]
  return { p: Math.min(1, ps.length * Math.min(...ps)) }
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
