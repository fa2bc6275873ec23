/** A quadratic program as plain arrays: its inputs checked, its constraints as rows, and what its optimum must satisfy. */
import { UsageError } from '../../core/index.js'
import { Tensor } from '../../tensor/index.js'
import { castOf, describe, tidy, together, view } from '../../tensor/internal.js'
import { axpy, dot, largest, length } from '../vector.js'
import type { Row } from './activeSet.js'

/** min x'Px/2 + q'x with A x = b, G x <= h, lower <= x <= upper. What is left out is not asked for. */
export interface QuadraticProgram {
  /** [n, n], symmetric positive semidefinite. Left out: zeros (a linear program). */
  P?: Tensor
  /** [n]. */
  q: Tensor
  /** [m, n] and [m]. */
  A?: Tensor
  b?: Tensor
  /** [k, n] and [k]. */
  G?: Tensor
  h?: Tensor
  /** A number for all, or [n]; -Infinity and Infinity where there is none. */
  lower?: Tensor | number
  upper?: Tensor | number
}

export interface Program {
  readonly n: number
  readonly P: Float64Array
  readonly q: Float64Array
  readonly A: readonly Float64Array[]
  readonly b: Float64Array
  readonly G: readonly Float64Array[]
  readonly h: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** Multipliers: P x + q + A'y + G'z - lower + upper = 0, all but y from 0 on. */
export interface Multipliers {
  readonly y: Float64Array
  readonly z: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** Where a row of the active-set method comes from. */
export interface Origin {
  readonly kind: 'y' | 'z' | 'lower' | 'upper'
  readonly index: number
  /** What the row was divided by. */
  readonly size: number
}

const op = 'quadprog'

/** Elements in f64; with `isBound` infinities are let through. */
function numbers(name: string, x: unknown, shape: readonly number[], isBound = false): Float64Array {
  if (!(x instanceof Tensor)) throw new UsageError(`${op}: ${name} is no tensor. Try tensor(...).`)
  if (x.rank !== shape.length || x.shape.some((size, i) => size !== shape[i]))
    throw new UsageError(`${op}: ${name} is ${describe(x)}; expected [${shape.join(', ')}].`)
  const values = tidy(() => Float64Array.from(view(together(castOf(x, 'f64')))))
  const at = values.findIndex((value) => (isBound ? Number.isNaN(value) : !Number.isFinite(value)))
  if (at >= 0) throw new UsageError(`${op}: ${name} holds ${values[at]} (element ${at}); expected ${isBound ? 'numbers' : 'finite numbers'}.`) // biome-ignore format: one line
  return values
}

/** A matrix and its right-hand side, both or neither. */
function system(names: readonly [string, string], M: Tensor | undefined, v: Tensor | undefined, n: number): { rows: Float64Array[]; right: Float64Array } {
  if ((M === undefined) !== (v === undefined))
    throw new UsageError(`${op}: ${names[0]} and ${names[1]} belong together; got one of them.`)
  if (M === undefined || v === undefined) return { rows: [], right: new Float64Array(0) }
  const count = M instanceof Tensor && M.rank === 2 ? M.shape[0]! : 0
  const values = numbers(names[0], M, [count, n])
  return { rows: Array.from({ length: count }, (_, i) => values.slice(i * n, (i + 1) * n)), right: numbers(names[1], v, [count]) } // biome-ignore format: one line
} // biome-ignore format: as it stands

export function programOf(given: QuadraticProgram): Program {
  const { q: linear } = given
  if (!(linear instanceof Tensor) || linear.rank !== 1 || linear.size === 0)
    throw new UsageError(`${op}: q is ${linear instanceof Tensor ? describe(linear) : typeof linear}; expected [n], at least one.`) // biome-ignore format: one line
  const n = linear.size
  const q = numbers('q', linear, [n])
  const P = given.P === undefined ? new Float64Array(n * n) : numbers('P', given.P, [n, n])
  const size = largest(P)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      if (Math.abs(P[i * n + j]! - P[j * n + i]!) > 1e-8 * size)
        throw new UsageError(`${op}: P is not symmetric: P[${i}, ${j}] = ${P[i * n + j]}, P[${j}, ${i}] = ${P[j * n + i]}. Try P.add(transpose(P)).mul(0.5).`) // biome-ignore format: one line
      P[i * n + j] = P[j * n + i] = (P[i * n + j]! + P[j * n + i]!) / 2
    }
  const equal = system(['A', 'b'], given.A, given.b, n)
  const below = system(['G', 'h'], given.G, given.h, n)
  const bound = (name: 'lower' | 'upper', none: number): Float64Array => {
    const value = given[name] ?? none
    if (value instanceof Tensor) return numbers(name, value, [n], true)
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new UsageError(`${op}: ${name} is ${String(value)}; expected a number or a tensor [${n}].`)
    return new Float64Array(n).fill(value)
  }
  const [lower, upper] = [bound('lower', -Infinity), bound('upper', Infinity)]
  const bad = lower.findIndex((value, i) => value === Infinity || upper[i] === -Infinity)
  if (bad >= 0) throw new UsageError(`${op}: bounds of x[${bad}] are ${lower[bad]} and ${upper[bad]}: no number lies between.`) // biome-ignore format: one line
  return { n, P, q, A: equal.rows, b: equal.right, G: below.rows, h: below.right, lower, upper }
}

/** Constraints as rows n'x = b and n'x >= b with normals of length 1; rows of zeros as they are. */
export function rowsOf({ n, A, b, G, h, lower, upper }: Program): { rows: Row[]; origins: Origin[] } {
  const rows: Row[] = []
  const origins: Origin[] = []
  const put = (kind: Origin['kind'], index: number, normal: Float64Array, bound: number): void => {
    const size = length(normal) || 1
    rows.push({ normal: normal.map((value) => value / size), bound: bound / size, isEquality: kind === 'y' })
    origins.push({ kind, index, size })
  }
  const unit = (j: number, value: number): Float64Array => {
    const e = new Float64Array(n)
    e[j] = value
    return e
  }
  for (const [i, row] of A.entries()) put('y', i, row, b[i]!)
  for (const [i, row] of G.entries()) put('z', i, row.map((value) => -value), -h[i]!) // biome-ignore format: one line
  for (let j = 0; j < n; j++) {
    if (lower[j]! > -Infinity) put('lower', j, unit(j, 1), lower[j]!)
    if (upper[j]! < Infinity) put('upper', j, unit(j, -1), -upper[j]!)
  }
  return { rows, origins }
}

/** Multipliers of rows as those of the program. */
export function multipliersOf({ n, A, G }: Program, origins: readonly Origin[], ofRows: Float64Array): Multipliers {
  const out = { y: new Float64Array(A.length), z: new Float64Array(G.length), lower: new Float64Array(n), upper: new Float64Array(n) } // biome-ignore format: one line
  for (const [i, { kind, index, size }] of origins.entries()) out[kind][index] = ((kind === 'y' ? -1 : 1) * ofRows[i]!) / size // biome-ignore format: one line
  return out
}

export const symmetricTimes = (P: Float64Array, x: Float64Array): Float64Array =>
  Float64Array.from({ length: x.length }, (_, i) => dot(P.subarray(i * x.length, (i + 1) * x.length), x))

/** A'y + G'z - lower + upper. */
export function pullBack({ n, A, G }: Program, { y, z, lower, upper }: Multipliers): Float64Array {
  const out = new Float64Array(n)
  for (const [i, row] of A.entries()) axpy(y[i]!, row, out)
  for (const [i, row] of G.entries()) axpy(z[i]!, row, out)
  for (let j = 0; j < n; j++) out[j]! += upper[j]! - lower[j]!
  return out
}

/** b'y + h'z - l'lower + u'upper; bounds that are not there have multiplier 0. */
export function boundsTimes({ b, h, lower, upper }: Program, m: Multipliers): number {
  let sum = dot(b, m.y) + dot(h, m.z)
  for (let j = 0; j < lower.length; j++) {
    if (m.lower[j] !== 0) sum -= lower[j]! * m.lower[j]!
    if (m.upper[j] !== 0) sum += upper[j]! * m.upper[j]!
  }
  return sum
}

/** Largest violation of a constraint. */
export function violation({ A, b, G, h, lower, upper }: Program, x: Float64Array): number {
  let most = 0
  for (const [i, row] of A.entries()) most = Math.max(most, Math.abs(dot(row, x) - b[i]!))
  for (const [i, row] of G.entries()) most = Math.max(most, dot(row, x) - h[i]!)
  for (let j = 0; j < x.length; j++) most = Math.max(most, lower[j]! - x[j]!, x[j]! - upper[j]!)
  return most
}
