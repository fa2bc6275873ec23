/** Streams of random numbers that are functions of a seed and a place (epoch, batch), so that a run can go on anywhere. */
import { Generator } from '../tensor/index.js'

/** A generator for a seed and whole numbers that say what it is for: the same for the same, unrelated for others. */
export function generatorFor(seed: number, ...place: readonly number[]): Generator {
  // Two words of state, each mixed as in MurmurHash3 (Appleby, public domain), so that near seeds and places are far apart.
  let [low, high] = [mix(seed >>> 0), mix(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9)]
  for (const one of place) {
    low = mix(low ^ mix(one >>> 0))
    high = mix(high + low + Math.floor(one / 2 ** 32))
  }
  return new Generator((low >>> 0) + (high >>> 11) * 2 ** 32)
}

function mix(word: number): number {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
