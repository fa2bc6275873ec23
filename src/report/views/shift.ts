/** `shift` as a view: the verdict first, then columns by effect, the whole table, labels, y given x, and what was left out. */
import type {
  Advice,
  ColumnShift,
  Finding,
  LawTest,
  Mechanism,
  OverTime,
  ShiftReport,
  TimeWindow,
} from '../../shift/index.js'
import { showNumber } from '../numbers.js'
import type { Section, Tone, View, ViewChart, ViewItem, ViewTable } from './view.js'

const mechanisms: readonly Mechanism[] = ['covariate', 'label', 'concept']
const outcome = ({ detected }: Finding): string =>
  detected === null ? 'cannot tell' : detected ? 'found' : 'not found'
const toneOf = ({ detected }: Finding): Tone => (detected === null ? 'info' : detected ? 'warning' : 'good')

/** The report as tables and lists. */
export function shiftView(report: ShiftReport & { readonly time?: OverTime | null }): View {
  const { rows, target, alpha } = report
  return {
    title: `${report.reference} → ${report.current}`,
    facts: [
      report.summary,
      `${rows[0]} reference rows, ${rows[1]} current rows${target === null ? '; nothing is to be predicted (--target)' : `; to be predicted: '${target.name}' (${target.task}), with labels in ${target.labels[0]} and ${target.labels[1]} rows`}; at most ${showNumber(100 * alpha)} % false alarms`, // biome-ignore format: one line
    ],
    sections: [
      verdict(report),
      ...error(report),
      adviceList(report.advice),
      columnsTable(report.columns),
      ...overTimeCharts(report.time ?? null),
      evidence(report.evidence),
      ...wholeTable(report),
      ...labels(report),
      ...concept(report),
      leftOut(report),
    ],
  }
}

function verdict({ verdict: found }: ShiftReport): Section {
  const items = mechanisms.map(
    (name): ViewItem => ({
      tone: toneOf(found[name]),
      name: `${name} shift: ${outcome(found[name])}`,
      text: found[name].why,
    }),
  )
  return { kind: 'list', title: 'Verdict', items }
}

const adviceWords: Readonly<Record<Advice['what'], string>> = {
  nothing: 'nothing',
  reweight: 'reweight',
  'correct-priors': 'correct the priors',
  retrain: 'retrain',
  'get-labels': 'get labels',
  look: 'look',
}

const adviceList = (advice: readonly Advice[]): Section => ({
  kind: 'list',
  title: 'What to do',
  items: advice.map(({ what, why }) => ({ name: adviceWords[what], text: why })),
})

function columnsTable(columns: readonly ColumnShift[]): ViewTable {
  const sorted = [...columns].sort((a, b) => (b.effect ?? -1) - (a.effect ?? -1))
  return {
    kind: 'table',
    main: true,
    title: 'Columns',
    noun: 'column',
    note: 'The largest effect first. Histograms: reference, then current. What the figures mean: docs/shift.md.',
    columns: [
      { key: 'name', title: 'column', meaning: 'Name in the tables.', format: 'text' },
      { key: 'effect', title: 'effect', meaning: 'Largest difference in the probability of an event: Kolmogorov-Smirnov distance of numbers, total variation of words; 0 to 1.', format: 'number', rank: 0, bar: true },
      { key: 'pHolm', title: 'p', meaning: 'After correction for the number of columns (Holm).', format: 'number', rank: 1 },
      { key: 'usual', title: 'chance', meaning: 'The effect that two samples of one population of these sizes stay below, 95 times of 100.', format: 'number', rank: 3 },
      { key: 'psi', title: 'PSI', meaning: 'Population stability index over deciles of the reference.', format: 'number', rank: 4 },
      { key: 'wasserstein', title: 'Wasserstein', meaning: 'Wasserstein-1 distance, in the unit of the column.', format: 'number', rank: 6 },
      { key: 'js', title: 'JS', meaning: 'Jensen-Shannon distance.', format: 'number', rank: 7 },
      { key: 'hellinger', title: 'Hellinger', meaning: 'Hellinger distance.', format: 'number', rank: 8 },
      { key: 'missing', title: 'missing', meaning: 'Share of values that are missing: reference, current.', format: 'text', rank: 5 },
      { key: 'type', title: 'type', meaning: 'Type of the column.', format: 'text', rank: 9 },
      { key: 'notes', title: 'notes', meaning: 'What is special.', format: 'text', wideOnly: true },
    ], // biome-ignore format: a line for each
    bars: {
      title: 'before│now',
      rank: 2,
      meaning: 'Shares of values: filled the reference, as a line the current table.',
    },
    tags: { title: 'told' },
    rows: sorted.map((one) => ({
      cells: [
        one.name,
        one.effect,
        one.pHolm,
        one.thresholds.effect,
        one.psi,
        one.wasserstein,
        one.js,
        one.hellinger,
        missingText(one),
        one.type,
        [...one.notes, ...(one.newCategories ? [`new: ${one.newCategories.names.join(', ')} (${one.newCategories.rows} rows)`] : [])].join('; '),
      ], // biome-ignore format: a line for each
      ...(one.detected ? { tone: 'warning' as const } : {}),
      tags: [
        ...(one.detected ? [{ tone: 'warning' as const, text: 'moved' }] : []),
        ...(one.newCategories ? [{ tone: 'info' as const, text: 'new words' }] : []),
      ],
      ...(one.histogram
        ? {
            bars: {
              label: `${one.name}: reference, current`,
              counts: one.histogram.reference,
              over: one.histogram.current,
            },
          }
        : {}),
    })),
  }
}

