/** Balls side by side as one SVG: the picture that every course on norms draws. */
import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { inert } from '../../core/index.js'
import { html, type Markup, Markup as Ready } from '../html/markup.js'
import { showNumber } from '../numbers.js'
import { wrap } from '../wrap.js'
import { length } from './polyline.js'
import type { BallFigures, BallsReport, PlanePoint, Slice } from './types.js'

const panel = 220
const gap = 20
const heading = 26
const lineHeight = 16
const perRow = 4
/** Letters of a caption's line, at 12 pixels. */
const letters = 36

const slices: Record<Slice, string> = {
  vector: 'vectors (a, b)',
  diagonal: 'matrices diag(a, b)',
  symmetric: 'matrices [[a, b], [b, a]]',
}

/** Its own colours, light and dark; every rule below `.balls`, so that a page around it keeps its style. */
const style = `
.balls{--ink:#1b1f24;--dim:#5c6670;--grid:#d9dee3;--ball:#1668a8;--near:#c45100;--path:#00795a;font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){.balls{--ink:#e4e8ec;--dim:#9aa5b0;--grid:#3a424a;--ball:#6db3f2;--near:#f2a25c;--path:#52d1a5}}
.balls text{fill:var(--dim)}.balls .head{fill:var(--ink);font-size:14px;font-weight:600}
.balls .axis{stroke:var(--grid)}.balls .tick{font-size:10px}
.balls .ball{fill:var(--ball);fill-opacity:.16;stroke:var(--ball);stroke-width:2;stroke-linejoin:round}.balls .ray{stroke:var(--ball);stroke-width:3}
.balls .path{fill:none;stroke:var(--path);stroke-width:4;stroke-opacity:.55;stroke-linejoin:round}.balls .jump{stroke-dasharray:1 3}.balls .to{stroke:var(--near);stroke-width:1.5;stroke-dasharray:4 3}
.balls .at{fill:var(--ink)}.balls .near{fill:var(--near)}.balls .end{fill:var(--path)}
`.trim()

type Scale = ScaleLinear<number, number>

/** A well-formed SVG document with titles and descriptions, no script, and nothing outside it. */
export function svgOf(report: BallsReport): string {
  const columns = Math.min(perRow, report.balls.length)
  const captions = report.balls.map(captionOf)
  const tops = [0]
  for (let i = 0; i < captions.length; i += columns) {
    const lines = Math.max(...captions.slice(i, i + columns).map((caption) => caption.length))
    tops.push(tops.at(-1)! + heading + panel + 8 + lines * lineHeight + gap)
  }
  const width = columns * (panel + gap) + gap
  const height = tops.at(-1)! + lineHeight + 4
  const reach = reachOf(report)
  const x = scaleLinear([-reach, reach], [0, panel])
  const y = scaleLinear([-reach, reach], [panel, 0])
  const title = `Balls of radius ${showNumber(report.radius)}: ${report.balls.map(({ name }) => inert(name, 60)).join(', ')}`
  const description = `The point ${show(report.point)}, its projection onto each ball, and its proximal path.`
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="balls" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}. ${description}">
<title>${title}</title><desc>${description}</desc><style>${new Ready(style)}</style>
<defs><clipPath id="balls-frame"><rect width="${panel}" height="${panel}"/></clipPath></defs>
${report.balls.map((ball, i) => {
  const [left, top] = [gap + (i % columns) * (panel + gap), tops[Math.floor(i / columns)]!]
  return html`<g transform="translate(${left} ${top})">${ballHtml(ball, report, x, y, captions[i]!)}</g>
`
})}${legend(height - 8, width, report)}</svg>
`.text
}

/** Half the side of every panel: the balls, the point, and some room; balls without end are cut. */
function reachOf({ balls, point, radius }: BallsReport): number {
  const sizes = balls.flatMap(({ outline, isBounded }) =>
    isBounded && outline ? outline.flatMap(([a, b]) => [Math.abs(a), Math.abs(b)]) : [],
  )
  // One ball that is much longer than the others would make points of them.
  const largest = Math.min(4 * Math.max(radius, length(point)), Math.max(...sizes, 0))
  return 1.2 * Math.max(largest, radius * 1.05, Math.abs(point[0]), Math.abs(point[1]))
}

const at = (value: number): string => String(Math.round(value * 100) / 100)
const show = ([a, b]: PlanePoint): string => `(${showNumber(a, 3)}, ${showNumber(b, 3)})`

function ballHtml(ball: BallFigures, report: BallsReport, x: Scale, y: Scale, caption: readonly string[]): Markup {
  const name = inert(ball.name, 60)
  const [left, right] = x.domain() as [number, number]
  const ends = [-report.radius, report.radius].filter((r) => r > left && r < right)
  const dot = (p: PlanePoint, look: string, size: number): Markup =>
    html`<circle class="${look}" cx="${at(x(p[0]))}" cy="${at(y(p[1]))}" r="${size}"><title>${look === 'at' ? 'point' : look === 'near' ? 'projection' : 'end of the path'} ${show(p)}</title></circle>`
  const { projection } = ball
  return html`<title>${name}: ${caption.join(' ')}</title><text class="head" x="${panel / 2}" y="${heading - 8}" text-anchor="middle">${name}</text>
