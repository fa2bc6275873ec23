/** `factor` as a view: what was found, how many are worth keeping, what they are made of, which rows do not fit. */
import { plural } from '../../core/index.js'
import type { FactorReport } from '../../factor/internal.js'
import { showNumber } from '../numbers.js'
import type { Section, View, ViewCards, ViewChart, ViewColumn, ViewHeat, ViewItem, ViewList, ViewScatter, ViewTable } from './view.js' // biome-ignore format: one line
import { commandWord } from './words.js'

const titles: Readonly<Record<FactorReport['method'], string>> = {
  pca: 'principal components',
  svd: 'singular vectors',
  'factor-analysis': 'factors',
  nmf: 'non-negative parts',
  lda: 'discriminants',
  dictionary: 'dictionary atoms',
  'robust-pca': 'robust principal components',
  'incremental-pca': 'principal components',
  cca: 'canonical pairs',
  joint: 'joint components',
  kmeans: 'clusters (k-means)',
  'minibatch-kmeans': 'clusters (k-means by batches)',
  kmedians: 'clusters (k-medians)',
  'spherical-kmeans': 'clusters by direction',
  als: 'latent factors of ratings',
  'implicit-als': 'latent factors of interactions',
  embeddings: 'word vectors',
  topics: 'topics',
}
type Ratings = NonNullable<FactorReport['ratings']>
type Interactions = NonNullable<FactorReport['interactions']>

/** Columns named beside a component. */
const named = 3
/** Components and columns of the picture of loadings. */
const heatComponents = 24
const heatColumns = 200

export function factorView(report: FactorReport): View {
  const { path, method, k, rows, columns, normball, seconds, why } = report
  return {
    title: path,
    facts: [
      `${plural(k, 'component')} of ${plural(rows, 'row')} × ${plural(columns, 'column')}: ${titles[method]}`.replace(/^\d+ components? of/, `k = ${k},`), // biome-ignore format: one line
      ...why,
    ],
    about: `normball ${normball} factor, ${showNumber(seconds)} s`,
    sections: [
      cards(report),
      ...notes(report),
      ...(report.clusters !== null ? clusters(report) : report.second !== null ? shared(report, report.second) : components(report)), // biome-ignore format: one line
      ...others(report),
      ...stops(report),
      ...(isLinear(report) ? [...scree(report), ...errors(report)] : []),
      ...plane(report),
      ...outliers(report),
      ...heat(report),
      ...(report.columnNames.length > 0 ? [preparation(report)] : []),
    ],
    next: nextOf(report),
  }
}

/** Methods that the best approximations of a rank are a measure for. */
const isLinear = ({ method, clusters: found }: FactorReport): boolean =>
  found === null && method !== 'lda' && method !== 'cca' && method !== 'joint'

/** Ratings, words, topics. */
function others({ ratings, interactions, words, topics }: FactorReport): Section[] {
  const sections: Section[] = []
  if (ratings !== null) sections.push(...ratingSections(ratings))
  if (interactions !== null) sections.push(...interactionSections(interactions))
  if (words !== null)
    sections.push({
      kind: 'table',
      title: 'Nearest words',
      noun: 'word',
      columns: [column('word', 'word', 'Of the text.', 'text'), column('nearest', 'nearest', 'By the cosine of the angle between vectors.', 'text', 0)], // biome-ignore format: one line
      rows: words.nearest.map(({ word, neighbours }) => ({ cells: [word, neighbours.map((one) => `${one.word} ${showNumber(one.similarity, 2)}`).join(', ')] })), // biome-ignore format: one line
    })
  if (topics !== null)
    sections.push({
      kind: 'table',
      title: 'Topics',
      noun: 'topic',
      columns: [
        column('topic', 'topic', 'Its number, from 1 on.', 'text'),
        column('words', 'words', 'With the largest weights.', 'text', 0),
      ],
      rows: topics.topics.map((topic, i) => ({
        cells: [String(i + 1), topic.words.map(({ word }) => word).join(', ')],
      })),
    })
  return sections
}

