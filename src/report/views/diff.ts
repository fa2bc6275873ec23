/** What `diff` found, as a view: what moved most first, then every tensor, modules, what has no counterpart, and how the pairs were found. */
import { plural, showBytes, showShape } from '../../core/index.js'
import type { DiffReport, DiffTensor, Pairing } from '../../weights/index.js'
import { showNumber } from '../numbers.js'
import type {
  CellValue,
  View,
  ViewCards,
  ViewColumn,
  ViewItem,
  ViewList,
  ViewRow,
  ViewTable,
  ViewTree,
} from './view.js'
import { commandWord } from './words.js'

/** Modules and unpaired names listed on a terminal before they are only counted. */
const modulesShown = 14
const namesShown = 8
/** Names beside a count. */
const few = 4
/** A change whose energy lies in this share of the directions is called low-rank. */
const lowRank = 0.1

export function diffView(report: DiffReport): View {
  const { a, b, inputs, normball, options, backend } = report
  const side = ({ format, bytes, tensors }: DiffReport['inputs']['a']): string =>
    `${format} · ${showBytes(bytes)} · ${plural(tensors, 'tensor')}`
  return {
    title: `${a} → ${b}`,
    facts: [`a: ${side(inputs.a)}`, `b: ${side(inputs.b)}`, headline(report)],
    about: `normball ${normball} · linear algebra: ${backend.name} · spectra: ${options.spectra}`,
    sections: [
      cards(report),
      verdict(report),
      table(report),
      modules(report),
      unpaired(report),
      pairing(report),
      notes(report),
    ],
    next: nextOf(report),
  }
}

/** The floating tensor of the model that moved most. */
function mostMoved(report: DiffReport): DiffTensor | null {
  let most: DiffTensor | null = null
  for (const tensor of report.tensors)
    if (tensor.share !== null && tensor.deltaL2 > 0 && (most === null || tensor.relative > most.relative)) most = tensor
  return most
}

/** One sentence that says what changed. */
function headline(report: DiffReport): string {
  const most = mostMoved(report)
  if (report.tensors.length === 0) return 'No tensor of a has a counterpart in b.'
  if (most === null) return 'Nothing differs in the weights that were compared.'
  const biggest = report.tensors.reduce((one, other) => ((other.share ?? 0) > (one.share ?? 0) ? other : one))
  const moved = `${most.name} moved most, by ${percent(most.relative)} of its norm`
  const holds =
    biggest.name === most.name
      ? `and holds ${percent(most.share ?? 0)} of the squared change`
      : `and ${biggest.name} holds ${percent(biggest.share ?? 0)} of the squared change`
  return `${moved}, ${holds}.${rankWords(most)}`
}

function rankWords({ name, delta }: DiffTensor): string {
  const rank = delta?.energyRank['0.99'] ?? null
  if (delta === null || rank === null) return ''
  const full = Math.min(...delta.shape)
  const low = full >= 8 && rank <= Math.max(1, lowRank * full)
  return ` The change of ${name} is ${low ? 'low-rank' : 'not low-rank'}: ${rank} of ${full} directions hold 99 % of its energy.`
}

function percent(share: number): string {
  return Number.isFinite(share) && share < 1e4 ? `${showNumber(100 * share)} %` : showNumber(share)
}

function cards({ totals, tensors, onlyA, onlyB, shapeChanged }: DiffReport): ViewCards {
  return {
    kind: 'cards',
    cards: [
      { title: 'relative change', value: totals.relative, format: 'number' },
      { title: 'cosine', value: totals.cosine, format: 'number' },
      { title: '‖b − a‖', value: totals.deltaL2, format: 'number' },
      { title: 'largest |b − a|', value: totals.deltaLinf, format: 'number' },
      { title: 'compared tensors', value: tensors.length, format: 'count' },
      { title: 'elements changed', value: totals.changed, format: 'count' },
      ...loss('only in a', onlyA),
      ...loss('only in b', onlyB),
      ...loss('other shapes', shapeChanged),
    ],
  }
}

