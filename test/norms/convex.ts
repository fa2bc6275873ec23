/**
 * The laws of a norm, checked in float64 on seeded random input. Projections and proximal steps are held against the conditions that only the
 * exact answer meets: p is the projection of x onto the ball of radius r just when p is inside and r ||x - p||* <= <x - p, p>, because the left
 * side is the largest <x - p, z> of any z inside; and the proximal step just when ||x - p||* <= t and t ||p|| <= <x - p, p>.
 */
import { expect } from 'vitest'
import type { Norm } from '../../src/norms/index.js'
import { add, mul, scope, sub, type Tensor, tensor, to } from '../../src/tensor/index.js'
import { farthest, flat, normals, Random } from '../linalg/support.js'

export type Real = 'f32' | 'f64'

export interface Setting {
  readonly dtype: Real
  readonly shape: readonly number[]
  readonly seed: number
  /** Multiplies all input. */
  readonly scale?: number
  /** Allowed error in eps times the number of elements (at least 8) times the size of what is compared. */
  readonly slack?: number
}

const epsilon = { f32: 2 ** -23, f64: 2 ** -52 } as const

/** A random tensor as a norm of that setting gets it. */
export function input({ dtype, shape, seed, scale = 1 }: Setting, more = 0): Tensor {
  return to(mul(normals(shape, seed + 7919 * more), scale), dtype)
}

/** The sum of products in float64, after division by what brings both near 1. */
export function inner(x: Tensor, y: Tensor, sizeX = 1, sizeY = 1): number {
  const b = flat(y)
  return flat(x).reduce((sum, one, i) => sum + (one / sizeX) * (b[i]! / sizeY), 0)
}

/** Checks every law of a norm at a setting; `what` begins the messages. */
export function checkNorm(norm: Norm, setting: Setting): void {
  const { dtype, shape, seed, scale = 1, slack = 8 } = setting
  const what = `${norm.name} of ${dtype}[${shape.join(', ')}], scale ${scale}, seed ${seed}`
  const tolerance =
    slack *
    Math.max(
      8,
      shape.reduce((a, b) => a * b, 1),
    ) *
    epsilon[dtype]
  const value = (x: Tensor): number => norm.value(x).item()
  const dual = (x: Tensor): number => norm.dual.value(x).item()
  const below = (a: number, b: number, size: number, law: string): void => {
    if (!(a <= b + tolerance * size)) expect.fail(`${what}: ${law}: ${a} > ${b}, by ${(a - b) / size} of ${size}`)
  }
  const close = (a: number, b: number, size: number, law: string): void => {
    below(a, b, size, law)
    below(b, a, size, law)
  }
  scope(() => {
    const random = new Random(seed)
    const [x, y] = [input(setting), input(setting, 1)]
    const [vx, vy, dx] = [value(x), value(y), dual(x)]
    if (x.size > 0) expect(vx, what).toBeGreaterThan(0)

    // The norm itself.
    close(value(mul(x, -0.75)), 0.75 * vx, vx, 'homogeneity')
    below(value(add(x, y)), vx + vy, vx + vy, 'triangle')
    close(norm.dual.dual.value(x).item(), vx, vx, 'dual of the dual')
    if (x.size === 0) return

    // Its dual: no product is larger, and the steepest direction attains it.
    below(Math.abs(inner(x, y, dx, vy)), 1, 1, 'Hoelder')
    const d = norm.steepest(x)
    close(value(d), 1, 1, 'steepest has norm 1')
    close(inner(d, x, 1, dx), 1, 1, 'steepest attains the dual norm')

    // Projections, at radii that leave much, little and nothing.
    for (const part of [0.9, 0.3 + 0.4 * random.uniform(), 1e-3]) {
      const r = part * vx
      const p = norm.project(x, r)
      const rest = sub(x, p)
      below(value(p), r, r, `inside ${part}`)
      const size = dual(rest)
      // Errors of x's own rounding enter <x - p, p> by x's size.
      below(1, inner(rest, p, size, r), dx / size + vx / r, `optimal ${part}`)
      close(farthest(norm.project(p, r), p) / r, 0, 1 / value(unit(x)), `idempotent ${part}`)
      const q = norm.project(y, r)
      below(length(sub(p, q)), length(sub(x, y)), length(x) + length(y), `non-expansive ${part}`)
      // A point inside does not move.
      below(farthest(norm.project(p, r * 1.01), p), 0, 0, `unmoved ${part}`)
    }

    // Proximal steps, and Moreau's identity with the dual's projection.
    for (const part of [0.1, 0.6, 0.999]) {
      const t = part * dx
      const p = norm.prox(x, t)
      const rest = sub(x, p)
      below(dual(rest), t, t, `prox ${part}: dual norm of the rest`)
      const vp = value(p)
      if (vp > 0) below(1, inner(rest, p, t, vp), dx / t + vx / vp, `prox ${part}: alignment`)
      close(farthest(add(p, norm.dual.project(x, t)), x), 0, largest(x), `Moreau ${part}`)
    }
    expect(
      Math.max(...flat(norm.prox(x, 1.001 * dx)).map(Math.abs)) / largest(x),
      `${what}: prox to zero`,
    ).toBeLessThan(tolerance)
    expect(farthest(norm.project(x, 0), mul(x, 0)), `${what}: radius 0`).toBe(0)
    expect(farthest(norm.prox(x, 0), x), `${what}: t 0`).toBe(0)
    expect(largest(norm.steepest(mul(x, 0))), `${what}: steepest of 0`).toBe(0)
  })
}

const largest = (x: Tensor): number => flat(x).reduce((most, one) => Math.max(most, Math.abs(one)), 0)
const length = (x: Tensor): number => Math.hypot(...flat(x))
/** Ones of x's shape and type divided by its number: bounds how small a norm can be beside the largest element. */
const unit = (x: Tensor): Tensor =>
  tensor(new Float64Array(x.size).fill(1 / x.size), { shape: [...x.shape], dtype: x.dtype })
