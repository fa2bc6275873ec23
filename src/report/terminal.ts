/** A report as text for a terminal or a pipe. */
import { inert, plural, showBytes } from '../core/index.js'
import type { FileReport, InspectReport, Severity } from '../weights/index.js'
import { showCount, showNumber, showShare } from './numbers.js'
import { sortTensors } from './order.js'
import { type Paint, plainPaint } from './paint.js'
import { bar } from './spark.js'
import { tensorTable } from './table.js'
import { displayWidth, padEnd, shorten, wrap } from './wrap.js'

export interface TerminalOptions {
  /** Columns of text. */
  readonly width: number
  readonly paint?: Paint
  readonly sort?: string
  /** Whether to end with what to run next; true by default. */
  readonly next?: boolean
  /** How many tensors the table shows; 0 for all. */
  readonly top?: number
}

const words: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' }
const order: readonly Severity[] = ['error', 'warning', 'info']
/** Flags listed one by one before they are only counted. */
const flagsShown = 12
const modulesShown = 14
const partsShown = 12

export function toTerminal(report: InspectReport, options: TerminalOptions): string {
  const blocks = report.files.map((file) => fileText(file, options))
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`
}

function fileText(file: FileReport, options: TerminalOptions): string {
  const paint = options.paint ?? plainPaint
  const sections = [
    heading(file, options.width, paint),
    flagLines(file, options.width, paint),
    tensorSection(file, options, paint),
    partLines(file, options.width, paint),
    moduleLines(file, options.width, paint),
    skippedLines(file, options.width, paint),
    file.warnings.length > 0
      ? [
          paint('bold', 'Notes on the file'),
          ...file.warnings.flatMap((warning) => wrap(inert(warning, 400), options.width, '  ')),
        ]
      : [],
  ]
  if (options.next !== false) sections.push(nextLines(file, options.width, paint))
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function heading(file: FileReport, width: number, paint: Paint): string[] {
  const { totals } = file
  const facts = [
    file.format,
    showBytes(file.bytes),
    plural(file.tensors.length, 'tensor'),
    plural(totals.parameters, 'parameter', 'parameters'),
  ]
  facts[3] = `${showCount(totals.parameters)} parameters`
  const figures = [
    `L2 ${showNumber(totals.l2)}`,
    `L1 ${showNumber(totals.l1)}`,
    `max|w| ${showNumber(totals.linf)}`,
    `zeros ${showShare(totals.zeros, totals.parameters)}`,
    `NaN ${showCount(totals.nan)}`,
    `Inf ${showCount(totals.posInf + totals.negInf)}`,
  ]
  const lines = [
    paint('bold', shorten(inert(file.path, 1000), width)),
    ...wrap(facts.join(' · '), width),
    ...wrap(figures.join('   '), width),
  ]
  if (file.optimizer) {
    const { tensors, parameters, l2 } = file.optimizer
    lines.push(
      ...wrap(
        `besides, optimizer state: ${plural(tensors, 'tensor')}, ${showCount(parameters)} numbers, L2 ${showNumber(l2)}`,
        width,
      ),
    )
  }
  return lines
}

function flagLines(file: FileReport, width: number, paint: Paint): string[] {
  const all = [
    ...file.flags.map((flag) => ({ flag, name: '' })),
    ...file.tensors.flatMap((tensor) => tensor.flags.map((flag) => ({ flag, name: tensor.name }))),
  ].sort((a, b) => order.indexOf(a.flag.severity) - order.indexOf(b.flag.severity))
  const counts = order.map((severity) => ({
    severity,
    count: all.filter(({ flag }) => flag.severity === severity).length,
  }))
  const title = counts.map(({ severity, count }) => plural(count, words[severity])).join(', ')
  if (all.length === 0) return [`${paint('bold', 'Flags')}: ${paint('good', 'nothing stands out')}`]
  const shown = all.filter(({ flag }) => flag.severity !== 'info').slice(0, flagsShown)
  const lines = [`${paint('bold', 'Flags')}: ${title}`]
  for (const { flag, name } of shown) {
    const head = `${words[flag.severity]} ${flag.code}`
    lines.push(
      `  ${paint(flag.severity, head)}${name === '' ? '' : `  ${shorten(inert(name, 200), Math.max(16, width - head.length - 4))}`}`,
    )
    lines.push(...wrap(inert(flag.message, 600), width, '    '))
  }
  const rest = all.length - shown.length
  if (rest > 0) lines.push(paint('dim', `  ${rest} more: see --json or --html`))
  return lines
}

function tensorSection(file: FileReport, options: TerminalOptions, paint: Paint): string[] {
  const sort = options.sort ?? 'worst'
  const tensors = sortTensors(file, sort)
  const top = options.top === undefined || options.top === 0 ? tensors.length : options.top
  const shown = tensors.slice(0, top)
  if (shown.length === 0) return []
  const lines = tensorTable(shown, options.width, paint, options.sort)
  const rest = tensors.length - shown.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'tensor')} more: --top 0 shows all`))
  return lines
}

