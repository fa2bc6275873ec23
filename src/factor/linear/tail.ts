/** The upper tail of the chi-squared distribution, for whole degrees of freedom. */

/** P(X > x) of chi-squared with `df` degrees of freedom: a finite sum (Abramowitz & Stegun 1964, 26.4.4 and 26.4.5), all of its terms positive. */
export function chiSquaredTail(x: number, df: number): number {
  if (!(x > 0)) return 1
  const half = x / 2
  // The terms half^a e^-half / Gamma(a + 1), each from the one before.
  const odd = df % 2 === 1
  let sum = odd ? complementaryError(Math.sqrt(half)) : Math.exp(-half)
  let term = odd ? 2 * Math.sqrt(half / Math.PI) * Math.exp(-half) : half * Math.exp(-half)
  for (let a = odd ? 0.5 : 1; a < df / 2; a++) {
    sum += term
    term *= half / (a + 1)
  }
  return Math.min(1, sum)
}

/** 1 - erf(x), x >= 0: by erf's series, then by the continued fraction of A&S 7.1.14. */
function complementaryError(x: number): number {
  if (x < 2) {
    let [sum, term] = [x, x]
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
  }
  let tail = x
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail
}
