/** `track` as a view: verdicts first, the worst on top, then the paths as charts. */
import type { TrackedTensor, TrackPoint, TrackReport, VerdictCode } from '../../weights/index.js'
import type { Section, Tone, View, ViewChart, ViewTable } from './view.js'

const tones: Readonly<Record<VerdictCode, Tone>> = {
  nan: 'error',
  dead: 'error',
  growing: 'error',
  collapsing: 'error',
  jump: 'warning',
  oscillating: 'warning',
  moving: 'info',
  unknown: 'info',
  settled: 'good',
}
const words: Readonly<Record<VerdictCode, string>> = {
  nan: 'NaN',
  dead: 'dead',
  growing: 'growing without bound',
  collapsing: 'collapsing',
  jump: 'sudden jump',
  oscillating: 'oscillating',
  moving: 'still moving',
  unknown: 'not judged',
  settled: 'settled',
}
const order = Object.keys(tones) as VerdictCode[]
/** Curves of one chart; those that stand out have colours among them. */
const mostSeries = 60
/** Charts on a terminal; a page has all. */
const chartsOnTerminal = 2

/** The report as tables and charts. */
export function trackView(report: TrackReport): View {
  const { checkpoints, tensors, order: by } = report
  const steps = checkpoints.map(({ step }) => step)
  const judged = [...tensors].sort((a, b) => rank(a) - rank(b))
  const unit = steps.every((step) => step !== null) && checkpoints.length > 0 ? 'step' : 'checkpoint'
  return {
    title: checkpoints.length === 0 ? 'track' : span(checkpoints.map(({ path }) => path)),
    facts: [
      `${checkpoints.length} checkpoints in the order ${by === 'given' ? 'given' : by === 'step' ? 'of their steps' : 'of their names'}`,
      ...(unit === 'step' ? [`steps ${steps[0]} to ${steps.at(-1)}`] : []),
      `${tensors.length} tensors`,
    ],
    sections: [
      cards(report),
      ...standouts(judged),
      ...notes(report),
      verdictTable(judged, unit),
      totalsTable(report),
      ...charts(judged, unit),
      pointTable(judged, unit),
    ],
  }
}

const rank = ({ verdict }: TrackedTensor): number => order.indexOf(verdict.code)

/** `first ... last`, without the folder that both are in. */
function span(paths: readonly string[]): string {
  const [first, last] = [paths[0]!, paths.at(-1)!]
  return first === last ? first : `${first} … ${last.split(/[\\/]/).at(-1)}`
}

function cards({ tensors }: TrackReport): Section {
  const count = (code: VerdictCode): number => tensors.filter(({ verdict }) => verdict.code === code).length
  const present = order.filter((code) => count(code) > 0)
  return { kind: 'cards', cards: present.map((code) => ({ title: words[code], value: count(code), format: 'count' })) }
}

/** The verdicts that ask for somebody, with the rule behind each. */
function standouts(judged: readonly TrackedTensor[]): Section[] {
  const items = judged
    .filter(({ verdict }) => !['moving', 'unknown', 'settled'].includes(verdict.code))
    .map(({ name, verdict: { code, step, why } }) => ({
      tone: tones[code],
      name,
      text: `${words[code]}${step === null ? '' : ` at ${step}`}: ${why}`,
    }))
  return items.length === 0 ? [] : [{ kind: 'list', title: 'What stands out', items, top: 10 }]
}

function notes({ warnings, skipped, errors }: TrackReport): Section[] {
  const items = [
    ...errors.map(({ file, message }) => ({ tone: 'error' as const, name: file ?? '', text: message })),
    ...warnings.map((text) => ({ tone: 'warning' as const, text })),
    ...skipped.map(({ name, what, why }) => ({ tone: 'info' as const, name, text: `${what}: ${why}` })),
  ]
  return items.length === 0 ? [] : [{ kind: 'list', title: 'What was left out, and what is doubtful', items, top: 8 }]
}

function verdictTable(tensors: readonly TrackedTensor[], unit: string): ViewTable {
  return {
    kind: 'table',
    title: 'Verdicts',
    noun: 'tensor',
    tags: { title: 'verdicts' },
    note: 'The worst first. The rules are in docs/metrics.md.',
    columns: [
      { key: 'name', title: 'tensor', meaning: 'Name in the checkpoints.', format: 'text' },
      { key: 'verdict', title: 'verdict', meaning: 'What the path of the tensor says.', format: 'text', rank: 0 },
      { key: 'at', title: `at ${unit}`, meaning: 'Where it happened.', format: 'number', rank: 1 },
      { key: 'l2First', title: 'L2 first', meaning: 'L2 norm in the first checkpoint.', format: 'number', rank: 4 },
      { key: 'l2', title: 'L2 last', meaning: 'L2 norm in the last checkpoint.', format: 'number', rank: 2 },
      {
        key: 'update',
        title: 'last update',
        meaning: '||dW|| / ||W|| of the last interval.',
        format: 'number',
        rank: 2,
      },
      {
        key: 'cosine',
        title: 'last cosine',
        meaning: 'Cosine of the last two updates: 1 straight on, 0 a random walk, -1 back again.',
        format: 'number',
        rank: 5,
      },
      {
        key: 'distance',
        title: 'from start',
        meaning: '||W - W_0|| in the last checkpoint.',
        format: 'number',
        rank: 3,
      },
      { key: 'why', title: 'why', meaning: 'The rule with its numbers.', format: 'text', rank: 6 },
    ],
    rows: tensors.map(({ name, points, verdict }) => {
      const last = points.at(-1)
      return {
        tone: tones[verdict.code],
        cells: [
          name,
          words[verdict.code],
          verdict.step,
          points[0]?.l2 ?? null,
          last?.l2 ?? null,
          last?.update ?? null,
          last?.cosine ?? null,
          last?.distance ?? null,
          verdict.why,
        ],
        curve: points.map(({ l2 }) => l2),
      }
    }),
    curve: { title: 'L2', log: false },
  }
}

