/** The figures of a tensor as columns: one list that the terminal, the CSV and the HTML page share. */
import { showShape } from '../core/index.js'
import type { TensorFigures } from '../weights/index.js'
import { showCount, showNumber, showShare } from './numbers.js'

export interface Column {
  /** What `--sort` takes and the CSV's header says. */
  readonly key: string
  /** Short title. */
  readonly title: string
  /** One line for tooltips and help. */
  readonly meaning: string
  readonly align: 'left' | 'right'
  /** The raw value; null was not computed. */
  value(tensor: TensorFigures): number | string | null
  /** For people; full numbers unless given. */
  show?(tensor: TensorFigures): string
  /** The direction that `--sort` shows first. */
  readonly worstFirst: 'largest' | 'smallest'
}

const number = (
  key: string,
  title: string,
  meaning: string,
  value: (tensor: TensorFigures) => number | null | undefined,
  worstFirst: 'largest' | 'smallest' = 'largest',
): Column => ({ key, title, meaning, align: 'right', worstFirst, value: (tensor) => value(tensor) ?? null })

const count = (key: string, title: string, meaning: string, value: (tensor: TensorFigures) => number): Column => ({
  ...number(key, title, meaning, value),
  show: (tensor) => showCount(value(tensor)),
})

const text = (key: string, title: string, meaning: string, value: (tensor: TensorFigures) => string): Column => ({
  key,
  title,
  meaning,
  align: 'left',
  worstFirst: 'smallest',
  value,
})

export const columns: readonly Column[] = [
  text('name', 'tensor', "the file's own name", (t) => t.name),
  text('dtype', 'dtype', "the file's own word for the storage type", (t) => t.dtype),
  text('shape', 'shape', 'outermost axis first', (t) => showShape(t.shape)),
  text('kind', 'kind', 'what the tensor is for, from the graph or its name', (t) => t.kind),
  count('count', 'elements', 'number of elements', (t) => t.count),
  {
    ...count('zeros', 'zeros', 'elements that are exactly zero', (t) => t.zeros),
    show: (t) => showShare(t.zeros, t.count),
  },
  count('nan', 'NaN', 'elements that are not a number', (t) => t.nan),
  count('posInf', '+Inf', 'elements that are positive infinity', (t) => t.posInf),
  count('negInf', '-Inf', 'elements that are negative infinity', (t) => t.negInf),
  count('l0', 'L0', 'elements that are not zero', (t) => t.l0),
  number('l1', 'L1', 'sum of absolute values', (t) => t.l1),
  number('l2', 'L2', 'Euclidean (Frobenius) norm', (t) => t.l2),
  number('linf', 'max|w|', 'largest absolute value', (t) => t.linf),
  number('mean', 'mean', 'mean', (t) => t.mean),
  number('std', 'std', 'standard deviation (ddof 0)', (t) => t.std),
  number('min', 'min', 'smallest value', (t) => t.min),
  number('max', 'max', 'largest value', (t) => t.max),
  number('spectral', 'σ₁', 'spectral norm: the largest singular value', (t) => t.matrix?.spectral),
  number('nuclear', 'nuclear', 'sum of singular values', (t) => t.matrix?.nuclear),
  number(
    'stableRank',
    'stable rank',
    '‖W‖F² / σ₁²: how many directions carry the norm',
    (t) => t.matrix?.stableRank,
    'smallest',
  ),
  number(
    'effectiveRank',
    'eff. rank',
    'exp of the entropy of the normalized singular values',
    (t) => t.matrix?.effectiveRank,
    'smallest',
  ),
  number('rank', 'rank', 'singular values above the tolerance', (t) => t.matrix?.rank, 'smallest'),
  number('condition', 'cond', 'σ₁ / σmin', (t) => t.matrix?.condition),
  number('sigmaMin', 'σmin', 'the smallest singular value', (t) => t.matrix?.sigmaMin, 'smallest'),
  number(
    'energy90',
    'k₉₀',
    'rank that keeps 90 % of the energy (sum of σ²)',
    (t) => t.matrix?.energyRank['0.9'],
    'smallest',
  ),
  number('energy95', 'k₉₅', 'rank that keeps 95 % of the energy', (t) => t.matrix?.energyRank['0.95'], 'smallest'),
  number('energy99', 'k₉₉', 'rank that keeps 99 % of the energy', (t) => t.matrix?.energyRank['0.99'], 'smallest'),
  number('alpha', 'α', 'power-law exponent of the eigenvalue tail', (t) => t.matrix?.alpha?.value),
  number('alphaKs', 'KS', "Kolmogorov-Smirnov distance of the power law's fit", (t) => t.matrix?.alpha?.ks),
  number('operatorNorm', 'conv σ₁', 'spectral norm of the convolution as an operator', (t) => t.conv?.operatorNorm),
  number('rowMin', 'min out', 'smallest L2 norm of the weights of one output (a row)', (t) => t.rows?.min, 'smallest'),
  number('rowMedian', 'median out', 'median L2 norm of the weights of one output', (t) => t.rows?.median),
  number('rowMax', 'max out', 'largest L2 norm of the weights of one output', (t) => t.rows?.max),
  number(
    'columnMin',
    'min in',
    'smallest L2 norm of the weights of one input (a column)',
    (t) => t.columns?.min,
    'smallest',
  ),
  number('columnMedian', 'median in', 'median L2 norm of the weights of one input', (t) => t.columns?.median),
  number('columnMax', 'max in', 'largest L2 norm of the weights of one input', (t) => t.columns?.max),
  number('deadRows', 'dead out', 'outputs whose weights are all zero', (t) => t.rows?.dead),
  number('deadColumns', 'dead in', 'inputs whose weights are all zero', (t) => t.columns?.dead),
]

const byKey = new Map(columns.map((column) => [column.key, column]))

export function columnOf(key: string): Column | undefined {
  return byKey.get(key)
}

export function showCell(column: Column, tensor: TensorFigures): string {
  if (column.show) return column.show(tensor)
  const value = column.value(tensor)
  return typeof value === 'string' ? value : showNumber(value)
}
