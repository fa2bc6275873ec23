/** What `normball shift` makes of its arguments. */
import { expect, test } from 'vitest'
import { parseFailOn, splitBy } from '../../src/cli/shiftTables.js'
import { tableOf } from '../shift/data.js'

test('--by: the first value in order of appearance is the reference, the rest is current', () => {
  const table = tableOf({ month: ['may', 'june', 'may', null, 'july'], x: [1, 2, 3, 4, 5] }, 'all.csv')
  const [a, b] = splitBy(table, 'month')
  expect([a.name, b.name]).toEqual(['all.csv (month = may)', 'all.csv (month: the other 2 values)'])
  expect([a.columns, b.columns].map(([x]) => [...(x as { values: Float64Array }).values])).toEqual([[1, 3], [2, 5]]) // biome-ignore format: one line
  expect(() => splitBy(table, 'day')).toThrow("shift: 'all.csv' has no column 'day'; it has 'month', 'x'.")
  expect(() => splitBy(tableOf({ k: [1, 1] }), 'k')).toThrow("shift: column 'k' has one value only; expected two or more to split the table by.") // biome-ignore format: one line
})

test('--fail-on takes the three kinds, and any', () => {
  expect(parseFailOn(undefined)).toEqual([])
  expect(parseFailOn('label, concept')).toEqual(['label', 'concept'])
  expect(parseFailOn('any')).toEqual(['covariate', 'label', 'concept'])
  expect(() => parseFailOn('drift')).toThrow("--fail-on: 'drift'; expected some of covariate, label, concept, or any.")
})
