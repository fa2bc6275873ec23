/** A table factorized from end to end. */
import { describe, expect, it } from 'vitest'
import { factorTable } from '../../src/factor/index.js'
import { memory } from '../../src/tensor/index.js'
import { mixedTable as made } from './tables.js'

describe('factorTable', () => {
  it('finds the rank, tells errors in every norm, and what belongs where', async () => {
    const before = memory().tensors
    const { report, estimator, scores, rows } = await factorTable(await made(), { target: 'kind' })
    expect(report.method).toBe('pca')
    expect(report.suggestion?.k).toBeGreaterThanOrEqual(1)
    expect(report.columnNames).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect([report.rows, report.columns, rows.length, scores.length]).toEqual([60, 5, 60, 60 * report.k])
    const curve = report.curve!
    const sigma = report.spectrum!.singularValues
    for (const { k, frobenius, spectral, nuclear, share } of curve) {
      const left = sigma.slice(k)
      expect(frobenius).toBeCloseTo(Math.hypot(...left), 9)
      expect(spectral).toBeCloseTo(left[0] ?? 0, 9)
      expect(nuclear).toBeCloseTo(
        left.reduce((a, b) => a + b, 0),
        9,
      )
      expect(share).toBeCloseTo(1 - (frobenius / curve[0]!.frobenius) ** 2, 9)
    }
    // Standardized columns: every one has a sum of squares of the number of rows.
    expect(curve[0]!.frobenius).toBeCloseTo(Math.sqrt(60 * 5), 9)
    expect(new Set(report.scatter!.points.map(({ group }) => group))).toEqual(new Set(['low', 'high']))
    estimator.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('names the row that does not fit', async () => {
    const table = await made()
    const column = table.columns[2]!
    if (column.type !== 'numeric') throw new Error('a number')
    column.values[17]! += 15
    const { report, estimator } = await factorTable(table, { method: 'pca', k: 2, except: ['kind'] })
    expect(report.outliers!.rows[0]).toMatchObject({ row: 17, line: 19 })
    expect(report.outliers!.count).toBe(1)
    estimator.dispose()
  })

  it('has clusters in the units of the table', async () => {
    const { report, estimator } = await factorTable(await made(), {
      method: 'kmeans',
      k: 2,
      target: 'kind',
      scale: 'none',
    })
    expect(report.clusters!.map(({ size }) => size)).toEqual([30, 30])
    expect(report.clusters!.map(({ center }) => Math.round(center[3]!)).sort((a, b) => a - b)).toEqual([10, 22])
    expect(report.inertia).toBeGreaterThan(0)
    expect([report.explainedVarianceRatio, report.singularValues]).toEqual([null, null])
    estimator.dispose()
  })

  it.each([
    [
      { target: 'kin' },
      "factorTable: 'made.csv' has no column 'kin'; it has 6 columns: 'a', 'b', 'c', 'd', 'e', 'kind'. Did you mean 'kind'?",
    ],
    [{ where: 'a > 1e9' }, "factorTable: no row of 'made.csv' is left; the condition holds for none."],
    [{ columns: ['kind'], target: 'kind' }, "factorTable: 'made.csv' has no column beside the target 'kind'."],
    [{ k: 9, except: ['kind'] }, 'expected a whole number from 1 to 5'],
  ])('%j is told', async (options, message) => {
    await expect(factorTable(await made(), options)).rejects.toThrow(message)
  })
})
