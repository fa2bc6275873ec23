/** How long blocks of rows must be that their dependence does not count as shift. */

const longer = 1.5

/**
 * The block length for rows in the order of time: the rule of Politis & White (2004), as corrected by Patton, Politis & White (2009), for blocks on a
 * circle. Autocovariances are those within each series about its own mean, so that a shift between them is none; they count up to twice the
 * lag from which they are as small as of independent rows. Half as long again as that rule, which is for estimating a variance: so 4 to 7 % of tests at 5 %
 * are false alarms in series with autocorrelation 0.5 and 0.9 of 600 to 2,000 rows. 1 for constant series, at most a third of the rows.
 */
export function autoBlockLength(...series: readonly ArrayLike<number>[]): number {
  const parts = series.map(centred).filter((part) => part.length > 1)
  const N = parts.reduce((sum, part) => sum + part.length, 0)
  const most = Math.max(1, Math.floor(N / 3))
  if (N < 4) return 1
  const lags = Math.min(Math.ceil(Math.sqrt(N)) + 20, Math.min(...parts.map((part) => part.length)) - 1)
  const gamma = Array.from({ length: lags + 1 }, (_, k) => autocovariance(parts, k, N))
  if (!(gamma[0]! > 0)) return 1
  const lag = significantLag(gamma, N)
  if (lag === 0) return 1
  const M = Math.min(2 * lag, lags)
  let [G, spectrum] = [0, gamma[0]!]
  for (let k = 1; k <= M; k++) {
    const weight = Math.min(1, 2 * (1 - k / M))
    G += 2 * weight * k * gamma[k]!
    spectrum += 2 * weight * gamma[k]!
  }
  const length = longer * Math.cbrt((2 * G * G * N) / ((4 / 3) * spectrum * spectrum))
  return Number.isFinite(length) ? Math.min(most, Math.max(1, Math.ceil(length))) : most
}

/** Finite values about their mean; others count as the mean. */
function centred(values: ArrayLike<number>): Float64Array {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue
    sum += values[i]!
    count++
  }
  const mean = count > 0 ? sum / count : 0
  return Float64Array.from(values, (value) => (Number.isFinite(value) ? value - mean : 0))
}

function autocovariance(parts: readonly Float64Array[], lag: number, N: number): number {
  let sum = 0
  for (const part of parts) for (let i = lag; i < part.length; i++) sum += part[i]! * part[i - lag]!
  return sum / N
}

/** The lag after which a run of autocorrelations is within 2 (log10 N / N)^1/2: that of independent rows. */
function significantLag(gamma: readonly number[], N: number): number {
  const band = 2 * Math.sqrt(Math.log10(N) / N) * gamma[0]!
  const run = Math.max(5, Math.ceil(Math.sqrt(Math.log10(N))))
  let quiet = 0
  for (let k = 1; k < gamma.length; k++) {
    quiet = Math.abs(gamma[k]!) < band ? quiet + 1 : 0
    if (quiet === run) return k - run
  }
  return gamma.length - 1
}