/** Told where there is one. */
function loss(title: string, list: readonly unknown[]): ViewCards['cards'] {
  return list.length > 0 ? [{ title, value: list.length, format: 'count', tone: 'warning' }] : []
}

function verdict({ check }: DiffReport): ViewList {
  const { failed, failOver, relative, worst } = check ?? { failed: false, failOver: 0, relative: 0, worst: null }
  const item: ViewItem = {
    tone: failed ? 'error' : 'good',
    code: failed ? 'over' : 'within',
    ...(worst === null ? {} : { name: worst }),
    text: `the largest relative change is ${showNumber(relative)}, ${failed ? 'above' : 'not above'} the limit of ${showNumber(failOver)}`,
  }
  return { kind: 'list', title: 'Check', items: check === null ? [] : [item] }
}

interface Figure extends ViewColumn {
  readonly value: (tensor: DiffTensor) => CellValue
}

const figures: readonly Figure[] = [
  { key: 'name', title: 'tensor', meaning: "The tensor's name in a.", format: 'text', value: ({ name }) => name },
  {
    key: 'relative',
    title: 'relative',
    meaning: 'Norm of the difference over the norm of a (both L2).',
    format: 'number',
    rank: 0,
    value: ({ relative }) => relative,
  },
  {
    key: 'share',
    title: 'share',
    meaning: "Of the whole model's squared change.",
    format: 'share',
    rank: 1,
    bar: true,
    value: ({ share }) => share,
  },
  {
    key: 'cosine',
    title: 'cosine',
    meaning: 'Of the angle between a and b; 1 for the same direction.',
    format: 'number',
    rank: 2,
    value: ({ cosine }) => cosine,
  },
  {
    key: 'deltaL2',
    title: '‖b−a‖',
    meaning: 'L2 norm of the difference.',
    format: 'number',
    rank: 3,
    value: ({ deltaL2 }) => deltaL2,
  },
  {
    key: 'deltaLinf',
    title: 'max |b−a|',
    meaning: 'Largest absolute difference of two elements.',
    format: 'number',
    rank: 6,
    value: ({ deltaLinf }) => deltaLinf,
  },
  {
    key: 'changed',
    title: 'changed',
    meaning: 'Elements that differ.',
    format: 'count',
    rank: 7,
    value: ({ changed }) => changed,
  },
  {
    key: 'rank99',
    title: 'rank 99 %',
    meaning: 'How many singular directions hold 99 % of the squared change: small where the change is low-rank.',
    format: 'count',
    rank: 4,
    value: ({ delta }) => delta?.energyRank['0.99'] ?? null,
  },
  {
    key: 'deltaSpectral',
    title: 'σ₁(b−a)',
    meaning: 'Largest singular value of the difference.',
    format: 'number',
    rank: 8,
    value: ({ deltaSpectral }) => deltaSpectral,
  },
  {
    key: 'deltaStableRank',
    title: 'stable rank',
    meaning: 'Squared Frobenius norm of the difference over its squared spectral norm.',
    format: 'number',
    rank: 9,
    value: ({ deltaStableRank }) => deltaStableRank,
  },
  {
    key: 'angle',
    title: 'angle',
    meaning: 'Largest principal angle, in degrees, between the leading singular spaces of a and b (left or right).',
    format: 'number',
    rank: 10,
    value: ({ angles }) => (angles === null ? null : (180 / Math.PI) * Math.max(...angles.left, ...angles.right)),
  },
  { key: 'shape', title: 'shape', meaning: 'Axes.', format: 'text', rank: 5, value: ({ shape }) => showShape(shape) },
  {
    key: 'dtypes',
    title: 'dtypes',
    meaning: 'How a and b store it.',
    format: 'text',
    rank: 11,
    value: ({ dtypeA, dtypeB }) => (dtypeA === dtypeB ? dtypeA : `${dtypeA} → ${dtypeB}`),
  },
  {
    key: 'kind',
    title: 'kind',
    meaning: 'What the tensor is for.',
    format: 'text',
    wideOnly: true,
    value: ({ kind }) => kind,
  },
  {
    key: 'deltaNuclear',
    title: 'nuclear norm',
    meaning: 'Sum of the singular values of the difference.',
    format: 'number',
    wideOnly: true,
    value: ({ deltaNuclear }) => deltaNuclear,
  },
  {
    key: 'deltaL1',
    title: 'L1 of b−a',
    meaning: 'Sum of the absolute differences.',
    format: 'number',
    wideOnly: true,
    value: ({ deltaL1 }) => deltaL1,
  },
  { key: 'l2A', title: '‖a‖', meaning: 'L2 norm of a.', format: 'number', wideOnly: true, value: ({ l2A }) => l2A },
  { key: 'l2B', title: '‖b‖', meaning: 'L2 norm of b.', format: 'number', wideOnly: true, value: ({ l2B }) => l2B },
  csvFigure('nameB', "The tensor's name in b.", ({ nameB }) => nameB),
  csvFigure('count', 'Elements.', ({ count }) => count),
  csvFigure('l1A', 'L1 norm of a.', ({ l1A }) => l1A),
  csvFigure('l1B', 'L1 norm of b.', ({ l1B }) => l1B),
  csvFigure('linfA', 'Largest absolute element of a.', ({ linfA }) => linfA),
  csvFigure('linfB', 'Largest absolute element of b.', ({ linfB }) => linfB),
  csvFigure('nonfiniteA', 'Elements of a that are NaN or infinite.', ({ nonfiniteA }) => nonfiniteA),
  csvFigure('nonfiniteB', 'Elements of b that are NaN or infinite.', ({ nonfiniteB }) => nonfiniteB),
  csvFigure('effectiveRank', 'Effective rank of the difference.', ({ delta }) => delta?.effectiveRank ?? null),
]

