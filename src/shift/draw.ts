/** Random numbers as plain arrays, for statistics that work on columns outside of tensors. */
import { type Generator, rand, randperm } from '../tensor/index.js'
import { tidy, view } from '../tensor/internal.js'

/** `n` numbers, uniform on [0, 1). */
export function uniforms(n: number, generator: Generator): Float64Array {
  return tidy(() => Float64Array.from(view(rand([n], { dtype: 'f64', generator }))))
}

/** The places 0 to n - 1, shuffled. */
export function shuffled(n: number, generator: Generator): Int32Array {
  return tidy(() => Int32Array.from(view(randperm(n, { generator }))))
}

/** A fold (0 to `folds` - 1) for every row: the rows of each stratum are dealt out evenly, in random order. */
export function dealFolds(strata: ArrayLike<number>, folds: number, generator: Generator): Uint8Array {
  const n = strata.length
  const order = shuffled(n, generator)
  // One counter for all strata that goes on from stratum to stratum, so that the folds are even over all rows too.
  const byStratum = new Map<number, number[]>()
  for (const row of order) {
    const rows = byStratum.get(strata[row]!)
    if (rows) rows.push(row)
    else byStratum.set(strata[row]!, [row])
  }
  const foldOf = new Uint8Array(n)
  let next = 0
  for (const rows of byStratum.values()) for (const row of rows) foldOf[row] = next++ % folds
  return foldOf
}

/** Rows outside and inside of a fold; `gap`: rows on either side of it that are neither. */
export function rowsOf(folds: Uint8Array, fold: number, gap = 0): [train: Int32Array, test: Int32Array] {
  const all = Int32Array.from(folds.keys())
  const near = new Uint8Array(folds.length)
  for (const [i, one] of folds.entries()) {
    if (one !== fold) continue
    // The inner rows of a stretch have no neighbours outside.
    const isEdge = folds[i - 1] !== fold || folds[i + 1] !== fold
    near.fill(1, isEdge ? Math.max(0, i - gap) : i, isEdge ? i + gap + 1 : i + 1)
  }
  return [all.filter((row) => near[row] === 0), all.filter((row) => folds[row] === fold)]
}
