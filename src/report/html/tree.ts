/** The module tree: totals of every part of the network, as nested lists that open and close without a script. */
import { inert } from '../../core/index.js'
import { showValue } from '../cell.js'
import type { ViewTree } from '../views/view.js'
import { html, type Markup } from './markup.js'

type Module = ViewTree['nodes'][number]

interface Node {
  readonly module: Module
  readonly children: Node[]
}

/** Modules come with parents before children; depth says where each belongs. */
function nest(modules: readonly Module[]): Node[] {
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

export function treeHtml(tree: ViewTree): Markup {
  if (tree.nodes.length < 2) return html``
  const line = ({ module: { path, cells, share, tags = [] } }: Node): Markup => {
    const figures = tree.columns.map(
      ({ title, format }, i) => `${inert(title, 60)} ${showValue(cells[i] ?? null, format)}`,
    )
    const percent = share === null ? null : (Math.max(0, Math.min(1, share)) * 100).toFixed(1)
    return html`<span class="n">${inert(path, 200)}${tags.map(({ tone, text, meaning }) => html` <span class="tag ${tone}" title="${inert(meaning ?? '', 300)}">${inert(text, 60)}</span>`)}</span><span class="v">${figures.join(' · ')}</span>${percent !== null && html`<span class="b" title="${percent} % of ${inert(tree.shareOf, 100)}"><i style="width:${percent}%"></i></span>`}`
  }
  const list = (nodes: readonly Node[], depth: number): Markup =>
    html`<ul>${nodes.map((node) =>
      node.children.length === 0
        ? html`<li class="leaf">${line(node)}</li>`
        : html`<li><details${depth < 1 && nodes.length <= 12 ? html` open` : null}><summary>${line(node)}</summary>${list(node.children, depth + 1)}</details></li>`,
    )}</ul>`
  return html`<section><h3>${inert(tree.title, 300)}</h3>${tree.note !== undefined && html`<p class="note">${inert(tree.note, 1000)}</p>`}<div class="tree">${list(nest(tree.nodes), 0)}</div></section>`
}
