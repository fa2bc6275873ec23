/** Figures of two arrays side by side: what they differ by, in every entrywise norm, in one read of both. */
import { edits } from './edit.js'
import type { Kernels, Pointer } from './types.js'

/**
 * Of b - a, over the positions where both are finite. All sums are in float64, right to 1e-12 even where their squares would leave its range.
 */
export interface PairFigures {
  /** Positions where both elements are finite: those that the norms are over. */
  finite: number
  /** Positions (of all) whose elements differ; NaN is equal to NaN, -0 to 0. */
  changed: number
  nonfiniteA: number
  nonfiniteB: number
  l1A: number
  l2A: number
  linfA: number
  l1B: number
  l2B: number
  linfB: number
  deltaL1: number
  deltaL2: number
  deltaLinf: number
  /** deltaL2 / l2A; 0 for 0 / 0, else Infinity for l2A = 0. */
  relative: number
  dot: number
  /** Null where a or b is zero. */
  cosine: number | null
}

/** What a pass has gathered: plain numbers that can be posted to another thread and merged. */
export interface PairSums {
  readonly finite: number
  readonly changed: number
  readonly nonfiniteA: number
  readonly nonfiniteB: number
  readonly a: SideSums
  readonly b: SideSums
  readonly delta: SideSums
  /** Of a and b, in the scale of both: times 2^(-600 (a.zone + b.zone)). */
  readonly dot: Sum
}

/** High and low part. */
type Sum = readonly [number, number]

/** Sums of x 2^(-600 zone). */
interface SideSums {
  readonly linf: number
  readonly zone: number
  readonly l1: Sum
  readonly squares: Sum
}

/** Elements of one call into the kernels, so that a long array moves on to optimized code early. */
const callElements = 1 << 18

/**
 * Goes over two arrays in step.
 *
 * @example
 * const pass = new PairPass(kernels)
 * pass.update(a, b, count, 'f32')
 * const { deltaL2, changed } = pairFigures(pass.sums())
 * pass.dispose()
 */
export class PairPass {
  readonly #kernels: Kernels
  #state: Pointer

  constructor(kernels: Kernels) {
    const { pairs_bytes, pairs_init } = edits(kernels)
    this.#kernels = kernels
    this.#state = kernels.alloc(pairs_bytes())
    pairs_init(this.#state)
  }

  /** The next `count` elements of both, as f32 or f64 at `a` and `b`. One pass sees one of both types only. */
  update(a: Pointer, b: Pointer, count: number, type: 'f32' | 'f64'): void {
    const { pairs_f32, pairs_f64 } = edits(this.#kernels)
    const [bytes, next] = type === 'f32' ? [4, pairs_f32] : [8, pairs_f64]
    for (let done = 0; done < count; done += callElements)
      next(this.#state, a + done * bytes, b + done * bytes, Math.min(callElements, count - done))
  }

  sums(): PairSums {
    // Places: those of assembly/edit/pairs.ts.
    const state = this.#kernels.f64(this.#state, 24)
    const sum = (at: number): Sum => [state[at]!, state[at + 1]!]
    const side = (at: number): SideSums => ({
      linf: state[4 + at]!,
      zone: state[7 + at]!,
      l1: sum(10 + 2 * at),
      squares: sum(16 + 2 * at),
    })
    return {
      finite: state[0]!,
      changed: state[1]!,
      nonfiniteA: state[2]!,
      nonfiniteB: state[3]!,
      a: side(0),
      b: side(1),
      delta: side(2),
      dot: sum(22),
    }
  }

  dispose(): void {
    if (this.#state !== 0) this.#kernels.free(this.#state)
    this.#state = 0
  }
}

/** The sums over both parts of two arrays. */
export function mergePairs(one: PairSums, other: PairSums): PairSums {
  const a = mergeSides(one.a, other.a)
  const b = mergeSides(one.b, other.b)
  const inZones = ({ dot, a: ownA, b: ownB }: PairSums): Sum => rescaled(dot, a.zone - ownA.zone + b.zone - ownB.zone)
  return {
    finite: one.finite + other.finite,
    changed: one.changed + other.changed,
    nonfiniteA: one.nonfiniteA + other.nonfiniteA,
    nonfiniteB: one.nonfiniteB + other.nonfiniteB,
    a,
    b,
    delta: mergeSides(one.delta, other.delta),
    dot: add(inZones(one), inZones(other)),
  }
}

function mergeSides(one: SideSums, other: SideSums): SideSums {
  const zone = Math.max(one.zone, other.zone)
  return {
    linf: Math.max(one.linf, other.linf),
    zone,
    l1: add(rescaled(one.l1, zone - one.zone), rescaled(other.l1, zone - other.zone)),
    squares: add(rescaled(one.squares, 2 * (zone - one.zone)), rescaled(other.squares, 2 * (zone - other.zone))),
  }
}

/** Times 2^(-600 steps), a step at a time, since 2^-1200 is no number. */
function rescaled([high, low]: Sum, steps: number): Sum {
  let factored: Sum = [high, low]
  for (let i = 0; i < steps; i++) factored = [factored[0] * 2 ** -600, factored[1] * 2 ** -600]
  return factored
}

/** Knuth's two-sum of the high parts. */
function add(one: Sum, other: Sum): Sum {
  const sum = one[0] + other[0]
  const part = sum - one[0]
  return [sum, one[1] + other[1] + (one[0] - (sum - part) + (other[0] - part))]
}

export function pairFigures(sums: PairSums): PairFigures {
  const { finite, changed, nonfiniteA, nonfiniteB, a, b, delta } = sums
  const [rootA, rootB, rootD] = [root(a), root(b), root(delta)]
  const dot = sums.dot[0] + sums.dot[1]
  return {
    finite,
    changed,
    nonfiniteA,
    nonfiniteB,
    l1A: l1(a),
    l2A: unscaled(rootA, a.zone),
    linfA: a.linf,
    l1B: l1(b),
    l2B: unscaled(rootB, b.zone),
    linfB: b.linf,
    deltaL1: l1(delta),
    deltaL2: unscaled(rootD, delta.zone),
    deltaLinf: delta.linf,
    // From scaled roots: each norm by itself may be beyond float64.
    relative: rootA === 0 ? (rootD === 0 ? 0 : Number.POSITIVE_INFINITY) : unscaled(rootD / rootA, delta.zone - a.zone),
    dot: unscaled(dot, a.zone + b.zone),
    // Rounding may leave 1 by a bit.
    cosine: rootA === 0 || rootB === 0 ? null : Math.min(1, Math.max(-1, dot / rootA / rootB)),
  }
}

const root = ({ squares }: SideSums): number => Math.sqrt(squares[0] + squares[1])
const l1 = ({ l1: [high, low], zone }: SideSums): number => unscaled(high + low, zone)

/** Times 2^(600 zone), a step at a time. */
function unscaled(value: number, zone: number): number {
  let result = value
  for (let i = 0; i < Math.abs(zone); i++) result *= zone > 0 ? 2 ** 600 : 2 ** -600
  return result
}
