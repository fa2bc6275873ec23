/** Rules from the text of a file, JSON or YAML: what is wrong with it is told in one sentence with line and column. */
import { inert } from '../../core/index.js'
import {
  type DocumentKind,
  type DocumentProblem,
  dottedPath,
  parseObject,
  parseText,
  requireDocument,
  type Violation,
} from '../../core/internal.js'
import { checks, rulesSchema } from './schema.js'
import type { RulesFile } from './types.js'

export type RulesProblem = DocumentProblem

/** Rules, or what is wrong with them, in the order of the file. */
export type ParsedRules =
  | { readonly rules: RulesFile; readonly problems: readonly [] }
  | { readonly rules: null; readonly problems: readonly RulesProblem[] }

const kind: DocumentKind = {
  noun: 'rules',
  expected: 'rules: and a list of them',
  schema: rulesSchema,
  placeName,
  noneOf: () => `nothing is checked. Expected at least one of ${checks.join(', ')}.`,
  further: linkViolations,
}

/**
 * Reads the text of a rules file. YAML 1.2, of which JSON is a part.
 *
 * @returns the rules, or every problem; nothing is thrown
 */
export async function parseRules(text: string): Promise<ParsedRules> {
  const { value, problems } = await parseText<RulesFile>(text, kind)
  return { rules: value, problems } as ParsedRules
}

/** Rules as an object or as text, checked. @throws UsageError with the first problem, and where the others are */
export async function requireRules(
  given: RulesFile | { readonly text: string; readonly name?: string },
): Promise<RulesFile> {
  if (typeof given === 'object' && given !== null && 'text' in given)
    return requireDocument(await parseText<RulesFile>(String(given.text), kind), given.name ?? 'rules', 'bad-rules')
  return requireDocument(await parseObject<RulesFile>(given, kind), 'rules', 'bad-rules')
}

/** A link of a chain is one thing: the schema only says which words there are. */
function linkViolations(value: unknown): Violation[] {
  const violations: Violation[] = []
  const words = ['tensor', 'activation', 'normalization', 'pooling', 'residual', 'constant']
  const walk = (chain: readonly Record<string, unknown>[], path: readonly (string | number)[]): void => {
    for (const [index, link] of chain.entries()) {
      const here = [...path, index]
      const found = words.filter((word) => word in link)
      if (found.length !== 1)
        violations.push({
          path: here,
          key: null,
          message: `${placeName(here, value)}a link is one of ${words.join(', ')}; this has ${found.length === 0 ? 'none' : found.join(' and ')}.`,
        })
      else if ('pooling' in link && !('kernel' in link))
        violations.push({ path: here, key: null, message: `${placeName(here, value)}'kernel' is missing.` })
      if (Array.isArray(link['residual'])) walk(link['residual'] as Record<string, unknown>[], [...here, 'residual'])
    }
  }
  for (const [index, rule] of (value as RulesFile).rules.entries())
    if (rule.lipschitz)
      walk(rule.lipschitz.chain as unknown as Record<string, unknown>[], ['rules', index, 'lipschitz', 'chain'])
  return violations
}

/** `rule 'small', limits: `. */
function placeName(path: readonly (string | number)[], root: unknown): string {
  if (path.length === 0) return ''
  const isRule = path[0] === 'rules' && path.length > 1
  const name = isRule ? (root as { rules: { name?: unknown }[] }).rules[Number(path[1])]?.name : undefined
  const rule = !isRule
    ? []
    : [typeof name === 'string' && name !== '' ? `rule '${inert(name, 60)}'` : `rule ${Number(path[1]) + 1}`]
  const inside = dottedPath(path.slice(isRule ? 2 : 0))
  return `${[...rule, ...(inside === '' ? [] : [inside])].join(', ')}: `
}
