/**
 * How often `shift` finds something where nothing has moved: random splits of real tables, at alpha = 0.05 for the whole verdict. Prints the rate per table
 * and mechanism; five tables take about 0.1 to 0.9 seconds a split. By name also `electricity`, `housing`, `digits`, and autoregressive series cut in two, as
 * rows in the order of time. Run: npx tsx bench/falseAlarms.bench.ts [splits, 200 by default] [tables and `series PHI`, by commas]
 */
import { shift } from '../src/shift/index.node.js'
import type { Table } from '../src/table/index.js'
import { realTables, split } from '../test/shift/data.js'
import { series } from '../test/shift/series.js'
import { machine } from './lib/measure.js'

const splits = Number(process.argv[2] ?? 200)
const names = process.argv[3]?.split(',') ?? ['iris', 'wine', 'breast cancer', 'diabetes', 'wine quality']
/** Rows of both halves together, at most. */
const rows = 1000
const mechanisms = ['covariate', 'label', 'concept'] as const

console.log(machine())
console.log('table                   splits  any     covariate  label   concept  ms a verdict')
let [alarms, verdicts] = [0, 0]

/** A line of the table: how often there is something in `splits` pairs of tables. */
async function line(name: string, draw: (seed: number) => readonly [Table, Table], ordered: boolean): Promise<void> {
  const found = { any: 0, covariate: 0, label: 0, concept: 0 }
  const start = performance.now()
  for (let seed = 0; seed < splits; seed++) {
    const [reference, current] = draw(seed)
    // Permutations are those of thresholds of columns, which no verdict rests on.
    const { verdict } = await shift(reference, current, {
      target: 'y',
      effects: false,
      permutations: 19,
      seed,
      ordered,
    })
    for (const kind of mechanisms) if (verdict[kind].detected) found[kind]++
    if (mechanisms.some((kind) => verdict[kind].detected)) found.any++
  }
  alarms += found.any
  verdicts += splits
  const share = (count: number, width: number): string => `${((100 * count) / splits).toFixed(1)} %`.padEnd(width)
  console.log(`${name.padEnd(24)}${String(splits).padEnd(8)}${share(found.any, 8)}${share(found.covariate, 11)}${share(found.label, 8)}${share(found.concept, 9)}${((performance.now() - start) / splits).toFixed(0)}`) // biome-ignore format: one line
}

for (const name of names) {
  if (name in realTables) {
    const table = await realTables[name]!()
    await line(name, (seed) => split(table, rows, seed), false)
  } else {
    const phi = Number(name.slice('series '.length))
    await line(`${name}, y classes`, (seed) => series({ phi, rows: rows / 2, task: 'classification', seed }), true)
    await line(`${name}, numbers`, (seed) => series({ phi, rows: rows / 2, task: 'regression', seed }), true)
  }
}
console.log(
  `all                     ${verdicts}    ${((100 * alarms) / verdicts).toFixed(2)} %; at most 5 % were asked for`,
)
