/** Uniform numbers one at a time, of a seeded generator. */
import { Generator } from '../tensor/index.js'
import { empty, tidy, view } from '../tensor/internal.js'

/** What a seed may be given as. */
export type Seed = number | Generator

const block = 1024

/** A function that gives the next number of [0, 1) with 53 random bits. A generator that is given is moved on by whole blocks. */
export function uniforms(seed: Seed): () => number {
  const generator = seed instanceof Generator ? seed : new Generator(seed)
  let numbers: Float64Array = new Float64Array(0)
  let next = 0
  return () => {
    if (next === numbers.length) {
      numbers = tidy(() => (view(generator.fill('uniform', empty('f64', [block]))) as Float64Array).slice())
      next = 0
    }
    return numbers[next++]!
  }
}
