/** The report of `inspect` as text and as a page: its view, rendered. */
import type { InspectReport } from '../weights/index.js'
import { viewToHtml } from './html/index.js'
import type { Paint } from './paint.js'
import { viewToTerminal } from './text/index.js'
import { inspectView } from './views/inspect.js'

export interface TerminalOptions {
  /** Columns of text. */
  readonly width: number
  readonly paint?: Paint
  /** One of `sortKeys`; `worst` by default. */
  readonly sort?: string
  /** Whether to end with what to run next; true by default. */
  readonly next?: boolean
  /** How many tensors the table shows; 0, the default, for all. */
  readonly top?: number
}

/** Text for a terminal or a pipe; empty when no file could be read. Throws UsageError for an unknown `sort`. */
export function toTerminal(report: InspectReport, options: TerminalOptions): string {
  const { width, paint, sort, next = true, top = 0 } = options
  const view = inspectView(report, sort === undefined ? {} : { sort })
  if (report.files.length === 0) return ''
  return viewToTerminal(view, { width, next, top, more: '--top 0 shows all', ...(paint ? { paint } : {}) })
}

/** One file without network, readable without scripts. */
export function toHtml(report: InspectReport): Promise<string> {
  return viewToHtml(inspectView(report))
}
