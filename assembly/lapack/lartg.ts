/** Plane rotations in float64 (LAPACK's lartg): [c s; -s c] [f; g] = [r; 0]. */

/** Results of the last `lartg`. */
export let c: f64 = 1
export let s: f64 = 0
export let r: f64 = 0

const least: f64 = 1.5e-154
const most: f64 = 9e153

export function lartg(f: f64, g: f64): void {
  if (g == 0) {
    c = 1
    s = 0
    r = f
    return
  }
  if (f == 0) {
    c = 0
    s = 1
    r = g
    return
  }
  const size = Math.abs(f), other = Math.abs(g)
  let unit: f64 = 1
  if (!(size > least && size < most && other > least && other < most)) {
    unit = Math.min(Math.max(Math.max(size, other), 2.3e-308), 4e307)
    f /= unit
    g /= unit
  }
  const length = Math.sqrt(f * f + g * g)
  const signed = f < 0 ? -length : length
  const inverse = 1 / signed
  c = f * inverse
  s = g * inverse
  r = signed * unit
}
