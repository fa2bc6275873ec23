/** The figures of a matrix that follow from its singular values. */
import type { StorageType } from '../../../core/index.js'
import type { MatrixFigures } from '../../types.js'
import { fitPowerLaw } from '../powerlaw.js'
import type { Spectrum } from './spectrum.js'

export interface DerivedInput {
  readonly shape: readonly [number, number]
  readonly spectrum: Spectrum
  /** Exact, from the statistics pass. */
  readonly frobenius: number
  /** Relative to sigma_1; absent: max(m, n) * eps of the storage. */
  readonly rankTolerance: number | undefined
  readonly storage: StorageType
}

type Skip = (what: string, why: string) => void

const eps32 = 2 ** -23
const eps64 = 2 ** -52
const levels = ['0.9', '0.95', '0.99'] as const
const summaryPoints = 64

/** The figures; what cannot be known is null and told to `skip`. */
export function derivedFigures(input: DerivedInput, skip: Skip): MatrixFigures {
  const { shape, spectrum, frobenius } = input
  const { values, complete } = spectrum
  const spectral = values[0] ?? 0
  const zero = spectral === 0
  const relative = input.rankTolerance ?? Math.max(...shape) * (is64(input.storage) ? eps64 : eps32)
  const rankTolerance = relative * spectral
  const whole = complete
    ? wholeFigures(values, rankTolerance, spectrum.error, skip)
    : unknownFigures(values.length, skip)
  const law = complete ? fitPowerLaw(values) : null
  if (typeof law === 'string') skip('alpha', law)
  return {
    shape: [shape[0], shape[1]],
    method: spectrum.method,
    error: spectrum.error,
    spectral,
    frobenius,
    stableRank: zero ? null : (frobenius / spectral) ** 2,
    ...whole,
    rankTolerance,
    energyRank: energyRanks(spectrum, frobenius, skip),
    singularValues: [...values.subarray(0, 16)],
    alpha: typeof law === 'string' ? null : law,
    spectrum: summary(values),
  }
}

function is64(storage: StorageType): boolean {
  return storage === 'f64' || storage === 'c128'
}

type WholeFigures = Pick<MatrixFigures, 'nuclear' | 'effectiveRank' | 'rank' | 'condition' | 'sigmaMin'>

function wholeFigures(values: Float64Array, tolerance: number, error: number, skip: Skip): WholeFigures {
  const spectral = values[0] ?? 0
  const nuclear = sum(values)
  let rank: number | null = 0
  for (const value of values) if (value > tolerance) rank++
  let sigmaMin: number | null = values[values.length - 1] ?? 0
  if (spectral === 0) return { nuclear, effectiveRank: null, rank, condition: null, sigmaMin }
  // Only where the SVD did not fit into memory.
  if (error > 1e-9 * spectral) {
    const why = `the smallest singular values are below ${error.toExponential(1)}, the accuracy of the Gram matrix, and an SVD did not fit into memory`
    skip('condition', why)
    sigmaMin = null
    if (tolerance < error) {
      skip('rank', why)
      rank = null
    }
  }
  return {
    nuclear,
    effectiveRank: effectiveRank(values, nuclear),
    rank,
    condition: sigmaMin === null ? null : spectral / sigmaMin,
    sigmaMin,
  }
}

function unknownFigures(known: number, skip: Skip): WholeFigures {
  const why = `only the largest ${known} singular values are estimated; --spectra exact computes them all`
  for (const what of ['nuclear', 'effectiveRank', 'rank', 'condition', 'sigmaMin', 'alpha']) skip(what, why)
  return { nuclear: null, effectiveRank: null, rank: null, condition: null, sigmaMin: null }
}

/** exp of the entropy of sigma / sum sigma (Roy & Vetterli 2007). */
export function effectiveRank(values: Float64Array, nuclear: number): number {
  let entropy = 0
  for (const value of values) {
    const p = value / nuclear
    if (p > 0) entropy -= p * Math.log(p)
  }
  return Math.exp(entropy)
}

/** The smallest r whose first r values hold the share of the energy. A zero matrix needs none. */
function energyRanks(spectrum: Spectrum, frobenius: number, skip: Skip): MatrixFigures['energyRank'] {
  const { values, complete, error } = spectrum
  const spectral = values[0] ?? 0
  const ranks: MatrixFigures['energyRank'] = { '0.9': null, '0.95': null, '0.99': null }
  if (spectral === 0) return { '0.9': 0, '0.95': 0, '0.99': 0 }
  // Relative to sigma_1, so that squares neither overflow nor underflow.
  const squares = Float64Array.from(values, (value) => (value / spectral) ** 2)
  const total = complete ? sum(squares) : (frobenius / spectral) ** 2
  for (const level of levels) {
    const reached = countUntil(squares, Number(level) * total)
    // Where a value's error could move the answer, an estimate does not tell it.
    const doubt = complete ? 0 : (2 * error * (reached ?? 0)) / spectral
    const sure = reached !== null && countUntil(squares, Number(level) * total + doubt) === reached
    if (reached !== null && (complete || sure)) ranks[level] = reached
    else if (complete) ranks[level] = values.length
    else skip(`energyRank ${level}`, `the estimated values hold less than ${Number(level) * 100} % of the energy`)
  }
  return ranks
}

function countUntil(squares: Float64Array, wanted: number): number | null {
  let seen = 0
  for (let i = 0; i < squares.length; i++) {
    seen += squares[i]!
    if (seen >= wanted) return i + 1
  }
  return null
}

function sum(values: Float64Array): number {
  let total = 0
  // Ascending, so that small values are not lost.
  for (let i = values.length - 1; i >= 0; i--) total += values[i]!
  return total
}

/** At most 64 points whose 1-based indices grow evenly in the logarithm, first and last included. */
export function summary(values: Float64Array): { index: number[]; value: number[] } {
  const n = values.length
  const index: number[] = []
  if (n <= summaryPoints) for (let i = 1; i <= n; i++) index.push(i)
  else
    for (let i = 0; i < summaryPoints; i++) {
      const at = Math.round(n ** (i / (summaryPoints - 1)))
      if (at > (index[index.length - 1] ?? 0)) index.push(at)
    }
  return { index, value: index.map((i) => values[i - 1]!) }
}
