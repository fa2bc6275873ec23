/** A table summed up by columns, so that later tables can be compared with it without its rows. */
import { inert, UsageError } from '../../core/index.js'
import type { Table } from '../../table/index.js'
import { ColumnProfile, type Keep } from './column.js'
import { checkedProfile, limits, type ProfileJson } from './json.js'

export interface ProfileOptions {
  /** Different numbers of a column that are kept exactly; of more a sketch of up to about three times as many is kept. 2048 by default. */
  k?: number
  /** Different words of a column that are counted; of more those that come most. 4096 by default. */
  categories?: number
  /** Of the sketches' choices; 0 by default. */
  seed?: number
}

/**
 * What comparing columns needs of a table, without its rows: of numbers a mergeable quantile sketch (Karnin, Lang & Liberty 2016) with count, extremes, mean and
 * variance, of words their counts, of all how many are missing. Columns of up to `k` different numbers are kept exactly, and words up to `categories`;
 * beyond, each column tells how far its shares may be off (`sketch.rankError()`, `words.error`). Memory does not grow with the rows.
 *
 * @example
 * const june = Profile.of(await readCsv({ text: 'x,kind\n1,a\n2,b\n4,a\n' }))
 * Profile.fromJSON(JSON.parse(JSON.stringify(june))).rows // 3
 */
export class Profile {
  rows = 0
  readonly k: number
  readonly categories: number
  readonly seed: number
  #columns: ColumnProfile[] | null = null

  constructor({ k = 2048, categories = 4096, seed = 0 }: ProfileOptions = {}) {
    const check = (name: 'k' | 'categories', value: number): number => {
      const [low, high] = limits[name]
      if (!Number.isInteger(value) || value < low || value > high)
        throw new UsageError(`Profile: ${name} ${value}; expected a whole number from ${low} to ${high}.`)
      return value
    }
    this.k = check('k', k)
    this.categories = check('categories', categories)
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError(`Profile: seed ${seed}; expected a whole number from 0 on.`)
    this.seed = seed
  }

  /** The profile of a table. */
  static of(table: Table, options: ProfileOptions = {}): Profile {
    return new Profile(options).update(table)
  }

  /** Columns in the order of the first table. */
  get columns(): readonly ColumnProfile[] {
    return this.#columns ?? []
  }

  /**
   * Adds the rows of a table, which has the same columns in any order; returns itself. Throws UsageError for other columns, and for a column whose type
   * has changed; nothing is added then.
   */
  update(batch: Table): this {
    this.#columns ??= batch.columns.map(({ name, type }) => new ColumnProfile(name, type, this.#keep()))
    const given = this.#matched(batch.columns, batch.name)
    for (const [i, column] of this.#columns.entries()) column.check(given[i]!.type, given[i]!.missing === batch.rows)
    for (const [i, column] of this.#columns.entries()) column.update(given[i]!)
    this.rows += batch.rows
    return this
  }

  /** Adds what another profile stands for; returns itself. Errors add up. Throws UsageError as `update`, and for another `k` or `categories`. */
  merge(other: Profile): this {
    if (other.k !== this.k || other.categories !== this.categories)
      throw new UsageError(`Profile: profiles of k = ${this.k} and ${other.k}, ${this.categories} and ${other.categories} categories; expected the same of both.`) // biome-ignore format: one line
    if (other.#columns === null) return this
    this.#columns ??= other.#columns.map(({ name, type }) => new ColumnProfile(name, type, this.#keep()))
    const given = this.#matched(other.#columns, 'the other profile')
    for (const [i, column] of this.#columns.entries()) column.check(given[i]!.type, given[i]!.missing === other.rows)
    for (const [i, column] of this.#columns.entries()) column.merge(given[i]!)
    this.rows += other.rows
    return this
  }

  toJSON(): ProfileJson {
    const { rows, k, categories, seed } = this
    return { format: 'normball-profile', version: 1, rows, k, categories, seed, columns: this.columns.map((column) => column.toJSON()) } // biome-ignore format: one line
  }

  /** The profile that `toJSON` wrote. Throws FormatError for anything else, with what is wrong; `name` stands in the message. */
  static fromJSON(json: unknown, name?: string): Profile {
    const { rows, columns, ...keep } = checkedProfile(json, name)
    const made = new Profile(keep)
    made.rows = rows
    made.#columns = columns.map((column) => ColumnProfile.from(column, made.#keep()))
    return made
  }

  #keep(): Keep {
    return { k: this.k, categories: this.categories, seed: this.seed }
  }

  #matched<T extends { readonly name: string }>(given: readonly T[], from: string): T[] {
    const byName = new Map(given.map((column) => [column.name, column]))
    const names = new Set(this.columns.map(({ name }) => name))
    const extra = given.find(({ name }) => !names.has(name))
    if (extra) throw new UsageError(`Profile: '${inert(from)}' has a column '${inert(extra.name)}', which the profile has not. Try to leave it out.`) // biome-ignore format: one line
    return this.columns.map(({ name }) => {
      const found = byName.get(name)
      if (!found)
        throw new UsageError(`Profile: '${inert(from)}' has no column '${inert(name)}', which the profile has.`)
      return found
    })
  }
}
