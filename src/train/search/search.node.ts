/** A search over the settings of training runs, scored by cross-validation. */
import { NumericalError, version } from '../../core/index.js'
import type { BackendChoice } from '../../tensor/index.js'
import type { GivenConfig } from '../config/parse.js'
import type { SearchConfig } from '../config/types.js'
import { metricsOf } from '../metrics/byName.js'
import { type Folding, isStratified, partsOf } from './evaluate.node.js'
import { halvingRounds } from './halving.js'
import { linearSearch } from './linearSearch.js'
import { networkPath } from './networkPath.node.js'
import { requireSearchConfig } from './parse.js'
import { type Better, oneStandardError, ranked } from './rank.js'
import { orInterrupted, Runs, type SearchProgress, type Wanted } from './runs.node.js'
import { gridSettings, randomSettings, type Settings, withSettings } from './space.js'
import { reportOf, type Tried, triedOf } from './trials.js'
import type { PathReport, SearchReport } from './types.js'

export interface SearchOptions {
  /** Threads that train; as many as there are cores by default. 0: the calling thread. */
  readonly workers?: number | undefined
  /** Ends the search; what is done is in the journal, and the report tells it. */
  readonly signal?: AbortSignal | undefined
  readonly backend?: BackendChoice | undefined
  /** Folder that relative paths of the configuration start from; the current one by default. */
  readonly folder?: string | undefined
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined
  /** Fields in place of the configuration's. */
  readonly changes?: Pick<SearchConfig, 'seed' | 'output'> | undefined
}

/**
 * Tries settings and says which are best: a grid, random draws, successive halving, or a path of lambdas. The same seed gives the same report
 * (apart from seconds) whatever the number of workers, and whether or not it was stopped in between: with `output` every run that is done is in
 * a journal, and a search that finds its journal goes on from there.
 *
 * @param given the configuration, or its text (YAML or JSON), whose faults are told with their lines
 * @throws UsageError for a configuration, or a trial's, that cannot be; NumericalError where every run failed; FormatError, SystemError
 * @example
 * const { best, trials } = await search({ base, space: { 'optimizer.lr': [0.1, 0.01] }, folds: 5 })
 */
export async function search(given: SearchConfig | GivenConfig, options: SearchOptions = {}): Promise<SearchReport> {
  const start = performance.now()
  const isGiven = 'text' in given || 'object' in given
  const { config: read, checkTrials, located } = await requireSearchConfig(isGiven ? given : { object: given })
  const config = { ...read, ...options.changes }
  const { folder = '.', workers, backend, signal, onProgress } = options
  const { base, method = 'grid', metric = 'loss' } = config
  const seed = config.seed ?? base.seed ?? 0
  const better: Better = metric === 'loss' ? 'lower' : metricsOf('search', [metric])[0]!.better
  const settings = settingsOf(config, seed)
  await checkTrials(settings)
  const folding: Folding = { folds: config.folds ?? 5, seed, stratified: config.stratified }
  const told = { normball: version, command: 'search', method, metric, better, folds: folding.folds, seed } as const
  const warnings: string[] = []
  try {
    if (method === 'path' && config.path?.penalty !== undefined) {
      const { train } = await partsOf(withoutScaling(base), folder)
      const found = await linearSearch(config, train, { folds: folding.folds, seed, stratified: isStratified(train, folding), signal }) // biome-ignore format: one line
      return { ...told, ...none, outcome: 'done', metric: found.metric, better: 'lower', path: found.path, runs: { total: 0, resumed: 0, failed: 0 }, journal: null, seconds: (performance.now() - start) / 1000, warnings } // biome-ignore format: one line
    }
    const runs = new Runs(config, folding, metric, { folder, workers, backend, signal, onProgress })
    try {
      const { outcome, trials: all, path, finalists = all } = await searchWith(runs, settings, better)
      const order = ranked(finalists, better)
      const best = order[0]?.mean == null ? null : order[0].number
      if (outcome === 'done' && best === null && path === null) throw allFailed(all)
      const rest = ranked(all, better).filter((one) => !order.includes(one))
      return {
        ...told,
        outcome,
        // Of a path they are its points.
        ...(path !== null ? none : { trials: [...order, ...rest].map(reportOf), best, oneStandardError: oneStandardError(order, better)?.number ?? null }), // biome-ignore format: one line
        path,
        runs: { total: runs.done, resumed: runs.resumed, failed: runs.failed },
        journal: runs.journal,
        seconds: (performance.now() - start) / 1000,
        warnings,
      }
    } finally {
      await runs.close()
    }
  } catch (error) {
    throw located(error)
  }
}

