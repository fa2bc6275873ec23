/** Options of MatrixFactorization, checked and completed. */
import { UsageError } from '../../core/index.js'
import { checkOptions } from '../../tensor/internal.js'
import type { BiasPenalty } from './biases.js'
import type { Duplicates } from './ratings.js'

export interface MatrixFactorizationOptions {
  /** Factors of each user and item (10). */
  k?: number
  /**
   * `als`: alternating least squares (default); `sgd`: stochastic gradient descent; `svd`: truncated SVD of what biases leave, with 0 where
   * nothing was rated.
   */
  method?: 'als' | 'sgd' | 'svd'
  /**
   * `fixed`: fitted first, factors to what they leave (default of `als` and `svd`); `joint`: together with the factors and with their penalty
   * (default, and with `none` the only choice, of `sgd`; not for `svd`); `none`: the mean alone.
   */
  biases?: 'fixed' | 'joint' | 'none'
  /**
   * Ridge penalty of fixed biases, in numbers of ratings: one for both, one for each kind, or `auto` (default): chosen on a validation part from
   * 0.5, 1, 1.5, 2, 3, 5, 10 and 25 for each kind. Joint biases of `sgd` take a number (default: `regularization`).
   */
  biasRegularization?: number | BiasPenalty | 'auto'
  /** Sweeps of fixed biases (20). */
  biasIterations?: number
  /** Ridge penalty lambda of factors, or `auto` (default): chosen on a validation part, and with it how many iterations. */
  regularization?: number | 'auto'
  /** lambda times the number of ratings of the user or item (ALS-WR) in place of lambda (false). `als` only: `sgd` always has that meaning. */
  weighted?: boolean
  /** Sweeps of `als` (10), epochs of `sgd` (20): all of them, or at most so many with early stopping. */
  iterations?: number
  /** Ends where a validation part is predicted best; then all ratings are fitted for so long (true where `regularization` is `auto`). */
  earlyStopping?: boolean
  /** Share of the ratings, drawn by the seed, that choices are made on (0.1). All ratings are fitted afterwards. */
  validation?: number
  /** Step of `sgd` (0.01). */
  learningRate?: number
  /** Where users of `als` start: in the truncated SVD of what biases leave (`svd`, default), or at random. `sgd` starts at random. */
  start?: 'svd' | 'random'
  /** Standard deviation of random starts (0.1). */
  initialScale?: number
  /** Predictions stay within the lowest and highest rating that were seen (true), within a range, or as they come (false). */
  clip?: boolean | readonly [number, number]
  /** What several ratings of one item by one user mean (`last`). */
  duplicates?: Duplicates
  /** 0 */
  seed?: number
}

/** The same with defaults. */
export interface Settings extends Required<Omit<MatrixFactorizationOptions, 'clip'>> {
  readonly clip: boolean | readonly [number, number]
}

const names = [
  'k', 'method', 'biases', 'biasRegularization', 'biasIterations', 'regularization', 'weighted', 'iterations', 'earlyStopping', 'validation',
  'learningRate', 'start', 'initialScale', 'clip', 'duplicates', 'seed',
] as const // biome-ignore format: a list

const op = 'MatrixFactorization'

/** Throws UsageError for what is not known, impossible, or contradicts itself. */
export function settingsOf(options: MatrixFactorizationOptions): Settings {
  checkOptions(op, options, names)
  const { method = 'als' } = options
  oneOf('method', method, ['als', 'sgd', 'svd'])
  const { biases = method === 'sgd' ? 'joint' : 'fixed' } = options
  oneOf('biases', biases, method === 'als' ? ['fixed', 'joint', 'none'] : method === 'sgd' ? ['joint', 'none'] : ['fixed', 'none']) // biome-ignore format: one line
  const { regularization = 'auto' } = options
  const settings: Settings = {
    k: 10,
    method,
    biases,
    biasRegularization: method === 'sgd' ? (regularization as number) : 'auto',
    biasIterations: 20,
    regularization,
    weighted: false,
    iterations: method === 'sgd' ? 20 : 10,
    earlyStopping: regularization === 'auto',
    validation: 0.1,
    learningRate: 0.01,
    start: 'svd',
    initialScale: 0.1,
    clip: true,
    duplicates: 'last',
    seed: 0,
    ...options,
  }
  whole('k', settings.k, 0)
  whole('iterations', settings.iterations, 0)
  whole('biasIterations', settings.biasIterations, 0)
  oneOf('start', settings.start, ['svd', 'random'])
  for (const name of ['learningRate', 'initialScale'] as const) positive(name, settings[name])
  penalty('regularization', regularization)
  penalties(settings.biasRegularization)
  if (!(settings.validation > 0 && settings.validation < 1))
    throw new UsageError(`${op}: validation ${settings.validation}; expected a share between 0 and 1.`)
  range(settings.clip)
  return settings
}

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw new UsageError(
      `${op}: ${name} ${JSON.stringify(value)}; expected ${known.map((one) => `'${one}'`).join(', ')}.`,
    )
}

function whole(name: string, value: unknown, least: number): void {
  if (!Number.isInteger(value) || (value as number) < least)
    throw new UsageError(`${op}: ${name} ${String(value)}; expected a whole number from ${least} on.`)
}

function positive(name: string, value: unknown): void {
  if (!(Number.isFinite(value) && (value as number) > 0))
    throw new UsageError(`${op}: ${name} ${String(value)}; expected a number above 0.`)
}

function penalty(name: string, value: unknown): void {
  if (value !== 'auto' && !(Number.isFinite(value) && (value as number) >= 0))
    throw new UsageError(`${op}: ${name} ${JSON.stringify(value)}; expected a number from 0 on, or 'auto'.`)
}

function penalties(value: Settings['biasRegularization']): void {
  if (typeof value === 'object' && value !== null) {
    penalty('biasRegularization.users', value.users)
    penalty('biasRegularization.items', value.items)
  } else penalty('biasRegularization', value)
}

function range(clip: Settings['clip']): void {
  if (typeof clip === 'boolean') return
  if (!Array.isArray(clip) || clip.length !== 2 || !(clip[0] <= clip[1]))
    throw new UsageError(`${op}: clip ${JSON.stringify(clip)}; expected true, false or [lowest, highest].`)
}
