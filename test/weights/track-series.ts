/** Synthetic training runs: one layer's weights over time, in memory, with a fault planted or none. */
import { randomOf } from './track-random.js'

export interface Run {
  /** One tensor per checkpoint. */
  readonly weights: Float32Array[]
  readonly steps: number[]
}

export interface Plan {
  readonly seed: number
  readonly length: number
  /** Elements. */
  readonly size: number
}

const gaussians = (random: () => number, size: number, scale: number): Float64Array =>
  Float64Array.from(
    { length: size },
    () => scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )

const add = (a: Float64Array, b: Float64Array, factor = 1): Float64Array => a.map((x, i) => x + factor * b[i]!)
const scaled = (a: Float64Array, factor: number): Float64Array => a.map((x) => x * factor)

/** Builds a run from W_t = make(t); every run has noise of its own. */
function build({ seed, length, size }: Plan, make: (tools: Tools) => (t: number) => Float64Array): Run {
  const random = randomOf(seed)
  const noise = (scale: number): Float64Array => gaussians(random, size, scale)
  const at = make({ noise, length, random })
  return {
    weights: Array.from({ length }, (_, t) => Float32Array.from(at(t))),
    steps: Array.from({ length }, (_, t) => 100 * t),
  }
}

interface Tools {
  noise(scale: number): Float64Array
  readonly length: number
  random(): number
}

/** Sums updates, which `update` gives for t = 1, 2 ... */
function walk(
  start: Float64Array,
  update: (t: number, now: Float64Array) => Float64Array,
): (t: number) => Float64Array {
  let now = start
  return (t) => {
    if (t > 0) now = add(now, update(t, now))
    return now
  }
}

/** Elements have size 1 at the start, and noise is 1 % of them. */
export const planted = {
  /** Exponential approach to a point, with jitter of a thousandth. */
  settled: (plan: Plan): Run =>
    build(plan, ({ noise, length }) => {
      const [end, way] = [noise(1), noise(0.7)]
      return (t) => add(add(end, way, Math.exp((-6 * t) / length)), noise(0.001))
    }),
  /** A random walk of steady pace. */
  walking: (plan: Plan): Run => build(plan, ({ noise }) => walk(noise(1), () => noise(0.05))),
  /** Straight on at a steady pace, across the weights. */
  drifting: (plan: Plan): Run =>
    build(plan, ({ noise }) => {
      const way = noise(0.02)
      return walk(noise(1), () => add(way, noise(0.005)))
    }),
  /** 8 % larger each time. */
  growing: (plan: Plan): Run =>
    build(plan, ({ noise }) => walk(noise(1), (_, now) => add(scaled(now, 0.08), noise(0.01)))),
  /** Larger by the same amount each time. */
  growingEvenly: (plan: Plan): Run =>
    build(plan, ({ noise }) => {
      const start = noise(1)
      return (t) => add(scaled(start, 1 + 0.15 * t), noise(0.01))
    }),
  /** 12 % smaller each time. */
  collapsing: (plan: Plan): Run =>
    build(plan, ({ noise }) => {
      const start = noise(1)
      return (t) => add(scaled(start, 0.88 ** t), scaled(noise(0.01), 0.88 ** t))
    }),
  /** Between two points. */
  alternating: (plan: Plan): Run =>
    build(plan, ({ noise }) => {
      const [middle, side] = [noise(1), noise(0.2)]
      return (t) => add(add(middle, side, t % 2 === 0 ? 1 : -1), noise(0.01))
    }),
  /** Round and round with a period of six checkpoints. */
  circling: (plan: Plan): Run =>
    build(plan, ({ noise }) => {
      const [middle, side] = [noise(1), noise(0.3)]
      return (t) => add(add(middle, side, Math.sin((2 * Math.PI * t) / 6)), noise(0.01))
    }),
  /** A random walk with one long step at two thirds. */
  jumping: (plan: Plan): Run =>
    build(plan, ({ noise, length }) => walk(noise(1), (t) => noise(t === Math.floor((2 * length) / 3) ? 0.5 : 0.03))),
  /** One damaged checkpoint, in an otherwise quiet run. */
  spiking: (plan: Plan): Run =>
    build(plan, ({ noise, length }) => {
      const quiet = walk(noise(1), () => noise(0.03))
      return (t) => {
        const now = quiet(t)
        return t === Math.floor((2 * length) / 3) ? add(now, noise(0.8)) : now
      }
    }),
} as const

/** Healthy runs: gradient descent with noise on a quadratic, under the usual schedules. Nothing is wrong with any. */
export const healthy = {
  constant: (plan: Plan): Run => descent(plan, () => 1),
  cosine: (plan: Plan): Run => descent(plan, (share) => (1 + Math.cos(Math.PI * share)) / 2),
  warmup: (plan: Plan): Run => descent(plan, (share) => Math.min(1, 5 * share) * (1 - share)),
  restarts: (plan: Plan): Run => descent(plan, (share) => (1 + Math.cos(Math.PI * ((3 * share) % 1))) / 2),
} as const

/** W <- W - rate (W - W*) + rate noise, 20 steps between checkpoints; the rates of directions spread over two decades. */
function descent(plan: Plan, schedule: (share: number) => number): Run {
  return build(plan, ({ noise, length, random }) => {
    const end = noise(1)
    let now = noise(0.5)
    const rates = now.map(() => 0.02 * 100 ** -random())
    return (t) => {
      if (t === 0) return now
      for (let step = 0; step < 20; step++) {
        const rate = schedule((t - 1 + step / 20) / (length - 1))
        const jitter = noise(0.2)
        now = now.map((x, i) => x - rate * rates[i]! * (x - end[i]! + jitter[i]!))
      }
      return now
    }
  })
}