<g transform="translate(0 ${heading})"><g class="axis"><path d="M0 ${at(y(0))}H${panel}M${at(x(0))} 0V${panel}"/>${ends.map((r) => html`<path d="M${at(x(r))} ${at(y(0) - 3)}v6M${at(x(0) - 3)} ${at(y(r))}h6"/>`)}</g>
${ends.map((r) => html`<text class="tick" x="${at(x(r))}" y="${at(y(0) + 14)}" text-anchor="middle">${showNumber(r)}</text>`)}
<g clip-path="url(#balls-frame)">${bodyHtml(ball, x, y)}${pathHtml(ball, x, y)}${
    projection &&
    html`<path class="to" d="M${at(x(report.point[0]))} ${at(y(report.point[1]))}L${at(x(projection[0]))} ${at(y(projection[1]))}"/>${dot(projection, 'near', 4)}`
  }${dot(report.point, 'at', 4)}</g>
${caption.map((text, i) => html`<text x="${panel / 2}" y="${panel + 16 + i * lineHeight}" text-anchor="middle">${text}</text>`)}</g>`
}

/** The ball itself: an area, or rays, or the whole plane, or the origin. */
function bodyHtml({ outline, rays }: BallFigures, x: Scale, y: Scale): Markup {
  const linePath = line<PlanePoint>(
    ([a]) => x(a),
    ([, b]) => y(b),
  ).digits(2)
  if (outline) return html`<path class="ball" d="${linePath(outline)}Z"/>`
  if (rays === null) return html`<rect class="ball" width="${panel}" height="${panel}"/>`
  if (rays.length === 0) return html`<circle class="ball" cx="${at(x(0))}" cy="${at(y(0))}" r="2"/>`
  const far = 2 * (x.domain()[1] as number)
  return html`<path class="ray" d="${rays
    .map(
      ([a, b]) =>
        linePath([
          [0, 0],
          [a * far, b * far],
        ]) ?? '',
    )
    .join('')}"/>`
}

function pathHtml({ path }: BallFigures, x: Scale, y: Scale): Markup | null {
  if (path === null || path.length < 2) return null
  const place = ({ point: [a, b] }: { point: PlanePoint }): string => `${at(x(a))} ${at(y(b))}`
  const drawn = path.map((step, i) => `${i === 0 || path[i - 1]!.isJump ? 'M' : 'L'}${place(step)}`).join('')
  const jumps = path.flatMap((step, i) =>
    step.isJump && path[i + 1] ? [`M${place(step)}L${place(path[i + 1]!)}`] : [],
  )
  const last = path.at(-1)!
  return html`<path class="path" d="${drawn}"><title>proximal path, t from 0 to ${showNumber(last.t)}</title></path>${jumps.length > 0 && html`<path class="path jump" d="${jumps.join('')}"/>`}<circle class="end" cx="${at(x(last.point[0]))}" cy="${at(y(last.point[1]))}" r="3"/>`
}

function captionOf({ slice, isConvex, value, projection, distance, path, isBounded, skipped }: BallFigures): string[] {
  const lines = [`${slices[slice]}${isConvex ? '' : ', not convex'}${isBounded ? '' : ', unbounded'}`]
  lines.push(`at the point ${showNumber(value)}`)
  if (projection)
    lines.push(
      distance === 0 ? 'the point lies inside' : `projection ${show(projection)}, ${showNumber(distance, 3)} away`,
    )
  if (path && path.length > 1) {
    const last = path.at(-1)!
    const end = length(last.point) === 0 ? 'to 0' : `to ${show(last.point)}`
    lines.push(`path ${end} at t = ${showNumber(last.t)}`)
  }
  for (const { what, why } of skipped) lines.push(...wrap(`no ${what}: ${inert(reasonOf(why), 150)}`, letters))
  return lines
}

/** What an error says, without where it was called and what else to try. */
function reasonOf(why: string): string {
  return why.replace(/^\S+: /, '').replace(/\.? Try .*$/, '')
}

/** One line below all panels. */
function legend(top: number, width: number, { point }: BallsReport): Markup {
  const words: [string, string][] = [
    ['at', `the point ${show(point)}`],
    ['near', 'its projection'],
    ['end', 'its proximal path'],
  ]
  const narrow = width < 400
  const step = narrow ? 78 : 150
  const start = (width - step * words.length) / 2
  return html`<g>${words.map(
    ([look, text], i) =>
      html`<circle class="${look}" cx="${start + i * step}" cy="${top - 4}" r="4"/><text x="${start + i * step + 8}" y="${top}">${
        narrow
          ? text
              .replace(/^(the|its) /, '')
              .replace(/ \(.*/, '')
              .replace('proximal ', '')
          : text
      }</text>`,
  )}</g>`
}
