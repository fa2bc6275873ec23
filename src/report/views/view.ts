/**
 * The view model: what a report says, apart from where it is shown. `toView` functions (one file per command, beside this one) make it of a
 * command's JSON; the renderers show it on a terminal, as a page, as CSV. Text comes from files: renderers make it inert.
 */

export type Tone = 'error' | 'warning' | 'info' | 'good'

/** `number` as showNumber has it, `count` with thousands, `share` of 1 in per cent, `bytes`; text is text. */
export type CellFormat = 'text' | 'number' | 'count' | 'share' | 'bytes'

export type CellValue = string | number | null

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
  /** Pages draw a bar behind each value, against the largest of the column. */
  readonly bar?: boolean
  /** Shown in CSV only. */
  readonly csvOnly?: boolean
}

/** A short word with a meaning: a flag, a verdict. */
export interface ViewTag {
  readonly tone: Tone
  readonly text: string
  /** A sentence for its tooltip. */
  readonly meaning?: string
}

export interface ViewRow {
  readonly cells: readonly CellValue[]
  readonly tone?: Tone
  readonly tags?: readonly ViewTag[]
  /** A small curve: singular values, a path over steps; shown where `ViewTable.curve` names it. */
  readonly curve?: readonly (number | null)[]
  /** Where the curve's values stand on its axis; 1, 2, 3 ... by default. */
  readonly curveAt?: readonly number[]
  /** A small histogram, shown where `ViewTable.bars` names it. */
  readonly bars?: {
    readonly label: string
    readonly counts: readonly number[]
    /** A second histogram over the same bins, laid over the first; on a terminal it stands beside it. */
    readonly over?: readonly number[]
  }
}

export interface ViewTable {
  readonly kind: 'table'
  /** `--csv` writes this one; the first table where none says so. */
  readonly main?: true
  readonly title: string
  readonly note?: string
  /** What a row is, in the singular: `tensor`. */
  readonly noun?: string
  readonly columns: readonly ViewColumn[]
  readonly rows: readonly ViewRow[]
  /** Title of the small curves, and whether they are logarithmic (both axes on a page). */
  readonly curve?: { readonly title: string; readonly log: boolean; readonly rank?: number; readonly meaning?: string }
  readonly bars?: { readonly title: string; readonly rank?: number; readonly meaning?: string }
  /** Title of the rows' tags; `flags` by default. */
  readonly tags?: { readonly title: string; readonly rank?: number }
  /** Rows on a terminal, where the person does not say; 40 by default, 0 for all. */
  readonly top?: number
  readonly pageOnly?: boolean
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
    /** How far each point may be off, up and down: bars on a page. */
    readonly errors?: readonly (number | null)[]
    readonly tone?: Tone
  }[]
  /** Vertical marks, such as a jump. */
  readonly marks?: readonly { readonly x: number; readonly label: string; readonly tone?: Tone }[]
  readonly pageOnly?: boolean
}

/** Points of a plane in groups: what belongs together has one colour. */
export interface ViewScatter {
  readonly kind: 'scatter'
  readonly title: string
  readonly note?: string
  readonly x: { readonly title: string }
  readonly y: { readonly title: string }
  /** What the groups are: a column's name; null where all points are of one. */
  readonly by: string | null
  readonly groups: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[]
  readonly pageOnly?: boolean
}

export interface ViewItem {
  readonly tone?: Tone
  /** A short code beside the tone: `dead-rows`. */
  readonly code?: string
  /** What it is about; linked to the row of that name where a table has one. */
  readonly name?: string
  readonly text: string
  /** Everything it is about, where that is much: counted on a terminal, folded on a page. */
  readonly names?: readonly string[]
}

export interface ViewList {
  readonly kind: 'list'
  readonly title: string
  readonly note?: string
  readonly items: readonly ViewItem[]
  /** Lesser items: only counted on a terminal, folded on a page. */
  readonly notes?: readonly ViewItem[]
  /** The good news where there is no item; without it an empty list is left out. */
  readonly empty?: string
  /** Items on a terminal; all by default. */
  readonly top?: number
  readonly pageOnly?: boolean
}

/** Rows against figures as one picture of colours; pages only. */
export interface ViewHeat {
  readonly kind: 'heat'
  readonly title: string
  readonly note?: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  /** Whether colours compare within a column or over the whole; `column` by default. */
  readonly compare?: 'column' | 'whole'
}

/** Modules with what is below them, parents before children. */
export interface ViewTree {
  readonly kind: 'tree'
  readonly title: string
  readonly note?: string
  /** The figures of a node. */
  readonly columns: readonly { readonly title: string; readonly format: CellFormat }[]
  /** What `share` is a share of, for the bar's tooltip. */
  readonly shareOf: string
  readonly nodes: readonly {
    readonly path: string
    /** 1 and more. */
    readonly depth: number
    readonly cells: readonly CellValue[]
    readonly share: number | null
    readonly tags?: readonly ViewTag[]
    /** Says nothing on a terminal that a table does not say. */
    readonly isLeaf?: boolean
  }[]
  /** Nodes on a terminal; all by default. */
  readonly top?: number
}

/** A picture that was drawn as SVG by this package; pages only. */
export interface ViewPicture {
  readonly kind: 'picture'
  readonly title: string
  readonly note?: string
  readonly svg: string
}

/** Text as it stands, line by line, folded; pages only. */
export interface ViewText {
  readonly kind: 'text'
  readonly title: string
  readonly text: string
}

export interface ViewCards {
  readonly kind: 'cards'
  readonly cards: readonly {
    readonly title: string
    readonly value: CellValue
    readonly format: CellFormat
    readonly tone?: Tone
  }[]
}

/** One of several things that a report is about: a file. */
export interface ViewPart {
  readonly kind: 'part'
  readonly title: string
  readonly facts: readonly string[]
  readonly sections: readonly Exclude<Section, ViewPart>[]
}

export type Section =
  | ViewTable
  | ViewChart
  | ViewScatter
  | ViewList
  | ViewHeat
  | ViewTree
  | ViewPicture
  | ViewText
  | ViewCards
  | ViewPart

export interface View {
  /** What this is about: file names. */
  readonly title: string
  /** Lines of facts below it. */
  readonly facts: readonly string[]
  /** With what this was measured; pages only. */
  readonly about?: string
  readonly sections: readonly Section[]
  /** Commands to run next, with what they show; terminals only. */
  readonly next?: readonly (readonly [command: string, why: string])[]
}
