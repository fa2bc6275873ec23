/** `search` as a view: the choice, the trials, error against lambda, and which features enter when. */
import type { PathReport, SearchReport, TrialReport } from '../../train/index.js'
import { showNumber } from '../numbers.js'
import type { CellValue, Section, View, ViewChart, ViewColumn, ViewTable } from './view.js'

/** The report as tables and charts. */
export function searchView(report: SearchReport): View {
  const { method, folds, runs, trials, path } = report
  return {
    title: `search: ${method}`,
    facts: [
      path === null ? `${trials.length} trials` : `${path.points.length} lambdas of ${path.penalty}`,
      folds === 1 ? 'scored on the validation part' : `${folds}-fold cross-validation`,
      `${report.metric}, ${report.better} is better`,
      ...(runs.total > 0
        ? [`${runs.total} runs${runs.resumed > 0 ? `, ${runs.resumed} of them from the journal` : ''}`]
        : []),
    ],
    sections: [
      cards(report),
      ...notes(report),
      ...(trials.length > 0 ? [trialTable(report), ...curves(report)] : []),
      ...(path === null ? [] : pathSections(path, report.metric)),
    ],
  }
}

const plusMinus = ({ mean, standardError }: { mean: number | null; standardError: number | null }): string | null =>
  mean === null ? null : `${showNumber(mean)}${standardError === null ? '' : ` ± ${showNumber(standardError)}`}`

function cards({ metric, trials, best, oneStandardError, path }: SearchReport): Section {
  const [found, simple] =
    path === null
      ? [trials.find(({ number }) => number === best), trials.find(({ number }) => number === oneStandardError)]
      : [path.points[path.best], path.oneStandardError === null ? undefined : path.points[path.oneStandardError]]
  const told = (one: typeof found): string =>
    one === undefined ? 'none' : 'lambda' in one ? `lambda ${showNumber(one.lambda)}` : settingsText(one)
  return {
    kind: 'cards',
    cards: [
      { title: `best ${metric}`, value: found === undefined ? null : plusMinus(found), format: 'text', tone: found === undefined ? 'error' : 'good' }, // biome-ignore format: one line
      { title: 'best', value: told(found), format: 'text' },
      ...(simple === undefined ? [] : [{ title: 'simplest within one standard error', value: told(simple), format: 'text' as const }]), // biome-ignore format: one line
      ...(path?.gcv == null ? [] : [{ title: 'least generalized cross-validation', value: told(path.points[path.gcv]), format: 'text' as const }]), // biome-ignore format: one line
    ],
  }
}

const settingsText = ({ settings }: TrialReport): string =>
  Object.entries(settings)
    .map(
      ([name, value]) => `${name.split('.').at(-1)} ${typeof value === 'number' ? showNumber(value) : String(value)}`,
    )
    .join(', ')

function notes({ outcome, journal, warnings, trials, runs }: SearchReport): Section[] {
  const failed = trials.filter(({ error }) => error !== null)
  const items = [
    ...(outcome === 'interrupted'
      ? [{ tone: 'warning' as const, text: `Interrupted after ${runs.total} runs. ${journal === null ? 'Without output nothing is left of them.' : 'The same command goes on from here.'}` }] // biome-ignore format: one line
      : []),
    ...failed.map(({ number, error }) => ({ tone: 'warning' as const, text: `trial ${number} failed: ${error}` })),
    ...warnings.map((text) => ({ tone: 'warning' as const, text })),
  ]
  return items.length === 0 ? [] : [{ kind: 'list', title: 'What went wrong', items, top: 8 }]
}

