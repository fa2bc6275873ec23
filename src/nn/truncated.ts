/** Normal numbers between bounds, by rejection: exact also far out in a tail, where inverting the distribution function loses digits. */
import { type Generator, rand, type Tensor, tensor } from '../tensor/index.js'
import { count, type Shape, view } from '../tensor/internal.js'

/** A number made of a uniform one on [0, 1), and the chance that it is taken. */
type Proposal = (u: number) => readonly [z: number, chance: number]

/**
 * How to propose standard normal numbers given that they lie in [low, high], low >= 0 or low < 0 < high: uniform where the density changes
 * little, exponential in a tail (Robert 1995, "Simulation of truncated normal variables").
 */
function proposal(low: number, high: number): Proposal {
  const rate = (low + Math.sqrt(low * low + 4)) / 2
  if (low >= 0 && rate * (high - low) > 1) {
    // The exponential density cut at `high`; the chance is largest, 1, at z = rate.
    const mass = -Math.expm1(-rate * (high - low))
    return (u) => {
      const z = low - Math.log1p(-u * mass) / rate
      return [z, Math.exp(-((z - rate) ** 2) / 2)]
    }
  }
  // Beyond 9 there is nothing to be seen in any number of draws.
  const [from, to] = low >= 0 ? [low, high] : [Math.max(low, -9), Math.min(high, 9)]
  const nearest = Math.max(low, 0)
  return (u) => {
    const z = from + u * (to - from)
    return [z, Math.exp(((nearest - z) * (nearest + z)) / 2)]
  }
}

/** f64 numbers in a shape: `map` of standard normal ones between low and high. */
export function truncated(
  shape: Shape,
  low: number,
  high: number,
  map: (z: number) => number,
  options: { generator?: Generator },
): Tensor {
  // Below zero the mirror image.
  const flipped = high < 0 || (high === 0 && low < 0)
  const propose = flipped ? proposal(-high, -low) : proposal(low, high)
  const values = new Float64Array(count(shape))
  let done = 0
  while (done < values.length) {
    const block = rand([2 * Math.max(64, values.length - done)], { dtype: 'f64', ...options })
    const u = view(block)
    for (let i = 0; i + 1 < u.length && done < values.length; i += 2) {
      const [z, chance] = propose(u[i]!)
      if (u[i + 1]! < chance) values[done++] = map(flipped ? -z : z)
    }
    block.dispose()
  }
  return tensor(values, { shape })
}
