/** Columns of objects: nested ones by their dotted path, arrays as their JSON. */
import { FormatError, inert } from '../../core/index.js'
import { globMatcher } from '../../core/internal.js'
import { givenTypes } from '../choose.js'
import { mostCells } from '../limits.js'
import { Lines } from '../lines.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, ColumnType, Table } from '../types.js'
import { ValueSink } from './values.js'

/** Objects deeper than this stay JSON. */
const deepest = 32
/** How NaN and the infinities come through `JSON.parse`, which knows none: no word of a file begins so. */
export const notFinite = new Map([['\0NaN', Number.NaN], ['\0Infinity', Infinity], ['\0-Infinity', -Infinity]]) // biome-ignore format: pairs

export class ObjectRows {
  rows = 0
  readonly #sinks = new Map<string, ValueSink>()
  readonly #lines = new Lines()
  readonly #types: ReadonlyMap<string, ColumnType>
  readonly #missing: ReadonlySet<string>
  readonly #wanted: ((name: string) => boolean) | null

  constructor(
    readonly file: string,
    private readonly options: ReadTableOptions,
    /** What a row is called: 'line', or 'element' of an array. */
    readonly unit: 'line' | 'element',
    /** Columns that there are; null where the rows tell. */
    private readonly known: ReadonlySet<string> | null = null,
  ) {
    this.#types = new Map(Object.entries(options.types ?? {}))
    this.#missing = new Set(options.missing ?? [])
    const matchers = options.columns?.map((pattern) => globMatcher(pattern))
    this.#wanted = matchers ? (name) => matchers.some((matches) => matches(name)) : null
    for (const name of known ?? []) this.#sinkOf(name, 1)
  }

  add(object: object, line: number): void {
    this.#lines.set(this.rows, line)
    this.#flat('', object, line, 0)
    this.rows++
    if (this.rows * Math.max(1, this.#sinks.size) > mostCells)
      throw new FormatError('too-large', `'${inert(this.file)}' has more than ${mostCells} cells. Try fewer columns, or tableBatches.`, { file: this.file }) // biome-ignore format: one line
  }

  table(): Table {
    const { file, rows } = this
    const lineOf = this.#lines.lineOf()
    const warnings: string[] = []
    const columns: Column[] = []
    if (this.known === null) givenTypes([...this.#sinks.keys()], this.options.types, file)
    for (const sink of this.#sinks.values()) {
      const { column, notes } = sink.done(rows, (row) => `${this.unit} ${lineOf(row)}, column '${inert(sink.name)}'`)
      columns.push(column)
      warnings.push(...notes)
    }
    return { name: file, rows, columns, warnings, lineOf }
  }

  #flat(prefix: string, object: object, line: number, depth: number): void {
    for (const [key, value] of Object.entries(object)) {
      const name = prefix + key
      if (value !== null && typeof value === 'object') {
        if (Array.isArray(value) || depth >= deepest) this.#set(name, JSON.stringify(value), line)
        else this.#flat(`${name}.`, value, line, depth + 1)
      } else if (value === null) this.#sinkOf(name, line)
      else this.#set(name, typeof value === 'string' ? (notFinite.get(value) ?? value) : value, line)
    }
  }

  #set(name: string, value: number | boolean | string, line: number): void {
    const sink = this.#sinkOf(name, line)
    if (sink === null) return
    if (!sink.set(this.rows, value, () => `${this.unit} ${line}, column '${inert(name)}'`))
      throw new FormatError('duplicate-name', `'${inert(this.file)}' ${this.unit} ${line}: column '${inert(name)}' is there twice (duplicate), once as a name with a dot and once as a nested name.`, { file: this.file }) // biome-ignore format: one line
  }

  /** Null for a column that is not wanted. */
  #sinkOf(name: string, line: number): ValueSink | null {
    const found = this.#sinks.get(name)
    if (found) return found
    if (this.#wanted && !this.#wanted(name)) return null
    if (this.known && !this.known.has(name))
      throw new FormatError('new-column', `'${inert(this.file)}' ${this.unit} ${line} has the column '${inert(name)}', which the first rows have not. Try columns: with the names that are wanted.`, { file: this.file }) // biome-ignore format: one line
    const made = new ValueSink(name, this.#types.get(name) ?? null, this.#missing, this.file)
    this.#sinks.set(name, made)
    return made
  }
}
