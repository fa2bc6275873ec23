/** Where a name stands in a page: lists, heat maps and charts link to the row of a table. */
import type { Section, ViewTable } from '../views/view.js'

export class Anchors {
  readonly #ofName = new Map<string, string>()
  readonly #ofTable = new Map<ViewTable, string>()

  constructor(sections: readonly Section[], scope: string) {
    const tables = sections.filter((section): section is ViewTable => section.kind === 'table')
    for (const [place, table] of tables.entries()) {
      const prefix = `t${scope}${place}-`
      this.#ofTable.set(table, prefix)
      table.rows.forEach(({ cells: [name] }, i) => {
        if (typeof name === 'string' && !this.#ofName.has(name)) this.#ofName.set(name, `${prefix}${i}`)
      })
    }
  }

  /** The anchor of the first row of that name. */
  ofName(name: string): string | undefined {
    return this.#ofName.get(name)
  }

  ofRow(table: ViewTable, row: number): string {
    return `${this.#ofTable.get(table) ?? 't'}${row}`
  }
}
