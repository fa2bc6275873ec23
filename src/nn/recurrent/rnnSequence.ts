/** The plain recurrent layer (tanh or ReLU) over a whole sequence as one operation. */
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
import { blockOf, rnnStep } from './steps.js'

/** x [T, N, I] (contiguous) from h [N, H]: the block [T + 1, N, H] of hidden states with the initial one (see sequence.ts). */
export function rnnSequence(x: Tensor, h: Tensor, weights: Weights, isRelu: boolean, course: Course): Tensor {
  const { weightIh, weightHh, biasIh, biasHh } = weights
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const block = empty(type, [steps + 1, batch, hidden])
  const bias = biasRow(type, hidden, biasIh, biasHh)
  begin(frame, course, block, h)
  // The products go to where the states will be.
  inputProduct(frame, x, weightIh, hidden, block.pointer + (course.reverse ? 0 : stride))
  const forward = neural(kernels())[`rnnForward_${type}`]
  for (const t of frame.order) {
    const rows = frame.rows(t)
    const [from, to] = [block.pointer + frame.before(t) * stride, block.pointer + frame.at(t) * stride]
    stateProduct(frame, rows, hidden, from, weightHh, to, true)
    forward(isRelu, rows, hidden, bias.pointer, to)
    carry(frame, rows, from, to)
  }
  bias.dispose()
  const inputs = [x, h, weightIh, weightHh, ...(biasIh && biasHh ? [biasIh, biasHh] : [])]
  return record(block, 'rnn', inputs, [...inputs, block], (g, saved, needs) =>
    isGradEnabled()
      ? pullback(
          ([x, h, ...rest]) => blockOf(rnnStep(weightsOf(rest), isRelu), x!, [h!], course),
          saved.slice(0, -1),
          g,
          needs,
        )
      : backward(g, saved, needs, isRelu, course),
  )
}

function backward(
  given: Tensor,
  saved: readonly Tensor[],
  needs: readonly boolean[],
  isRelu: boolean,
  course: Course,
): (Tensor | null)[] {
  const [x, , weightIh, weightHh] = saved as [Tensor, Tensor, Tensor, Tensor]
  const block = saved.at(-1)!
  const frame = frameOf(x, weightHh.shape[1]!, course)
  const { type, steps, batch, hidden, stride } = frame
  const g = given.contiguous()
  const dSums = empty(type, [steps, batch, hidden])
  const dHidden = zeros([batch, hidden], { dtype: type })
  const step = neural(kernels())[`rnnBackward_${type}`]
  for (const t of frame.order.toReversed()) {
    const [rows, dSum] = [frame.rows(t), dSums.pointer + t * stride]
    const [made, above] = [block.pointer + frame.at(t) * stride, g.pointer + frame.at(t) * stride]
    step(isRelu, rows, hidden, made, above, dHidden.pointer, dSum)
    stateGradient(frame, rows, hidden, dSum, weightHh, dHidden.pointer, false)
    carryBack(frame, rows, above, dHidden.pointer, [[dSum, hidden]])
  }
  return [
    needs[0] ? inputGradient(frame, dSums, weightIh) : null,
    needs[1] ? dHidden : null,
    needs[2] ? weightGradient(frame, dSums, x.pointer, frame.inputs) : null,
    needs[3] ? weightGradient(frame, dSums, beforeAll(frame, block, course), hidden) : null,
    ...(needs[4] || needs[5] ? [0, 1].map(() => biasGradient(dSums)) : [null, null]),
  ]
}
