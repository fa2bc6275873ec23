/** Functions that minimization is tested on (More, Garbow & Hillstrom 1981), on tensors x [n] in f64. */
import { arange, softplus, type Tensor, tensor, where } from '../../src/tensor/index.js'

const f64 = { dtype: 'f64' } as const
const at = (x: Tensor, start: number, stop?: number): Tensor =>
  x.slice({ start, ...(stop === undefined ? {} : { stop }) })
export const part = (x: Tensor, i: number): Tensor => at(x, i, i + 1)

/** sin(1 + 3 i + 7 j + i j) [n, p]. */
export const formula = (n: number, p: number): Tensor =>
  tensor(Array.from({ length: n }, (_, i) => Array.from({ length: p }, (_, j) => Math.sin(1 + 3 * i + 7 * j + i * j))), f64) // biome-ignore format: one line

export interface Problem {
  readonly f: (x: Tensor) => Tensor
  /** The minimum's value, and the point where it is the only one. */
  readonly least: number
  readonly point: readonly number[] | null
  readonly starts: readonly (readonly number[])[]
}

export const rosenbrock = (x: Tensor): Tensor => {
  const [next, own] = [at(x, 1), at(x, 0, x.size - 1)]
  return next.sub(own.square()).square().mul(100).add(own.sub(1).square()).sum()
}

/** Powell's singular function: the Hessian at the minimum has rank 2. */
const powell = (x: Tensor): Tensor => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => part(x, i)) as [Tensor, Tensor, Tensor, Tensor]
  return a.add(b.mul(10)).square().add(c.sub(d).square().mul(5)).add(b.sub(c.mul(2)).pow(4)).add(a.sub(d).pow(4).mul(10)).sum() // biome-ignore format: one line
}

const beale = (x: Tensor): Tensor => {
  const [a, b] = [part(x, 0), part(x, 1)]
  const term = (y: number, power: number): Tensor => a.mul(b.pow(power).neg().add(1)).sub(y).square()
  return term(1.5, 1).add(term(2.25, 2)).add(term(2.625, 3)).sum()
}

const wood = (x: Tensor): Tensor => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => part(x, i)) as [Tensor, Tensor, Tensor, Tensor]
  const first = b.sub(a.square()).square().mul(100).add(a.sub(1).square())
  const second = d.sub(c.square()).square().mul(90).add(c.sub(1).square())
  const third = b
    .sub(1)
    .square()
    .add(d.sub(1).square())
    .mul(10.1)
    .add(b.sub(1).mul(d.sub(1)).mul(19.8))
  return first.add(second).add(third).sum()
}

export const problems: Readonly<Record<string, Problem>> = {
  rosenbrock: { f: rosenbrock, least: 0, point: [1, 1], starts: [[-1.2, 1], [0, 0], [3, -4], [-30, 25]] },
  'rosenbrock of 10': { f: rosenbrock, least: 0, point: new Array(10).fill(1), starts: [new Array(10).fill(2), new Array(10).fill(0)] },
  powell: { f: powell, least: 0, point: null, starts: [[3, -1, 0, 1], [30, -10, 0, 10]] },
  beale: { f: beale, least: 0, point: [3, 0.5], starts: [[1, 1], [0, 0], [4, 0.8]] },
  wood: { f: wood, least: 0, point: [1, 1, 1, 1], starts: [[-3, -1, -3, -1], [0, 0, 0, 0]] },
} // biome-ignore format: a table

export const quadratic = (x: Tensor): Tensor => {
  const weights = arange(0, x.size, 1, f64).mul(3).add(1)
  return x.square().mul(weights).sum().mul(0.5).sub(x.sum())
}

export const logistic = (w: Tensor): Tensor => {
  const X = formula(30, w.size)
  const lean = X.slice(null, { start: 0, stop: 1 })
    .reshape([30])
    .add(arange(0, 30, 1, f64).mul(2).sin().mul(0.3))
  const sign = where(lean.gt(0), tensor(1, f64), tensor(-1, f64))
  return softplus(sign.mul(X.matmul(w)).neg())
    .mean()
    .add(w.square().sum().mul(0.01))
}