function csvFigure(key: string, meaning: string, value: Figure['value']): Figure {
  const format = key === 'nameB' ? 'text' : key === 'count' || key.startsWith('nonfinite') ? 'count' : 'number'
  return { key, title: key, meaning, format, csvOnly: true, value }
}

/** Columns that nothing fills are left out: spectra that were not asked for. */
function table({ tensors }: DiffReport): ViewTable {
  const used = figures.filter(({ csvOnly, value }) => csvOnly || tensors.some((tensor) => value(tensor) !== null))
  return {
    kind: 'table',
    title: 'Tensors',
    noun: 'tensor',
    note: 'Largest change first.',
    columns: used.map(({ value: _, ...column }) => column),
    rows: tensors.map((tensor) => rowOf(tensor, used)),
    ...(tensors.some(({ delta }) => delta !== null) && {
      curve: { title: 'spectrum of b−a', log: true, rank: 5, meaning: 'Singular values of the difference.' },
    }),
  }
}

function rowOf(tensor: DiffTensor, used: readonly Figure[]): ViewRow {
  const { delta, nonfiniteA, nonfiniteB } = tensor
  const tags =
    nonfiniteA + nonfiniteB > 0
      ? [
          {
            tone: 'warning' as const,
            text: 'non-finite',
            meaning: `a has ${nonfiniteA}, b ${nonfiniteB} elements that are NaN or infinite.`,
          },
        ]
      : []
  return {
    cells: used.map(({ value }) => value(tensor)),
    ...(tags.length > 0 && { tags }),
    ...(delta !== null && delta.spectral > 0 && { curve: delta.spectrum.value, curveAt: delta.spectrum.index }),
  }
}

function modules({ modules: list }: DiffReport): ViewTree {
  return {
    kind: 'tree',
    title: 'Modules',
    columns: [
      { title: 'relative', format: 'number' },
      { title: '‖b−a‖', format: 'number' },
      { title: 'changed', format: 'count' },
      { title: 'tensors', format: 'count' },
    ],
    shareOf: 'the squared change',
    nodes: list
      .filter(({ depth }) => depth > 0)
      .map(({ path, depth, relative, deltaL2, changed, tensors, share }) => ({
        path,
        depth,
        cells: [relative, deltaL2, changed, tensors],
        share,
        isLeaf: tensors === 1,
      })),
    top: modulesShown,
  }
}

