/** Lambdas of a network's penalty, from large to small: in each fold a run starts from the weights of the one before. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainConfig } from '../config/types.js'
import type { Better } from './rank.js'
import { oneStandardError, ranked } from './rank.js'
import type { Runs, Wanted } from './runs.node.js'
import { orInterrupted } from './runs.node.js'
import { type Tried, triedOf } from './trials.js'
import type { PathReport, SearchReport } from './types.js'

/** `base` with another lambda for its first penalty. */
function withLambda(base: TrainConfig, lambda: number, weights: string | null): TrainConfig {
  const [first, ...others] = base.penalties!
  const config = { ...base, penalties: [{ ...first!, lambda }, ...others] }
  return weights === null ? config : { ...config, weights }
}

export async function networkPath(
  runs: Runs,
  better: Better,
): Promise<{ outcome: SearchReport['outcome']; trials: readonly Tried[]; path: PathReport | null }> {
  const { search, folding, metric, scratch } = runs
  const { base, path } = search
  const lambdas = [...new Set(path!.lambdas!)].sort((a, b) => b - a)
  const folds = Array.from({ length: folding.folds }, (_, fold) => fold)
  const file = (at: number, fold: number): string => join(scratch, `path-${at + 1}-fold-${fold + 1}.safetensors`)
  const tried: Tried[] = []
  /** Where each fold starts from: the last run that did not fail. */
  let from: (string | null)[] = folds.map(() => null)
  let outcome: SearchReport['outcome'] = 'done'
  runs.expect(lambdas.length * folds.length)
  for (const [at, lambda] of lambdas.entries()) {
    const wanted = folds.map(
      (fold): Wanted => ({
        config: withLambda(base, lambda, from[fold]!),
        fold,
        key: { lambda, at },
        saveTo: file(at, fold),
      }),
    )
    outcome = await orInterrupted(runs.all(wanted))
    if (outcome === 'interrupted') break
    const results = runs.known(wanted)
    tried.push(triedOf(at + 1, { lambda }, wanted[0]!.config, results, metric))
    const before = from
    from = folds.map((fold) => (results[fold]!.error === null ? file(at, fold) : before[fold]!))
    for (const [fold, old] of before.entries()) if (old !== null && old !== from[fold]) rmSync(old, { force: true })
  }
  if (outcome === 'done') for (const old of from) if (old !== null) rmSync(old, { force: true })
  return { outcome, trials: tried, path: pathReport(search.base, lambdas, tried, better) }
}

function pathReport(
  base: TrainConfig,
  lambdas: readonly number[],
  tried: readonly Tried[],
  better: Better,
): PathReport | null {
  // biome-ignore format: one line
  const best = ranked(tried, better)[0]
  if (best === undefined || best.mean === null) return null
  return {
    penalty: base.penalties![0]!.norm,
    points: tried.map(({ mean, standardError, nonzeros }, at) => ({
      lambda: lambdas[at]!,
      mean,
      standardError,
      df: nonzeros,
      gcv: null,
    })),
    best: best.number - 1,
    oneStandardError: ((n) => (n === undefined ? null : n - 1))(oneStandardError(tried, better)?.number),
    gcv: null,
    enters: null,
    coefficients: null,
  }
}
