/** Dropout: units left out at random while training. */
import { UsageError } from '../core/index.js'
import { neural } from '../kernels/index.js'
import { type Generator, mul, rand, type Tensor, zerosLike } from '../tensor/index.js'
import { checkOptions, checkTensor, describe, isFloat, kernels, tidy } from '../tensor/internal.js'
import { Module } from './module.js'

export interface DropoutOptions {
  /** Whether anything is left out (true). */
  training?: boolean
  /** Where chances come from; the generator that `manualSeed` sets by default. */
  generator?: Generator
}

function checkChance(op: string, p: number): void {
  if (!(typeof p === 'number' && p >= 0 && p <= 1)) throw new UsageError(`${op}: p = ${String(p)}; expected 0 to 1.`)
}

/**
 * x with each element made 0 with probability `p` (0.5), the others divided by 1 - p, so that the mean stays.
 *
 * Dtypes: f32, f64. Gradient: g with the same factors. Throws UsageError for p outside 0 to 1. Source: Srivastava et al. 2014.
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkTensor('dropout', x)
  checkChance('dropout', p)
  checkOptions('dropout', options, ['training', 'generator'])
  const { training = true, generator } = options
  if (!training || p === 0) return x
  if (!isFloat(x.dtype)) throw new UsageError(`dropout: got ${describe(x)}; expected f32 or f64. Try to('f32').`)
  return tidy(() => {
    if (p === 1) return mul(x, zerosLike(x))
    const dtype = x.dtype as 'f32' | 'f64'
    const factors = rand(x.shape, generator === undefined ? { dtype } : { dtype, generator })
    neural(kernels())[`dropoutFactors_${dtype}`](factors.pointer, factors.size, p)
    return mul(x, factors)
  })
}

/** A module's mode and generator as options of `dropout`. */
export function dropoutOptions(module: { training: boolean; generator: Generator | null }): DropoutOptions {
  const { training, generator } = module
  return generator === null ? { training } : { training, generator }
}

/**
 * `dropout` while training; nothing in evaluation. With a `generator` of its own it draws from that, which `Module.generators` finds.
 *
 * @example
 * new Sequential(new Linear(8, 8), new Dropout(0.2))
 */
export class Dropout extends Module {
  readonly generator: Generator | null

  constructor(
    readonly p = 0.5,
    options: { generator?: Generator } = {},
  ) {
    super()
    checkChance('Dropout', p)
    this.generator = options.generator ?? null
  }

  forward(x: Tensor): Tensor {
    return dropout(x, this.p, dropoutOptions(this))
  }
}
