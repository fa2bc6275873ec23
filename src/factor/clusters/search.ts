/** How k-means and its kin look for centres: several starts, then moves of one centre of the best at a time. */
import type { Tensor } from '../../tensor/index.js'
import { copyOf, tidy, view } from '../../tensor/internal.js'
import type { Clustering } from './estimator.js'
import type { Chosen } from './options.js'
import { givenStart, type Nearer, placesOf, rowsAt, startingRows } from './start.js'
import { total } from './sums.js'

/** Centres at rest, f64 in the units of the problem's rows. */
export interface Found {
  readonly centers: Tensor
  readonly labels: Int32Array
  /** What each row adds to the inertia. */
  readonly costs: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/** Rows to cluster, and what one method does with centres. */
export interface Problem {
  /** [n, d], in units of the problem's own. */
  readonly x: Tensor
  readonly nearer: Nearer
  /** Centres that were given, in those units. */
  inward(centers: Tensor): Tensor
  /** Moves centres until they are at rest; its tensors are the caller's. */
  run(start: Tensor): Found
}

/** Where an estimator's options ask to look, and what was found there of least inertia (the first of equal ones). Made inside `tidy`. */
export function search(
  op: string,
  problem: Problem,
  { k, init, starts, swaps, draw }: Pick<Chosen, 'k' | 'init'> & { starts: number; swaps: number; draw: () => number },
): Found & Pick<Clustering, 'inertia'> {
  const { x } = problem
  const begin = (): Tensor =>
    typeof init === 'string'
      ? rowsAt(x, startingRows(problem.nearer, x.shape[0]!, k, init, draw))
      : problem.inward(givenStart(op, init, k, x))
  let best = measured(problem, begin)
  const challenge = (start: () => Tensor): void => {
    const found = measured(problem, start)
    const isBetter = found.inertia < best.inertia
    ;(isBetter ? best : found).centers.dispose()
    if (isBetter) best = found
  }
  for (let start = 1; start < starts; start++) challenge(begin)
  for (let swap = 0; swap < swaps && k > 1 && best.inertia > 0; swap++) {
    const [row] = placesOf(best.costs, [draw() * best.inertia])
    const cluster = Math.floor(draw() * k)
    challenge(() => swapped(best.centers, cluster, x, row!))
  }
  return best
}

function measured(problem: Problem, start: () => Tensor): Found & Pick<Clustering, 'inertia'> {
  const found = tidy(() => problem.run(start()))
  return { ...found, inertia: total(found.costs) }
}

/** Centres of which one lies at a row. */
function swapped(centers: Tensor, cluster: number, x: Tensor, row: number): Tensor {
  const d = x.shape[1]!
  const out = copyOf(centers)
  view(out).set(view(x).subarray(row * d, (row + 1) * d), cluster * d)
  return out
}