function trialTable({ trials, metric, best, oneStandardError }: SearchReport): ViewTable {
  const fields = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  const halved = new Set(trials.map(({ epochs }) => epochs)).size > 1
  const columns: ViewColumn[] = [
    { key: 'trial', title: 'trial', meaning: 'Number, in the order of the space.', format: 'count' },
    { key: 'score', title: metric, meaning: 'Mean over folds ± its standard error.', format: 'text', rank: 0 },
    { key: 'mean', title: 'mean', meaning: 'Mean over folds.', format: 'number', csvOnly: true },
    { key: 'standardError', title: 'standard error', meaning: 'Standard deviation over folds / sqrt(folds).', format: 'number', csvOnly: true }, // biome-ignore format: one line
    ...fields.map((path, i): ViewColumn => ({ key: path, title: path, meaning: 'A field that was varied.', format: 'number', rank: 1 + i })), // biome-ignore format: one line
    ...(halved ? [{ key: 'epochs', title: 'epochs', meaning: 'Epochs, on average over folds.', format: 'number', rank: 20 } as const] : []), // biome-ignore format: one line
    {
      key: 'nonzeros',
      title: 'non-zero',
      meaning: 'Parameters that are not zero at the end.',
      format: 'number',
      rank: 21,
    },
    { key: 'seconds', title: 'seconds', meaning: 'Time of all folds.', format: 'number', rank: 22, wideOnly: true },
  ]
  return {
    kind: 'table',
    title: 'Trials',
    noun: 'trial',
    note: 'Best first.',
    columns,
    rows: trials.map((trial) => ({
      cells: [
        trial.number,
        plusMinus(trial),
        trial.mean,
        trial.standardError,
        ...fields.map((path) => cellOf(trial.settings[path])),
        ...(halved ? [trial.epochs] : []),
        trial.nonzeros,
        trial.seconds,
      ],
      ...(trial.error === null ? {} : { tone: 'warning' as const }),
      tags: [
        ...(trial.number === best ? [{ tone: 'good' as const, text: 'best' }] : []),
        ...(trial.number === oneStandardError ? [{ tone: 'info' as const, text: '1-SE', meaning: 'The simplest within one standard error of the best.' }] : []), // biome-ignore format: one line
      ],
    })),
    tags: { title: 'choice', rank: 0 },
  }
}

const cellOf = (value: unknown): CellValue =>
  typeof value === 'number' || typeof value === 'string' ? value : value === undefined ? null : String(value)

/** Score against each field of numbers. */
function curves({ trials, metric }: SearchReport): ViewChart[] {
  const fields = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  return fields.flatMap((path): ViewChart[] => {
    const known = trials.filter(({ mean, settings }) => mean !== null && typeof settings[path] === 'number')
    const places = [...new Set(known.map(({ settings }) => settings[path] as number))].sort((a, b) => a - b)
    if (places.length < 3) return []
    const points = known
      .map((trial) => ({ x: trial.settings[path] as number, y: trial.mean!, error: trial.standardError }))
      .sort((a, b) => a.x - b.x)
    const isLog = places[0]! > 0 && places.at(-1)! / places[0]! >= 50
    return [
      {
        kind: 'chart',
        title: `${metric} against ${path}`,
        x: { title: path, log: isLog },
        y: { title: metric },
        series: [{ name: metric, points: points.map(({ x, y }) => [x, y] as const), errors: points.map(({ error }) => error) }], // biome-ignore format: one line
        pageOnly: true,
      },
    ]
  })
}

function pathSections(path: PathReport, metric: string): Section[] {
  const { points, best, oneStandardError, enters, coefficients, gcv } = path
  // A logarithmic axis has no place for lambda 0.
  const known = points.filter(({ mean, lambda }) => mean !== null && lambda > 0)
  const at = (place: number | null, label: string, tone: 'good' | 'info') =>
    place === null || points[place]!.lambda <= 0 ? [] : [{ x: points[place]!.lambda, label, tone }]
  const ascending = [...known].reverse()
  return [
    {
      kind: 'chart',
      title: `${metric} against lambda`,
      note: 'Mean over folds with its standard error.',
      x: { title: 'lambda', log: true },
      y: { title: metric },
      series: [{ name: metric, points: ascending.map(({ lambda, mean }) => [lambda, mean!] as const), errors: ascending.map(({ standardError }) => standardError) }], // biome-ignore format: one line
      marks: [...at(best, 'best', 'good'), ...at(oneStandardError === best ? null : oneStandardError, '1-SE', 'info'), ...at(gcv, 'GCV', 'info')], // biome-ignore format: one line
    },
    lambdaTable(path, metric),
    ...(enters === null || enters.length === 0 ? [] : [entersTable(enters)]),
    ...(coefficients === null || coefficients.length === 0 ? [] : [coefficientTable(coefficients)]),
  ]
}