function ratingSections(ratings: Ratings): Section[] {
  const { heldOut } = ratings
  return [
    pairCards(ratings, 'ratings', ratings.ratings),
    ...(heldOut === null ? [] : [heldOutTable(heldOut, ratings.split)]),
    likings(ratings, 'ratings', 'with the rating that is expected'),
  ]
}

function interactionSections(interactions: Interactions): Section[] {
  const { heldOut } = interactions
  return [
    pairCards(interactions, 'interactions', interactions.interactions),
    ...(heldOut === null ? [] : [rankingTable(heldOut, interactions.split)]),
    likings(interactions, 'interactions', 'with the preference that is expected, about 0 to 1'),
  ]
}

function pairCards({ users, items, density }: Ratings | Interactions, what: string, pairs: number): ViewCards {
  return {
    kind: 'cards',
    cards: [
      { title: 'users', value: users, format: 'count' },
      { title: 'items', value: items, format: 'count' },
      { title: what, value: pairs, format: 'count' },
      { title: 'of all pairs', value: density, format: 'share' },
    ],
  }
}

function likings({ recommendations, asked }: Ratings | Interactions, what: string, how: string): ViewTable {
  return {
    kind: 'table',
    title: 'What they would like',
    note: `${asked ? 'Of those who were asked for' : `Of the users with most ${what}`}: what the model expects most of among what they do not have.`,
    noun: 'user',
    columns: [column('user', 'user', 'Who.', 'text'), column('items', 'items', `Best first, ${how}.`, 'text', 0)],
    rows: recommendations.map((one) => ({
      cells: [String(one.user), one.items.map((best) => `${best.item} ${showNumber(best.rating, 3)}`).join(', ')],
      ...(one.cold && { tone: 'warning' as const, tags: [{ tone: 'warning' as const, text: 'unknown user' }] }),
    })),
  }
}

const meanings = {
  rmse: ['RMSE', 'Root mean squared error of predicted ratings.'],
  mae: ['MAE', 'Mean absolute error of predicted ratings.'],
  ndcg: ['NDCG', 'Discounted cumulative gain of the order, against that of the best order.'],
  precision: ['precision', 'Share of relevant items among the first.'],
  recall: ['recall', 'Share of the relevant items that are among the first.'],
  averagePrecision: ['average precision', 'Mean precision at the places of relevant items.'],
} as const

const rankings = {
  ndcg: meanings.ndcg,
  precision: meanings.precision,
  recall: meanings.recall,
  averagePrecision: meanings.averagePrecision,
  percentileRank: [
    'expected percentile rank',
    'How far down the list what was held out stands: 0 at the top, 0.5 by chance.',
  ],
} as const

/** What was held out, in a sentence. */
const heldOutWords = (split: Ratings['split'], many: string): string => (split === 'table' ? `${many}, by the saved model.` : split === 'latest' ? `The latest ${many} were held out.` : `${many} were held out by chance.`) // biome-ignore format: one line

function rankingTable(heldOut: NonNullable<Interactions['heldOut']>, split: Interactions['split']): ViewTable {
  const { k, interactions, users, cold, popularity, method } = heldOut
  const finite = (one: number): number | null => (Number.isNaN(one) ? null : one)
  return {
    kind: 'table',
    title: split === 'table' ? 'On the interactions of this table' : 'On interactions that it did not see',
    note: `${heldOutWords(split, `${plural(interactions, 'interaction')} of ${plural(users, 'user')}`)} ${plural(cold.count, 'of them is', 'of them are')} cold, of ${plural(cold.users, 'user')} and ${plural(cold.items, 'item')} without others: unknown users get what most have, unknown items are missed. Lists: the first ${k} of all that a user did not have. Intervals: ${method}.`,
    noun: 'figure',
    columns: [
      column('figure', 'figure', 'What is measured.', 'text'),
      column('value', 'value', 'Of what was held out.', 'number', 0),
      column('low', 'from', 'Lower end of the interval.', 'number', 1),
      column('high', 'to', 'Upper end of the interval.', 'number', 1),
      column('popular', 'by popularity', 'The same figure, where items go by how many users have them.', 'number', 2),
      column('meaning', 'meaning', 'In a sentence.', 'text', 3),
    ],
    rows: Object.entries(rankings).map(([key, [title, meaning]]) => {
      const { value, interval } = heldOut[key as keyof typeof rankings]
      const other = popularity[key as keyof typeof rankings].value
      return { cells: [key === 'percentileRank' ? title : `${title}@${k}`, finite(value), finite(interval[0]), finite(interval[1]), finite(other), meaning] } // biome-ignore format: one line
    }),
  }
}

