/**
 * How often `shift` finds something where nothing has moved: random splits of real tables, at alpha = 0.05 for the whole verdict. Prints the rate per table
 * and mechanism. Run: npx tsx bench/falseAlarms.bench.ts [splits, 200 by default] [tables, by commas]
 */
import { shift } from '../src/shift/index.node.js'
import { realTables, split } from '../test/shift/data.js'
import { machine } from './lib/measure.js'

const splits = Number(process.argv[2] ?? 200)
const names = process.argv[3]?.split(',') ?? ['iris', 'wine', 'breast cancer', 'diabetes', 'wine quality', 'electricity', 'housing'] // biome-ignore format: one line
/** Rows of both halves together, at most. */
const rows = 1000
const mechanisms = ['covariate', 'label', 'concept'] as const

console.log(machine())
console.log('table            splits  any     covariate  label   concept  ms a verdict')
let [alarms, verdicts] = [0, 0]
for (const name of names) {
  const table = await realTables[name]!()
  const found = { any: 0, covariate: 0, label: 0, concept: 0 }
  const start = performance.now()
  for (let seed = 0; seed < splits; seed++) {
    const [reference, current] = split(table, rows, seed)
    const { verdict } = await shift(reference, current, { target: 'y', effects: false, seed })
    for (const kind of mechanisms) if (verdict[kind].detected) found[kind]++
    if (mechanisms.some((kind) => verdict[kind].detected)) found.any++
  }
  alarms += found.any
  verdicts += splits
  const share = (count: number, width: number): string => `${((100 * count) / splits).toFixed(1)} %`.padEnd(width)
  console.log(`${name.padEnd(17)}${String(splits).padEnd(8)}${share(found.any, 8)}${share(found.covariate, 11)}${share(found.label, 8)}${share(found.concept, 9)}${((performance.now() - start) / splits).toFixed(0)}`) // biome-ignore format: one line
}
console.log(`all              ${verdicts}    ${((100 * alarms) / verdicts).toFixed(2)} %; at most 5 % were asked for`)