function unpaired({ onlyA, onlyB, shapeChanged }: DiffReport): ViewList {
  const only = (side: string, names: readonly string[]): ViewItem[] =>
    names.length === 0
      ? []
      : [
          {
            tone: 'warning',
            code: `only-${side}`,
            text: `only in ${side}: ${names.slice(0, few).join(', ')}${names.length > few ? ', ...' : ''}`,
            names,
          },
        ]
  return {
    kind: 'list',
    title: 'Without a counterpart',
    items: [
      ...only('a', onlyA),
      ...only('b', onlyB),
      ...shapeChanged.map(
        ({ name, nameB, shapeA, shapeB, hint }): ViewItem => ({
          tone: 'warning',
          code: 'shape',
          name,
          text: `${showShape(shapeA)} became ${showShape(shapeB)}${nameB === name ? '' : ` as ${nameB}`}${hint === null ? '' : `; ${hint}`}`,
        }),
      ),
    ],
    top: namesShown,
  }
}

/** Equal names need no word. */
function pairing({ pairing: pairs }: DiffReport): ViewList {
  const told = pairs.filter(({ by }) => by !== 'name')
  const groups = new Map<string, Pairing[]>()
  for (const pair of told) {
    const key = pair.by === 'content' || pair.by === 'adapter' ? pair.by : `${pair.by}: ${pair.how}`
    groups.set(key, [...(groups.get(key) ?? []), pair])
  }
  const shown = (pair: Pairing): string => {
    const { name, nameB, by, how, distance, ambiguous } = pair
    const detail = by === 'content' ? ` (${how}${distance === null ? '' : `, distance ${showNumber(distance)}`})` : ''
    return `${name} – ${nameB}${detail}${ambiguous ? ', a guess' : ''}`
  }
  const words: Readonly<Record<string, string>> = { content: 'by shape and content', adapter: 'adapter and base' }
  return {
    kind: 'list',
    title: 'How names were paired',
    items: [...groups].map(([key, list]) => ({
      tone: list.some(({ ambiguous }) => ambiguous) ? 'warning' : 'info',
      text: words[key] ?? key,
      names: list.map(shown),
    })),
  }
}

function notes({ adapter, warnings, skipped }: DiffReport): ViewList {
  const whys = new Map<string, string[]>()
  for (const { name, what, why } of skipped) {
    const key = `${what}: ${why}`
    whys.set(key, [...(whys.get(key) ?? []), name])
  }
  const about: ViewItem[] =
    adapter === null
      ? []
      : [
          {
            tone: 'info',
            text: `LoRA ${adapter.against === 'base' ? 'adapter against its base' : 'adapters against each other'}: ${plural(adapter.layers, 'layer')}, rank ${adapter.ranks.join(', ')}; ${adapter.scale}.`,
          },
        ]
  return {
    kind: 'list',
    title: 'Notes',
    items: [...about, ...warnings.map((text): ViewItem => ({ text }))],
    notes: [...whys].map(([text, names]) => ({ text, names })),
  }
}

function nextOf(report: DiffReport): [string, string][] {
  const { b, inputs, onlyA, onlyB, options } = report
  const words = `normball diff ${commandWord(inputs.a.path)} ${commandWord(inputs.b.path)}`
  const most = mostMoved(report)
  const next: [string, string][] = []
  if (onlyA.length > 0 && onlyB.length > 0 && options.match === 'names')
    next.push([`${words} --match shape`, 'pairs what is left by shape and content'])
  if (most !== null && report.adapter === null)
    next.push([`normball inspect ${commandWord(b)} --tensors ${commandWord(most.nameB)}`, 'the tensor that moved most'])
  next.push([`${words} --html diff.html`, 'all of it as one page'])
  return next
}
