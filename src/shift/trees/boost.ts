/**
 * Gradient-boosted trees (Friedman 2001) on histograms: a small model of the mean of y given x for tests, which bends where the data bends. Rounds
 * end when a held-out part of the rows stops improving, so that where there is nothing to learn the model is its starting point.
 */
import type { Generator } from '../../tensor/index.js'
import { shuffled } from '../draw.js'
import type { Binned } from './bins.js'
import { addTree, type GrowOptions, growTree, type Tree } from './grow.js'
import type { Loss } from './losses.js'

export interface BoostOptions {
  /** Most rounds; 100 by default. */
  rounds?: number
  /** Share of each tree that is added; 0.15 by default. */
  rate?: number
  /** Levels of a tree; 3 by default. */
  depth?: number
  /** Fewest rows of a leaf; 10 by default. */
  leaf?: number
  /** Penalty on squared leaf values; 1 by default. */
  l2?: number
  /** Share of the rows held out to stop early; 0.2 by default. */
  heldOut?: number
  /** Rounds without improvement after which it stops; 4 by default. */
  patience?: number
  /** Scores to start from, [outputs][all rows of the data]; the best constant where absent. */
  base?: readonly Float64Array[]
  /** A block for each row of the data: rows of one block are held out together, as neighbours in time would tell of each other. */
  blocks?: Int32Array | null
  generator: Generator
}

export interface BoostedTrees {
  /** Rounds kept. */
  readonly rounds: number
  /** Mean loss on the held-out part: at the start, and with the rounds kept. */
  readonly heldOut: readonly [before: number, after: number]
  /** Adds the scores of `rows` of data in the bins of the fit onto `scores`, [outputs][rows of the data]. */
  addScores(data: Binned, rows: Int32Array, scores: readonly Float64Array[]): void
  /** Gains of splits are not kept; how often each column was split on. */
  readonly splits: readonly number[]
}

/** Fits to `rows` of the data. The same seed gives the same trees. */
export function boostTrees(data: Binned, rows: Int32Array, loss: Loss, options: BoostOptions): BoostedTrees {
  const { rounds = 100, rate = 0.15, heldOut = 0.2, patience = 4 } = options
  const growing: GrowOptions = { depth: options.depth ?? 3, leaf: options.leaf ?? 10, l2: options.l2 ?? 1, gain: 1e-9 }
  const [checked, learnt] = heldApart(rows, heldOut, options.blocks ?? null, options.generator)
  const start = options.base ? null : loss.start(rows)
  const scores = Array.from({ length: loss.outputs }, (_, k) =>
    start ? new Float64Array(data.rows).fill(start[k]!) : Float64Array.from(options.base![k]!),
  )
  const [gradient, curvature] = [new Float64Array(data.rows), new Float64Array(data.rows)]
  const trees: Tree[][] = []
  const before = loss.value(scores, checked)
  let best = { loss: before, rounds: 0 }
  for (let round = 0; round < rounds && round < best.rounds + patience; round++) {
    // All outputs of a round see the same scores.
    const grown = scores.map((_, k) => {
      loss.derivatives(scores, k, learnt, gradient, curvature)
      return growTree(data, learnt.slice(), gradient, curvature, growing)
    })
    for (const [k, tree] of grown.entries()) addTree(tree, data, rows, rate, scores[k]!)
    trees.push(grown)
    const now = loss.value(scores, checked)
    if (now < best.loss) best = { loss: now, rounds: round + 1 }
  }
  const kept = trees.slice(0, best.rounds)
  const splits = data.codes.map(() => 0)
  for (const column of kept.flat().flatMap((tree) => tree.column)) if (column >= 0) splits[column]!++
  return {
    rounds: kept.length,
    heldOut: [before, best.loss],
    splits,
    addScores(other, which, onto) {
      for (const [k, target] of onto.entries()) {
        if (start) for (const row of which) target[row]! += start[k]!
        for (const round of kept) addTree(round[k]!, other, which, rate, target)
      }
    },
  }
}

/** Rows held out, and the others, in random order. */
function heldApart(
  rows: Int32Array,
  share: number,
  blocks: Int32Array | null,
  generator: Generator,
): [Int32Array, Int32Array] {
  const order = shuffled(rows.length, generator).map((place) => rows[place]!)
  const count = Math.floor(rows.length * share)
  if (blocks === null) return [order.slice(0, count), order.slice(count)]
  const sizes = new Map<number, number>()
  for (const row of order) sizes.set(blocks[row]!, (sizes.get(blocks[row]!) ?? 0) + 1)
  const held = new Set<number>()
  let rowsHeld = 0
  // Blocks as they come first in the random order.
  for (const [block, size] of sizes) {
    if (rowsHeld > 0 && rowsHeld + size / 2 > count) break
    held.add(block)
    rowsHeld += size
  }
  return [order.filter((row) => held.has(blocks[row]!)), order.filter((row) => !held.has(blocks[row]!))]
}
