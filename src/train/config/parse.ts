/** A training configuration from its text, JSON or YAML, or from an object; faults found later are told with their line too. */
import { inert, UsageError } from '../../core/index.js'
import {
  type DocumentKind,
  type DocumentProblem,
  type ParsedDocument,
  parseObject,
  parseText,
  requireDocument,
  type Violation,
} from '../../core/internal.js'
import { parseNorm } from '../../norms/index.js'
import { type ConfigPath, placeOfFault } from './fault.js'
import { constraintSets, trainSchema } from './schema/schema.js'
import { withSetting } from './set.js'
import type { TrainConfig } from './types.js'

/** A configuration, or what is wrong with it, in the order of the file. */
export type ParsedTrainConfig =
  | { readonly config: TrainConfig; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly DocumentProblem[] }

/** For searches, whose trials are configurations too. */
export const trainKind: DocumentKind = {
  noun: 'configurations',
  expected: 'data: and model:',
  schema: trainSchema,
  further: (value) => [...normViolations(value as TrainConfig)],
}

/** Norms are written in a language of their own. */
function* normViolations(config: TrainConfig): Iterable<Violation> {
  const written: (readonly [ConfigPath, string | undefined])[] = [
    ...(config.penalties ?? []).map(({ norm }, i) => [['penalties', i, 'norm'], norm] as const),
    ...(config.constraints ?? [])
      .map(({ norm }, i) => [['constraints', i, 'norm'], norm] as const)
      .filter(([, norm]) => !constraintSets.includes(norm)),
    [['clip', 'norm'], config.clip?.norm],
    [['optimizer', 'norm'], config.optimizer?.['norm'] as string | undefined],
  ]
  for (const [path, norm] of written) {
    if (norm === undefined) continue
    try {
      parseNorm(norm)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield { path, key: null, message: error.message }
    }
  }
}

/**
 * Reads the text of a configuration. YAML 1.2, of which JSON is a part.
 *
 * @returns the configuration, or every problem with line and column; nothing is thrown
 */
export async function parseTrainConfig(text: string): Promise<ParsedTrainConfig> {
  const { value, problems } = await parseText<TrainConfig>(text, trainKind)
  return { config: value, problems } as ParsedTrainConfig
}

/** A checked configuration, and where its parts stand. */
export interface LocatedConfig {
  readonly config: TrainConfig
  /** An error of building it, with the file's name and the line in front where it is about a part. */
  located(error: unknown): unknown
}

/** A configuration as it is given: an object, or the text of a file. */
export type GivenConfig =
  | { readonly text: string; readonly name?: string }
  | { readonly object: unknown; readonly name?: string }

/**
 * The configuration, with fields set by `settings` (`optimizer.lr=0.01`).
 *
 * @throws UsageError `config.yaml:3:5: ...` with the first problem, and where the others are
 */
export async function requireTrainConfig(given: GivenConfig, settings: readonly string[] = []): Promise<LocatedConfig> {
  const { name = 'configuration' } = given
  const parsed: ParsedDocument<TrainConfig> =
    'text' in given ? await parseText(given.text, trainKind) : await parseObject(given.object, trainKind)
  let config = requireDocument(parsed, name, 'bad-config')
  for (const setting of settings) config = await withSetting(config, setting)
  if (settings.length > 0)
    config = requireDocument(await parseObject<TrainConfig>(config, trainKind), `${name} with --set`, 'bad-config')
  return {
    config,
    located(error) {
      const path = placeOfFault(error)
      if (path === null || !(error instanceof UsageError) || parsed.value === null) return error
      const { line, column } = parsed.problemAt({ path, key: null }, '')
      const place = line === null ? '' : `:${line}:${column}`
      return new UsageError(`${inert(name, 200)}${place}: ${error.message}`, { file: name, cause: error }, 'bad-config')
    },
  }
}
