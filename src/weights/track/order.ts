/** Which checkpoint comes when: steps from metadata and file names, and the natural order of names where there are none. */
import type { Metadata } from '../../checkpoint/index.js'
import { inert, UsageError } from '../../core/index.js'

export interface Dated {
  readonly path: string
  readonly metadata: Metadata
}

export interface Place {
  readonly step: number | null
  readonly stepFrom: 'metadata' | 'name' | null
}

export interface Ordered<T> {
  readonly order: 'step' | 'name' | 'given'
  readonly items: readonly (T & Place)[]
  readonly warnings: readonly string[]
}

const metadataKeys = ['step', 'global_step', 'iteration', 'iter']

/** Words before a number that say it is a step, the surest first. A checkpoint's number is a step; an epoch is one where nothing else is. */
const stepWords: readonly RegExp[] = [
  /(?:^|[^a-z])(?:global[_-]?)?steps?[_=-]?(\d+)/gi,
  /(?:^|[^a-z])(?:iteration|iter|it)[_=-]?(\d+)/gi,
  /(?:^|[^a-z])(?:checkpoint|ckpt|chkpt)[_=-]?(\d+)/gi,
  /(?:^|[^a-z])(?:epoch|ep)s?[_=-]?(\d+)/gi,
]

/**
 * Orders checkpoints in time. `auto`: by step where each has one, else by name. Steps come from the metadata (`step`, `global_step`, `iteration`,
 * `iter`), else from the file's name, else from its folder's (`checkpoint-1200/model.safetensors`). Equal steps keep the order of names, and what
 * is doubtful is told in `warnings`.
 *
 * @throws UsageError for order `step` where a checkpoint tells none
 */
export function orderCheckpoints<T extends Dated>(
  given: readonly T[],
  wanted: 'auto' | 'step' | 'name' | 'given',
): Ordered<T> {
  const warnings: string[] = []
  const numbers = stepsOfNames(given.map(({ path }) => path))
  const items = given.map((one, index) => ({ ...one, ...placeOf(one, numbers[index]!, warnings) }))
  const without = items.filter(({ step }) => step === null)
  if (wanted === 'step' && without.length > 0)
    throw new UsageError(
      `track: '${inert(without[0]!.path)}' tells no step, neither in its metadata (step, global_step) nor in its name (step0800, checkpoint-1200). Try --order name or --order given.`,
    )
  if (wanted === 'auto' && without.length > 0 && without.length < items.length)
    warnings.push(
      `${without.length} of ${items.length} checkpoints tell no step (the first is '${inert(without[0]!.path)}'), so they are in the order of their names.`,
    )
  const order = wanted === 'auto' ? (without.length > 0 ? 'name' : 'step') : wanted
  const byName = order === 'given' ? items : [...items].sort((a, b) => compareNatural(a.path, b.path))
  // A sort is stable: equal steps keep the order of names.
  const sorted = order === 'step' ? byName.sort((a, b) => a.step! - b.step!) : byName
  const repeated = sorted.find((one, index) => index > 0 && one.step !== null && one.step === sorted[index - 1]!.step)
  if (repeated)
    warnings.push(
      `Step ${repeated.step} stands more than once ('${inert(repeated.path)}' is one): updates between equal steps have no size per step.`,
    )
  if (order !== 'step' && sorted.some((one, index) => index > 0 && backwards(sorted[index - 1]!, one)))
    warnings.push(`The steps do not rise in the order ${order === 'given' ? 'given' : 'of names'}.`)
  return { order, items: sorted, warnings }
}

function backwards(before: Place, after: Place): boolean {
  return before.step !== null && after.step !== null && after.step < before.step
}

function placeOf({ path, metadata }: Dated, fromName: number | null, warnings: string[]): Place {
  for (const key of metadataKeys) {
    const step = wholeNumber(Object.hasOwn(metadata, key) ? metadata[key] : undefined)
    if (step === null) continue
    if (fromName !== null && fromName !== step)
      warnings.push(`'${inert(path)}': the metadata say step ${step}, the name ${fromName}; the metadata are believed.`)
    return { step, stepFrom: 'metadata' }
  }
  return fromName === null ? { step: null, stepFrom: null } : { step: fromName, stepFrom: 'name' }
}

function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}

/**
 * The step in each name: the number after the surest word that all share; without words the only number of each name, or the only one of
 * several that differs from file to file. Null where that leaves a doubt.
 */
function stepsOfNames(paths: readonly string[]): readonly (number | null)[] {
  const parts = paths.map((path) => path.split(/[\\/]/).filter((part) => part !== ''))
  for (const depth of [1, 2]) {
    const names = parts.map((steps) => steps.at(-depth) ?? '')
    for (const word of stepWords) {
      const found = names.map((name) => lastNumber(name, word))
      if (found.every((number) => number !== null)) return found
    }
    const bare = bareNumbers(names)
    if (bare.every((number) => number !== null)) return bare
  }
  // Names of several kinds: each by its own words.
  return parts.map((steps) => {
    const name = steps.at(-1) ?? ''
    for (const word of stepWords) {
      const number = lastNumber(name, word)
      if (number !== null) return number
    }
    return null
  })
}

function lastNumber(name: string, word: RegExp): number | null {
  const digits = [...name.matchAll(word)].at(-1)?.[1]
  return digits === undefined ? null : wholeNumber(digits)
}

function bareNumbers(names: readonly string[]): readonly (number | null)[] {
  // The ending may hold a digit of its own (.h5), and part numbers of shards are no steps.
  const all = names.map((name) =>
    [
      ...name
        .replace(/\.[^.]*$/, '')
        .replace(/-\d+-of-\d+$/, '')
        .matchAll(/\d+/g),
    ].map(([digits]) => wholeNumber(digits)),
  )
  const count = all[0]?.length ?? 0
  if (all.some((numbers) => numbers.length !== count)) return names.map(() => null)
  const places = Array.from({ length: count }, (_, at) => at)
  const varying = places.filter((at) => all.some((numbers) => numbers[at] !== all[0]![at]))
  // A number that is the same everywhere is no step, unless there is one file only.
  const place = varying.length === 1 ? varying[0]! : count === 1 && all.length === 1 ? 0 : null
  return all.map((numbers) => (place === null ? null : numbers[place]!))
}

/** `a2` before `a10`: runs of digits compare as numbers, everything else by its characters. */
export function compareNatural(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const [x, y] = [one[i]!, other[i]!]
    if (x === y) continue
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const [short, long] = [x.replace(/^0+(?=\d)/, ''), y.replace(/^0+(?=\d)/, '')]
      if (short.length !== long.length) return short.length - long.length
      if (short !== long) return short < long ? -1 : 1
      continue
    }
    return x < y ? -1 : 1
  }
  return one.length - other.length || (a < b ? -1 : a > b ? 1 : 0)
}

const partsOf = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? []