const none = { trials: [], best: null, oneStandardError: null } as const

/** A linear path scales within its folds. */
const withoutScaling = (base: SearchConfig['base']): SearchConfig['base'] => ({
  ...base,
  data: { ...base.data, normalize: 'none' },
})

/** Settings of the trials, in order; none for paths. */
function settingsOf({ method = 'grid', space = {}, trials = 0 }: SearchConfig, seed: number): Settings[] {
  if (method === 'path') return []
  return method === 'grid' ? gridSettings(space) : randomSettings(space, trials, seed)
}

interface Found {
  readonly outcome: SearchReport['outcome']
  readonly trials: readonly Tried[]
  /** Those that were trained to the end, where not all were: scores after fewer epochs are not compared with theirs. */
  readonly finalists?: readonly Tried[]
  readonly path: PathReport | null
}

async function searchWith(runs: Runs, settings: readonly Settings[], better: Better): Promise<Found> {
  const { method = 'grid' } = runs.search
  if (method === 'path') return networkPath(runs, better)
  if (method === 'halving') return { ...(await halving(runs, settings, better)), path: null }
  const all = settings.map((one, i) => ({ number: i + 1, settings: one }))
  return { ...(await round(runs, all, undefined)), path: null }
}

interface Trial {
  readonly number: number
  readonly settings: Settings
}

/** Trains trials on all folds, for so many epochs where that is not their own affair. */
async function round(
  runs: Runs,
  trials: readonly Trial[],
  epochs: number | undefined,
): Promise<{ outcome: SearchReport['outcome']; trials: Tried[] }> {
  const { search, folding, metric } = runs
  const configs = trials.map(({ settings }) => {
    const config = withSettings(search.base, settings)
    return epochs === undefined ? config : { ...config, epochs }
  })
  const places = Array.from({ length: folding.folds }, (_, fold) => fold)
  const wanted = trials.map(
    ({ settings }, i) =>
    places.map((fold): Wanted => ({ config: configs[i]!, fold, key: epochs === undefined ? settings : { settings, epochs } })), // biome-ignore format: one line
  )
  runs.expect(runs.done + wanted.length * folding.folds)
  const outcome = await orInterrupted(runs.all(wanted.flat()))
  return {
    outcome,
    trials: trials.map(({ number, settings }, i) => triedOf(number, settings, configs[i]!, runs.known(wanted[i]!), metric)), // biome-ignore format: one line
  }
}

/** Each round keeps the best of the one before and trains them for longer. */
async function halving(runs: Runs, settings: readonly Settings[], better: Better): Promise<Omit<Found, 'path'>> {
  const { base, halving: { factor = 3, least = 1 } = {} } = runs.search
  const rounds = halvingRounds(settings.length, base.epochs ?? 0, factor, least)
  const latest = new Map<number, Tried>()
  let left: readonly Trial[] = settings.map((one, i) => ({ number: i + 1, settings: one }))
  let finalists: readonly Tried[] = []
  for (const { trials, epochs } of rounds) {
    left = left.slice(0, trials)
    const done = await round(runs, left, epochs)
    for (const one of done.trials) latest.set(one.number, one)
    if (done.outcome === 'interrupted') return { outcome: 'interrupted', trials: [...latest.values()], finalists }
    left = finalists = ranked(done.trials, better)
  }
  return { outcome: 'done', trials: [...latest.values()], finalists }
}

function allFailed(trials: readonly Tried[]): NumericalError {
  const why = trials.find(({ error }) => error !== null)?.error ?? 'no score is a number'
  return new NumericalError('not-finite', `search: every run failed. The first: ${why}`)
}
