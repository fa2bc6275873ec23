/**
 * Seeded random numbers: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011), a function of a key
 * and a counter. The numbers are the same bits on every machine and backend, and streams split without touching each other.
 */
import { UsageError } from '../core/index.js'
import { checkType, type DType, isFloat, typeCode } from './dtype.js'
import { add, mul } from './ops/arithmetic.js'
import { kernels } from './runtime.js'
import { tidy } from './scope.js'
import { checkShape, type Shape } from './shape.js'
import { empty, type Tensor, view } from './tensor.js'

export interface RandomOptions {
  /** f32 (the default) or f64. */
  dtype?: DType
  requiresGrad?: boolean
  /** Where the numbers come from; the generator that `manualSeed` sets by default. */
  generator?: Generator
}

/** A stream of random numbers. Each draw moves it on; the same seed and draws give the same numbers. */
export class Generator {
  #key: readonly [number, number]
  /** Blocks of four words used so far. */
  #block = 0

  /** `seed`: a whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError(`Generator: seed ${seed}; expected a whole number from 0 to 2^53 - 1.`)
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)]
  }

  /** `n` streams that are independent of this one and of each other. Moves this one on. */
  split(n: number): Generator[] {
    if (!Number.isInteger(n) || n < 0) throw new UsageError(`split: ${n} streams; expected a whole number from 0 on.`)
    return tidy(() => {
      const words = empty('i32', [4 * n])
      const blocks = this.#advance(n)
      kernels().array.bits(4 * n, this.#key[0], this.#key[1], blocks, words.pointer)
      const keys = Array.from(view(words), (word) => word >>> 0)
      return Array.from({ length: n }, (_, i) => {
        const one = new Generator(0)
        one.#key = [keys[4 * i]!, keys[4 * i + 1]!]
        return one
      })
    })
  }

  /** Its key and position, three whole numbers; set it to go on from there. */
  get state(): readonly [number, number, number] {
    return [...this.#key, this.#block]
  }

  /** Goes on from a state. Throws UsageError for what is none. */
  set state(state: readonly [number, number, number]) {
    if (!Array.isArray(state) || state.length !== 3 || !state.every((word) => Number.isSafeInteger(word) && word >= 0))
      throw new UsageError(
        `Generator: state ${JSON.stringify(state)}; expected three whole numbers, as state gives them.`,
      )
    this.#key = [state[0] >>> 0, state[1] >>> 0]
    this.#block = state[2]
  }

  /** A generator that goes on from `state`. */
  static restore(state: readonly [number, number, number]): Generator {
    const one = new Generator(0)
    one.state = state
    return one
  }

  #advance(blocks: number): number {
    const from = this.#block
    this.#block += blocks
    return from
  }

  /** Fills a contiguous float tensor. */
  fill(kind: 'uniform' | 'normal', out: Tensor): Tensor {
    const from = this.#advance(Math.ceil(out.size / (out.dtype === 'f32' ? 4 : 2)))
    kernels().array[kind](typeCode[out.dtype], out.size, this.#key[0], this.#key[1], from, out.pointer)
    return out
  }

  /** Fills a contiguous i32 tensor with the places 0 to n - 1, shuffled. */
  shuffle(out: Tensor): Tensor {
    this.#block += kernels().array.permutation(out.size, this.#key[0], this.#key[1], this.#block, out.pointer)
    return out
  }
}

let standard = new Generator(0)

/** Starts the generator that is used where none is given. At the start of a program its seed is 0. */
export function manualSeed(seed: number): Generator {
  standard = new Generator(seed)
  return standard
}

/** Calls `fn` with another generator in the place of the one that `manualSeed` sets: a run's own, whatever others draw meanwhile. */
export function withGenerator<T>(generator: Generator, fn: () => T): T {
  const before = standard
  standard = generator
  try {
    return fn()
  } finally {
    standard = before
  }
}

function drawn(op: string, kind: 'uniform' | 'normal', shape: Shape, options: RandomOptions): Tensor {
  const { dtype = 'f32', generator = standard } = options
  checkType(op, dtype)
  if (!isFloat(dtype)) throw new UsageError(`${op}: dtype ${dtype}; expected f32 or f64. Try randint().`)
  const out = generator.fill(kind, empty(dtype, checkShape(op, shape)))
  if (options.requiresGrad) out.requiresGrad = true
  return out
}

/** Uniform numbers from [0, 1). */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawn('rand', 'uniform', shape, options)
}

/** Standard normal numbers, by the method of Box & Muller (1958). */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawn('randn', 'normal', shape, options)
}

/** Whole numbers (i32) from low up to but not including high. */
export function randint(
  low: number,
  high: number,
  shape: Shape,
  options: Omit<RandomOptions, 'dtype' | 'requiresGrad'> = {},
): Tensor {
  if (!Number.isInteger(low) || !Number.isInteger(high) || high <= low || low < -(2 ** 31) || high > 2 ** 31)
    throw new UsageError(`randint: from ${low} up to ${high}; expected whole numbers of 32 bits, the second larger.`)
  return tidy(() => {
    const { generator = standard } = options
    // 53 random bits leave a bias below 2^-21 of a chance.
    const unit = generator.fill('uniform', empty('f64', checkShape('randint', shape)))
    const out = empty('i32', unit.shape)
    const [from, into] = [view(unit), view(out)]
    for (let i = 0; i < into.length; i++) into[i] = low + Math.floor(from[i]! * (high - low))
    return out
  })
}

/** The places 0 to n - 1 (i32) in random order, each order equally likely. */
export function randperm(n: number, options: Pick<RandomOptions, 'generator'> = {}): Tensor {
  return (options.generator ?? standard).shuffle(empty('i32', checkShape('randperm', [n])))
}

/** true with probability p, element by element; p is a number or a tensor whose shape it takes. */
export function bernoulli(
  p: number | Tensor,
  options: Pick<RandomOptions, 'generator'> & { shape?: Shape } = {},
): Tensor {
  const shape = typeof p === 'number' ? (options.shape ?? []) : p.shape
  if (typeof p === 'number' && !(p >= 0 && p <= 1)) throw new UsageError(`bernoulli: p = ${p}; expected 0 to 1.`)
  return tidy(() => {
    const unit = (options.generator ?? standard).fill('uniform', empty('f64', checkShape('bernoulli', shape)))
    const out = empty('bool', unit.shape)
    const [from, into] = [view(unit), view(out)]
    const chances = typeof p === 'number' ? null : p.toArray()
    for (let i = 0; i < into.length; i++) into[i] = from[i]! < (chances === null ? (p as number) : chances[i]!) ? 1 : 0
    return out
  })
}

/** Normal numbers with the mean and standard deviation given. */
export function normal(mean: number, std: number, shape: Shape, options: RandomOptions = {}): Tensor {
  return tidy(() => add(mul(randn(shape, options), std), mean))
}
