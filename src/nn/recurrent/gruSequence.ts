/** The GRU over a whole sequence as one operation. */
import { neural } from '../../kernels/index.js'
import { isGradEnabled, type Tensor, zeros } from '../../tensor/index.js'
import { empty, kernels, record } from '../../tensor/internal.js'
import { pullback } from '../pullback.js'
import {
  beforeAll,
  begin,
  biasGradient,
  biasRow,
  type Course,
  carry,
  carryBack,
  frameOf,
  inputGradient,
  inputProduct,
  stateGradient,
  stateProduct,
  type Weights,
  weightGradient,
  weightsOf,
} from './sequence.js'
import { blockOf, gruStep } from './steps.js'

/** x [T, N, I] (contiguous) from h [N, H]: the block [T + 1, N, H] of hidden states with the initial one (see sequence.ts). */
export function gruSequence(x: Tensor, h: Tensor, weights: Weights, course: Course): Tensor {
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const width = 3 * hidden
  const block = empty(type, [steps + 1, batch, hidden])
  const stored = empty(type, [steps, batch, 4 * hidden])
  const [gi, gh] = [empty(type, [steps, batch, width]), empty(type, [batch, width])]
  const [bi, bh] = [biasRow(type, width, biasIh), biasRow(type, width, biasHh)]
  begin(frame, course, block, h)
  inputProduct(frame, x, weightIh, width, gi.pointer)
  const forward = neural(kernels())[`gruForward_${type}`]
  for (const t of frame.order) {
    const rows = frame.rows(t)
    const [from, to] = [block.pointer + frame.before(t) * stride, block.pointer + frame.at(t) * stride]
    stateProduct(frame, rows, width, from, weightHh, gh.pointer, false)
    forward(rows, hidden, gi.pointer + 3 * t * stride, gh.pointer, bi.pointer, bh.pointer, from, stored.pointer + 4 * t * stride, to) // biome-ignore format: one line
    carry(frame, rows, from, to)
  }
  for (const one of [gi, gh, bi, bh]) one.dispose()
  const inputs = [x, h, weightIh, weightHh, ...(biasIh && biasHh ? [biasIh, biasHh] : [])]
  const out = record(block, 'gru', inputs, [...inputs, stored, block], (g, saved, needs) =>
    isGradEnabled()
      ? pullback(([x, h, ...rest]) => blockOf(gruStep(weightsOf(rest)), x!, [h!], course), saved.slice(0, -2), g, needs)
      : backward(g, saved, needs, course),
  )
  stored.dispose()
  return out
}

function backward(
  given: Tensor,
  saved: readonly Tensor[],
  needs: readonly boolean[],
  course: Course,
): (Tensor | null)[] {
  const [x, , weightIh, weightHh] = saved as [Tensor, Tensor, Tensor, Tensor]
  const [stored, block] = saved.slice(-2) as [Tensor, Tensor]
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const width = 3 * hidden
  const g = given.contiguous()
  const [dGi, dGh] = [empty(type, [steps, batch, width]), empty(type, [steps, batch, width])]
  const dHidden = zeros([batch, hidden], { dtype: type })
  const step = neural(kernels())[`gruBackward_${type}`]
  for (const t of frame.order.toReversed()) {
    const rows = frame.rows(t)
    const [di, dh] = [dGi.pointer + 3 * t * stride, dGh.pointer + 3 * t * stride]
    const above = g.pointer + frame.at(t) * stride
    step(rows, hidden, stored.pointer + 4 * t * stride, block.pointer + frame.before(t) * stride, above, dHidden.pointer, di, dh) // biome-ignore format: one line
    stateGradient(frame, rows, width, dh, weightHh, dHidden.pointer, true)
    carryBack(frame, rows, above, dHidden.pointer, [[di, width], [dh, width]]) // biome-ignore format: one line
  }
  return [
    needs[0] ? inputGradient(frame, dGi, weightIh) : null,
    needs[1] ? dHidden : null,
    needs[2] ? weightGradient(frame, dGi, x.pointer, frame.inputs) : null,
    needs[3] ? weightGradient(frame, dGh, beforeAll(frame, block, course), hidden) : null,
    needs[4] ? biasGradient(dGi) : null,
    needs[5] ? biasGradient(dGh) : null,
  ]
}
