/**
 * The trust-region step of Newton's method without forming the Hessian: conjugate gradients on H p = -g, stopped early, at the region's border,
 * or along a direction of negative curvature. Source: Steihaug (1983); Nocedal & Wright (2006), algorithm 7.2.
 */
import { axpy, dot, length, plus, times } from '../vector.js'

export interface TruncatedStep {
  readonly step: Float64Array
  /** How much the model expects the value to fall, positive. */
  readonly predicted: number
  /** Products with the Hessian. */
  readonly products: number
  /** `inside`: solved to the tolerance. */
  readonly ending: 'inside' | 'border' | 'negative-curvature' | 'limit'
}

/** The t > 0 with ||p + t d|| = radius. */
function toBorder(p: Float64Array, d: Float64Array, radius: number): number {
  const [size, along] = [length(d), dot(p, d) / length(d)]
  const rest = Math.sqrt(Math.max(0, along * along + (radius - length(p)) * (radius + length(p))))
  // Of the two forms of the root the one without cancellation.
  return (along > 0 ? ((radius - length(p)) * (radius + length(p))) / (along + rest) : rest - along) / size
}

/** Approximate minimizer of g'p + p'Hp / 2 within ||p|| <= radius; CG ends where the residual is `tolerance` of g. */
export function truncatedStep(
  gradient: Float64Array,
  product: (v: Float64Array) => Float64Array,
  radius: number,
  tolerance: number,
  maxProducts: number,
): TruncatedStep {
  const n = gradient.length
  let p: Float64Array = new Float64Array(n)
  let Hp: Float64Array = new Float64Array(n)
  const r = gradient.slice()
  let d: Float64Array = times(-1, r)
  let rho = dot(r, r)
  const target = tolerance * Math.sqrt(rho)
  let products = 0
  const done = (ending: TruncatedStep['ending']): TruncatedStep => ({ step: p, predicted: -(dot(gradient, p) + dot(p, Hp) / 2), products, ending }) // biome-ignore format: one line
  const move = (t: number, Hd: Float64Array): void => {
    p = plus(p, t, d)
    Hp = plus(Hp, t, Hd)
  }
  while (products < maxProducts) {
    const Hd = product(d)
    products++
    const curvature = dot(d, Hd)
    if (!(curvature > Number.EPSILON * length(d) * length(Hd))) {
      if (Number.isNaN(curvature)) return done('limit')
      move(toBorder(p, d, radius), Hd)
      return done('negative-curvature')
    }
    const alpha = rho / curvature
    if (!(length(plus(p, alpha, d)) < radius)) {
      move(toBorder(p, d, radius), Hd)
      return done('border')
    }
    move(alpha, Hd)
    axpy(alpha, Hd, r)
    const next = dot(r, r)
    if (Math.sqrt(next) <= target) return done('inside')
    d = plus(times(-1, r), next / rho, d)
    rho = next
  }
  return done('limit')
}
