/** The LSTM over a whole sequence as one operation. */
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
  stateAt,
  stateGradient,
  stateProduct,
  type Weights,
  weightGradient,
  weightsOf,
} from './sequence.js'
import { blockOf, lstmStep } from './steps.js'

/**
 * x [T, N, I] (contiguous) from states h, c [N, H]: a block [T + 2, N, H] of the hidden states with the initial one (see sequence.ts), then the
 * cell state at the end.
 */
export function lstmSequence(x: Tensor, h: Tensor, c: Tensor, weights: Weights, course: Course): Tensor {
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const width = 4 * hidden
  const [gates, cells, tanhs] = [[steps, 4], [steps + 1, 1], [steps, 1]].map(([length, parts]) => empty(type, [length!, batch, parts! * hidden])) as [Tensor, Tensor, Tensor] // biome-ignore format: one line
  const block = empty(type, [steps + 2, batch, hidden])
  const bias = biasRow(type, width, biasIh, biasHh)
  begin(frame, course, block, h)
  begin(frame, course, cells, c)
  inputProduct(frame, x, weightIh, width, gates.pointer)
  const forward = neural(kernels())[`lstmForward_${type}`]
  for (const t of frame.order) {
    const [rows, gate] = [frame.rows(t), gates.pointer + 4 * t * stride]
    const [from, to] = [frame.before(t) * stride, frame.at(t) * stride]
    stateProduct(frame, rows, width, block.pointer + from, weightHh, gate, true)
    forward(rows, hidden, gate, bias.pointer, cells.pointer + from, cells.pointer + to, tanhs.pointer + t * stride, block.pointer + to) // biome-ignore format: one line
    carry(frame, rows, block.pointer + from, block.pointer + to)
    carry(frame, rows, cells.pointer + from, cells.pointer + to)
  }
  const last = cells.pointer + (course.reverse ? 0 : steps * stride)
  kernels().u8(block.pointer + (steps + 1) * stride, stride).set(kernels().u8(last, stride)) // biome-ignore format: one line
  bias.dispose()
  const inputs = [x, h, c, weightIh, weightHh, ...(biasIh && biasHh ? [biasIh, biasHh] : [])]
  const out = record(block, 'lstm', inputs, [...inputs, gates, cells, tanhs, block], (g, saved, needs) => {
    const count = saved.length - 4
    return isGradEnabled()
      ? pullback(
          ([x, h, c, ...rest]) => blockOf(lstmStep(weightsOf(rest)), x!, [h!, c!], course),
          saved.slice(0, count),
          g,
          needs,
        )
      : backward(g, saved, needs, course)
  })
  for (const one of [gates, cells, tanhs]) one.dispose()
  return out
}

function backward(
  given: Tensor,
  saved: readonly Tensor[],
  needs: readonly boolean[],
  course: Course,
): (Tensor | null)[] {
  const [x, , , weightIh, weightHh] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
  const [gates, cells, tanhs, block] = saved.slice(-4) as [Tensor, Tensor, Tensor, Tensor]
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const width = 4 * hidden
  const g = given.contiguous()
  const dGates = empty(type, gates.shape)
  const dHidden = zeros([batch, hidden], { dtype: type })
  const dCell = stateAt(g, steps + 1)
  const step = neural(kernels())[`lstmBackward_${type}`]
  for (const t of frame.order.toReversed()) {
    const [rows, gate, dGate] = [frame.rows(t), gates.pointer + 4 * t * stride, dGates.pointer + 4 * t * stride]
    const above = g.pointer + frame.at(t) * stride
    step(rows, hidden, gate, tanhs.pointer + t * stride, cells.pointer + frame.before(t) * stride, above, dHidden.pointer, dCell.pointer, dGate) // biome-ignore format: one line
    stateGradient(frame, rows, width, dGate, weightHh, dHidden.pointer, false)
    carryBack(frame, rows, above, dHidden.pointer, [[dGate, width]])
  }
  return [
    needs[0] ? inputGradient(frame, dGates, weightIh) : null,
    needs[1] ? dHidden : null,
    needs[2] ? dCell : null,
    needs[3] ? weightGradient(frame, dGates, x.pointer, frame.inputs) : null,
    needs[4] ? weightGradient(frame, dGates, beforeAll(frame, block, course), hidden) : null,
    ...(needs[5] || needs[6] ? [0, 1].map(() => biasGradient(dGates)) : [null, null]),
  ]
}
