import { describe, expect, test } from 'vitest'
import { blockOf, gruStep, lstmStep, rnnStep, type Step } from '../../src/nn/recurrent/steps.js'
import { gruSequence } from '../../src/nn/recurrent/gruSequence.js'
import { lstmSequence } from '../../src/nn/recurrent/lstmSequence.js'
import { rnnSequence } from '../../src/nn/recurrent/rnnSequence.js'
import type { Course, Weights } from '../../src/nn/recurrent/sequence.js'
import {
  concat,
  Generator,
  gradcheck,
  gradgradcheck,
  randn,
  scope,
  slice,
  type Tensor,
  zeros,
} from '../../src/tensor/index.node.js'

const largestDifference = (a: Tensor, b: Tensor): number =>
  scope(() => (a.size === 0 ? 0 : (a.sub(b).abs().max() as Tensor).item()))

/** The fused sequences and the steps that say what they compute. */
const kinds = {
  lstm: { gates: 4, states: 2, step: (w: Weights): Step => lstmStep(w) },
  gru: { gates: 3, states: 1, step: (w: Weights): Step => gruStep(w) },
  'rnn tanh': { gates: 1, states: 1, step: (w: Weights): Step => rnnStep(w, false) },
  'rnn relu': { gates: 1, states: 1, step: (w: Weights): Step => rnnStep(w, true) },
} as const
type KindName = keyof typeof kinds

function fusedOf(name: KindName, x: Tensor, states: readonly Tensor[], weights: Weights, course: Course): Tensor {
  if (name === 'lstm') return lstmSequence(x, states[0]!, states[1]!, weights, course)
  if (name === 'gru') return gruSequence(x, states[0]!, weights, course)
  return rnnSequence(x, states[0]!, weights, name === 'rnn relu', course)
}

/** Seeded inputs of a sequence operation: x, states, weights. */
function inputsOf(
  name: KindName,
  T: number,
  N: number,
  I: number,
  H: number,
  dtype: 'f32' | 'f64',
  bias = true,
): Tensor[] {
  const generator = new Generator(T * 1000 + N * 100 + I * 10 + H)
  const { gates, states } = kinds[name]
  const shapes = [[T, N, I], ...Array.from({ length: states }, () => [N, H]), [gates * H, I], [gates * H, H]]
  if (bias) shapes.push([gates * H], [gates * H])
  return shapes.map((shape) => {
    const one = randn(shape, { dtype, generator })
    one.requiresGrad = true
    return one
  })
}

function split(name: KindName, inputs: readonly Tensor[]): [Tensor, Tensor[], Weights] {
  const { states } = kinds[name]
  const [weightIh, weightHh, biasIh = null, biasHh = null] = inputs.slice(1 + states) as [
    Tensor,
    Tensor,
    Tensor?,
    Tensor?,
  ]
  return [inputs[0]!, inputs.slice(1, 1 + states), { weightIh, weightHh, biasIh, biasHh }]
}

describe('fused sequences', () => {
  const names = Object.keys(kinds) as KindName[]
  const courses: Course[] = [
    { reverse: false, active: null },
    { reverse: true, active: null },
    { reverse: false, active: [3, 2, 2, 1, 0] },
    { reverse: true, active: [3, 2, 2, 1, 0] },
  ]
  for (const name of names)
    for (const dtype of ['f32', 'f64'] as const)
      test(`${name}, ${dtype}: as step by step, and so are the gradients`, () => {
        for (const course of courses)
          for (const [N, I, H, bias] of [
            [3, 2, 1, true],
            [3, 1, 4, true],
            [3, 5, 7, false],
            [3, 3, 9, true],
          ] as const)
            scope(() => {
              const T = course.active?.length ?? 6
              const inputs = inputsOf(name, T, N, I, H, dtype, bias)
              const [x, states, weights] = split(name, inputs)
              const fused = fusedOf(name, x, states, weights, course)
              const steps = blockOf(kinds[name].step(weights), x, states, course)
              const tolerance = dtype === 'f32' ? 2e-5 : 1e-13
              expect(largestDifference(fused, steps) / Math.max(1, (steps.abs().max() as Tensor).item())).toBeLessThan(
                tolerance,
              )
              // Rows of the initial state take no gradient in use.
              const place = course.reverse ? T : 0
              const weight = concat([
                randn([place, N, H], { dtype }),
                zeros([1, N, H], { dtype }),
                randn([fused.shape[0]! - place - 1, N, H], { dtype }),
              ])
              const gradients = [fused, steps].map((block) => {
                block.mul(weight).sum().backward()
                const found = inputs.map((one) => one.grad!.clone())
                for (const one of inputs) one.zeroGrad()
                return found
              })
              for (const [i, g] of gradients[0]!.entries()) {
                const scale = Math.max(1, (gradients[1]![i]!.abs().max() as Tensor).item())
                expect(largestDifference(g, gradients[1]![i]!) / scale, `input ${i}`).toBeLessThan(5 * tolerance)
              }
            })
      })

  for (const name of names)
    test(`${name}: first and second derivatives by differences`, () => {
      for (const course of [
        { reverse: false, active: null },
        { reverse: true, active: [2, 1] },
      ] as Course[])
        scope(() => {
          const inputs = inputsOf(name, 2, 2, 2, 2, 'f64')
          const out = (...given: Tensor[]): Tensor => {
            const block = fusedOf(name, ...split(name, given), course)
            return slice(block, course.reverse ? { stop: 2 } : { start: 1 })
          }
          expect(gradcheck(out, inputs)).toBe(true)
          expect(gradgradcheck(out, inputs)).toBe(true)
        })
    })
})