function heldOutTable(heldOut: NonNullable<Ratings['heldOut']>, split: Ratings['split']): ViewTable {
  const { k, ratings, users, ranked, relevant, cold, mean, method } = heldOut
  const isList = (key: string): boolean => key !== 'rmse' && key !== 'mae'
  return {
    kind: 'table',
    title: split === 'table' ? 'On the ratings of this table' : 'On ratings that it did not see',
    note: `${heldOutWords(split, `${plural(ratings, 'rating')} of ${plural(users, 'user')}`)} ${plural(cold.count, 'of them is', 'of them are')} cold, of ${plural(cold.users, 'user')} and ${plural(cold.items, 'item')} without other ratings: predicted by the mean and the bias that is known. Lists: the first ${k} of what ${plural(ranked, 'user')} with two or more rated there; relevant from ${showNumber(relevant, 3)} on. Intervals: ${method}.`,
    noun: 'figure',
    columns: [
      column('figure', 'figure', 'What is measured.', 'text'),
      column('value', 'value', 'Of the held-out ratings.', 'number', 0),
      column('low', 'from', 'Lower end of the interval.', 'number', 1),
      column('high', 'to', 'Upper end of the interval.', 'number', 1),
      column('mean', 'of the mean', 'The same error, where the mean rating is predicted for all.', 'number', 2),
      column('meaning', 'meaning', 'In a sentence.', 'text', 3),
    ],
    rows: Object.entries(meanings).map(([key, [title, meaning]]) => {
      const { value, interval } = heldOut[key as keyof typeof meanings]
      const baseline = key === 'rmse' ? mean.rmse : key === 'mae' ? mean.mae : null
      const finite = (one: number): number | null => (Number.isNaN(one) ? null : one)
      return { cells: [isList(key) ? `${title}@${k}` : title, finite(value), finite(interval[0]), finite(interval[1]), baseline, meaning] } // biome-ignore format: one line
    }),
  }
}

function cards(report: FactorReport): ViewCards {
  const {
    explainedVarianceRatio: ratio,
    reconstructionError: error,
    inertia,
    logLikelihood,
    silhouette,
    iterations,
  } = report
  const kept = ratio === null ? null : ratio.reduce((a, b) => a + b, 0)
  const all: ViewCards['cards'] = [
    {
      title: report.method === 'lda' ? 'of the variance between classes' : 'variance kept',
      value: kept,
      format: 'share',
    },
    { title: 'relative error', value: error?.relative ?? null, format: 'number' },
    { title: '‖X − X′‖ Frobenius', value: error?.frobenius ?? null, format: 'number' },
    { title: 'inertia', value: inertia, format: 'number' },
    { title: 'silhouette', value: silhouette, format: 'number' },
    { title: 'log-likelihood of a row', value: logLikelihood, format: 'number' },
    { title: 'iterations', value: iterations, format: 'count' },
    { title: 'rows that stand out', value: report.outliers?.count ?? null, format: 'count' },
  ]
  return { kind: 'cards', cards: all.filter(({ value }) => value !== null) }
}

