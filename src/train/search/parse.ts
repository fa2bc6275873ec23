/** The configuration of a search from its text or an object. What its trials would be is checked before the first is trained. */
import { inert, UsageError } from '../../core/index.js'
import { type DocumentKind, type ParsedDocument, parseObject, parseText, requireDocument, type Violation, validate } from '../../core/internal.js' // biome-ignore format: one line
import { placeOfFault } from '../config/fault.js'
import { type GivenConfig, trainKind } from '../config/parse.js'
import type { SearchConfig } from '../config/types.js'
import { searchSchema } from './schema.js'
import { type Settings, withSettings } from './space.js'

const kind: DocumentKind = {
  noun: 'configurations',
  expected: 'base: and space:',
  schema: searchSchema,
  further: (value) => [...inBase(value as SearchConfig), ...fitting(value as SearchConfig)],
}

/** What `normball train` finds beyond its schema. */
function* inBase({ base }: SearchConfig): Iterable<Violation> {
  for (const { path, key, message } of trainKind.further?.(base) ?? [])
    yield { path: ['base', ...path], key, message: `base.${message}` }
}

/** What belongs together. */
function* fitting(config: SearchConfig): Iterable<Violation> {
  const { method = 'grid', space, trials, path, halving, base } = config
  const at = (key: string, message: string): Violation => ({ path: [], key, message })
  if (method !== 'path' && space === undefined)
    yield at('method', `'space' is missing: fields by their paths, such as optimizer.lr: [0.1, 0.01].`)
  if (method === 'path' && space !== undefined)
    yield at('space', 'space: a path varies lambda alone. Try method: grid.')
  if (method !== 'path' && path !== undefined) yield at('path', `path: is for method: path, not ${method}.`)
  if (method !== 'halving' && halving !== undefined)
    yield at('halving', `halving: is for method: halving, not ${method}.`)
  if ((method === 'random' || method === 'halving') && trials === undefined)
    yield at('method', `'trials' is missing: how many settings to draw.`)
  if ((method === 'grid' || method === 'path') && trials !== undefined)
    yield at('trials', `trials: is for method: random or halving, not ${method}.`)
  if (method === 'path' && path?.penalty === undefined) {
    if ((base.penalties ?? []).length === 0)
      yield at('method', `'path.penalty' is missing, and base has no penalty whose lambda could be varied.`)
    else if (path?.lambdas === undefined) yield at('method', "'path.lambdas' is missing: what to try, largest first.")
  }
}

/** A checked search, and how faults found later are told with their line. */
export interface LocatedSearch {
  readonly config: SearchConfig
  /** @throws UsageError where a trial's configuration cannot be: the field of the space, at its line */
  checkTrials(trials: readonly Settings[]): Promise<void>
  /** An error of a run, with the file's name and the line in front where it is about a part of `base`. */
  located(error: unknown): unknown
}

/** @throws UsageError `search.yaml:3:5: ...` with the first problem, and where the others are */
export async function requireSearchConfig(given: GivenConfig): Promise<LocatedSearch> {
  const { name = 'configuration' } = given
  const parsed: ParsedDocument<SearchConfig> =
    'text' in given ? await parseText(given.text, kind) : await parseObject(given.object, kind)
  const config = requireDocument(parsed, name, 'bad-config')
  if (parsed.value === null) throw new Error('a document without value was let through')
  const wrong = (
    path: readonly (string | number)[],
    key: string | null,
    message: string,
    cause?: unknown,
  ): UsageError => {
    const { line, column } = parsed.problemAt({ path, key }, '')
    const place = line === null ? '' : `:${line}:${column}`
    return new UsageError(`${inert(name, 200)}${place}: ${message}`, { file: name, cause }, 'bad-config')
  }
  return {
    config,
    async checkTrials(trials) {
      for (const settings of trials) {
        const found = await violationIn(config, settings)
        if (found !== null) throw wrong(['space'], found.key, found.message, found.cause)
      }
    },
    located(error) {
      const path = placeOfFault(error)
      return path === null || !(error instanceof UsageError)
        ? error
        : wrong(['base', ...path], null, `base.${error.message}`, error)
    },
  }
}

/** The first field whose value makes the configuration one that cannot be. */
async function violationIn(
  { base }: SearchConfig,
  settings: Settings,
): Promise<{ key: string | null; message: string; cause?: unknown } | null> {
  let trial: unknown
  try {
    trial = withSettings(base, settings)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const key = Object.keys(settings).find((one) => error.message.includes(`'${one}'`)) ?? null
    return { key, message: `space: ${error.message}`, cause: error }
  }
  const violations = await validate(trial, trainKind.schema, trainKind)
  const first = violations[0] ?? trainKind.further?.(trial)[0]
  if (first === undefined) return null
  const place = first.key === null ? first.path : [...first.path, first.key]
  const shared = (path: string): number => {
    const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.')
    const differs = keys.findIndex((key, i) => String(place[i]) !== key)
    return differs === -1 ? keys.length : differs
  }
  // The field that is nearest to what is wrong.
  const key = Object.keys(settings).reduce((near, one) => (shared(one) > shared(near) ? one : near))
  return { key, message: `space '${inert(key)}': ${first.message}` }
}