/** Gates, projections and experts that were measured by themselves. */
function partLines(file: FileReport, width: number, paint: Paint): string[] {
  const parts = file.tensors.flatMap(({ name, slices }) => slices.map((slice) => ({ name, slice })))
  if (parts.length === 0) return []
  const shown = parts.slice(0, partsShown)
  const label = ({ name, slice }: (typeof parts)[number]): string => `${inert(name, 200)} ${inert(slice.name, 40)}`
  const nameWidth = Math.min(Math.max(...shown.map((part) => displayWidth(label(part)))), Math.max(16, width - 44))
  const lines = shown.map((part) => {
    const { l2, matrix } = part.slice
    const figures = [`L2 ${showNumber(l2).padStart(9)}`]
    if (matrix)
      figures.push(`σ₁ ${showNumber(matrix.spectral).padStart(9)}`, `rank ${showNumber(matrix.rank).padStart(5)}`)
    return `  ${padEnd(shorten(label(part), nameWidth), nameWidth)}  ${figures.join('  ')}`
  })
  const rest = parts.length - shown.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'part')} more: see --html`))
  return [`${paint('bold', 'Parts')} (gates, projections, experts)`, ...lines]
}

/** What a person would want to see after this. */
function nextLines(file: FileReport, width: number, paint: Paint): string[] {
  const worst = sortTensors(file, 'worst').find((tensor) => tensor.flags.some((flag) => flag.severity !== 'info'))
  const hints = (path: string): [string, string][] => [
    [`normball inspect ${path} --html report.html`, 'every layer with its spectrum, to sort and filter'],
    worst
      ? [`normball inspect ${path} --tensors ${quoted(worst.name)} --json`, 'everything about the worst']
      : [`normball inspect ${path} --sort condition`, 'the worst conditioned first'],
  ]
  const longestOf = (lines: [string, string][]): number => Math.max(...lines.map(([command]) => displayWidth(command)))
  // A command that is cut cannot be run: where it does not fit, FILE stands for the path.
  const whole = hints(quoted(file.path))
  const lines = longestOf(whole) + 2 <= width ? whole : hints('FILE')
  const longest = longestOf(lines)
  const explains = longest + 4 + Math.max(...lines.map(([, why]) => why.length)) <= width
  return [
    paint('bold', 'Next'),
    ...lines.map(
      ([command, why]) =>
        `  ${explains ? `${padEnd(command, longest)}  ${paint('dim', why)}` : shorten(command, width - 2)}`,
    ),
  ]
}

/** A word for a shell; names that cannot be typed safely are shown inert and do not claim to work. */
function quoted(text: string): string {
  const shown = inert(text, 120)
  return /^[\w./:@%+=,-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`
}

function moduleLines(file: FileReport, width: number, paint: Paint): string[] {
  // The root repeats the totals, and a leaf repeats its tensor's row.
  const inner = file.modules.filter((module) => module.path !== '' && module.tensors > 1 && module.depth <= 3)
  if (inner.length < 2) return []
  const shown = inner.slice(0, modulesShown)
  const nameWidth = Math.min(
    36,
    Math.max(...shown.map((module) => module.path.length + module.depth), 8),
    Math.max(12, width - 44),
  )
  const square = file.totals.l2 ** 2
  const lines = shown.map((module) => {
    const share = square > 0 ? module.l2 ** 2 / square : 0
    const name = shorten(`${' '.repeat(Math.max(0, module.depth - 1))}${inert(module.path, 200)}`, nameWidth).padEnd(
      nameWidth,
    )
    const figures = `${showCount(module.parameters).padStart(13)}  L2 ${showNumber(module.l2).padStart(9)}  `
    return `  ${name}${figures}${paint('accent', bar(share, Math.max(4, Math.min(20, width - nameWidth - 32))))}`.trimEnd()
  })
  const rest = inner.length - shown.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'module')} more: see --html`))
  return [`${paint('bold', 'Modules')} (parameters, norm, share of the squared norm)`, ...lines]
}

function skippedLines(file: FileReport, width: number, paint: Paint): string[] {
  const reasons = new Map<string, { count: number; first: string }>()
  for (const { name, what, why } of file.skipped) {
    const key = `${what}: ${why}`
    const seen = reasons.get(key)
    if (seen) seen.count++
    else reasons.set(key, { count: 1, first: name })
  }
  const lines = [...reasons].sort((a, b) => b[1].count - a[1].count).slice(0, 8)
  if (lines.length === 0) return []
  return [
    paint('bold', 'Not measured'),
    ...lines.flatMap(([reason, { count, first }]) =>
      wrap(`${count === 1 ? inert(first) : `${count} ×`} ${inert(reason, 300)}`, width, '  ').map((line) =>
        paint('dim', line),
      ),
    ),
    ...(reasons.size > lines.length
      ? [paint('dim', `  ${reasons.size - lines.length} other reasons: see --json`)]
      : []),
  ]
}
