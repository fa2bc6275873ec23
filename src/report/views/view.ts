/**
 * The view model: what a report says, apart from where it is shown. `toView` functions (one file per command, beside this one) make it of a
 * command's JSON; the renderers show it on a terminal, as a page, as CSV. Text comes from files: renderers make it inert.
 */

export type Tone = 'error' | 'warning' | 'info' | 'good'

/** `number` as showNumber has it, `count` with thousands, `share` of 1 in per cent, `bytes`, `shape`; text is text. */
export type CellFormat = 'text' | 'number' | 'count' | 'share' | 'bytes'

export interface ViewColumn {
  readonly key: string
  readonly title: string
  /** One sentence for tooltips and the glossary. */
  readonly meaning: string
  readonly format: CellFormat
  /** Lower stays longer where the width is small; 0 is kept first. The first column is the row's name and always there. */
  readonly rank?: number
  /** Shown in HTML and CSV only. */
  readonly wideOnly?: boolean
}

export interface ViewRow {
  readonly cells: readonly (string | number | null)[]
  readonly tone?: Tone
  /** A small curve: singular values, a path over steps; shown where `ViewTable.curve` names it. */
  readonly curve?: readonly (number | null)[]
}

export interface ViewTable {
  readonly kind: 'table'
  readonly title: string
  readonly note?: string
  readonly columns: readonly ViewColumn[]
  readonly rows: readonly ViewRow[]
  /** Title of the small curves, and whether their axis is logarithmic. */
  readonly curve?: { readonly title: string; readonly log: boolean }
  /** Rows on a terminal; all by default. */
  readonly top?: number
}

export interface ViewChart {
  readonly kind: 'chart'
  readonly title: string
  readonly note?: string
  readonly x: { readonly title: string; readonly log?: boolean }
  readonly y: { readonly title: string; readonly log?: boolean }
  readonly series: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
    readonly tone?: Tone
  }[]
  /** Vertical marks, such as a jump. */
  readonly marks?: readonly { readonly x: number; readonly label: string; readonly tone?: Tone }[]
}

export interface ViewList {
  readonly kind: 'list'
  readonly title: string
  readonly items: readonly { readonly tone?: Tone; readonly name?: string; readonly text: string }[]
  /** Items on a terminal; all by default. */
  readonly top?: number
}

/** A picture that was drawn as SVG by this package; pages only. */
export interface ViewPicture {
  readonly kind: 'picture'
  readonly title: string
  readonly svg: string
}

export interface ViewCards {
  readonly kind: 'cards'
  readonly cards: readonly {
    readonly title: string
    readonly value: string | number | null
    readonly format: CellFormat
  }[]
}

export type Section = ViewTable | ViewChart | ViewList | ViewPicture | ViewCards

export interface View {
  /** What this is about: file names. */
  readonly title: string
  /** One line of facts below it. */
  readonly facts: readonly string[]
  readonly sections: readonly Section[]
  /** Commands to run next, with what they show; terminals only. */
  readonly next?: readonly (readonly [command: string, why: string])[]
}
