/** What `inspect` found, as a view: for each file its totals, flags, layers at a glance, every tensor, parts, modules, and what was not measured. */
import { plural, showBytes } from '../../core/index.js'
import type { FileReport, Flag, InspectReport, Severity, TensorFigures } from '../../weights/index.js'
import { type Column, columnOf, columns } from '../columns.js'
import { toJson } from '../json.js'
import { showCount } from '../numbers.js'
import { sortTensors } from '../order.js'
import type {
  CellFormat,
  Section,
  View,
  ViewCards,
  ViewColumn,
  ViewHeat,
  ViewItem,
  ViewList,
  ViewPart,
  ViewRow,
  ViewTable,
  ViewTree,
} from './view.js'
import { commandWord } from './words.js'

type FileSections = ViewPart['sections']

const severities: readonly Severity[] = ['error', 'warning', 'info']
/** Flags, modules and parts listed on a terminal before they are only counted. */
const flagsShown = 12
const modulesShown = 14
const partsShown = 12

/** Place in a narrow terminal; columns that are not named here are for pages. */
const ranks: Readonly<Record<string, number>> = {
  l2: 0,
  shape: 1,
  dtype: 2,
  linf: 3,
  spectral: 4,
  stableRank: 5,
  zeros: 8,
  std: 9,
  rank: 10,
  condition: 12,
  alpha: 13,
}
const csvOnly = new Set(
  'l0 l1 min max sigmaMin energy90 energy95 alphaKs rowMedian columnMin columnMedian columnMax'.split(' '),
)
/** Worth a column only where they are not all zero. */
const rarities = new Set(['nan', 'posInf', 'negInf', 'deadRows', 'deadColumns'])
const heatKeys = 'l2 linf std spectral stableRank effectiveRank rank condition alpha zeros deadRows deadColumns'.split(
  ' ',
)

/** `sort`: the order of the tensors, one of `sortKeys`; `worst` by default. */
export function inspectView(report: InspectReport, options: { readonly sort?: string } = {}): View {
  const sort = options.sort ?? 'worst'
  const about = `normball ${report.normball} · linear algebra: ${report.backend.name} · spectra: ${report.options.spectra}`
  const unread: ViewList = {
    kind: 'list',
    title: 'Could not be read',
    pageOnly: true,
    items: report.errors.map(({ code, file, message }) => ({
      tone: 'error',
      code,
      text: message,
      ...(file === null ? {} : { name: file }),
    })),
  }
  const [only] = report.files
  if (only && report.files.length === 1) {
    return {
      title: only.path,
      facts: factsOf(only),
      about,
      sections: [unread, ...fileSections(only, sort)],
      next: nextOf(only),
    }
  }
  return {
    title: plural(report.files.length, 'file'),
    facts: [],
    about,
    sections: [
      unread,
      ...report.files.map(
        (file): Section => ({
          kind: 'part',
          title: file.path,
          facts: factsOf(file),
          sections: fileSections(file, sort),
        }),
      ),
    ],
  }
}

function factsOf(file: FileReport): string[] {
  const facts = [`${file.format} · ${showBytes(file.bytes)} · ${plural(file.tensors.length, 'tensor')}`]
  if (file.optimizer)
    facts.push(
      `besides, optimizer state: ${plural(file.optimizer.tensors, 'tensor')}, ${showCount(file.optimizer.parameters)} numbers`,
    )
  return facts
}

function fileSections(file: FileReport, sort: string): FileSections {
  return [
    cards(file),
    flags(file),
    ...heat(file),
    tensorTable(file, sort),
    parts(file),
    modules(file),
    notMeasured(file),
    {
      kind: 'list',
      title: 'Notes on the file',
      items: file.warnings.map((text) => ({ text })),
    },
    ...(Object.keys(file.metadata).length > 0
      ? [{ kind: 'text' as const, title: 'Metadata', text: toJson(file.metadata, 2) }]
      : []),
  ]
}

function cards({ totals, optimizer }: FileReport): ViewCards {
  const infinite = totals.posInf + totals.negInf
  const bad = (count: number): { tone?: 'error' } => (count > 0 ? { tone: 'error' } : {})
  return {
    kind: 'cards',
    cards: [
      { title: 'parameters', value: totals.parameters, format: 'count' },
      { title: 'L2', value: totals.l2, format: 'number' },
      { title: 'L1', value: totals.l1, format: 'number' },
      { title: 'max|w|', value: totals.linf, format: 'number' },
      { title: 'zeros', value: totals.parameters > 0 ? totals.zeros / totals.parameters : 0, format: 'share' },
      { title: 'NaN', value: totals.nan, format: 'count', ...bad(totals.nan) },
      { title: 'infinite', value: infinite, format: 'count', ...bad(infinite) },
      ...(optimizer ? [{ title: 'L2 of optimizer state', value: optimizer.l2, format: 'number' as const }] : []),
    ],
  }
}