function notes({ warnings, preprocess: { unseen, dropped, skipped } }: FactorReport): Section[] {
  const items: ViewItem[] = [
    ...warnings.map((text) => ({ tone: 'warning' as const, text })),
    ...(dropped > 0 ? [{ tone: 'warning' as const, text: `${plural(dropped, 'row')} left out because a value is missing.` }] : []), // biome-ignore format: one line
    ...(skipped.length > 0 ? [{ tone: 'info' as const, text: `${plural(skipped.length, 'column')} left out: ${skipped.slice(0, 6).map(({ name, why }) => `${name} ${why}`).join('; ')}${skipped.length > 6 ? '; ...' : ''}.`, names: skipped.map(({ name, why }) => `${name} ${why}`) }] : []), // biome-ignore format: one line
    ...(warnings.length > 0 ? [] : unseen.map(({ name, rows }) => ({ tone: 'warning' as const, name, text: `categories that are new in ${plural(rows, 'row')}` }))), // biome-ignore format: one line
  ]
  return items.length === 0 ? [] : [{ kind: 'list', title: 'Told', items }]
}

const column = (key: string, title: string, meaning: string, format: ViewColumn['format'], rank = 0, more: Partial<ViewColumn> = {}): ViewColumn => ({ key, title, meaning, format, rank, ...more }) // biome-ignore format: one line

/** The columns with the largest loadings: `0.52 alcohol, -0.41 ash`. */
function largest(loadings: readonly number[], names: readonly string[]): string {
  const order = Array.from(loadings.keys()).sort((a, b) => Math.abs(loadings[b]!) - Math.abs(loadings[a]!) || a - b)
  return order.slice(0, named).filter((i) => loadings[i] !== 0).map((i) => `${names[i]} ${showNumber(loadings[i]!, 2)}`).join(', ') // biome-ignore format: one line
}

function components(report: FactorReport): Section[] {
  const { k, explainedVarianceRatio: ratio, singularValues, loadings, columnNames } = report
  if ((ratio === null && singularValues === null && loadings === null) || report.words !== null) return []
  const has = { ratio: ratio !== null, sigma: singularValues !== null, loadings: loadings !== null }
  const columns = [
    column('component', 'component', 'Its number, from 1 on.', 'text'),
    ...(has.ratio ? [column('variance', 'variance', 'Share of the variance of all columns.', 'share', 0, { bar: true }), column('cumulative', 'so far', 'Share of this and those before it.', 'share', 2)] : []), // biome-ignore format: one line
    ...(has.sigma ? [column('singularValue', 'singular value', 'Of the prepared table.', 'number', 3)] : []),
    ...(has.loadings ? [column('loadings', 'largest loadings', 'Columns that it is made of, with their weights.', 'text', 1)] : []), // biome-ignore format: one line
  ]
  let sum = 0
  const rows = Array.from({ length: k }, (_, i) => {
    sum += ratio?.[i] ?? 0
    return {
      cells: [
        String(i + 1),
        ...(has.ratio ? [ratio![i] ?? null, sum] : []),
        ...(has.sigma ? [singularValues![i] ?? null] : []),
        ...(has.loadings ? [largest(loadings![i] ?? [], columnNames)] : []),
      ],
    }
  })
  return [{ kind: 'table', title: 'Components', noun: 'component', columns, rows, top: 12 }]
}

