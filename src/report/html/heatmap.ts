/** Every layer against every figure, as one picture: what differs from its neighbours is seen before it is read. */
import { inert } from '../../core/index.js'
import type { TensorFigures } from '../../weights/index.js'
import { columnOf } from '../columns.js'
import { showNumber } from '../numbers.js'
import { html, Markup } from './markup.js'

const keys = [
  'l2',
  'linf',
  'std',
  'spectral',
  'stableRank',
  'effectiveRank',
  'rank',
  'condition',
  'alpha',
  'zeros',
  'deadRows',
  'deadColumns',
]

/** Dark blue to yellow through green, evenly spaced in lightness (after viridis). */
const ramp: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [65, 68, 135],
  [42, 120, 142],
  [34, 168, 132],
  [122, 209, 81],
  [253, 231, 37],
]

function colorAt(share: number): [number, number, number] {
  const place = Math.max(0, Math.min(1, share)) * (ramp.length - 1)
  const low = Math.min(ramp.length - 2, Math.floor(place))
  const mix = place - low
  const [a, b] = [ramp[low]!, ramp[low + 1]!]
  return [0, 1, 2].map((i) => Math.round(a[i]! + (b[i]! - a[i]!) * mix)) as [number, number, number]
}

/** A column's values as shares between its smallest and largest, on a logarithmic scale where it spans more than a decade. */
function sharesOf(values: readonly (number | null)[]): (number | null)[] {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value))
  if (finite.length === 0) return values.map(() => null)
  const positive = finite.filter((value) => value > 0)
  const isLog = positive.length > 0 && Math.max(...positive) > 10 * Math.min(...positive)
  const scale = (value: number): number => (isLog ? Math.log10(Math.max(value, Math.min(...positive))) : value)
  const low = scale(Math.min(...finite))
  const high = scale(Math.max(...finite))
  return values.map((value) => {
    if (value === null || Number.isNaN(value)) return null
    if (!Number.isFinite(value)) return 1
    return high > low ? (scale(value) - low) / (high - low) : 0.5
  })
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** Null when fewer than two tensors have a matrix. */
export async function heatMap(
  tensors: readonly TensorFigures[],
  idOf: (tensor: TensorFigures) => string,
): Promise<Markup | null> {
  const rows = tensors.filter((tensor) => tensor.matrix !== null && tensor.group === 'model')
  const shown = keys
    .map((key) => columnOf(key)!)
    .map((column) => ({ column, values: rows.map((tensor) => column.value(tensor) as number | null) }))
    .filter(({ values }) => new Set(values).size > 1)
  if (rows.length < 2 || shown.length === 0) return null
  const data = new Uint8Array(rows.length * shown.length * 4)
  shown.forEach(({ values }, x) => {
    sharesOf(values).forEach((share, y) => {
      if (share !== null) data.set([...colorAt(share), 255], (y * shown.length + x) * 4)
    })
  })
  const { encode } = await import('fast-png')
  const png = encode({ width: shown.length, height: rows.length, data, depth: 8, channels: 4 })
  const rowHeight = rows.length <= 60 ? 18 : Math.max(2, Math.round(600 / rows.length))
  // Names stand beside the picture while there is room for a line of text each.
  const labels =
    rows.length <= 60 &&
    html`<div class="labels" aria-hidden="true">${rows.map((tensor) => html`<span>${inert(tensor.name, 200)}</span>`)}</div>`
  const cells = rows.map((tensor, y) => [
    idOf(tensor),
    tensor.name,
    ...shown.map(({ values }) => showNumber(values[y])),
  ])
  return html`<section aria-labelledby="heat"><h3 id="heat">Layers at a glance</h3>
<p class="note">One line per matrix in the file’s order, one column per figure; dark is the column’s smallest, yellow its largest, blank was not computed. The numbers stand in the table below.</p>
<div class="heat${labels && ' labelled'}" style="--n:${shown.length};--h:${rowHeight * rows.length}px"><div class="heads" aria-hidden="true">${shown.map(({ column }) => html`<span>${column.title}</span>`)}</div>
${labels}<img src="data:image/png;base64,${base64(png)}" alt="Heat map of ${rows.length} layers by ${shown.map(({ column }) => column.title).join(', ')}">
<p class="heat-says" aria-live="polite"></p></div>
<script type="application/json" class="heat-data">${jsonForScript({ titles: shown.map(({ column }) => column.title), cells })}</script></section>`
}

/** JSON inside a script element: `<` cannot end it. */
function jsonForScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
}