function missingText({ n, missing }: ColumnShift): string {
  const share = (i: 0 | 1): string => `${showNumber((100 * missing[i]) / Math.max(1, n[i] + missing[i]), 2)} %`
  return missing[0] + missing[1] === 0 ? '' : `${share(0)}, ${share(1)}`
}

const lawWords: Readonly<Record<LawTest['law'], string>> = {
  'p(x)': 'p(x): the inputs',
  'p(y)': 'p(y): what is predicted',
  'p(y|x)': 'p(y|x): the relation',
  'p(x|y)': 'p(x|y): the inputs given what is predicted',
}

function evidence(laws: readonly LawTest[]): ViewTable {
  return {
    kind: 'table',
    title: 'Evidence',
    noun: 'test',
    columns: [
      { key: 'law', title: 'law', meaning: 'What may have moved.', format: 'text' },
      { key: 'moved', title: 'moved', meaning: 'Whether its p-value is under the level of one question.', format: 'text', rank: 0 },
      { key: 'p', title: 'p', meaning: 'Not corrected for the number of laws; of a law it is that of its tests, corrected for their number.', format: 'number', rank: 1 },
      { key: 'on', title: 'on', meaning: 'Feature that it is about.', format: 'text', rank: 3 },
    ], // biome-ignore format: a line for each
    rows: laws.flatMap(({ law, p, moved, tests }) => [
      { cells: [lawWords[law], moved === null ? 'not tested' : moved ? 'yes' : 'no', p, ''], ...(moved ? { tone: 'warning' as const } : {}) },
      ...tests.map((test) => ({ cells: [`– ${test.name}`, '', test.p, test.on ?? ''] })),
    ]), // biome-ignore format: a line for each
  }
}

function wholeTable({ table: { mmd, energy, c2st } }: ShiftReport): Section[] {
  const rows = [
    ...(mmd ? [{ cells: ['maximum mean discrepancy, squared', mmd.squared, mmd.p, `Gaussian kernel, bandwidth ${showNumber(mmd.bandwidth)}, ${mmd.permutations} permutations`] }] : []),
    ...(energy ? [{ cells: ['energy distance', energy.statistic, energy.p, ''] }] : []),
    ...(c2st ? [{ cells: ['classifier: area under the curve', c2st.auc, c2st.p, c2st.columns.slice(0, 3).map(({ name }) => name).join(', ')] }] : []),
  ] // biome-ignore format: a line for each
  if (rows.length === 0) return []
  return [
    {
      kind: 'table',
      title: 'Whole table',
      columns: [
        { key: 'test', title: 'test', meaning: 'Of all inputs together.', format: 'text' },
        { key: 'value', title: 'value', meaning: 'Its statistic.', format: 'number', rank: 0 },
        { key: 'p', title: 'p', meaning: 'Not corrected.', format: 'number', rank: 1 },
        { key: 'about', title: 'with', meaning: 'Settings, or the columns that drive it.', format: 'text', rank: 2 },
      ],
      rows,
    },
  ]
}

function labels({ label }: ShiftReport): Section[] {
  if (label === null) return []
  const { bbse, em, rlls } = label.estimated
  return [
    {
      kind: 'table',
      title: 'Labels',
      noun: 'class',
      ...(label.warnings.length > 0 ? { note: label.warnings.join(' ') } : {}),
      columns: [
        { key: 'class', title: 'class', meaning: 'Value of the target.', format: 'text' },
        { key: 'prior', title: 'reference', meaning: 'Share in the reference.', format: 'share', rank: 0 },
        { key: 'observed', title: 'current', meaning: 'Share in the current table.', format: 'share', rank: 1 },
        { key: 'em', title: 'EM', meaning: 'Share without labels, by EM (Saerens).', format: 'share', rank: 2 },
        { key: 'bbse', title: 'BBSE', meaning: 'Share without labels, by BBSE.', format: 'share', rank: 3 },
        { key: 'rlls', title: 'RLLS', meaning: 'Share without labels, by RLLS.', format: 'share', rank: 4 },
      ],
      rows: label.classes.map((name, k) => ({
        cells: [name, label.prior[k] ?? null, label.observed?.[k] ?? null, em?.[k] ?? null, bbse?.[k] ?? null, rlls?.[k] ?? null],
      })), // biome-ignore format: one row
    },
  ]
}