function flags(file: FileReport): ViewList {
  const words: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' }
  const all: { flag: Flag; name?: string }[] = [
    ...file.flags.map((flag) => ({ flag })),
    ...file.tensors.flatMap(({ name, flags: own }) => own.map((flag) => ({ flag, name }))),
  ]
  const of = (severity: Severity): typeof all => all.filter(({ flag }) => flag.severity === severity)
  const item = ({ flag, name }: (typeof all)[number]): ViewItem => ({
    tone: flag.severity,
    code: flag.code,
    text: flag.message,
    ...(name === undefined ? {} : { name }),
  })
  const counts = severities.map((severity) => plural(of(severity).length, words[severity])).join(', ')
  return {
    kind: 'list',
    title: all.length === 0 ? 'Flags' : `Flags: ${counts}`,
    items: [...of('error'), ...of('warning')].map(item),
    notes: of('info').map(item),
    empty: 'nothing stands out',
    top: flagsShown,
  }
}

function heat(file: FileReport): ViewHeat[] {
  const rows = file.tensors.filter((tensor) => tensor.matrix !== null && tensor.group === 'model')
  const shown = heatKeys
    .map((key) => columnOf(key)!)
    .filter((column) => new Set(rows.map((tensor) => column.value(tensor))).size > 1)
  if (rows.length < 2 || shown.length === 0) return []
  return [
    {
      kind: 'heat',
      title: 'Layers at a glance',
      note: 'One line per matrix in the file’s order, one column per figure; dark is the column’s smallest, yellow its largest, blank was not computed. The numbers stand in the table below.',
      columns: shown.map((column) => column.title),
      rows: rows.map((tensor) => ({
        name: tensor.name,
        values: shown.map((column) => column.value(tensor) as number | null),
      })),
    },
  ]
}

const formats: Readonly<Record<string, CellFormat>> = {
  count: 'count',
  zeros: 'share',
  nan: 'count',
  posInf: 'count',
  negInf: 'count',
  l0: 'count',
  deadRows: 'count',
  deadColumns: 'count',
}

function viewColumn({ key, title, meaning, align }: Column): ViewColumn {
  const rank = ranks[key]
  return {
    key,
    title,
    meaning,
    format: align === 'left' ? 'text' : (formats[key] ?? 'number'),
    ...(rank === undefined ? { wideOnly: true } : { rank }),
    ...(csvOnly.has(key) ? { csvOnly: true } : {}),
  }
}

function tensorTable(file: FileReport, sort: string): ViewTable {
  const sorted = columnOf(sort)
  const told = columns.filter(
    ({ key, value }) => !rarities.has(key) || key === sort || file.tensors.some((tensor) => value(tensor) !== 0),
  )
  const shown = told.map((column) => ({ column, view: viewColumn(column) }))
  // The figure that the table is sorted by stands first, however narrow the terminal.
  if (sorted && ranks[sort] === undefined && sort !== 'name') {
    const at = shown.findIndex(({ column }) => column === sorted)
    const [{ column, view }] = shown.splice(at, 1) as [(typeof shown)[number]]
    const { wideOnly: _, csvOnly: __, ...rest } = view
    shown.splice(1, 0, { column, view: { ...rest, rank: -1 } })
  }
  return {
    kind: 'table',
    title: 'Tensors',
    noun: 'tensor',
    columns: shown.map(({ view }) => view),
    rows: sortTensors(file, sort).map((tensor) =>
      tensorRow(
        tensor,
        shown.map(({ column }) => column),
      ),
    ),
    curve: { title: 'spectrum', log: true, rank: 6, meaning: 'singular values, both axes logarithmic' },
    bars: { title: 'exponents', rank: 7, meaning: 'elements by power of two, small ones to the left' },
    tags: { title: 'flags', rank: 11 },
  }
}

