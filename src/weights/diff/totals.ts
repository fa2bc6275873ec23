/** Figures of a whole model and of every module, from the sums of their tensors: nothing is added twice, and nothing overflows. */
import { mergePairs, type PairSums, pairFigures } from '../../kernels/index.js'
import { treeOf } from '../modules.js'
import type { ChangeFigures, DiffModule, DiffTotals } from './types.js'

/** A compared tensor of the totals. */
export interface Counted {
  readonly name: string
  readonly count: number
  readonly sums: PairSums
}

/** The figures of sums; what the sums do not know is null. */
export function changeFigures(sums: PairSums): ChangeFigures {
  const { finite: _, dot: __, ...figures } = pairFigures(sums)
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value)
  return {
    ...figures,
    l1A: known(figures.l1A),
    linfA: known(figures.linfA),
    l1B: known(figures.l1B),
    linfB: known(figures.linfB),
    deltaL1: known(figures.deltaL1),
    deltaLinf: known(figures.deltaLinf),
    changed: known(figures.changed),
  }
}

class Sum {
  tensors = 0
  parameters = 0
  sums: PairSums | null = null

  add({ count, sums }: Counted): void {
    this.tensors++
    this.parameters += count
    this.sums = this.sums === null ? sums : mergePairs(this.sums, sums)
  }

  totals(): DiffTotals {
    return { tensors: this.tensors, parameters: this.parameters, ...changeFigures(this.sums ?? nothing) }
  }
}

const none = { linf: 0, zone: -1, l1: [0, 0], squares: [0, 0] } as const
const nothing: PairSums = {
  finite: 0,
  changed: 0,
  nonfiniteA: 0,
  nonfiniteB: 0,
  a: none,
  b: none,
  delta: none,
  dot: [0, 0],
}

export function totalsOf(counted: readonly Counted[]): DiffTotals {
  const sum = new Sum()
  for (const one of counted) sum.add(one)
  return sum.totals()
}

/** Along the tree of a's names, the whole model first. */
export function modulesOf(counted: readonly Counted[]): DiffModule[] {
  if (counted.length === 0) return []
  const modules = treeOf(
    counted,
    ({ name }) => name,
    () => new Sum(),
  )
  const whole = modules[0]!.sum.totals().deltaL2
  return modules.map(({ path, depth, sum }) => {
    const totals = sum.totals()
    return { path, depth, ...totals, share: shareOf(totals.deltaL2, whole) }
  })
}

/** Of the squared change. */
export function shareOf(deltaL2: number, whole: number): number {
  return whole === 0 ? 0 : (deltaL2 / whole) ** 2
}
