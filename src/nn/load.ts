/** State dicts into a model: whole, in part, under other names. */
import { closest, inert, plural, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'
import type { StateDict, Tensor } from '../tensor/index.js'
import { castOf, copyInto, describe, isFloat, sameShape, tidy } from '../tensor/internal.js'

export interface LoadOptions {
  /** Throw when the names or shapes do not match (the default); else tell in the report. */
  strict?: boolean
  /** Names in the dict to names in the model; a function returns null for what shall be left out. */
  map?: Readonly<Record<string, string>> | ((name: string) => string | null)
  /** Globs over the model's names: load these alone. */
  only?: readonly string[]
}

export interface LoadReport {
  /** Names of the model that were loaded. */
  readonly loaded: readonly string[]
  /** Names of the model that the dict does not have. */
  readonly missing: readonly string[]
  /** Names of the dict that the model does not have. */
  readonly unexpected: readonly string[]
  readonly mismatched: readonly { readonly name: string; readonly shape: readonly number[]; readonly expected: readonly number[] }[] // biome-ignore format: one line
}

/** Copies what matches. Nothing is written when `strict` is not satisfied. */
export function loadInto(model: StateDict, dict: ReadonlyMap<string, Tensor>, options: LoadOptions): LoadReport {
  const { strict = true, map, only } = options
  const rename = (name: string): string | null =>
    map === undefined ? name : typeof map === 'function' ? map(name) : (map[name] ?? name)
  const globs = only?.map(globMatcher)
  const isWanted = (name: string): boolean => globs === undefined || globs.some((matches) => matches(name))
  const given = new Map<string, Tensor>()
  const unexpected: string[] = []
  for (const [name, value] of dict) {
    const renamed = rename(name)
    if (renamed === null) continue
    if (!model.has(renamed)) unexpected.push(name)
    else if (isWanted(renamed)) given.set(renamed, value)
  }
  const missing = [...model.keys()].filter((name) => isWanted(name) && !given.has(name))
  const mismatched: { name: string; shape: readonly number[]; expected: readonly number[] }[] = []
  const pairs: [string, Tensor, Tensor][] = []
  for (const [name, value] of given) {
    const target = model.get(name)!
    if (!sameShape(target.shape, value.shape) || isFloat(target.dtype) !== isFloat(value.dtype))
      mismatched.push({ name, shape: value.shape, expected: target.shape })
    else pairs.push([name, target, value])
  }
  if (strict) refuse({ missing, unexpected, mismatched }, model, given)
  for (const [, target, value] of pairs) write(target, value)
  return { loaded: pairs.map(([name]) => name), missing, unexpected, mismatched }
}

function write(target: Tensor, value: Tensor): void {
  tidy(() => {
    const typed = castOf(value, target.dtype)
    // Straight into the memory: parameters are leaves, and loading is no operation on the tape.
    copyInto(target, typed)
    target.storage.version++
  })
}

const list = (names: readonly string[]): string =>
  names.slice(0, 4).map((name) => `'${inert(name)}'`).join(', ') + (names.length > 4 ? ', ...' : '') // biome-ignore format: one line

function refuse(
  { missing, unexpected, mismatched }: Omit<LoadReport, 'loaded'>,
  model: StateDict,
  given: ReadonlyMap<string, Tensor>,
): void {
  if (mismatched.length > 0) {
    const { name } = mismatched[0]!
    throw new UsageError(
      `loadStateDict: '${inert(name)}' is ${describe(given.get(name)!)}, the model's is ${describe(model.get(name)!)}${mismatched.length > 1 ? `, and ${plural(mismatched.length - 1, 'tensor')} more differ` : ''}. Try { strict: false } to leave out what differs.`,
    )
  }
  if (missing.length === 0 && unexpected.length === 0) return
  const parts = [
    ...(missing.length > 0 ? [`${plural(missing.length, 'tensor')} of the model not there (${list(missing)})`] : []),
    ...(unexpected.length > 0
      ? [`${plural(unexpected.length, 'tensor')} that the model does not have (${list(unexpected)})`]
      : []),
  ]
  const near = missing.length > 0 && unexpected.length > 0 ? closest(missing[0]!, unexpected)[0] : undefined
  const hint = near === undefined ? '' : ` '${inert(near)}' may be '${inert(missing[0]!)}': try map.`
  throw new UsageError(`loadStateDict: ${parts.join('; ')}.${hint} Try { strict: false } to load what matches.`)
}