function lambdaTable({ points, best, oneStandardError, gcv }: PathReport, metric: string): ViewTable {
  const hasGcv = points.some((point) => point.gcv !== null)
  return {
    kind: 'table',
    title: 'Lambdas',
    noun: 'lambda',
    columns: [
      { key: 'lambda', title: 'lambda', meaning: 'What the penalty is multiplied by.', format: 'number' },
      { key: 'score', title: metric, meaning: 'Mean over folds ± its standard error.', format: 'text', rank: 0 },
      { key: 'mean', title: 'mean', meaning: 'Mean over folds.', format: 'number', csvOnly: true },
      { key: 'standardError', title: 'standard error', meaning: 'Standard deviation over folds / sqrt(folds).', format: 'number', csvOnly: true }, // biome-ignore format: one line
      { key: 'df', title: 'df', meaning: 'Effective degrees of freedom; of networks, parameters that are not zero.', format: 'number', rank: 1 }, // biome-ignore format: one line
      ...(hasGcv ? [{ key: 'gcv', title: 'GCV', meaning: 'Generalized cross-validation.', format: 'number', rank: 2 } as const] : []), // biome-ignore format: one line
    ],
    rows: points.map((point, at) => ({
      cells: [
        point.lambda,
        plusMinus(point),
        point.mean,
        point.standardError,
        point.df,
        ...(hasGcv ? [point.gcv] : []),
      ],
      tags: [
        ...(at === best ? [{ tone: 'good' as const, text: 'best' }] : []),
        ...(at === oneStandardError ? [{ tone: 'info' as const, text: '1-SE' }] : []),
        ...(at === gcv ? [{ tone: 'info' as const, text: 'GCV' }] : []),
      ],
    })),
    tags: { title: 'choice', rank: 0 },
    top: 20,
  }
}

function entersTable(enters: NonNullable<PathReport['enters']>): ViewTable {
  return {
    kind: 'table',
    title: 'The order in which features enter',
    noun: 'feature',
    columns: [
      { key: 'name', title: 'feature', meaning: 'An input, or inputs that enter together.', format: 'text' },
      { key: 'place', title: 'place', meaning: 'From 1 on.', format: 'count', rank: 0 },
      { key: 'lambda', title: 'at lambda', meaning: 'The largest lambda with a coefficient that is not zero.', format: 'number', rank: 0 }, // biome-ignore format: one line
    ],
    rows: enters.map(({ name, lambda }, i) => ({ cells: [name, i + 1, lambda] })),
  }
}

function coefficientTable(coefficients: NonNullable<PathReport['coefficients']>): ViewTable {
  const outputs = coefficients[0]!.best.length
  const columns = (key: string, title: string): ViewColumn[] =>
    Array.from({ length: outputs }, (_, k) => ({
      key: outputs === 1 ? key : `${key}${k}`,
      title: outputs === 1 ? title : `${title} ${k}`,
      meaning: `Coefficient${outputs === 1 ? '' : ` of output ${k}`}, in the units of the data.`,
      format: 'number' as const,
      rank: 1 + k,
    }))
  return {
    kind: 'table',
    title: 'Coefficients',
    noun: 'feature',
    columns: [
      { key: 'name', title: 'feature', meaning: 'An input.', format: 'text' },
      ...columns('best', 'best'),
      ...columns('oneStandardError', '1-SE'),
    ],
    rows: coefficients.map(({ name, best, oneStandardError }) => ({
      cells: [name, ...best, ...(oneStandardError ?? best.map(() => null))],
    })),
  }
}
