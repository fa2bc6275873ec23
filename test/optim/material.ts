/** Start values and gradients as `scripts/oracle/optim.py` makes them. */
import { readFileSync } from 'node:fs'
import { type Tensor, tensor } from '../../src/tensor/index.node.js'

export type Type = 'f32' | 'f64'

export const oracle = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../oracle/optim/${name}.json`, import.meta.url), 'utf8')) as T

function wave(shape: readonly number[], step: number, phase: number, scale: number, dtype: Type): Tensor {
  const n = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float64Array.from({ length: n }, (_, i) => scale * Math.sin(step * (i + 1) + phase)),
    { dtype, shape },
  )
}

export const shapes = [[5, 3], [3]]

/** Parameters `weight` and `bias`. */
export function parameters(dtype: Type = 'f32'): [string, Tensor][] {
  return shapes.map((shape, i) => {
    const one = wave(shape, 0.7, 0.3 + i, 1, dtype).keep()
    one.requiresGrad = true
    return [['weight', 'bias'][i]!, one]
  })
}

/** Gives parameters the gradients of step t. */
export function giveGradients(list: readonly (readonly [string, Tensor])[], t: number): void {
  for (const [i, [, w]] of list.entries()) {
    w.zeroGrad()
    w.grad = wave(w.shape, 0.37, 0.21 * t + i, 10 ** Math.sin(0.05 * t), w.dtype as Type).keep()
  }
}

export const values = (list: readonly (readonly [string, Tensor])[]): number[][] =>
  list.map(([, w]) => [...w.toArray()])
export const grads = (list: readonly (readonly [string, Tensor])[]): number[][] =>
  list.map(([, w]) => [...w.grad!.toArray()])

/** The largest difference, relative to numbers over 1 in size. */
export function farthest(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  let most = 0
  for (const [i, row] of a.entries())
    for (const [j, one] of row.entries()) most = Math.max(most, Math.abs(one - b[i]![j]!) / Math.max(1, Math.abs(one)))
  return most
}
