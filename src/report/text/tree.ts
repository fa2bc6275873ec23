/** A module tree on a terminal: names indented, figures, and a bar for the share. */
import { inert, plural } from '../../core/index.js'
import { showValue } from '../cell.js'
import type { Paint } from '../paint.js'
import { bar } from '../spark.js'
import type { ViewTree } from '../views/view.js'
import { displayWidth, padEnd, padStart, shorten } from '../wrap.js'
import { titleLines } from './title.js'

const deepest = 3

export function treeLines(tree: ViewTree, width: number, paint: Paint): string[] {
  const inner = tree.nodes.filter((node) => node.depth <= deepest && !node.isLeaf)
  if (inner.length < 2) return []
  const shown = tree.top === undefined || tree.top === 0 ? inner : inner.slice(0, tree.top)
  const names = shown.map((node) => `${' '.repeat(Math.max(0, node.depth - 1))}${inert(node.path, 200)}`)
  const columns = tree.columns.map(({ title, format }, place) => {
    const cells = shown.map((node) => showValue(node.cells[place] ?? null, format))
    return { title: inert(title, 40), cells, width: Math.max(title.length, ...cells.map(displayWidth)) }
  })
  let room = width - 2 - 16
  const kept = columns.filter((column) => {
    if (column.width + 2 > room) return false
    room -= column.width + 2
    return true
  })
  const barWidth = Math.min(20, room - 2)
  const free = room + 16 - (barWidth >= 4 ? barWidth + 2 : 0)
  const nameWidth = Math.min(Math.max(6, ...names.map(displayWidth)), free)
  const line = (name: string, cells: readonly string[], share: number | null): string => {
    const padded = cells.map((cell, i) => padStart(cell, kept[i]!.width))
    const drawn = share !== null && barWidth >= 4 ? [paint('accent', bar(share, barWidth))] : []
    return `  ${[padEnd(shorten(name, nameWidth), nameWidth), ...padded, ...drawn].join('  ')}`.trimEnd()
  }
  const header = line(
    'module',
    kept.map((column) => column.title),
    null,
  )
  const lines = shown.map((node, i) =>
    line(
      names[i]!,
      kept.map((column) => column.cells[i]!),
      node.share,
    ),
  )
  const rest = inner.length - shown.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'module')} more: see --html`))
  const { note: _, ...title } = tree
  return [...titleLines(title, width, paint), paint('dim', header), ...lines]
}
