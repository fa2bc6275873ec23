/** What every page has: its head, the policy that lets only our script run, style, script. */
import { html, Markup } from './markup.js'
import { script, scriptHash } from './script.js'
import { style } from './style.js'

const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`

/** One file without network, readable without its script. `title` is plain text. */
export function pageOf(title: string, header: Markup, main: Markup): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${title}</title>
<style>${new Markup(style)}</style></head>
<body><a class="skip" href="#main">Skip to the report</a><header>${header}</header>
<main id="main">${main}</main>
<script>${new Markup(script)}</script></body></html>
`.text
}
