/** How many singular values are kept: rules on one spectrum. Ranks are at least 1, where there is a singular value. */

/** Parameters of two factors of rank 1 of an m x n matrix. */
export const perRank = (m: number, n: number): number => m + n

/** The rank at which two factors have as many parameters as the matrix: m n / (m + n), not rounded. 0 for an empty matrix. */
export function breakEven(m: number, n: number): number {
  return m + n === 0 ? 0 : (m * n) / (m + n)
}

/** The largest rank whose factors have fewer parameters than the matrix. */
export function largestGain(m: number, n: number): number {
  return Math.max(0, Math.ceil(breakEven(m, n)) - 1)
}

/** `tails[k]` = sqrt(sum of sigma_j^2 over j >= k): the Frobenius error of rank k (Eckart & Young 1936), k = 0 .. length. */
export function tailsOf(sigma: Float64Array): Float64Array {
  const tails = new Float64Array(sigma.length + 1)
  const top = sigma[0] ?? 0
  if (top === 0) return tails
  let sum = 0
  for (let k = sigma.length - 1; k >= 0; k--) {
    sum += (sigma[k]! / top) ** 2
    tails[k] = Math.sqrt(sum) * top
  }
  return tails
}

/** The least rank with at least `share` of the sum of sigma^2. */
export function rankForEnergy(sigma: Float64Array, share: number): number {
  const top = sigma[0] ?? 0
  if (top === 0) return Math.min(1, sigma.length)
  const sums = new Float64Array(sigma.length)
  let sum = 0
  for (let k = 0; k < sigma.length; k++) {
    sum += (sigma[k]! / top) ** 2
    sums[k] = sum
  }
  return sums.findIndex((one) => one / sum >= share) + 1
}

/** The least rank whose relative Frobenius error is at most `most`. */
export function rankForError(sigma: Float64Array, most: number): number {
  const tails = tailsOf(sigma)
  const whole = tails[0]!
  if (whole === 0) return Math.min(1, sigma.length)
  return Math.max(
    1,
    tails.findIndex((tail) => tail <= most * whole),
  )
}

/** A rank as asked for: a whole number, or a fraction under 1 of the full rank, rounded half to even. */
export function rankOf(wanted: number, full: number): number {
  if (wanted >= 1) return Math.min(wanted, full)
  return Math.min(full, Math.max(1, roundHalfEven(wanted * full)))
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
