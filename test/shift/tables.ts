/** Three pairs of tables that the oracles of columns and of whole tables are about. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Tensor, tensor } from '../../src/tensor/index.node.js'
import { sharedJson, sharedPath } from '../shared.js'

// biome-ignore lint/suspicious/noExplicitAny: figures of any depth, read from a file
export type Figures = Record<string, any>

export type Columns = Map<string, Float64Array>

/** Numbers of a file, by column; `names` where it has no header. */
function columnsOf(text: string, names?: readonly string[]): Columns {
  const lines = text.trimEnd().split(/\r?\n/)
  const titles = names ?? lines.shift()!.split(',')
  const out = new Map(titles.map((name) => [name, new Float64Array(lines.length)]))
  for (const [i, line] of lines.entries())
    for (const [j, word] of line.split(',').entries()) out.get(titles[j]!)![i] = Number(word)
  return out
}

const picked = (columns: Columns, rows: readonly number[]): Columns =>
  new Map([...columns].map(([name, values]) => [name, Float64Array.from(rows, (row) => values[row]!)]))

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

export const wineNames = [
  'fixed acidity',
  'volatile acidity',
  'citric acid',
  'residual sugar',
  'chlorides',
  'free sulfur dioxide',
  'total sulfur dioxide',
  'density',
  'pH',
  'sulphates',
  'alcohol',
  'quality',
]

/** Reference and current columns of a pair, by its name in the oracle. */
export function pairOf(name: string): [Columns, Columns] {
  if (name.startsWith('wine')) {
    const read = (color: string) =>
      columnsOf(
        readFileSync(sharedPath('data', 'tables', 'wine-quality', `winequality-${color}.csv`), 'utf8'),
        wineNames,
      )
    return [read('red'), read('white')]
  }
  if (name.startsWith('elec2')) {
    const all = columnsOf(readFileSync(sharedPath('data', 'streams', 'elec2', 'elec.csv'), 'utf8'))
    return [picked(all, range(0, 22656)), picked(all, range(22656, 45312))]
  }
  const text = gunzipSync(readFileSync(sharedPath('data', 'tables', 'sklearn', 'digits.csv.gz'))).toString()
  const all = columnsOf(text, [...range(0, 64).map((i) => `pixel_${i}`), 'label'])
  const { cur } = sharedJson<{ cur: number[] }>('oracle', 'univariate', 'digits_label_shift_indices.json')
  return [picked(all, range(0, 898)), picked(all, cur)]
}

/** Row-major matrix of some columns, rows floor(i n / 500), each value as `scaled` has it. */
function matrixOf(
  columns: Columns,
  names: readonly string[],
  rows: readonly number[],
  scaled: (name: string, x: number) => number,
): Tensor {
  const values = rows.flatMap((row) => names.map((name) => scaled(name, columns.get(name)![row]!)))
  return tensor(Float64Array.from(values), { dtype: 'f64' }).reshape([rows.length, names.length])
}

/** The matrices of 500 rows each that the multivariate oracle describes. */
export function matricesOf(name: string): [Tensor, Tensor] {
  const [a, b] = pairOf(name)
  const systematic = (columns: Columns): number[] => {
    const n = [...columns.values()][0]!.length
    return range(0, 500).map((i) => Math.floor((i * n) / 500))
  }
  if (name.startsWith('digits')) {
    const pixels = range(0, 64).map((i) => `pixel_${i}`)
    const sixteenth = (_: string, x: number): number => x / 16
    return [matrixOf(a, pixels, systematic(a), sixteenth), matrixOf(b, pixels, range(0, 500), sixteenth)]
  }
  const names = [...a.keys()].filter((one) => one !== 'class' && one !== 'quality')
  const moments = new Map(
    names.map((one) => {
      const x = a.get(one)!
      const mean = x.reduce((sum, value) => sum + value, 0) / x.length
      const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
      return [one, [mean, Math.sqrt(variance)] as const]
    }),
  )
  const standard = (one: string, x: number): number => (x - moments.get(one)![0]) / moments.get(one)![1]
  return [matrixOf(a, names, systematic(a), standard), matrixOf(b, names, systematic(b), standard)]
}
