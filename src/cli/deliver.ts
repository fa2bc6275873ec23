/** How a command's result reaches the person: as files, as JSON, as text for the terminal. */

import { ansiPaint, plainPaint, toJson, type View, viewToCsv, viewToHtml, viewToTerminal } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import type { CommonOptions } from './options.js'
import { writeResult } from './output.js'
import { terminalWidth, usesColor } from './terminal.js'

/**
 * Writes `--csv` and `--html`, then JSON (`--json`) or text to stdout or `--output`. `top` is the command's own `--top`; without it a terminal shows
 * what the view suggests, a pipe and a file everything. `text`: what stands on stdout in place of the view's text, a picture.
 */
export async function deliver<T extends object>(
  report: T,
  toView: (report: T) => View,
  options: CommonOptions & { top?: number },
  text?: string,
): Promise<void> {
  const { csv, html, output, json } = options
  const view = toView(report)
  if (csv !== undefined) writeFileAtomically(csv, viewToCsv(view))
  if (html !== undefined) writeFileAtomically(html, await viewToHtml(view))
  writeResult(json ? toJson(report) : (text ?? textOf(view, options)), output)
}

function textOf(view: View, { output, color, top }: CommonOptions & { top?: number }): string {
  const isTerminal = process.stdout.isTTY === true && output === undefined
  return viewToTerminal(view, {
    width: terminalWidth(output),
    paint: usesColor(color, output) ? ansiPaint : plainPaint,
    top: top ?? (isTerminal ? undefined : 0),
  })
}
