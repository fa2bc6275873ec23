/** A report as one HTML file: no network, readable without scripts, everything from a file as text. */
import { inert, plural, showBytes } from '../../core/index.js'
import type { FileReport, InspectReport, Severity, TensorFigures } from '../../weights/index.js'
import { columns } from '../columns.js'
import { toJson } from '../json.js'
import { showCount, showNumber, showShare } from '../numbers.js'
import { heatMap } from './heatmap.js'
import { html, Markup } from './markup.js'
import { script, scriptHash } from './script.js'
import { style } from './style.js'
import { partsHtml, tensorTableHtml } from './tables.js'
import { moduleTreeHtml } from './tree.js'

const words: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' }
const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`

export async function toHtml(report: InspectReport): Promise<string> {
  const files = await Promise.all(report.files.map(fileSection))
  const names = report.files.map((file) => inert(file.path.split(/[\\/]/).at(-1) ?? file.path)).join(', ')
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${names === '' ? 'normball report' : `${names} – normball report`}</title>
<style>${new Markup(style)}</style></head>
<body><a class="skip" href="#main">Skip to the report</a><header><h1>normball report</h1><p class="facts">normball ${report.normball} · linear algebra: ${report.backend.name} · spectra: ${report.options.spectra}</p></header>
<main id="main">${report.errors.length > 0 && errorSection(report)}${files}${glossary()}</main>
<script>${new Markup(script)}</script></body></html>
`
  return page.text
}

function errorSection(report: InspectReport): Markup {
  return html`<section><h2>Could not be read</h2><ul class="flags">${report.errors.map(
    (error) =>
      html`<li class="error"><span class="tag error">${error.code}</span> ${inert(error.file ?? '', 400)}: ${inert(error.message, 800)}</li>`,
  )}</ul></section>`
}

async function fileSection(file: FileReport, place: number): Promise<Markup> {
  const ids = new Map(file.tensors.map((tensor, i) => [tensor, `t${place}-${i}`]))
  const idOf = (tensor: TensorFigures): string => ids.get(tensor)!
  const { totals } = file
  const card = (title: string, value: string): Markup => html`<div><dt>${title}</dt><dd>${value}</dd></div>`
  return html`<article data-file="${place}"><h2>${inert(file.path, 1000)}</h2>
<p class="facts">${file.format} · ${showBytes(file.bytes)} · ${plural(file.tensors.length, 'tensor')}</p>
<dl class="cards">${card('parameters', showCount(totals.parameters))}${card('L2 norm', showNumber(totals.l2))}${card('L1 norm', showNumber(totals.l1))}${card('largest |w|', showNumber(totals.linf))}${card('zeros', showShare(totals.zeros, totals.parameters))}${card('NaN', showCount(totals.nan))}${card('infinite', showCount(totals.posInf + totals.negInf))}${file.optimizer && card('optimizer state', `${showCount(file.optimizer.parameters)} numbers`)}</dl>
${flagSection(file, idOf)}
${await heatMap(file.tensors, idOf)}
<section><h3>Tensors</h3>${tensorTableHtml(file, idOf)}</section>
${partsHtml(file, idOf)}
${moduleTreeHtml(file)}
${skippedSection(file)}
${file.warnings.length > 0 && html`<section><h3>Notes on the file</h3><ul>${file.warnings.map((warning) => html`<li>${inert(warning, 800)}</li>`)}</ul></section>`}
${Object.keys(file.metadata).length > 0 && html`<details class="more"><summary>Metadata</summary><pre>${inertLines(toJson(file.metadata, 2))}</pre></details>`}
</article>`
}

/** Keeps line breaks, which the metadata's own layout needs. */
function inertLines(text: string): string {
  const lines = text.split('\n')
  const shown = lines.slice(0, 400).map((line) => inert(line, 300))
  return lines.length > 400 ? [...shown, `… ${lines.length - 400} lines more`].join('\n') : shown.join('\n')
}

function flagSection(file: FileReport, idOf: (tensor: TensorFigures) => string): Markup {
  const order: readonly Severity[] = ['error', 'warning', 'info']
  const all = [
    ...file.flags.map((flag) => ({ flag, tensor: null })),
    ...file.tensors.flatMap((tensor) => tensor.flags.map((flag) => ({ flag, tensor }))),
  ]
  const counts = order.map((severity) =>
    plural(all.filter(({ flag }) => flag.severity === severity).length, words[severity]),
  )
  if (all.length === 0)
    return html`<section><h3>Flags</h3><p><span class="tag good">✓</span>Nothing stands out.</p></section>`
  const item = ({ flag, tensor }: (typeof all)[number]): Markup =>
    html`<li class="${flag.severity}"><span class="tag ${flag.severity}">${words[flag.severity]} · ${flag.code}</span>${tensor && html`<a href="#${idOf(tensor)}">${inert(tensor.name, 300)}</a>: `}${inert(flag.message, 800)}</li>`
  const listed = all
    .filter(({ flag }) => flag.severity !== 'info')
    .sort((a, b) => order.indexOf(a.flag.severity) - order.indexOf(b.flag.severity))
  const notes = all.filter(({ flag }) => flag.severity === 'info')
  return html`<section><h3>Flags: ${counts.join(', ')}</h3>${listed.length > 0 && html`<ul class="flags">${listed.map(item)}</ul>`}${notes.length > 0 && html`<details class="more"><summary>${plural(notes.length, 'note')}</summary><ul class="flags">${notes.map(item)}</ul></details>`}</section>`
}

function skippedSection(file: FileReport): Markup | false {
  if (file.skipped.length === 0) return false
  const reasons = new Map<string, { what: string; why: string; names: string[] }>()
  for (const { name, what, why } of file.skipped) {
    const key = `${what}\u0000${why}`
    const seen = reasons.get(key)
    if (seen) seen.names.push(name)
    else reasons.set(key, { what, why, names: [name] })
  }
  return html`<section><h3>Not measured</h3><ul>${[...reasons.values()].map(
    ({ what, why, names }) =>
      html`<li><strong>${what}</strong>: ${inert(why, 600)} <details class="more"><summary>${plural(names.length, 'tensor')}</summary>${names
        .slice(0, 500)
        .map((name) => inert(name, 200))
        .join(', ')}${names.length > 500 && ' …'}</details></li>`,
  )}</ul></section>`
}

function glossary(): Markup {
  return html`<section><h3>What the figures mean</h3><dl class="words">${columns.map(({ title, meaning }) => html`<dt>${title}</dt><dd>${meaning}</dd>`)}</dl></section>`
}
