/**
 * What the fused sequence operations share. One of them computes all time steps of one layer in one direction and is one entry on the tape; its
 * result holds the hidden states of all steps in one block [T + 1, N, H], the initial one before the first (after the last in a reverse pass), so
 * that the states before all steps are again one block, and the gradient of the recurrent weight is one product.
 */
import { neural } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import { sum, type Tensor, zeros } from '../../tensor/index.js'
import { copyInto, elementBytes, empty, kernels, lapack, tidy } from '../../tensor/internal.js'

/** Weights of one layer in one direction, by PyTorch's names. */
export interface Weights {
  readonly weightIh: Tensor
  readonly weightHh: Tensor
  readonly biasIh: Tensor | null
  readonly biasHh: Tensor | null
}

/** Weights from the list that inputs end with. */
export const weightsOf = ([weightIh, weightHh, biasIh, biasHh]: readonly Tensor[]): Weights => ({
  weightIh: weightIh!,
  weightHh: weightHh!,
  biasIh: biasIh ?? null,
  biasHh: biasHh ?? null,
})

/** How the steps go. */
export interface Course {
  readonly reverse: boolean
  /** For each step how many sequences, the first of the batch, are still running; null for all. The others keep their state. */
  readonly active: readonly number[] | null
}

/** Sizes of one pass, and where in the block of states a step reads and writes. */
export interface Frame {
  readonly type: Real
  readonly steps: number
  readonly batch: number
  readonly inputs: number
  readonly hidden: number
  /** Bytes of the states of one step. */
  readonly stride: number
  /** Steps in the order in which they are made. */
  readonly order: readonly number[]
  /** Place of the state that step t makes, and of the one that it comes from. */
  at(t: number): number
  before(t: number): number
  /** Sequences that take step t. */
  rows(t: number): number
}

export function frameOf(x: Tensor, hidden: number, course: Course): Frame {
  const [steps, batch, inputs] = x.shape as [number, number, number]
  const { reverse, active } = course
  const type = x.dtype as Real
  return {
    type,
    steps,
    batch,
    inputs,
    hidden,
    stride: batch * hidden * elementBytes[type],
    order: Array.from({ length: steps }, (_, i) => (reverse ? steps - 1 - i : i)),
    at: (t) => (reverse ? t : t + 1),
    before: (t) => (reverse ? t + 1 : t),
    rows: (t) => active?.[t] ?? batch,
  }
}

/** Where the block of states begins, and where the states before all steps do. */
export const initialPlace = (frame: Frame, course: Course): number => (course.reverse ? frame.steps : 0)
export const beforeAll = (frame: Frame, states: Tensor, course: Course): number =>
  states.pointer + (course.reverse ? frame.stride : 0)

/** x Wᵀ for all steps at once, without bias, into `out` [T, N, width]. */
export function inputProduct(frame: Frame, x: Tensor, W: Tensor, width: number, out: number): void {
  const { type, steps, batch, inputs } = frame
  if (steps * batch > 0)
    lapack().gemm(type, false, true, steps * batch, width, inputs, 1, x.pointer, inputs, W.pointer, inputs, 0, out, width) // biome-ignore format: one line
}

/** h Wᵀ of `rows` sequences, added to `out` or written over it. */
export function stateProduct(
  frame: Frame,
  rows: number,
  width: number,
  h: number,
  W: Tensor,
  out: number,
  isAdded: boolean,
): void {
  // biome-ignore format: one line
  const { type, hidden } = frame
  if (rows > 0) lapack().gemm(type, false, true, rows, width, hidden, 1, h, hidden, W.pointer, hidden, isAdded ? 1 : 0, out, width) // biome-ignore format: one line
}

/** dGates W of `rows` sequences into `dHidden`, or added to it. */
export function stateGradient(
  frame: Frame,
  rows: number,
  width: number,
  dGates: number,
  W: Tensor,
  dHidden: number,
  isAdded: boolean,
): void {
  // biome-ignore format: one line
  const { type, hidden } = frame
  if (rows > 0) lapack().gemm(type, false, false, rows, hidden, width, 1, dGates, width, W.pointer, hidden, isAdded ? 1 : 0, dHidden, hidden) // biome-ignore format: one line
}

