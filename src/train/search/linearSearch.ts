/** The lambdas of a linear model, solved as such: paths with warm starts, scored by cross-validation, and for ridge by the spectrum. */
import { closest, InterruptedError, inert, UsageError } from '../../core/index.js'
import { crossValidatePath, elasticNetPath, groupLassoPath, lassoPath, type Path, type RidgePath, ridgePath } from '../../optim/index.js' // biome-ignore format: one line
import type { Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { DataConfig, SearchConfig, SearchPathConfig } from '../config/types.js'
import { kFold, Subset } from '../data/subset.js'
import type { Dataset } from '../types.js'
import type { PathPoint, PathReport } from './types.js'

export interface LinearSearchOptions {
  readonly folds: number
  readonly seed: number
  readonly stratified: boolean
  readonly signal?: AbortSignal | undefined
}

/** Whether columns are divided by their standard deviation: the default of tables, within each fold. */
function scales({ normalize, format }: DataConfig): boolean {
  if (normalize === 'minmax')
    throw new UsageError("search: normalize: minmax is not for linear paths; expected 'none' or 'standard'.")
  return normalize === undefined
    ? format === undefined || format === 'csv' || format === 'npy'
    : normalize === 'standard'
}

type PathOf = (X: Tensor, y: Tensor, lambdas: readonly number[] | undefined) => Path

/** The path of each penalty. */
function pathOf(
  config: SearchPathConfig,
  isClasses: boolean,
  groups: number[][] | undefined,
  common: { standardize: boolean; count?: number },
): PathOf {
  // biome-ignore format: one line
  const { penalty, alpha = 0.5 } = config
  const with_ = (lambdas: readonly number[] | undefined) => ({ ...common, ...(lambdas ? { lambdas } : {}) })
  if (penalty === 'groupLasso')
    return (X, y, lambdas) => groupLassoPath(X, y, { ...with_(lambdas), ...(groups ? { groups } : {}), loss: isClasses ? 'softmax' : 'squared' }) // biome-ignore format: one line
  if (isClasses)
    throw new UsageError(`search: path.penalty '${String(penalty)}' tells numbers, and the target holds classes. Try groupLasso.`) // biome-ignore format: one line
  if (penalty === 'l1') return (X, y, lambdas) => lassoPath(X, y, with_(lambdas))
  if (penalty === 'ridge') return (X, y, lambdas) => ridgePath(X, y, with_(lambdas))
  if (alpha === 0) return (X, y, lambdas) => ridgePath(X, y, with_(lambdas))
  return (X, y, lambdas) => elasticNetPath(X, y, { ...with_(lambdas), l1Ratio: alpha })
}

/** Columns of each group by number; features that no group names are alone. */
function groupsOf(names: readonly string[], groups: SearchPathConfig['groups']): number[][] | undefined {
  if (groups === undefined) return undefined
  const seen = new Set<number>()
  const given = groups.map((group) =>
    group.map((name) => {
      const at = names.indexOf(name)
      if (at === -1) {
        const near = closest(name, [...names])[0]
        throw new UsageError(`search: path.groups: there is no feature '${inert(name)}'.${near ? ` Did you mean '${inert(near)}'?` : ''}`) // biome-ignore format: one line
      }
      if (seen.has(at)) throw new UsageError(`search: path.groups: feature '${inert(name)}' is in two groups.`)
      seen.add(at)
      return at
    }),
  )
  return [...given, ...names.flatMap((_, i) => (seen.has(i) ? [] : [[i]]))]
}

/** Names of the inputs: of a table's columns, else numbers. */
function namesOf(data: Dataset): string[] {
  const size = data.inputShape.reduce((a, b) => a * b, 1)
  if (data instanceof Subset) return namesOf(data.dataset)
  const { encoding } = data as { encoding?: { featureNames?: readonly string[] } }
  const names = encoding?.featureNames
  return names?.length === size ? [...names] : Array.from({ length: size }, (_, i) => `x${i}`)
}

/** All examples as a matrix and targets. */
async function matrixOf(data: Dataset): Promise<{ X: Tensor; y: Tensor }> {
  const { input, target } = await data.batch(Int32Array.from({ length: data.length }, (_, i) => i))
  const X = input.reshape([data.length, -1])
  const isColumn = target.rank === 2 && target.shape[1] === 1
  return { X, y: isColumn ? target.reshape([data.length]) : target }
}

/**
 * Solves the path of `config.path` on the training part, and on each fold's. The score is the mean squared error, or for classes the
 * cross-entropy; `metric: 'error'` the share of wrong classes.
 */
export async function linearSearch(
  config: SearchConfig,
  data: Dataset,
  { folds, seed, stratified, signal }: LinearSearchOptions,
): Promise<{ metric: string; path: PathReport }> {
  const { path: settings = {}, base } = config
  if (folds < 2) throw new UsageError('search: a linear path needs folds. Try folds: 5.')
  if (data.weights?.() != null)
    throw new UsageError(
      'search: a linear path takes no weights of rows. Try method: grid with a linear preset, or leave data.weights out.',
    )
  const isClasses = data.classes !== null
  const names = namesOf(data)
  const groups = groupsOf(names, settings.groups)
  if (groups !== undefined && settings.penalty !== 'groupLasso')
    throw new UsageError(`search: path.groups is for groupLasso, not ${settings.penalty}.`)
  const common = { standardize: scales(base.data), ...(settings.count === undefined ? {} : { count: settings.count }) }
  const make = pathOf(settings, isClasses, groups, common)
  const left = kFold(data, folds, { seed, stratified }).map(({ validation }) => Array.from(validation.indices))
  const metric = !isClasses
    ? 'mse'
    : config.metric === 'error' || config.metric === 'accuracy'
      ? 'error'
      : 'crossEntropy'
  const { X, y } = await matrixOf(data)
  try {
    const found = tidy(() =>
      crossValidatePath((A, b, lambdas) => make(A, b, lambdas ?? settings.lambdas), X, y, {
        folds: left,
        metric,
        ...(signal === undefined ? {} : { signal }),
      }),
    )
    if (signal?.aborted) throw new InterruptedError()
    const { path, best, oneStandardError } = found
    const labels = groups === undefined ? names : groups.map((group) => group.map((i) => names[i]!).join(' + '))
    const gcv = 'gcv' in path ? (path as RidgePath) : null
    const points = found.lambdas.map(
      (lambda, at): PathPoint => ({
        lambda,
        mean: found.mean[at]!,
        standardError: found.standardError[at]!,
        df: path.df[at]!,
        gcv: gcv?.gcv[at] ?? null,
      }),
    )
    return {
      metric,
      path: {
        penalty: titleOf(settings),
        points,
        best,
        oneStandardError,
        gcv: gcv?.best.gcv ?? null,
        enters: path.enters.map(({ index, lambda }) => ({ name: labels[index]!, lambda })),
        coefficients: coefficientsOf(path, names, best, oneStandardError),
      },
    }
  } finally {
    X.dispose()
    y.dispose()
  }
}

const titleOf = ({ penalty, alpha = 0.5 }: SearchPathConfig): string =>
  penalty === 'elasticNet' ? `elasticNet(${alpha})` : String(penalty)

/** Of features that have any. */
function coefficientsOf(
  path: Path,
  names: readonly string[],
  best: number,
  simple: number,
): PathReport['coefficients'] {
  const of = (at: number, i: number): readonly number[] =>
    path.coefficients[at]!.slice(i * path.outputs, (i + 1) * path.outputs)
  return names
    .map((name, i) => ({ name, best: of(best, i), oneStandardError: of(simple, i) }))
    .filter((one) => [...one.best, ...one.oneStandardError].some((value) => value !== 0))
}