function totalsTable({ totals, checkpoints }: TrackReport): ViewTable {
  return {
    kind: 'table',
    title: 'Whole model',
    noun: 'checkpoint',
    columns: [
      { key: 'checkpoint', title: 'checkpoint', meaning: 'File.', format: 'text' },
      { key: 'step', title: 'step', meaning: 'Training step.', format: 'number', rank: 0 },
      { key: 'l1', title: 'L1', meaning: 'Sum of |x| of all floating tensors.', format: 'number', rank: 4 },
      { key: 'l2', title: 'L2', meaning: 'L2 norm of all floating tensors together.', format: 'number', rank: 1 },
      { key: 'linf', title: 'Linf', meaning: 'Largest |x|.', format: 'number', rank: 4 },
      { key: 'nonfinite', title: 'non-finite', meaning: 'NaN and infinite elements.', format: 'count', rank: 5 },
      { key: 'update', title: 'update', meaning: '||dW|| / ||W|| since the last one.', format: 'number', rank: 1 },
      {
        key: 'updatePerStep',
        title: 'per step',
        meaning: 'The same over the steps between.',
        format: 'number',
        rank: 2,
      },
      { key: 'cosine', title: 'cosine', meaning: 'Of this update and the one before.', format: 'number', rank: 2 },
      { key: 'distance', title: 'from start', meaning: '||W - W_0||.', format: 'number', rank: 3 },
    ],
    rows: totals.map((one) => ({
      cells: [
        checkpoints[one.checkpoint]!.path.split(/[\\/]/).at(-1)!,
        one.step,
        one.l1,
        one.l2,
        one.linf,
        one.nonfinite,
        one.update,
        one.updatePerStep,
        one.cosine,
        one.distance,
      ],
      ...(one.nonfinite > 0 ? { tone: 'error' as const } : {}),
    })),
  }
}

type Figure = 'l2' | 'spectral' | 'stableRank' | 'update' | 'updatePerStep' | 'cosine' | 'distance' | 'spectrumDrift'

const figures: readonly (readonly [Figure, string, string, boolean])[] = [
  ['l2', 'Norm', '||W||', true],
  ['update', 'Size of updates', '||dW|| / ||W||', true],
  ['updatePerStep', 'Size of updates per step', '||dW|| / ||W|| per step', true],
  ['cosine', 'Direction of updates', 'cosine with the update before', false],
  ['distance', 'Distance from the start', '||W - W_0||', false],
  ['spectral', 'Spectral norm', 'largest singular value', true],
  ['stableRank', 'Stable rank', '||W||_F^2 / ||W||_2^2', false],
  ['spectrumDrift', 'Drift of the spectrum', 'distance of normalized spectra', true],
]

/** The worst layers, or all where there are few. */
function charts(judged: readonly TrackedTensor[], unit: string): ViewChart[] {
  const shown = judged.filter(({ points }) => points.length > 1).slice(0, mostSeries)
  const x = (point: TrackPoint): number => (unit === 'step' ? point.step! : point.checkpoint)
  return figures.flatMap(([key, title, meaning, log], place) => {
    const series = shown
      .map(({ name, points, verdict }) => ({
        name,
        tone: tones[verdict.code],
        points: points.flatMap((point) => {
          const value = point[key]
          return value === null || !Number.isFinite(value) || (log && value <= 0) ? [] : [[x(point), value] as const]
        }),
      }))
      .filter(({ points }) => points.length > 0)
    if (series.length === 0) return []
    const note = shown.length < judged.length ? `The ${shown.length} tensors with the worst verdicts.` : undefined
    return [
      {
        kind: 'chart' as const,
        title,
        ...(note === undefined ? {} : { note }),
        x: { title: unit },
        y: { title: meaning, log },
        series,
        pageOnly: place >= chartsOnTerminal,
        marks: shown
          .filter(({ verdict }) => verdict.step !== null)
          .map(({ name, verdict }) => ({
            x: verdict.step!,
            label: `${words[verdict.code]}: ${name}`,
            tone: tones[verdict.code],
          })),
      },
    ]
  })
}

/** Every figure of every point: for pages and CSV; a terminal shows none of it. */
function pointTable(tensors: readonly TrackedTensor[], unit: string): ViewTable {
  const keys = [
    'l1', 'l2', 'linf', 'spectral', 'nuclear', 'stableRank', 'deltaL2', 'update', 'updatePerStep', 'cosine', 'distance', 'spectrumDrift',
  ] as const // biome-ignore format: a list
  return {
    kind: 'table',
    title: 'All points',
    noun: 'point',
    columns: [
      { key: 'tensor', title: 'tensor', meaning: 'Name in the checkpoints.', format: 'text' },
      { key: unit, title: unit, meaning: 'Where on the path.', format: 'number', rank: 0 },
      ...keys.map((key) => ({
        key,
        title: key,
        meaning: `${key} of docs/metrics.md.`,
        format: 'number' as const,
        rank: 3,
      })),
    ],
    rows: tensors.flatMap(({ name, points }) =>
      points.map((point) => ({
        cells: [name, unit === 'step' ? point.step : point.checkpoint, ...keys.map((key) => point[key])],
        ...(point.nonfinite > 0 ? { tone: 'error' as const } : {}),
      })),
    ),
    pageOnly: true,
  }
}
