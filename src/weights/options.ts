/** What `inspect` was asked for, checked and complete; other commands check what they share with it here too. */
import { inert, UsageError } from '../core/index.js'
import { resolveThresholds, type Thresholds } from './flags/index.js'
import type { RunOptions } from './measurer.js'
import type { InspectOptions } from './types.js'

export interface Settled {
  readonly run: RunOptions
  readonly globs: readonly string[]
  readonly thresholds: Thresholds
}

/** Throws UsageError for an impossible value: callers without types get the same sentence as the command line's. */
export function settle(options: InspectOptions, command = 'inspect'): Settled {
  const { impossible, oneOf } = checks(command)
  const { tensors = [], workers, rankTolerance, signal, onProgress } = options
  const globs = typeof tensors === 'string' ? [tensors] : tensors
  if (!Array.isArray(globs) || globs.some((glob) => typeof glob !== 'string'))
    throw impossible('tensors', tensors, 'a glob or an array of globs')
  if (workers !== undefined && !isWhole(workers)) throw impossible('workers', workers, 'a whole number of at least 0')
  if (rankTolerance !== undefined && !(Number.isFinite(rankTolerance) && rankTolerance > 0))
    throw impossible('rankTolerance', rankTolerance, 'a number above 0')
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw impossible('signal', signal, 'an AbortSignal')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw impossible('onProgress', onProgress, 'a function')
  oneOf('backend', options.backend ?? 'auto', ['auto', 'system', 'portable'])
  const seed = options.seed ?? 0
  if (!isWhole(seed)) throw impossible('seed', seed, 'a whole number of at least 0')
  const convNorms = options.convNorms ?? false
  if (typeof convNorms !== 'boolean') throw impossible('convNorms', convNorms, 'true or false')
  const spectra = oneOf('spectra', options.spectra ?? 'auto', ['auto', 'exact', 'estimate', 'none'])
  return {
    run: { spectra, convNorms, seed, ...(rankTolerance === undefined ? {} : { rankTolerance }) },
    globs,
    thresholds: resolveThresholds(options.thresholds ?? {}),
  }
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Checks that speak of the command. */
export function checks(command: string) {
  const impossible = (name: string, value: unknown, expected: string): UsageError => {
    const shown = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'number' ? value : typeof value
    return new UsageError(`${command}: ${name} is ${inert(String(shown), 60)}; expected ${expected}.`)
  }
  const oneOf = <T extends string>(name: string, value: T, choices: readonly T[]): T => {
    if (choices.includes(value)) return value
    throw impossible(name, value, `one of ${choices.join(', ')}`)
  }
  return { impossible, oneOf }
}
