/** The module tree: totals of every part of the network, as nested lists that open and close without a script. */
import { inert } from '../../core/index.js'
import type { FileReport, ModuleTotals } from '../../weights/index.js'
import { showCount, showNumber } from '../numbers.js'
import { html, type Markup } from './markup.js'

interface Node {
  readonly module: ModuleTotals
  readonly children: Node[]
}

/** Modules come with parents before children; depth says where each belongs. */
function nest(modules: readonly ModuleTotals[]): Node[] {
  const roots: Node[] = []
  const open: Node[] = []
  for (const module of modules) {
    const node: Node = { module, children: [] }
    while (open.length > 0 && open.at(-1)!.module.depth >= module.depth) open.pop()
    const parent = open.at(-1)
    if (parent) parent.children.push(node)
    else roots.push(node)
    open.push(node)
  }
  return roots
}

export function moduleTreeHtml(file: FileReport): Markup | null {
  const inner = file.modules.filter((module) => module.path !== '')
  if (inner.length < 2) return null
  const whole = file.totals.l2 ** 2
  const line = ({ module }: Node): Markup => {
    const share = whole > 0 && Number.isFinite(module.l2) ? Math.min(1, module.l2 ** 2 / whole) : 0
    const { error, warning } = module.flags
    return html`<span class="n">${inert(module.path, 200)}${error > 0 && html` <span class="tag error">${error} ✗</span>`}${warning > 0 && html` <span class="tag warning">${warning} !</span>`}</span><span class="v">${showCount(module.parameters)} · L2 ${showNumber(module.l2)}</span><span class="b" title="${(share * 100).toFixed(1)} % of the squared norm"><i style="width:${(share * 100).toFixed(1)}%"></i></span>`
  }
  const list = (nodes: readonly Node[], depth: number): Markup =>
    html`<ul>${nodes.map((node) =>
      node.children.length === 0
        ? html`<li class="leaf">${line(node)}</li>`
        : html`<li><details${depth < 1 && nodes.length <= 12 ? html` open` : null}><summary>${line(node)}</summary>${list(node.children, depth + 1)}</details></li>`,
    )}</ul>`
  return html`<section><h3>Modules</h3><p class="note">Parameters and L2 norm of everything below a name; the bar is its share of the squared norm.</p><div class="tree">${list(nest(inner), 0)}</div></section>`
}
