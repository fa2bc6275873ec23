/** `train` as a view: what was reached, how it got there, and what the network became. */
import { inert } from '../../core/index.js'
import type { Figures, FitReport, StepRecord, TrainOutcome } from '../../train/index.js'
import { showNumber } from '../numbers.js'
import { tilesSvg } from '../pixels.js'
import type { CellFormat, Section, Tone, View, ViewChart, ViewItem, ViewTable } from './view.js'
import { commandWord } from './words.js'

/** Layers of one chart. */
const mostSeries = 60
/** Points of one curve. */
const mostPoints = 400

const told: Readonly<Record<FitReport['outcome'], string>> = {
  done: 'trained to the end',
  'early-stopped': 'stopped early: no more improvement',
  interrupted: 'interrupted',
  alarm: 'stopped by an alarm',
}
/** Metrics that are shares of 1. */
const shares = ['accuracy', 'f1', 'auc', 'precision', 'recall']
const formatOf = (name: string): CellFormat =>
  shares.includes(name.toLowerCase()) || name.startsWith('top') ? 'share' : 'number'

/** The report as cards, curves, tables and pictures; `config` is the path that `normball train` was given, `again` the command. */
export function trainView(
  outcome: TrainOutcome,
  about: { readonly config?: string; readonly again?: string } = {},
): View {
  const { report, output, pictures } = outcome
  const best = report.best
  return {
    title: about.config === undefined ? 'train' : `train ${about.config}`,
    facts: [
      `${told[report.outcome]}: ${report.steps} steps, ${report.epochs} epochs, ${showNumber(report.seconds)} s, ${Math.round(report.examplesPerSecond)} examples/s`,
      `${report.parameters} parameters${best === null ? '' : `; best ${best.metric} ${showNumber(best.value)} in epoch ${best.epoch}`}`,
      ...(output === null ? [] : [`everything is in ${output}`]),
    ],
    sections: [
      cards(report),
      reached(report),
      ...alarms(report),
      ...normalizationList(outcome),
      ...curves(report),
      ...confusion(report),
      ...layerCharts(report),
      parameterTable(outcome),
      ...pictures.map((tiles) => ({ kind: 'picture' as const, title: tiles.title, note: tiles.note, svg: tilesSvg(tiles) })), // biome-ignore format: one line
      { kind: 'text', title: 'Configuration', text: JSON.stringify(outcome.config, null, 2) },
    ],
    next: next(outcome, about.again ?? 'normball train CONFIG'),
  }
}

