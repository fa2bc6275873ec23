/** Totals of a model and of every module in it. */
import { isFloating } from '../core/index.js'
import type { ModuleTotals, TensorFigures, Totals } from './types.js'

/** Deeper parts of a name belong to the module at this depth; names of hostile files have thousands of dots. */
const deepest = 24

/** What the totals are about: floating tensors, each storage once. */
function countsInTotals({ storage, sharesWith }: Pick<TensorFigures, 'storage' | 'sharesWith'>): boolean {
  return sharesWith === null && isFloating(storage)
}

/** Sums of one set of tensors. The sum of squares is kept as scale^2 * squares (LAPACK's lassq), so that nothing overflows or vanishes. */
class Sum {
  private scale = 0
  private squares = 1
  private readonly sums = {
    tensors: 0,
    parameters: 0,
    bytes: 0,
    zeros: 0,
    nan: 0,
    posInf: 0,
    negInf: 0,
    l1: 0,
    linf: 0,
  }
  readonly flags = { error: 0, warning: 0, info: 0 }

  add(tensor: TensorFigures): void {
    for (const { severity } of tensor.flags) this.flags[severity]++
    if (!countsInTotals(tensor)) return
    const { sums } = this
    sums.tensors++
    sums.parameters += tensor.count
    sums.bytes += tensor.bytes
    sums.zeros += tensor.zeros
    sums.nan += tensor.nan
    sums.posInf += tensor.posInf
    sums.negInf += tensor.negInf
    sums.l1 += tensor.l1
    sums.linf = Math.max(sums.linf, tensor.linf)
    this.addSquare(tensor.l2)
  }

  totals(): Totals {
    const { l1, linf, ...counts } = this.sums
    return { ...counts, l1, l2: this.scale * Math.sqrt(this.squares), linf }
  }

  private addSquare(value: number): void {
    if (value === 0) return
    if (!Number.isFinite(value)) this.scale = value
    else if (this.scale < value) {
      this.squares = 1 + this.squares * (this.scale / value) ** 2
      this.scale = value
    } else if (Number.isFinite(this.scale)) this.squares += (value / this.scale) ** 2
  }
}

/** Totals of all given tensors: floating ones, shared storage once. Sums and norms are over finite elements, like the tensors' own. */
export function totalsOf(tensors: readonly TensorFigures[]): Totals {
  const sum = new Sum()
  for (const tensor of tensors) sum.add(tensor)
  return sum.totals()
}

/** What gathers tensors of a module. */
interface Gatherer<T> {
  add(tensor: T): void
}

interface Module<S> {
  readonly path: string
  readonly depth: number
  readonly sum: S
  readonly children: Map<string, Module<S>>
}

/**
 * Totals along the module tree, which the names spell with `.` and `/`: the whole model first (path `''`, depth 0), parents before children, in
 * the order of the file. A tensor counts in every module above it; optimizer state is left out.
 */
export function moduleTree(tensors: readonly TensorFigures[]): ModuleTotals[] {
  const modules = treeOf(
    tensors.filter(({ group }) => group === 'model'),
    ({ name }) => name,
    () => new Sum(),
  )
  if (tensors.length === 0) return []
  return modules.map(({ path, depth, sum }) => ({ path, depth, ...sum.totals(), flags: sum.flags }))
}

/** What `make` gathers of each module in the tree of names, the whole first, parents before children. */
export function treeOf<T, S extends Gatherer<T>>(
  tensors: readonly T[],
  nameOf: (tensor: T) => string,
  make: () => S,
): { path: string; depth: number; sum: S }[] {
  const makeModule = (path: string, depth: number): Module<S> => ({ path, depth, sum: make(), children: new Map() })
  const root = makeModule('', 0)
  for (const tensor of tensors) {
    root.sum.add(tensor)
    let module = root
    for (const path of modulePaths(nameOf(tensor))) {
      let child = module.children.get(path)
      if (!child) {
        child = makeModule(path, module.depth + 1)
        module.children.set(path, child)
      }
      child.sum.add(tensor)
      module = child
    }
  }
  const listed: { path: string; depth: number; sum: S }[] = []
  const list = ({ path, depth, sum, children }: Module<S>): void => {
    listed.push({ path, depth, sum })
    for (const child of children.values()) list(child)
  }
  list(root)
  return listed
}

/** `a`, `a.b` of `a.b.weight`; separators in a row count as one. */
function modulePaths(name: string): string[] {
  const paths: string[] = []
  const separators = /(?<=[^./])[./]+(?=[^./])/g
  for (const match of name.matchAll(separators)) {
    paths.push(name.slice(0, match.index))
    if (paths.length === deepest) break
  }
  return paths
}
