/** Which start of a factorization is taken, and how far it goes. */
import { norm, sum, type Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { coordinateDescent, type Weights } from './coordinateDescent.js'
import { type Loss, lossRoot, multiplicativeUpdates } from './multiplicative.js'
import { type Factors, type NMFInit, startOf } from './start.js'

/** Options with defaults; null: by the size of the table. */
export interface Chosen {
  readonly k: number
  readonly init: NMFInit | Factors | null
  readonly starts: number | null
  readonly solver: 'cd' | 'mu'
  readonly loss: Loss
  readonly tol: number
  readonly maxIterations: number
  readonly seed: number
}

export interface Improved extends Factors {
  readonly iterations: number
  readonly converged: boolean
  /** What the rule of rest compares with. */
  readonly first: number
}

/** Iterations after which starts are compared. */
const lap = 100

/** Factors of x [n, d], which is in units of its own: factors that were given are multiplied by `root`. Made inside `tidy`. */
export function improved(x: Tensor, chosen: Chosen, weights: Record<'W' | 'H', Weights>, root: number): Improved {
  const { k, init, solver, loss, tol, maxIterations, seed } = chosen
  const run = (from: Factors, most: number, first: number | null, rest = tol): Improved => {
    const descent = { tol: rest, maxIterations: most, first, ...weights }
    return solver === 'cd' ? coordinateDescent(x, from, descent) : multiplicativeUpdates(x, from, loss, descent)
  }
  const named: (NMFInit | Factors)[] = init !== null ? [init] : solver === 'mu' ? ['nndsvda'] : ['nndsvd', 'nndsvda']
  const starts = chosen.starts ?? (init === null && x.size * k <= 1e7 ? 8 : 1)
  const begin = (start: number): Factors => startOf(x, k, named[start] ?? 'random', seed + start, root)
  if (starts === 1) return run(begin(0), maxIterations, null)
  let best: (Improved & { value: number }) | null = null
  for (let start = 0; start < starts; start++) {
    const found = tidy(() => {
      const one = run(begin(start), Math.min(lap, maxIterations), null)
      return { ...one, value: objective(x, one, loss, weights) }
    })
    if (best === null || found.value < best.value) best = found
  }
  const { first, iterations } = best!
  if (iterations >= maxIterations || first === 0) return best!
  const last = run(best!, maxIterations - iterations, first, tol / 100)
  return { ...last, iterations: iterations + last.iterations }
}

/** What is minimized: half the squared distance or the divergence, and the penalties. */
function objective(X: Tensor, { W, H }: Factors, loss: Loss, weights: Record<'W' | 'H', Weights>): number {
  return tidy(() => {
    const penalty = (one: Tensor, { l1, l2 }: Weights): number =>
      (l1 === 0 ? 0 : l1 * sum(one).item()) + (l2 === 0 ? 0 : 0.5 * l2 * norm(one).item() ** 2)
    return 0.5 * lossRoot(X, W, H, loss) ** 2 + penalty(W, weights.W) + penalty(H, weights.H)
  })
}
