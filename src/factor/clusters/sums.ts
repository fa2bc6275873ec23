/** Sum of many terms in pairs, which keeps the rounding small. */
export function total(values: Float64Array, from = 0, to = values.length): number {
  if (to - from <= 128) {
    let sum = 0
    for (let i = from; i < to; i++) sum += values[i]!
    return sum
  }
  const middle = (from + to) >>> 1
  return total(values, from, middle) + total(values, middle, to)
}
