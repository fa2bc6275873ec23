/** Options that k-means and its kin share. */
import type { Tensor } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/internal.js'
import { wholeOption } from '../input.js'
import { type Seed, uniforms } from '../random.js'
import { amountOption, wordOption } from '../samples.js'
import type { LloydOptions } from './lloyd.js'
import type { KMeansInit } from './start.js'

export interface CentersOptions {
  /** How many clusters. */
  k: number
  /** Greedy k-means++ (the default), k different rows, or centres [k, d] (then there is one start). */
  init?: KMeansInit
  /** How many starts; the one with the least inertia is kept. 20 where rows * columns * k is at most 10^8, else 10; 1 for centres given. */
  starts?: number
  /**
   * How often, after the starts, a centre of the best is moved to a row drawn with chances as its cost, and the iteration run from there; what is better is
   * kept. 50 where `starts` is left open and rows * columns * k is at most 2e7, else 0.
   */
  swaps?: number
  /** Of each start (300). */
  maxIterations?: number
  /** 0 by default. */
  seed?: Seed
}

export interface KMeansOptions extends CentersOptions {
  /** At rest where the centres move, squared and summed, by at most this part of the mean variance of the columns (1e-4). */
  tol?: number
  /** Which distances are left out; the result is the same. `auto` is `hamerly`. */
  algorithm?: KMeansAlgorithm
}

export type KMeansAlgorithm = 'auto' | 'lloyd' | 'hamerly' | 'elkan'

export interface Chosen extends Required<Omit<KMeansOptions, 'starts' | 'swaps'>> {
  /** null: by the size of the table. */
  readonly starts: number | null
  readonly swaps: number | null
}

const shared = ['k', 'init', 'starts', 'swaps', 'maxIterations', 'seed'] as const

/** With defaults; throws UsageError for what is impossible. */
export function chosenOptions(op: string, options: KMeansOptions, known: readonly ('tol' | 'algorithm')[]): Chosen {
  checkOptions(op, options, [...shared, ...known])
  const { init = 'k-means++', maxIterations = 300, tol = 1e-4, algorithm = 'auto', seed = 0 } = options
  if (typeof init === 'string') wordOption(op, 'init', init, ['k-means++', 'random'])
  return {
    k: wholeOption(op, 'k', options.k, 1),
    init,
    starts: options.starts === undefined ? null : wholeOption(op, 'starts', options.starts, 1),
    swaps: options.swaps === undefined ? null : wholeOption(op, 'swaps', options.swaps, 0),
    maxIterations: wholeOption(op, 'maxIterations', maxIterations, 1),
    tol: amountOption(op, 'tol', tol),
    algorithm: wordOption(op, 'algorithm', algorithm, ['auto', 'lloyd', 'hamerly', 'elkan']),
    seed: typeof seed === 'number' ? wholeOption(op, 'seed', seed, 0) : seed,
  }
}

/** As JSON has them. */
export function optionsJson({ init, seed, ...rest }: Partial<Chosen>): Record<string, unknown> {
  return { ...rest, init: typeof init === 'string' ? init : 'given', seed: typeof seed === 'number' ? seed : null }
}

/** How many starts and swaps there are for rows x. */
function effortFor({ init, starts, swaps, k }: Chosen, x: Tensor): { starts: number; swaps: number } {
  const isGiven = typeof init !== 'string'
  const work = x.size * k
  return {
    starts: isGiven ? 1 : (starts ?? (work <= 1e8 ? 20 : 10)),
    swaps: swaps ?? (work <= 2e7 && starts === null && !isGiven ? 50 : 0),
  }
}

/** What a search is asked for: numbers are drawn anew for each. */
export function wanted(
  chosen: Chosen,
  x: Tensor,
): Pick<Chosen, 'k' | 'init'> & { starts: number; swaps: number; draw: () => number } {
  return { k: chosen.k, init: chosen.init, ...effortFor(chosen, x), draw: uniforms(chosen.seed) }
}

/** What Lloyd's iteration is asked for. */
export function boundsOf({ maxIterations, tol, algorithm }: Chosen): LloydOptions {
  return { maxIterations, tol, bounds: algorithm === 'auto' ? 'hamerly' : algorithm }
}