function tensorRow(tensor: TensorFigures, shown: readonly Column[]): ViewRow {
  const { matrix, exponents } = tensor
  const last = exponents.min + exponents.counts.length
  return {
    cells: shown.map((column) =>
      column.key === 'zeros' ? (tensor.count > 0 ? tensor.zeros / tensor.count : 0) : column.value(tensor),
    ),
    tags: tensor.flags.map(({ severity, code, message }) => ({ tone: severity, text: code, meaning: message })),
    ...(matrix ? { curve: matrix.spectrum.value, curveAt: matrix.spectrum.index } : {}),
    ...(exponents.counts.length > 0
      ? { bars: { label: `sizes from 2^${exponents.min} to 2^${last}`, counts: exponents.counts } }
      : {}),
  }
}

/** Gates, projections and experts that were measured by themselves. */
function parts(file: FileReport): ViewTable {
  const column = (key: string, title: string, meaning: string, format: CellFormat, rank: number): ViewColumn => ({
    key,
    title,
    meaning,
    format,
    rank,
  })
  const meaningOf = (key: string): string => columnOf(key)!.meaning
  return {
    kind: 'table',
    title: 'Parts of tensors',
    note: 'Gates of recurrent weights, query, key and value of fused projections, and stacked experts, measured by themselves.',
    noun: 'part',
    columns: [
      column('name', 'tensor', meaningOf('name'), 'text', 0),
      column('part', 'part', 'gate, projection or expert', 'text', 0),
      column('l2', 'L2', meaningOf('l2'), 'number', 1),
      column('linf', 'max|w|', meaningOf('linf'), 'number', 4),
      column('zeros', 'zeros', 'elements that are exactly zero', 'count', 6),
      column('spectral', 'σ₁', meaningOf('spectral'), 'number', 2),
      column('stableRank', 'stable rank', meaningOf('stableRank'), 'number', 5),
      column('rank', 'rank', meaningOf('rank'), 'number', 3),
    ],
    rows: file.tensors.flatMap(({ name, slices }) =>
      slices.map(({ name: part, l2, linf, zeros, matrix }) => ({
        cells: [
          name,
          part,
          l2,
          linf,
          zeros,
          matrix?.spectral ?? null,
          matrix?.stableRank ?? null,
          matrix?.rank ?? null,
        ],
      })),
    ),
    top: partsShown,
  }
}

function modules(file: FileReport): ViewTree {
  const square = file.totals.l2 ** 2
  return {
    kind: 'tree',
    title: 'Modules',
    note: 'Parameters and L2 norm of everything below a name; the bar is its share of the squared norm.',
    columns: [
      { title: 'parameters', format: 'count' },
      { title: 'L2', format: 'number' },
    ],
    shareOf: 'the squared norm',
    nodes: file.modules
      .filter(({ path }) => path !== '')
      .map(({ path, depth, parameters, l2, tensors, flags: { error, warning } }) => ({
        path,
        depth,
        cells: [parameters, l2],
        share: square > 0 && Number.isFinite(l2) ? Math.min(1, l2 ** 2 / square) : 0,
        isLeaf: tensors <= 1,
        tags: [
          ...(error > 0 ? [{ tone: 'error' as const, text: `${error} ✗`, meaning: plural(error, 'error') }] : []),
          ...(warning > 0
            ? [{ tone: 'warning' as const, text: `${warning} !`, meaning: plural(warning, 'warning') }]
            : []),
        ],
      })),
    top: modulesShown,
  }
}

function notMeasured(file: FileReport): ViewList {
  const reasons = new Map<string, { text: string; names: string[] }>()
  for (const { name, what, why } of file.skipped) {
    const text = `${what}: ${why}`
    const seen = reasons.get(text)
    if (seen) seen.names.push(name)
    else reasons.set(text, { text, names: [name] })
  }
  return {
    kind: 'list',
    title: 'Not measured',
    items: [...reasons.values()].sort((a, b) => b.names.length - a.names.length),
    top: 8,
  }
}

/** What a person would want to see after this. */
function nextOf(file: FileReport): NonNullable<View['next']> {
  const path = commandWord(file.path)
  const worst = sortTensors(file, 'worst').find((tensor) => tensor.flags.some((flag) => flag.severity !== 'info'))
  return [
    [`normball inspect ${path} --html report.html`, 'every layer with its spectrum, to sort and filter'],
    worst
      ? [`normball inspect ${path} --tensors ${commandWord(worst.name)} --json`, 'everything about the worst']
      : [`normball inspect ${path} --sort condition`, 'the worst conditioned first'],
  ]
}
