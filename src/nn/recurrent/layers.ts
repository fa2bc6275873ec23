/** Layers upon layers in one or two directions: what RNN, LSTM and GRU share around their sequence operations. */
import { UsageError } from '../../core/index.js'
import { concat, contiguous, mul, reshape, slice, stack, type Tensor, unsqueeze, zeros } from '../../tensor/index.js'
import { describe } from '../../tensor/internal.js'
import type { Course, Weights } from './sequence.js'

/** What a pass of one layer in one direction gives: outputs [T, N, H], and its states at the end, each [N, H]. */
export interface Pass {
  readonly output: Tensor
  readonly states: readonly Tensor[]
}

/** One layer in one direction. */
export type PassOf = (x: Tensor, initial: readonly Tensor[], layer: number, course: Course) => Pass

/** The parts of a block of `steps` hidden states with the initial one (see sequence.ts), and of the states behind it. */
export function passOf(block: Tensor, steps: number, { reverse }: Course): Pass {
  const start = reverse ? 0 : 1
  const states = [reverse ? 0 : steps]
  for (let i = steps + 1; i < block.shape[0]!; i++) states.push(i)
  return { output: slice(block, { start, stop: start + steps }), states: states.map((place) => slice(block, place)) }
}

export interface Plan {
  readonly layers: number
  readonly directions: 1 | 2
  readonly dropout: (x: Tensor) => Tensor
  /** Running sequences of each step, and 1 for steps of a sequence and 0 behind its end, [T, N, 1]; null when all are of equal length. */
  readonly active: readonly number[] | null
  readonly mask: Tensor | null
}

/** All layers over x [T, N, I]; initial states [layers * directions, N, H], and so those at the end. */
export function runLayers(x: Tensor, initial: readonly Tensor[], plan: Plan, passOf: PassOf): Pass {
  const { layers, directions, active, mask } = plan
  const ends: Tensor[][] = initial.map(() => [])
  let output = x
  for (let layer = 0; layer < layers; layer++) {
    const input = contiguous(layer === 0 ? output : plan.dropout(output))
    const passes = Array.from({ length: directions }, (_, direction) => {
      const place = layer * directions + direction
      const states = initial.map((one) => slice(one, place))
      return passOf(input, states, place, { reverse: direction === 1, active })
    })
    for (const { states } of passes) for (const [i, state] of states.entries()) ends[i]!.push(state)
    const [first] = passes as [Pass]
    const joined = passes.length === 1 ? first.output : concat(passes.map((pass) => pass.output), -1) // biome-ignore format: one line
    output = mask === null ? joined : mul(joined, mask)
  }
  return { output, states: ends.map((list) => (list.length === 1 ? unsqueeze(list[0]!, 0) : stack(list))) }
}

/** Initial states as given, or zeros: [count, N, H] each; of one sequence without batch axis also [count, H]. */
export function initialStates(
  op: string,
  given: readonly (readonly [name: string, value: Tensor | null, shape: readonly number[]])[],
  x: Tensor,
): Tensor[] {
  return given.map(([name, value, shape]) => {
    if (value === null) return zeros(shape, { dtype: x.dtype })
    const wanted = value.rank === 2 && shape[1] === 1 ? [shape[0]!, shape[2]!] : shape
    if (value.dtype !== x.dtype || value.rank !== wanted.length || value.shape.some((size, i) => size !== wanted[i]))
      throw new UsageError(
        `${op}: initial state ${name} is ${describe(value)}; expected ${describe({ dtype: x.dtype, shape })}, which is [layers * directions, batch, size].`,
      )
    return reshape(value, shape)
  })
}

/** The weights of a module's fields with a suffix, ready for products. */
export function weightsAt(fields: Readonly<Record<string, unknown>>, suffix: string): Weights {
  const of = (name: string): Tensor | null => {
    const value = fields[`${name}_${suffix}`] as Tensor | null | undefined
    return value ? contiguous(value) : null
  }
  return { weightIh: of('weight_ih')!, weightHh: of('weight_hh')!, biasIh: of('bias_ih'), biasHh: of('bias_hh') }
}
