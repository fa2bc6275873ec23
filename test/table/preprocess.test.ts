/** Tables as matrices: what is learned, what is applied, what is told. */
import { describe, expect, it } from 'vitest'
import { Preprocess, type PreprocessOptions, readCsv, type Table } from '../../src/table/index.node.js'
import { memory } from '../../src/tensor/index.js'

const csv = (text: string, types: Record<string, 'numeric' | 'categorical'> = {}): Promise<Table> =>
  readCsv({ text }, { name: 'some.csv', types, header: true })

const matrix = (table: Table, options: PreprocessOptions): { x: number[][]; names: readonly string[] } => {
  const { x, names } = new Preprocess(options).fitTransform(table)
  const nested = x.toNested() as number[][]
  x.dispose()
  return { x: nested, names }
}

describe('a worked example', () => {
  it('standardizes numbers with ddof 0, and makes indicators of categories in alphabetical order', async () => {
    const { x, names } = matrix(await csv('size,kind\n1,b\n3,a\n'), {})
    expect(names).toEqual(['size', 'kind=a', 'kind=b'])
    expect(x).toEqual([
      [-1, 0, 1],
      [1, 1, 0],
    ])
  })

  it.each([
    ['centre', [-3, -2, 0, 5]],
    ['minmax', [0, 1 / 8, 3 / 8, 1]],
    // Median 3; quartiles of 1, 2, 4, 9 by linear interpolation 1.75 and 5.25.
    ['robust', [-2 / 3.5, -1 / 3.5, 1 / 3.5, 6 / 3.5]],
    ['none', [1, 2, 4, 9]],
  ] as const)('%s', async (scale, expected) => {
    const { x } = matrix(await csv('v\n1\n2\n4\n9\n', { v: 'numeric' }), { scale })
    for (const [i, row] of x.entries()) expect(row[0]).toBeCloseTo(expected[i]!, 14)
  })
})

describe('missing values', () => {
  const text = 'a,b\n1,x\nNA,y\n5,NA\n'

  it('are an error that names line and column', async () => {
    const table = await csv(text)
    expect(() => new Preprocess().fit(table)).toThrow(
      "'some.csv' line 3, column 'a': there is no value. Try missing 'drop' to leave such rows out, or 'mean', 'median', 'mode' to fill them.",
    )
  })

  it('leave their rows out', async () => {
    const { x, rows, dropped } = new Preprocess({ missing: 'drop', scale: 'none' }).fitTransform(await csv(text))
    expect([Array.from(rows), dropped, x.toNested()]).toEqual([[0], 2, [[1, 1]]])
  })

  it('are filled: numbers by the mean, words by the smallest mode', async () => {
    const { x, imputed, names } = new Preprocess({ missing: 'mean', scale: 'none' }).fitTransform(await csv(text))
    expect(names).toEqual(['a', 'b=x', 'b=y'])
    expect(x.toNested()).toEqual([
      [1, 1, 0],
      [3, 0, 1],
      [5, 1, 0],
    ])
    expect(imputed).toEqual([
      { name: 'a', count: 1 },
      { name: 'b', count: 1 },
    ])
  })

  it('become a constant, which is a category of its own', async () => {
    const columns = { a: { missing: { constant: -1 } }, b: { missing: { constant: 'none' } } }
    const { x, names } = matrix(await csv(text), { scale: 'none', columns })
    expect(names).toEqual(['a', 'b=none', 'b=x', 'b=y'])
    expect(x).toEqual([
      [1, 0, 1, 0],
      [-1, 0, 0, 1],
      [5, 1, 0, 0],
    ])
  })
})

describe('another table', () => {
  it('has its columns found by name; what it lacks is named, what it has more is told', async () => {
    const preprocess = new Preprocess({ scale: 'centre' }).fit(await csv('a,b\n1,10\n3,30\n'))
    const { x, ignored } = preprocess.transform(await csv('c,b,a\n9,20,2\n'))
    expect([x.toNested(), ignored]).toEqual([[[0, 0]], ['c']])
    const other = await csv('b\n1\n', { b: 'numeric' })
    expect(() => preprocess.transform(other)).toThrow(
      "Preprocess: 'some.csv' lacks 1 column of the table it was fitted on: 'a'.",
    )
  })

  it('may have categories that were not there: zeros and counted, or an error', async () => {
    const table = await csv('k\na\nb\na\n', { k: 'categorical' })
    const other = await csv('k\nc\na\n', { k: 'categorical' })
    const { x, unseen } = new Preprocess().fit(table).transform(other)
    expect(x.toNested()).toEqual([
      [0, 0],
      [1, 0],
    ])
    expect(unseen).toEqual([{ name: 'k', words: ['c'], rows: 1 }])
    expect(() => new Preprocess({ unseen: 'error' }).fit(table).transform(other)).toThrow(
      "'some.csv' line 2, column 'k': 'c' is not among the 2 categories of the table it was fitted on.",
    )
  })

  it('is the same matrix after toJSON and fromJSON', async () => {
    const table = await csv('a,k\n1.1,x\n2.3,y\n4.7,x\n')
    const preprocess = new Preprocess({ columns: { k: { scale: 'standardize', drop: 'first' } } }).fit(table)
    const again = Preprocess.fromJSON(JSON.parse(JSON.stringify(preprocess)))
    expect(again.transform(table).x.toNested()).toEqual(preprocess.transform(table).x.toNested())
    expect(again.names).toEqual(['a', 'k=y'])
  })
})

it('leaves no tensor behind', async () => {
  const table = await csv('a,k\n1.1,x\n2.3,y\n4.7,x\n')
  const before = memory().tensors
  const preprocess = new Preprocess().fit(table)
  preprocess.effect(table)
  const { x } = preprocess.transform(table)
  preprocess.inverse(x).dispose()
  x.dispose()
  expect(memory().tensors).toBe(before)
})
