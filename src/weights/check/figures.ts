/** The figures that a limit may be set on, by the names of `inspect --json`. */
import { isFloating } from '../../core/index.js'
import type { TensorFigures, Totals } from '../types.js'

/** Null: could not be computed. Undefined: this tensor has no such figure. */
type Read<T> = (from: T) => number | null | undefined

const entrywise = [
  'count', 'zeros', 'nan', 'posInf', 'negInf', 'subnormals', 'l0', 'l1', 'l2', 'linf', 'mean', 'std', 'min', 'max', 'bytes',
] as const // biome-ignore format: a list
const ofMatrix = [
  'spectral', 'nuclear', 'frobenius', 'stableRank', 'effectiveRank', 'rank', 'condition', 'sigmaMin',
] as const // biome-ignore format: a list
const ofLines = ['count', 'dead', 'min', 'median', 'max'] as const
const energies = ['0.9', '0.95', '0.99'] as const

/** Matrix figures stand under their own name too: `spectral` is `matrix.spectral`. */
function tensorFigures(): Record<string, Read<TensorFigures>> {
  const read: Record<string, Read<TensorFigures>> = {}
  for (const key of entrywise) read[key] = (one) => one[key]
  read['nonfinite'] = ({ nan, posInf, negInf }) => nan + posInf + negInf
  read['sparsity'] = ({ zeros, count }) => (count === 0 ? 0 : zeros / count)
  for (const key of ofMatrix) {
    read[key] = (one) => ofSpectrum(one, one.matrix?.[key] ?? null)
    read[`matrix.${key}`] = read[key]
  }
  for (const key of energies)
    read[`matrix.energyRank.${key}`] = (one) => ofSpectrum(one, one.matrix?.energyRank[key] ?? null)
  read['alpha'] = (one) => ofSpectrum(one, one.matrix?.alpha?.value ?? null)
  read['matrix.alpha'] = read['alpha']
  for (const side of ['rows', 'columns'] as const)
    for (const key of ofLines) read[`${side}.${key}`] = (one) => one[side]?.[key]
  read['conv.operatorNorm'] = (one) =>
    (one.kind === 'conv' || one.kind === 'convTranspose') && one.shape.length > 2
      ? (one.conv?.operatorNorm ?? null)
      : undefined
  return read
}

/** Tensors of one axis and empty ones have no spectrum; neither have whole numbers. */
function ofSpectrum(one: TensorFigures, value: number | null): number | null | undefined {
  return one.matrix === null && (one.shape.length < 2 || one.count === 0 || !isFloating(one.storage))
    ? undefined
    : value
}

export const figures: Readonly<Record<string, Read<TensorFigures>>> = tensorFigures()

/** Whether a limit on it needs singular values. */
export function needsSpectrum(name: string): boolean {
  return /^(matrix\.|alpha$)/.test(name) || (ofMatrix as readonly string[]).includes(name)
}

const totalKeys = ['tensors', 'parameters', 'bytes', 'zeros', 'nan', 'posInf', 'negInf', 'l1', 'l2', 'linf'] as const

export const totals: Readonly<Record<string, Read<Totals>>> = {
  ...Object.fromEntries(totalKeys.map((key) => [key, (one: Totals) => one[key]])),
  sparsity: ({ zeros, parameters }) => (parameters === 0 ? 0 : zeros / parameters),
}

/** Figures of `diff` for one pair of tensors. */
export const changeNames = [
  'relative', 'cosine', 'changed', 'deltaL1', 'deltaL2', 'deltaLinf', 'deltaSpectral', 'deltaNuclear', 'deltaStableRank',
] as const // biome-ignore format: a list