function concept({ concept: found }: ShiftReport): Section[] {
  if (found === null) return []
  const { nested, permutation, beyondPriors, skipped } = found
  const rows = [
    ...(nested
      ? ([['intercept', 'own intercept'], ['slopes', 'own slopes'], ['all', 'both']] as const).map(([key, name]) => ({ cells: [`likelihood ratio (${nested.model}): ${name}`, nested[key].statistic, nested[key].df, nested[key].p] }))
      : []),
    ...(permutation ? [{ cells: ['conditional permutation', permutation.statistic, null, permutation.p] }] : []),
    ...(beyondPriors ? [{ cells: ['beyond other priors', null, null, beyondPriors.p] }] : []),
  ] // biome-ignore format: a line for each
  if (rows.length === 0 && skipped.length === 0) return []
  return [
    {
      kind: 'table',
      title: 'y given x, more tests',
      note: moreTestsNote(found),
      columns: [
        { key: 'test', title: 'test', meaning: 'What is compared.', format: 'text' },
        { key: 'statistic', title: 'statistic', meaning: 'Its value.', format: 'number', rank: 1 },
        { key: 'df', title: 'df', meaning: 'Degrees of freedom.', format: 'count', rank: 2 },
        { key: 'p', title: 'p', meaning: 'Not corrected.', format: 'number', rank: 0 },
      ],
      rows,
    },
  ]
}

const skippedWords = { nested: 'Likelihood ratios', permutation: 'Conditional permutation' } as const

function moreTestsNote({ nested, beyondPriors, skipped }: NonNullable<ShiftReport['concept']>): string {
  return [
    ...(nested ? ['Likelihood ratios hold where the relation is linear.'] : []),
    beyondPriors ? 'Only "beyond other priors" is part of the decision.' : 'Not part of the decision.',
    ...skipped.map(({ what, why }) => `${skippedWords[what]}: not computed, as ${why}.`),
  ].join(' ')
}

function error({ error: effect }: ShiftReport): Section[] {
  if (effect === null) return []
  const row = (name: string, one: { value: number; standardError: number } | null, about: string) =>
    one === null ? [] : [{ cells: [name, one.value, 1.96 * one.standardError, about] }]
  return [
    {
      kind: 'table',
      title: `Effect on a model: ${effect.metric}`,
      note: `Of ${effect.model}.`,
      columns: [
        { key: 'on', title: 'rows', meaning: 'Where it is measured.', format: 'text' },
        { key: 'value', title: effect.metric, meaning: 'Mean.', format: 'number', rank: 0 },
        { key: 'margin', title: '±', meaning: '95 % interval, each way.', format: 'number', rank: 1 },
        { key: 'about', title: 'how', meaning: 'How it was found.', format: 'text', rank: 2 },
      ],
      rows: [
        ...row(
          'reference',
          effect.reference,
          effect.model.startsWith('the model of ')
            ? 'by the labels of the reference'
            : 'on rows that the model had not seen',
        ),
        ...row('expected', effect.expected, 'the reference, weighted as the current inputs are'),
        ...row('current', effect.current, 'by the current labels'),
      ],
    },
  ]
}

function leftOut({ leftOut: columns, notes }: ShiftReport): Section {
  return {
    kind: 'list',
    title: 'Left out, and notes',
    items: [...columns.map(({ name, why }) => ({ name, text: why })), ...notes.map((text) => ({ text }))],
    top: 8,
  }
}

/** The target, the column that differs most and the error over windows of rows in the order of time. */
function overTimeCharts(found: OverTime | null): ViewChart[] {
  if (found === null) return []
  const { windows, time, target } = found
  const first = windows.findIndex((one) => one.table === 'current')
  const marks = first < 0 ? [] : [{ x: first + 1, label: 'the current table begins', tone: 'info' as const }]
  const chart = (title: string, note: string, read: (one: TimeWindow) => number | null): ViewChart[] => {
    const points = windows.flatMap((one, i) => (read(one) === null ? [] : [[i + 1, read(one)!] as const]))
    if (points.length < 2) return []
    const name = `Over time: ${title}`
    return [
      { kind: 'chart', title: name, note, x: { title: 'window' }, y: { title }, series: [{ name, points }], marks },
    ]
  }
  const note = `Windows of as many rows each, in the order of '${time}': the reference's, then the current table's.`
  return [
    ...(target === null ? [] : chart(target, note, (one) => one.target)),
    ...chart('largest effect of a column', 'Of each window against the whole reference; small windows differ by chance.', (one) => one.effect), // biome-ignore format: one line
    ...chart('error of the model', 'Of the scores or the prediction, where there are labels.', (one) => one.error),
  ]
}
