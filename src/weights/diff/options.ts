/** What `diff` was asked for, checked and complete. */
import { closest, inert, UsageError } from '../../core/index.js'
import type { RunOptions } from '../measurer.js'
import { checks, settle } from '../options.js'
import { diffSortKeys } from './order.js'
import type { DiffOptions } from './types.js'

export interface SettledDiff {
  readonly run: RunOptions
  readonly globs: readonly string[]
  readonly angles: number
  readonly match: 'names' | 'shape'
  readonly sort: string
  readonly map: Readonly<Record<string, string>> | undefined
  readonly loraAlpha: number | undefined
  readonly failOver: number | undefined
}

const { impossible } = checks('diff')

/** Throws UsageError for an impossible value. */
export function settleDiff(options: DiffOptions): SettledDiff {
  const { map, match = 'names', sort = 'relative', angles = 4, loraAlpha, failOver } = options
  const { spectra, tensors, workers, backend, seed, signal, onProgress } = options
  const { run, globs } = settle({ spectra, tensors, workers, backend, seed, signal, onProgress }, 'diff')
  if (match !== 'names' && match !== 'shape') throw impossible('match', match, 'names or shape')
  if (!Number.isSafeInteger(angles) || angles < 0 || angles > 64)
    throw impossible('angles', angles, 'a whole number from 0 to 64')
  if (loraAlpha !== undefined && !(Number.isFinite(loraAlpha) && loraAlpha > 0))
    throw impossible('loraAlpha', loraAlpha, 'a number above 0')
  if (failOver !== undefined && !(typeof failOver === 'number' && failOver >= 0))
    throw impossible('failOver', failOver, 'a number of at least 0')
  requireDiffSortKey(sort)
  if (map !== undefined && !isNames(map)) throw impossible('map', map, 'an object of names of a and names of b')
  return { run, globs, angles, match, sort, map, loraAlpha, failOver }
}

/** Throws for a key that is not one of `diffSortKeys`. */
export function requireDiffSortKey(key: string): void {
  if (diffSortKeys.includes(key)) return
  const near = closest(String(key), diffSortKeys)
  throw new UsageError(
    `--sort: there is no '${inert(String(key), 60)}'. ${near.length > 0 ? `Did you mean '${near[0]}'?` : `Try one of ${diffSortKeys.join(', ')}.`}`,
  )
}

function isNames(map: unknown): boolean {
  return (
    typeof map === 'object' &&
    map !== null &&
    !Array.isArray(map) &&
    Object.values(map).every((name) => typeof name === 'string')
  )
}
