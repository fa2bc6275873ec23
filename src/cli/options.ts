/** Options that every command has, and their checking. */
import { type Command, InvalidArgumentError, Option } from 'commander'

export interface CommonOptions {
  json?: boolean
  output?: string
  csv?: string
  html?: string
  quiet?: boolean
  workers?: number
  seed?: number
  backend?: 'auto' | 'system' | 'portable'
  color: 'auto' | 'always' | 'never'
}

/** A whole number of at least `least`; anything else is wrong usage. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number of at least ${least}.`)
    }
    return value
  }
}

/** A finite number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('expected a number above 0.')
  return value
}

/** What `--sql` says in the help of commands that take tables. */
export const sqlHelp = 'one SELECT, run by DuckDB (npm install @duckdb/node-api): on the tables of a .duckdb file, or on `input`, which is the table' // biome-ignore format: one line

/** How DuckDB runs a query, where there is one or a database is read. */
export function sqlOptions(given: { sql?: string; workers?: number; seed?: number }): {
  sql?: string
  workers?: number
  seed?: number
} {
  const { sql, workers, seed } = given
  return { ...(sql === undefined ? {} : { sql }), ...(workers === undefined ? {} : { workers }), ...(seed === undefined ? {} : { seed }) } // biome-ignore format: one line
}

/** Names between commas; a backslash keeps a comma. Repeated options add up. */
export function listed(value: string, before: string[] | undefined): string[] {
  const names = value.split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ',').trim())
  if (names.some((name) => name === '')) throw new InvalidArgumentError('a name is empty.')
  return [...(before ?? []), ...names]
}

/** Collects a repeatable option. */
export function repeatable(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'machine-readable result on stdout')
    .option('-o, --output <file>', 'write to a file what would go to stdout')
    .option('--csv <file>', 'also write one line per row of the result')
    .option('--html <file>', 'also write a report page: one file, no network')
    .option('-q, --quiet', 'no progress and no warnings on stderr')
    .option(
      '--workers <n>',
      'worker threads; 0 works in the main thread (default: the number of cores)',
      wholeNumber(0),
    )
    .option('--seed <n>', 'seed of everything random', wholeNumber(0))
    .addOption(new Option('--backend <name>', 'linear algebra').choices(['auto', 'system', 'portable']))
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
}
