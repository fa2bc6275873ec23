/** Draws from a discrete distribution with one random number each: tables of Walker (1977), made by the method of Vose (1991). */

/** Of 2^32 - 1, the chance that a place keeps its draw, and which place has it otherwise. */
export interface AliasTable {
  readonly chances: Int32Array
  readonly aliases: Int32Array
}

/** The table of weights that are not negative, not all 0. */
export function aliasTable(weights: Float64Array): AliasTable {
  const n = weights.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.map((weight) => (weight / total) * n)
  const chances = new Int32Array(n).fill(-1)
  const aliases = Int32Array.from(shares.keys())
  const small: number[] = []
  const large: number[] = []
  shares.forEach((share, place) => {
    ;(share < 1 ? small : large).push(place)
  })
  while (small.length > 0 && large.length > 0) {
    const [low, high] = [small.pop()!, large.at(-1)!]
    // As the bits of an unsigned word.
    chances[low] = Math.min(2 ** 32 - 1, Math.floor(shares[low]! * 2 ** 32)) | 0
    aliases[low] = high
    shares[high] = shares[high]! + shares[low]! - 1
    if (shares[high]! < 1) small.push(large.pop()!)
  }
  // What rounding left over keeps its draws.
  return { chances, aliases }
}