/** Pairs of variates, or components that two tables share: what they are made of on either side. */
function shared(
  { k, explainedVarianceRatio: ratio, loadings, columnNames }: FactorReport,
  { columnNames: names, correlations, tests, loadings: others, ratios }: NonNullable<FactorReport['second']>,
): Section[] {
  const what = correlations === null ? 'component' : 'pair'
  const columns = [
    column(what, what, 'Its number, from 1 on.', 'text'),
    ...(correlations === null ? [] : [column('correlation', 'correlation', 'Of the scores of both tables.', 'number', 0, { bar: true })]), // biome-ignore format: one line
    ...(tests === null ? [] : [column('p', 'p', "Bartlett's test that this correlation and those after it are zero, for normal rows.", 'number', 1)]), // biome-ignore format: one line
    ...(ratio === null ? [] : [column('variance', 'variance', 'Share of the variance of both tables, balanced.', 'share', 0, { bar: true })]), // biome-ignore format: one line
    column('first', 'this table', 'Columns with the largest weights.', 'text', 1),
    column('second', 'the second table', 'Columns with the largest weights.', 'text', 1),
  ]
  const rows = Array.from({ length: k }, (_, i) => ({
    cells: [
      String(i + 1),
      ...(correlations === null ? [] : [correlations[i] ?? null]),
      ...(tests === null ? [] : [tests[i]?.p ?? null]),
      ...(ratio === null ? [] : [ratio[i] ?? null]),
      largest(loadings?.[i] ?? [], columnNames),
      largest(others[i] ?? [], names),
    ],
  }))
  const explained: Section[] = ratios === null ? [] : [{ kind: 'cards', cards: [{ title: 'of this table explained', value: ratios[0] ?? null, format: 'share' }, { title: 'of the second table', value: ratios[1] ?? null, format: 'share' }] }] // biome-ignore format: one line
  const title = correlations === null ? 'What the tables share' : 'Canonical correlations'
  return [...explained, { kind: 'table', title, noun: what, columns, rows, top: 12 }]
}

function clusters({ clusters: found, columnNames, rows }: FactorReport): Section[] {
  const list = found ?? []
  const mean = columnNames.map((_, j) => list.reduce((sum, { size, center }) => sum + size * center[j]!, 0) / rows)
  const spread = columnNames.map((_, j) => Math.sqrt(list.reduce((sum, { size, center }) => sum + size * (center[j]! - mean[j]!) ** 2, 0) / rows)) // biome-ignore format: one line
  const table: ViewTable = {
    kind: 'table',
    title: 'Clusters',
    noun: 'cluster',
    columns: [
      column('cluster', 'cluster', 'Its number, from 1 on.', 'text'),
      column('rows', 'rows', 'How many rows are nearest to its centre.', 'count', 0),
      column('share', 'share', 'Of all rows.', 'share', 2, { bar: true }),
      column('silhouette', 'silhouette', 'Mean over its rows: near 1 apart from others, near 0 between them, below 0 rather of another.', 'number', 1), // biome-ignore format: one line
      column('center', 'centre, where it differs most', 'In the units of the table: the columns in which it is farthest from the mean, by the spread of the centres.', 'text', 1), // biome-ignore format: one line
      ...columnNames.map((name, j) =>
        column(`center ${name}`, name, 'Of the centre.', 'number', 9 + j, { csvOnly: true }),
      ),
    ],
    rows: list.map(({ size, silhouette, center }, i) => {
      const away = center.map((value, j) => (spread[j]! > 0 ? (value - mean[j]!) / spread[j]! : 0))
      const order = Array.from(away.keys()).sort((a, b) => Math.abs(away[b]!) - Math.abs(away[a]!) || a - b)
      const told = order
        .slice(0, named)
        .map((j) => `${columnNames[j]} ${showNumber(center[j]!, 3)} (${away[j]! < 0 ? 'low' : 'high'})`)
      return { cells: [String(i + 1), size, size / rows, silhouette, told.join(', '), ...center] }
    }),
  }
  return [table]
}

function stops({ why, stop, suggestion, k, clusters: found }: FactorReport): Section[] {
  if (stop.length === 0 && suggestion === null) return []
  const what = found === null ? 'component' : 'cluster'
  const note = suggestion === null ? undefined : suggestion.k === k ? `k = ${k}, as ${suggestion.why}` : `k = ${k}${why.some((one) => one.startsWith(`k ${k}: `)) ? '' : ' was asked for'}; the rules speak for ${plural(suggestion.k, what)}: ${suggestion.why}` // biome-ignore format: one line
  return [
    {
      kind: 'table',
      title: 'Where to stop',
      ...(note !== undefined && { note }),
      noun: 'rule',
      columns: [
        column('rule', 'rule', 'How the number is found; docs/factor.md has the definitions.', 'text'),
        column('k', 'k', 'How many it keeps.', 'count', 0),
        column('why', 'why', 'With its figures.', 'text', 1),
      ],
      rows: stop.map(({ rule, k: kept, why: reason }) => ({
        cells: [rule, kept, reason],
        ...(kept === k && { tone: 'good' as const }),
      })),
    },
  ]
}

