/** Puts compared tensors together into the report. */
import type { Kind, Skipped, TensorEntry } from '../../checkpoint/index.js'
import { isFloating, plural, type StorageType } from '../../core/index.js'
import { mergePairs, type PairSums, pairFigures } from '../../kernels/index.js'
import type { Compared, CompareTask } from '../compare/index.js'
import type { AdapterLayer } from './adapter.js'
import { type Ordered, ordered } from './order.js'
import type { Planned } from './plan.js'
import { type Counted, changeFigures, modulesOf, shareOf, totalsOf } from './totals.js'
import type { DiffReport, DiffTensor, Pairing } from './types.js'

/** Two tensors, or a low-rank change and what it is compared with. */
export type Comparison =
  | { readonly kind: 'pair'; readonly a: TensorEntry; readonly b: TensorEntry; readonly pairing: Pairing }
  | {
      readonly kind: 'factors'
      readonly a: TensorEntry | AdapterLayer
      readonly b: AdapterLayer
      readonly task: CompareTask
      readonly shape: number[]
      readonly pairing: Pairing
    }

export interface ComparedAll {
  readonly comparison: Comparison
  readonly planned: Planned
  /** Of the planned tasks, in order. */
  readonly results: readonly Compared[]
}

type Assembled = Pick<DiffReport, 'tensors' | 'totals' | 'modules' | 'pairing' | 'skipped' | 'warnings'>

/** @param kindOf what a's tensors are for */
export function assemble(all: readonly ComparedAll[], kindOf: (entry: TensorEntry) => Kind, sort: string): Assembled {
  const skipped: Skipped[] = []
  const parts = all.map((one) => partOf(one, kindOf, skipped))
  const counted: Counted[] = parts.filter(isCounted).map(({ tensor, sums }) => ({ ...tensor, sums }))
  const totals = totalsOf(counted)
  const list: Ordered[] = parts.map((part) => ({
    storage: part.storage,
    tensor: { ...part.tensor, share: isCounted(part) ? shareOf(part.tensor.deltaL2, totals.deltaL2) : null },
  }))
  const nonfinite = parts.filter(({ sums }) => sums.nonfiniteA + sums.nonfiniteB > 0).length
  return {
    tensors: ordered(list, sort),
    totals,
    modules: modulesOf(counted),
    pairing: all.map(({ comparison }) => comparison.pairing),
    skipped,
    warnings:
      nonfinite === 0
        ? []
        : [
            `${plural(nonfinite, 'tensor')} ${nonfinite === 1 ? 'holds' : 'hold'} NaN or infinite elements: their figures are over the positions where both sides are finite.`,
          ],
  }
}

interface Part {
  readonly tensor: DiffTensor
  readonly sums: PairSums
  readonly storage: StorageType
}

/** Whether a tensor is in the totals. */
function isCounted({ tensor, storage }: Part): boolean {
  return tensor.group === 'model' && tensor.sharesWith === null && isFloating(storage)
}

function partOf(
  { comparison, planned, results }: ComparedAll,
  kindOf: (entry: TensorEntry) => Kind,
  skipped: Skipped[],
): Part {
  const sums = results.map((one) => one.sums).reduce(mergePairs)
  const [first] = results as [Compared]
  const { name, nameB } = comparison.pairing
  const about = aboutOf(comparison, kindOf)
  const skip = (what: string, why: string): void =>
    void skipped.push({ name, dtype: about.dtypeA, shape: about.shape, what, why })
  if (planned.whyNoSpectrum !== null) skip('delta', planned.whyNoSpectrum)
  for (const { what, why } of first.skipped) skip(what, why)
  const figures = changeFigures(sums)
  if (figures.cosine === null) skip('cosine', figures.l2A === 0 ? 'a is zero' : 'b is zero')
  const { delta, angles } = first
  if (delta !== null && delta.stableRank === null) skip('deltaStableRank', 'the difference is zero')
  const { storage, ...shown } = about
  const tensor: DiffTensor = {
    name,
    nameB,
    ...shown,
    ...figures,
    finite: pairFigures(sums).finite,
    deltaSpectral: delta?.spectral ?? null,
    deltaNuclear: delta?.nuclear ?? null,
    deltaStableRank: delta?.stableRank ?? null,
    delta,
    angles,
    share: null,
  }
  return { tensor, sums, storage }
}

function aboutOf(
  comparison: Comparison,
  kindOf: (entry: TensorEntry) => Kind,
): Pick<DiffTensor, 'dtypeA' | 'dtypeB' | 'shape' | 'count' | 'kind' | 'group' | 'sharesWith'> & {
  storage: StorageType
} {
  const entryA = 'data' in comparison.a ? comparison.a : comparison.a.factors.up
  const entryB = comparison.kind === 'pair' ? comparison.b : comparison.b.factors.up
  const shape = comparison.kind === 'pair' ? [...entryA.shape] : comparison.shape
  return {
    dtypeA: entryA.dtype,
    dtypeB: entryB.dtype,
    shape,
    count: shape.reduce((count, size) => count * size, 1),
    kind: 'data' in comparison.a ? kindOf(entryA) : 'unknown',
    group: entryA.group,
    sharesWith: entryA.sharesWith,
    // Where either side is whole numbers, so is the pair.
    storage: isFloating(entryA.data.type) ? entryB.data.type : entryA.data.type,
  }
}