/** The figures that count: of the test part, else of validation, else of training. */
function cards({ final, parametersAtEnd, history }: FitReport): Section {
  const [part, figures] =
    final.test !== null ? (['test', final.test] as const) : final.validation !== null ? (['validation', final.validation] as const) : (['train', final.train] as const) // biome-ignore format: one line
  const zeros = parametersAtEnd.reduce((n, one) => n + one.zeros, 0)
  const l2 = Math.hypot(...parametersAtEnd.map((one) => one.l2))
  return {
    kind: 'cards',
    cards: [
      ...Object.entries(figures).map(([name, value]) => ({ title: `${name} (${part})`, value: finite(value), format: formatOf(name) })), // biome-ignore format: one line
      { title: 'zeros', value: zeros, format: 'count' },
      { title: 'L2 norm of all parameters', value: finite(l2), format: 'number' },
      { title: 'alarms', value: history.alarms.length, format: 'count', ...(history.alarms.length > 0 ? { tone: 'warning' as const } : {}) }, // biome-ignore format: one line
    ],
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

function reached({ final, best }: FitReport): ViewTable {
  const parts = [['train', final.train], ['validation', final.validation], ['test', final.test]] as const // biome-ignore format: one line
  const names = [...new Set(parts.flatMap(([, figures]) => Object.keys(figures ?? {})))]
  return {
    kind: 'table',
    title: 'What was reached',
    noun: 'part',
    note: `Training figures are of the batches as they were trained on.${best === null ? '' : ` The best epoch was ${best.epoch}.`}`,
    columns: [
      { key: 'part', title: 'part', meaning: 'Part of the data.', format: 'text' },
      ...names.map((name, rank) => ({ key: name, title: name, meaning: `${name} over the part.`, format: formatOf(name), rank })), // biome-ignore format: one line
    ],
    rows: parts
      .filter(([, figures]) => figures !== null)
      .map(([part, figures]) => ({ cells: [part, ...names.map((name) => finite((figures as Figures)[name] ?? Number.NaN))] })), // biome-ignore format: one line
  }
}

function alarms({ history, warnings }: FitReport): Section[] {
  const items: ViewItem[] = [
    ...history.alarms.map(({ step, code, layer, message, action }) => ({
      tone: 'warning' as Tone,
      code,
      ...(layer === null ? {} : { name: layer }),
      text: `step ${step}: ${message}${action === 'none' ? '' : ` (${action})`}`,
    })),
    ...warnings.map((text) => ({ tone: 'warning' as Tone, text })),
  ]
  return items.length === 0 ? [] : [{ kind: 'list', title: 'Alarms', items, top: 8 }]
}

function normalizationList({ normalization }: TrainOutcome): Section[] {
  if (!normalization) return []
  const { kind, effect } = normalization
  const items: ViewItem[] = [
    {
      text: `${kind}: the matrix of inputs moved by ${showNumber(effect.difference)} (Frobenius), ${showNumber(effect.relative)} of its norm`,
    },
    {
      text: `condition number ${showNumber(effect.conditionBefore)} before, ${showNumber(effect.conditionAfter)} after`,
    },
    ...(effect.constant.length > 0 ? [{ text: `${effect.constant.length} inputs are the same in all examples` }] : []),
  ]
  return [{ kind: 'list', title: 'Normalization of the inputs', items }]
}

type Points = (readonly [number, number])[]

function thinned(points: Points): Points {
  const by = Math.ceil(points.length / mostPoints)
  return by <= 1 ? points : points.filter((_, i) => i % by === 0 || i === points.length - 1)
}

function curves({ history: { steps, epochs } }: FitReport): Section[] {
  const ofSteps = (value: (record: StepRecord) => number | null): Points =>
    thinned(steps.flatMap((one) => { const y = value(one); return y === null || !Number.isFinite(y) ? [] : [[one.step, y] as const] })) // biome-ignore format: one line
  const ofEpochs = (part: 'train' | 'validation', name: string): Points =>
    epochs.flatMap((one) => { const y = one[part]?.[name]; return y === undefined || !Number.isFinite(y) ? [] : [[one.step, y] as const] }) // biome-ignore format: one line
  const hasPenalty = steps.some(({ penalty }) => penalty !== 0)
  const names = [...new Set(epochs.flatMap(({ train, validation }) => [...Object.keys(train), ...Object.keys(validation ?? {})]))] // biome-ignore format: one line
  const metrics = names.filter((name) => !['loss', 'dataLoss', 'penalty', 'skipped'].includes(name))
  const chart = (
    title: string,
    y: string,
    series: readonly (readonly [string, Points])[],
    more: Partial<ViewChart> & { log?: boolean } = {},
  ): Section[] => {
    const drawn = series.filter(([, points]) => points.length > 1)
    const { log = false, ...rest } = more
    if (drawn.length === 0) return []
    const isLog = log && drawn.every(([, points]) => points.every(([, value]) => value > 0))
    return [{ kind: 'chart', title, x: { title: 'step' }, y: { title: y, log: isLog }, series: drawn.map(([name, points]) => ({ name, points })), ...rest }] // biome-ignore format: one line
  }
  return [
    ...chart('Loss', 'loss', [['batches', ofSteps(({ loss }) => loss)], ['validation', ofEpochs('validation', 'loss')]], { log: true }), // biome-ignore format: one line
    ...(hasPenalty
      ? chart('Data loss and penalty', 'loss', [['data loss', ofSteps(({ dataLoss }) => dataLoss)], ['penalty', ofSteps(({ penalty }) => penalty)]], { pageOnly: true }) // biome-ignore format: one line
      : []),
    ...metrics.flatMap((name, i) => chart(name, name, [['train', ofEpochs('train', name)], ['validation', ofEpochs('validation', name)]], { pageOnly: i > 0 })), // biome-ignore format: one line
    ...chart('Learning rate', 'rate', [['rate', ofSteps(({ lr }) => lr)]], { pageOnly: true }),
    ...chart('Norm of the gradients', 'before clipping', [['gradient', ofSteps(({ gradNorm }) => gradNorm)]], { log: true, pageOnly: true }), // biome-ignore format: one line
  ]
}

function confusion({ confusion: table }: FitReport): Section[] {
  if (table === null) return []
  return [
    {
      kind: 'heat',
      title: 'Confusion',
      note: 'Rows are the true classes, columns what the network told.',
      columns: table.classes,
      rows: table.counts.map((values, i) => ({ name: table.classes[i] ?? String(i), values })),
      compare: 'whole',
    },
  ]
}

const figures = [
  ['weightNorm', 'Norms of the weights', '||W||', true],
  ['gradNorm', 'Norms of the gradients', '||g||', true],
  ['updateRatio', 'Size of updates', '||dW|| / ||W||', true],
  ['spectral', 'Spectral norms', 'largest singular value', true],
  ['stableRank', 'Stable ranks', '||W||_F^2 / ||W||_2^2', false],
  ['activationRms', 'Activations', 'root mean square', true],
  ['deadShare', 'Dead units', 'share that puts out zero', false],
] as const

function layerCharts({ history: { layers } }: FitReport): Section[] {
  const names = [...new Set(layers.flatMap((record) => record.layers.map(({ name }) => name)))].slice(0, mostSeries)
  const charts = figures.flatMap(([key, title, meaning, log], place): Section[] => {
    const series = names
      .map((name) => ({
        name,
        points: thinned(
          layers.flatMap(({ step, layers: measured }) => {
            const value = measured.find((one) => one.name === name)?.[key] ?? null
            return value === null || !Number.isFinite(value) || (log && value <= 0) ? [] : [[step, value] as const]
          }),
        ),
      }))
      .filter(({ points }) => points.length > 1)
    if (series.length === 0) return []
    return [{ kind: 'chart', title, x: { title: 'step' }, y: { title: meaning, log }, series, pageOnly: place > 0 }]
  })
  return [...charts, ...sharpnessChart(layers)]
}

function sharpnessChart(layers: FitReport['history']['layers']): Section[] {
  const points = layers.flatMap(({ step, sharpness }) => (sharpness?.[0] === undefined ? [] : [[step, sharpness[0]] as const])) // biome-ignore format: one line
  const rates = layers.flatMap(({ step, largestRate }) => (largestRate === null ? [] : [[step, largestRate] as const]))
  if (points.length < 2) return []
  return [
    { kind: 'chart', title: 'Sharpness', note: 'The largest eigenvalue of the Hessian, and the rate above which gradient descent diverges on it.', x: { title: 'step' }, y: { title: 'value', log: true }, series: [{ name: 'largest eigenvalue', points }, { name: '2 / largest eigenvalue', points: rates }], pageOnly: true }, // biome-ignore format: one line
  ]
}

/** What penalties and constraints have done: zeros and norms of each parameter, with the first and last figures of its layer. */
function parameterTable({ report }: TrainOutcome): ViewTable {
  const { parametersAtEnd, history } = report
  const measured = (name: string): FitReport['history']['layers'][number]['layers'][number][] =>
    history.layers.flatMap(({ layers }) => layers.filter((one) => one.name === name))
  return {
    kind: 'table',
    title: 'Parameters at the end',
    noun: 'parameter',
    columns: [
      { key: 'name', title: 'parameter', meaning: 'Name in the network.', format: 'text' },
      { key: 'shape', title: 'shape', meaning: 'Sizes.', format: 'text', rank: 3 },
      { key: 'zeros', title: 'zeros', meaning: 'Elements that are exactly zero.', format: 'count', rank: 2 },
      { key: 'share', title: 'share', meaning: 'Share of zeros.', format: 'share', rank: 0 },
      { key: 'l2', title: 'L2', meaning: 'L2 norm.', format: 'number', rank: 0 },
      { key: 'spectral', title: 'spectral', meaning: 'Largest singular value when last measured.', format: 'number', rank: 1 }, // biome-ignore format: one line
      { key: 'stableRank', title: 'stable rank', meaning: '||W||_F^2 / ||W||_2^2 when last measured.', format: 'number', rank: 2 }, // biome-ignore format: one line
      { key: 'update', title: 'last update', meaning: '||dW|| / ||W|| when last measured.', format: 'number', rank: 2 }, // biome-ignore format: one line
    ],
    rows: parametersAtEnd.map(({ name, shape, zeros, l2 }) => {
      const path = measured(name)
      const last = path.at(-1)
      const size = shape.reduce((a, b) => a * b, 1)
      return {
        cells: [name, `[${shape.join(', ')}]`, zeros, size === 0 ? null : zeros / size, finite(l2), last?.spectral ?? null, last?.stableRank ?? null, last?.updateRatio ?? null], // biome-ignore format: one line
        curve: path.map(({ weightNorm }) => weightNorm),
        ...(Number.isFinite(l2) ? {} : { tone: 'error' as const }),
      }
    }),
    curve: { title: 'L2 over time', log: false },
  }
}

function next({ output, report }: TrainOutcome, again: string): readonly (readonly [string, string])[] {
  if (output === null) return []
  const folder = commandWord(inert(output, 300))
  if (report.outcome === 'interrupted') return [[`${again} --resume ${folder}`, 'go on from here']]
  return [
    [`normball inspect ${folder}/model.safetensors`, 'what is in each layer'],
    [`normball track ${folder}/checkpoints`, 'how the layers moved'],
    [`normball prune ${folder}/model.safetensors pruned.safetensors --amount 0.5`, 'half of the weights'],
  ]
}