function scree({ spectrum, k, suggestion }: FactorReport): Section[] {
  if (spectrum === null || spectrum.singularValues.length < 2) return []
  const points = spectrum.singularValues.map((value, i) => [i + 1, value * value] as const)
  const marks = [{ x: k, label: 'chosen' }, ...(suggestion === null || suggestion.k === k || suggestion.k > points.length ? [] : [{ x: suggestion.k, label: 'what the rules speak for' }])] // biome-ignore format: one line
  const chart: ViewChart = {
    kind: 'chart',
    title: 'Scree',
    note: `Squared singular values of the prepared table${spectrum.centred ? ', centred' : ''}${spectrum.total > points.length ? `: the first ${points.length} of ${spectrum.total}` : ''}.`,
    x: { title: 'component' },
    y: { title: 'squared singular value' },
    series: [{ name: 'Scree', points }],
    marks: marks.filter(({ x }) => x <= points.length),
  }
  return [chart]
}

const norms = [
  ['frobenius', 'Frobenius'],
  ['spectral', 'spectral'],
  ['nuclear', 'nuclear'],
  ['l1', 'L1'],
  ['linf', 'L∞'],
] as const

function errors({ curve, k }: FactorReport): Section[] {
  if (curve === null || curve.length < 2) return []
  const whole = curve[0]!
  const chart: ViewChart = {
    kind: 'chart',
    title: 'What k components leave',
    note: 'Norms of X − Xₖ as shares of that of X. In the first three no table of rank k is nearer.',
    x: { title: 'k' },
    y: { title: 'share of the norm of X' },
    series: norms.map(([key, name]) => ({ name, points: curve.map((point) => [point.k, whole[key] === 0 ? 0 : point[key] / whole[key]] as const) })), // biome-ignore format: one line
    marks: [{ x: k, label: 'chosen' }],
  }
  const table: ViewTable = {
    kind: 'table',
    title: 'Norms of X − Xₖ',
    noun: 'k',
    columns: [
      column('k', 'k', 'Components that are kept.', 'text'),
      column('share', 'kept', 'Share of the sum of squares.', 'share', 0),
      ...norms.map(([key, name], i) =>
        column(key, name, `Norm of what ${name === 'L1' ? 'is left, entry by entry' : 'is left'}.`, 'number', i + 1),
      ),
    ],
    rows: curve.map((point) => ({ cells: [String(point.k), point.share, ...norms.map(([key]) => point[key])], ...(point.k === k && { tone: 'good' as const }) })), // biome-ignore format: one line
    pageOnly: true,
  }
  return [chart, table]
}

function plane({ scatter }: FactorReport): Section[] {
  if (scatter === null || scatter.points.length === 0) return []
  const groups = new Map<string, [number, number][]>()
  for (const { x, y, group } of scatter.points) {
    const name = group ?? (scatter.groups === null ? 'rows' : 'without a value')
    const own = groups.get(name)
    if (own === undefined) groups.set(name, [[x, y]])
    else own.push([x, y])
  }
  const sorted = [...groups].sort(([a], [b]) =>
    a === 'without a value' ? 1 : b === 'without a value' ? -1 : inOrder(a, b),
  )
  const section: ViewScatter = {
    kind: 'scatter',
    title: 'The rows',
    x: { title: scatter.axes[0] },
    y: { title: scatter.axes[1] },
    by: scatter.groups,
    groups: sorted.map(([name, points]) => ({ name, points })),
  }
  return [section]
}

/** Numbers by size, words as they come in the alphabet. */
function inOrder(a: string, b: string): number {
  const [x, y] = [Number.parseFloat(a.replace(/^cluster /, '')), Number.parseFloat(b.replace(/^cluster /, ''))]
  return Number.isNaN(x) || Number.isNaN(y) ? (a < b ? -1 : 1) : x - y
}

