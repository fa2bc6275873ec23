/**
 * Recurrent layers step by step, in differentiable operations: what the fused sequences compute, for second derivatives, for projections, and
 * for tests to compare with.
 */
import {
  add,
  concat,
  mul,
  relu,
  sigmoid,
  slice,
  split,
  stack,
  sub,
  type Tensor,
  tanh,
  unsqueeze,
} from '../../tensor/index.js'
import { linear } from '../linear.js'
import type { Course, Weights } from './sequence.js'

/** One step: the input and the states before, to the states after; the first state is the output. */
export type Step = (x: Tensor, states: readonly Tensor[]) => Tensor[]

/** h' = tanh or ReLU of W_ih x + b_ih + W_hh h + b_hh. */
export const rnnStep =
  (weights: Weights, isRelu: boolean): Step =>
  (x, [h]) => {
    const sum = add(linear(x, weights.weightIh, weights.biasIh), linear(h!, weights.weightHh, weights.biasHh))
    return [isRelu ? relu(sum) : tanh(sum)]
  }

/** c' = f c + i g and h' = o tanh(c'), times W_hr with a projection; gates i, f, g, o. */
export const lstmStep =
  (weights: Weights, projection: Tensor | null = null): Step =>
  (x, [h, c]) => {
    const sums = add(linear(x, weights.weightIh, weights.biasIh), linear(h!, weights.weightHh, weights.biasHh))
    const [i, f, g, o] = split(sums, c!.shape.at(-1)!, -1) as [Tensor, Tensor, Tensor, Tensor]
    const cell = add(mul(sigmoid(f), c!), mul(sigmoid(i), tanh(g)))
    const hidden = mul(sigmoid(o), tanh(cell))
    return [projection === null ? hidden : linear(hidden, projection), cell]
  }

/** h' = (1 - z) n + z h, n = tanh(W_in x + b_in + r (W_hn h + b_hn)); gates r, z, n. */
export const gruStep =
  (weights: Weights): Step =>
  (x, [h]) => {
    const size = h!.shape.at(-1)!
    const [xr, xz, xn] = split(linear(x, weights.weightIh, weights.biasIh), size, -1) as [Tensor, Tensor, Tensor]
    const [hr, hz, hn] = split(linear(h!, weights.weightHh, weights.biasHh), size, -1) as [Tensor, Tensor, Tensor]
    const [r, z] = [sigmoid(add(xr, hr)), sigmoid(add(xz, hz))]
    const n = tanh(add(xn, mul(r, hn)))
    return [add(n, mul(z, sub(h!, n)))]
  }

/** All steps of x [T, N, I]: the output of each, [T, N, H], and the states at the end. */
export function unroll(
  step: Step,
  x: Tensor,
  initial: readonly Tensor[],
  course: Course,
): { output: Tensor; states: readonly Tensor[] } {
  const steps = x.shape[0]!
  const outputs: Tensor[] = []
  let states = initial
  for (let i = 0; i < steps; i++) {
    const t = course.reverse ? steps - 1 - i : i
    states = stepOf(step, slice(x, t), states, course.active?.[t] ?? x.shape[1]!)
    outputs[t] = states[0]!
  }
  return { output: stack(outputs), states }
}

/** A step of the first `rows` sequences; the others keep their states. */
function stepOf(step: Step, x: Tensor, states: readonly Tensor[], rows: number): readonly Tensor[] {
  if (rows === x.shape[0]) return step(x, states)
  if (rows === 0) return states
  const part = { stop: rows }
  const after = step(slice(x, part), states.map((one) => slice(one, part))) // biome-ignore format: one line
  return after.map((one, i) => concat([one, slice(states[i]!, { start: rows })]))
}

/** The block that a fused sequence gives: hidden states with the initial one, then the cell state at the end where there is one. */
export function blockOf(step: Step, x: Tensor, initial: readonly Tensor[], course: Course): Tensor {
  const { output, states } = unroll(step, x, initial, course)
  const first = unsqueeze(initial[0]!, 0)
  const rest = states.slice(1).map((one) => unsqueeze(one, 0))
  return concat([...(course.reverse ? [output, first] : [first, output]), ...rest])
}
