/** What a search tries: all combinations of lists, or draws from lists and ranges. Which trial has which settings follows from the seed alone. */
import { inert, UsageError } from '../../core/index.js'
import { rand } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { withField } from '../config/set.js'
import type { SearchRange, SearchSpace } from '../config/types.js'
import { generatorFor } from '../seeds.js'

export type SettingValue = number | string | boolean | null
/** Values of fields by their paths, in the order of the space. */
export type Settings = Readonly<Record<string, SettingValue>>

/** More trials than this are a slip. */
const mostTrials = 100_000
/** The stream of random numbers that trials are drawn from, beside those of `fit`. */
const trialStream = 11

const isList = (one: SearchSpace[string]): one is readonly SettingValue[] => Array.isArray(one)

/** Values that a field takes in a grid. @throws UsageError for a range without `count` */
function valuesOf(path: string, one: SearchSpace[string]): readonly SettingValue[] {
  if (isList(one)) return one
  checkRange(path, one)
  const { count } = one
  if (count === undefined)
    throw new UsageError(
      `search: a grid takes lists, and '${inert(path)}' is a range. Try { low, high, count: 5 }, a list, or method: random.`,
    )
  const at = (i: number): number => valueAt(one, count === 1 ? 0 : i / (count - 1))
  return [...new Set(Array.from({ length: count }, (_, i) => at(i)))]
}

/**
 * All combinations, the last field changing fastest. Ranges need `count`.
 *
 * @example
 * gridSettings({ 'optimizer.lr': [0.1, 0.01], 'model.dropout': [0, 0.5] }) // 4 settings
 */
export function gridSettings(space: SearchSpace): Settings[] {
  let all: Record<string, SettingValue>[] = [{}]
  for (const [path, one] of Object.entries(space)) {
    const values = valuesOf(path, one)
    if (all.length * values.length > mostTrials)
      throw new UsageError(`search: the grid has over ${mostTrials} combinations. Try method: random, with trials.`)
    all = all.flatMap((settings) => values.map((value) => ({ ...settings, [path]: value })))
  }
  return all
}

/**
 * `trials` draws: lists uniformly; ranges uniformly, or with `log` uniformly in the logarithm; `whole` ranges give whole numbers, `high` included.
 * The first trials are the same however many there are.
 */
export function randomSettings(space: SearchSpace, trials: number, seed: number): Settings[] {
  if (!Number.isInteger(trials) || trials < 1 || trials > mostTrials)
    throw new UsageError(`search: trials = ${trials}; expected a whole number from 1 to ${mostTrials}.`)
  const fields = Object.entries(space)
  for (const [path, one] of fields) if (!isList(one)) checkRange(path, one)
  return Array.from({ length: trials }, (_, trial) =>
    tidy(() => {
      const generator = generatorFor(seed, trialStream, trial)
      const units = rand([Math.max(1, fields.length)], { dtype: 'f64', generator }).toArray()
      return Object.fromEntries(fields.map(([path, one], i) => [path, drawn(one, Number(units[i]))]))
    }),
  )
}

function drawn(one: SearchSpace[string], unit: number): SettingValue {
  if (isList(one)) return one[Math.floor(unit * one.length)]!
  const { low, high, log = false, whole = false } = one
  if (!whole) return valueAt(one, unit)
  // Each whole number has the part of the range from itself to the next.
  const value = log ? low * ((high + 1) / low) ** unit : low + unit * (high + 1 - low)
  return Math.min(high, Math.floor(value))
}

/** A share of the way from low to high. The ends are met exactly. */
function valueAt({ low, high, log = false, whole = false }: SearchRange, share: number): number {
  const value = share === 0 ? low : share === 1 ? high : log ? low * (high / low) ** share : low + share * (high - low)
  return whole ? Math.round(value) : value
}

function checkRange(path: string, { low, high, log = false, whole = false, count }: SearchRange): void {
  const wrong = (why: string): UsageError => new UsageError(`search: the range of '${inert(path)}' ${why}.`)
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) throw wrong(`goes from ${low} to ${high}; expected low <= high`) // biome-ignore format: one line
  if (log && low <= 0) throw wrong(`is logarithmic from ${low}; expected low above 0`)
  if (whole && !(Number.isInteger(low) && Number.isInteger(high))) throw wrong(`is of whole numbers, from ${low} to ${high}`) // biome-ignore format: one line
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 10_000)) throw wrong(`has count ${count}; expected 1 to 10000`) // biome-ignore format: one line
}

/** A configuration with the settings in it. */
export function withSettings<T extends object>(config: T, settings: Settings): T {
  return Object.entries(settings).reduce((one, [path, value]) => withField(one, path, value), config)
}