function outliers({ outliers: found }: FactorReport): Section[] {
  if (found === null || found.rows.length === 0) return []
  const table: ViewTable = {
    kind: 'table',
    title: 'Rows that fit least',
    note: `${found.what[0]!.toUpperCase()}${found.what.slice(1)}; ${found.count === 0 ? 'none stands out' : `${plural(found.count, 'row')} ${found.count === 1 ? 'stands' : 'stand'} out`} (above ${showNumber(found.threshold)}: third quartile and 3 interquartile ranges).`,
    noun: 'row',
    columns: [
      column('line', 'line', 'Of the file.', 'text'),
      column('row', 'row', 'From 1 on.', 'count', 1),
      column('error', 'error', found.what, 'number', 0, { bar: true }),
    ],
    rows: found.rows.map(({ row, line, error }) => ({
      cells: [String(line), row + 1, error],
      ...(error > found.threshold && { tone: 'warning' as const }),
    })),
    top: 5,
  }
  return [table]
}

function heat({ loadings, columnNames, explainedVarianceRatio: ratio }: FactorReport): Section[] {
  if (loadings === null || columnNames.length > heatColumns) return []
  const shown = loadings.slice(0, heatComponents)
  const section: ViewHeat = {
    kind: 'heat',
    title: 'Loadings',
    note: 'Columns of the table against components: which belong together.',
    columns: shown.map((_, i) => `${i + 1}${ratio?.[i] === undefined ? '' : ` (${(100 * ratio[i]!).toFixed(0)} %)`}`),
    rows: columnNames.map((name, j) => ({ name, values: shown.map((row) => row[j] ?? null) })),
    compare: 'whole',
  }
  return [section]
}

function preparation({ preprocess, effect, skipped, target }: FactorReport): ViewList {
  const { scale, imputed, constant, missing } = preprocess
  const many = (list: readonly { name: string; count: number }[]): string => list.slice(0, 6).map(({ name, count }) => `${name} (${count})`).join(', ') // biome-ignore format: one line
  const items: ViewItem[] = [
    {
      text: `numbers: ${scale === 'none' ? 'as they are' : scale}${target === null ? '' : `; ${target} is no feature`}`,
    },
    ...(effect === null ? [] : [{ text: `that moved the table by ${showNumber(effect.difference)} (Frobenius; ${showNumber(effect.relative)} of its norm); condition number ${showNumber(effect.conditionBefore)} before, ${showNumber(effect.conditionAfter)} after` }]), // biome-ignore format: one line
    ...(imputed.length > 0
      ? [{ text: `missing values filled (${missing}): ${many(imputed)}${imputed.length > 6 ? ', ...' : ''}` }]
      : []),
    ...(constant.length > 0 ? [{ tone: 'info' as const, text: `constant: ${constant.slice(0, 8).join(', ')}${constant.length > 8 ? ', ...' : ''}`, names: constant }] : []), // biome-ignore format: one line
  ]
  return { kind: 'list', title: 'How the table became numbers', items, notes: skipped.map(({ what, why }) => ({ text: `${what}: ${why}` })) } // biome-ignore format: one line
}

function nextOf({ path, with: other, method, k, model, saved, target, columnNames }: FactorReport): [string, string][] {
  const words = `normball factor ${commandWord(path)}${other === null ? '' : ` --with ${commandWord(other)}`}`
  if (model !== null)
    return [[`${words} --apply ${commandWord(model)} --scores scores.csv`, 'scores of the rows as a file']]
  const same = `${words} --method ${method} --k ${k}${target === null ? '' : ` --target ${commandWord(target)}`}`
  return [
    [`${same} --html factor.html`, 'all of it as one page'],
    ...(saved === null && columnNames.length > 0 ? [[`${same} --save model.safetensors`, 'to apply it to other tables with --apply'] as [string, string]] : []), // biome-ignore format: one line
  ]
}
