/** The root of a decreasing function of one number, which every projection and proximal step without a closed form comes down to. */

/** Steps after which an interval is as narrow as doubles allow, even if every step had to halve it from 1e308 to 1e-308. */
const mostSteps = 2200

/**
 * x in [low, high] where decreasing `f` crosses 0, given f(low) >= 0 >= f(high): from the side where f <= 0, to a width of
 * `rtol` times x, or `atol`.
 *
 * Source: T. R. Chandrupatla, Adv. Eng. Software 28 (1997): inverse quadratic steps where they are safe, halving elsewhere.
 */
export function decreasingRoot(f: (x: number) => number, low: number, high: number, rtol = 2 ** -50, atol = 0): number {
  let [a, b] = [low, high]
  let [fa, fb] = [f(a), f(b)]
  if (fa <= 0) return a
  if (fb >= 0) return b
  let t = 0.5
  for (let step = 0; step < mostSteps; step++) {
    const x = a + t * (b - a)
    // No number lies between them.
    if (x === a || x === b) break
    const fx = f(x)
    // The newest point is `a`; `b` lies on the other side of the root, and `c` is what was replaced.
    let [c, fc] = [a, fa]
    if (fx > 0 !== fa > 0) [c, fc, b, fb] = [b, fb, a, fa]
    ;[a, fa] = [x, fx]
    if (fa === 0) return a
    const width = Math.abs(b - a)
    const least = Math.max(rtol * Math.max(Math.abs(a), Math.abs(b)), atol) / width
    if (!(least < 0.5)) break
    t = Math.min(1 - least, Math.max(least, quadratic(a, b, c, fa, fb, fc)))
  }
  return fa < 0 ? a : b
}

/** Where between a (0) and b (1) the inverse parabola through three points crosses 0, or the middle where that is not safe. */
function quadratic(a: number, b: number, c: number, fa: number, fb: number, fc: number): number {
  const xi = (a - b) / (c - b)
  const phi = (fa - fb) / (fc - fb)
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5
  const t = (fa / (fb - fa)) * (fc / (fb - fc)) + ((c - a) / (b - a)) * (fa / (fc - fa)) * (fb / (fc - fb))
  return Number.isFinite(t) ? t : 0.5
}
