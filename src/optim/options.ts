/** Options of optimizers: what each may be, checked once when an optimizer is made. */
import { inert, UsageError } from '../core/index.js'
import { checkOptions } from '../tensor/internal.js'
import type { GroupRule } from './optimizer.js'

/** What an option may be: a number with its bounds, yes or no, a pair of shares, or one of some words. */
export type Kind =
  | 'rate'
  | 'positive'
  | 'share'
  | 'number'
  | 'boolean'
  | 'shares'
  | { readonly words: readonly string[] }
  | { readonly test: (value: unknown) => boolean; readonly expected: string }

export type Kinds<O> = { readonly [K in keyof O]-?: Kind }

const isReal = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isShare = (value: unknown): boolean => isReal(value) && value >= 0 && value < 1

const plain: Record<Extract<Kind, string>, { test(value: unknown): boolean; expected: string }> = {
  rate: { test: (value) => isReal(value) && value >= 0, expected: 'a finite number from 0 on' },
  positive: { test: (value) => isReal(value) && value > 0, expected: 'a finite number above 0' },
  share: { test: isShare, expected: 'a number from 0 to less than 1' },
  number: { test: isReal, expected: 'a finite number' },
  boolean: { test: (value) => typeof value === 'boolean', expected: 'true or false' },
  shares: {
    test: (value) => Array.isArray(value) && value.length === 2 && value.every(isShare),
    expected: 'two numbers from 0 to less than 1',
  },
}

/** Throws UsageError unless an option is what it may be. */
export function checkOption(op: string, name: string, value: unknown, kind: Kind): void {
  const { test, expected } =
    typeof kind === 'string'
      ? plain[kind]
      : 'words' in kind
        ? { test: (one: unknown) => kind.words.includes(one as string), expected: kind.words.join(' or ') }
        : kind
  if (test(value)) return
  const got = typeof value === 'string' ? `'${inert(value)}'` : String(value)
  throw new UsageError(`${op}: ${name} ${got}; expected ${expected}.`)
}

/** Options with what was left out. Throws UsageError for names that are none and for values that cannot be. */
export function filled<O extends object>(op: string, kinds: Kinds<O>, defaults: O, options: Partial<O>): O {
  checkOptions(op, options, Object.keys(kinds))
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  for (const [name, value] of Object.entries(given)) checkOption(op, name, value, kinds[name as keyof O])
  return { ...defaults, ...given }
}

/** Checks the options of groups. */
export function checkGroups<O extends object>(op: string, kinds: Kinds<O>, groups: readonly GroupRule<O>[]): void {
  if (!Array.isArray(groups)) throw new UsageError(`${op}: groups is no list; expected [{ only: 'head.*', lr: 1e-4 }].`)
  for (const { only, ...options } of groups) filled(op, kinds, {} as O, options as unknown as Partial<O>)
}
