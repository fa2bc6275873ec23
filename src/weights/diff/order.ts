/** The order of the tensors in a report: what changed most first, or by another figure. */
import { isFloating, type StorageType } from '../../core/index.js'
import type { DiffTensor } from './types.js'

type Figure = (tensor: DiffTensor) => number | null

/** Largest first, but for the cosine, whose smallest tells most. */
const figures: Readonly<Record<string, Figure>> = {
  relative: ({ relative }) => relative,
  deltaL1: ({ deltaL1 }) => deltaL1,
  deltaL2: ({ deltaL2 }) => deltaL2,
  deltaLinf: ({ deltaLinf }) => deltaLinf,
  deltaSpectral: ({ deltaSpectral }) => deltaSpectral,
  deltaNuclear: ({ deltaNuclear }) => deltaNuclear,
  deltaStableRank: ({ deltaStableRank }) => deltaStableRank,
  share: ({ share }) => share,
  changed: ({ changed }) => changed,
  cosine: ({ cosine }) => (cosine === null ? null : -cosine),
  l2A: ({ l2A }) => l2A,
  l2B: ({ l2B }) => l2B,
  count: ({ count }) => count,
}

/** `file`: a's own order. */
export const diffSortKeys: readonly string[] = [...Object.keys(figures), 'name', 'file']

/** A report's tensor with what orders it besides its figures. */
export interface Ordered {
  readonly tensor: DiffTensor
  readonly storage: StorageType
}

/** Weights before counters and optimizer state; ties keep the file's order, what was not computed comes last. */
export function ordered(list: readonly Ordered[], key: string): DiffTensor[] {
  const tensors = list.map(({ tensor }) => tensor)
  if (key === 'file') return tensors
  if (key === 'name') return tensors.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const figure = figures[key]!
  const weight = ({ tensor, storage }: Ordered): number => (tensor.group === 'model' && isFloating(storage) ? 0 : 1)
  return [...list]
    .sort((a, b) => weight(a) - weight(b) || compare(figure(a.tensor), figure(b.tensor)))
    .map(({ tensor }) => tensor)
}

function compare(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a === b ? 0 : a > b ? -1 : 1
}