/** The sum of two biases in one row of `width`; zeros without. Contiguous, to be disposed of. */
export function biasRow(type: Real, width: number, ...biases: readonly (Tensor | null)[]): Tensor {
  const out = zeros([width], { dtype: type })
  for (const bias of biases)
    if (bias !== null) neural(kernels())[`addRows_${type}`](out.pointer, 1, width, bias.pointer)
  return out
}

/** Copies the states of sequences that have ended from place to place. */
export function carry(frame: Frame, rows: number, from: number, to: number): void {
  const { batch, stride } = frame
  if (rows >= batch) return
  const skipped = (rows * stride) / batch
  kernels().u8(to + skipped, stride - skipped).set(kernels().u8(from + skipped, stride - skipped)) // biome-ignore format: one line
}

/** The backward pass at sequences that have ended: no gradient of gates, and `given` is added to what goes on. */
export function carryBack(
  frame: Frame,
  rows: number,
  given: number,
  dHidden: number,
  gates: readonly (readonly [number, number])[],
): void {
  // biome-ignore format: one line
  const { type, batch, hidden, stride } = frame
  if (rows >= batch) return
  const [skipped, rest] = [(rows * stride) / batch, batch - rows]
  neural(kernels())[`addRows_${type}`](dHidden + skipped, 1, rest * hidden, given + skipped)
  for (const [dGates, width] of gates) {
    const bytes = width * elementBytes[type]
    kernels().u8(dGates + rows * bytes, rest * bytes).fill(0) // biome-ignore format: one line
  }
}

/** Contiguous copy of the states at a place of a block [.., N, H]. */
export function stateAt(block: Tensor, place: number): Tensor {
  const out = empty(block.dtype, block.shape.slice(1))
  const bytes = out.size * elementBytes[block.dtype]
  kernels().u8(out.pointer, bytes).set(kernels().u8(block.pointer + place * bytes, bytes)) // biome-ignore format: one line
  return out
}

/** Writes the initial state to its place. */
export function begin(frame: Frame, course: Course, states: Tensor, initial: Tensor): void {
  const place = initialPlace(frame, course) * frame.stride
  const bytes = frame.stride
  if (initial.isContiguous)
    kernels().u8(states.pointer + place, bytes).set(kernels().u8(initial.pointer, bytes)) // biome-ignore format: one line
  else
    tidy(() => {
      const whole = empty(initial.dtype, initial.shape)
      copyInto(whole, initial)
      kernels().u8(states.pointer + place, bytes).set(kernels().u8(whole.pointer, bytes)) // biome-ignore format: one line
    })
}

/** Gradients of what all steps share, by one product each: of the input, of a weight, and of a bias. */
export function inputGradient(frame: Frame, dGates: Tensor, W: Tensor): Tensor {
  const { type, steps, batch, inputs } = frame
  const out = empty(type, [steps, batch, inputs])
  const [rows, width] = [steps * batch, W.shape[0]!]
  if (rows > 0) lapack().gemm(type, false, false, rows, inputs, width, 1, dGates.pointer, width, W.pointer, inputs, 0, out.pointer, inputs) // biome-ignore format: one line
  return out
}

/** dGatesᵀ rows, where `rows` are inputs or states before all steps. */
export function weightGradient(frame: Frame, dGates: Tensor, rows: number, columns: number): Tensor {
  const { type, steps, batch } = frame
  const width = dGates.shape.at(-1)!
  if (steps * batch === 0) return zeros([width, columns], { dtype: type })
  const out = empty(type, [width, columns])
  lapack().gemm(type, true, false, width, columns, steps * batch, 1, dGates.pointer, width, rows, columns, 0, out.pointer, columns) // biome-ignore format: one line
  return out
}

export const biasGradient = (dGates: Tensor): Tensor => sum(dGates, { axis: [0, 1] })
