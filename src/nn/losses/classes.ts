/** What losses of classes share: targets as places along axis 1, class weights, and the one sentence for a label that is not there. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { describe, sameShape, view } from '../../tensor/internal.js'
import type { ReductionOptions } from './reduction.js'

export interface ClassOptions extends ReductionOptions {
  /** A factor for each class; not differentiated. */
  weight?: Tensor | null
  /** The label that counts for nothing (-100). */
  ignoreIndex?: number
}

/** Logits [C], [n, C] or [n, C, ..]: the number of classes, and the shape of the labels. */
export function classesOf(op: string, input: Tensor): { classes: number; shape: readonly number[] } {
  if (input.rank === 0)
    throw new UsageError(`${op}: input ${describe(input)}; expected [n, classes] or [n, classes, ..].`)
  if (input.rank === 1) return { classes: input.shape[0]!, shape: [] }
  return { classes: input.shape[1]!, shape: [input.shape[0]!, ...input.shape.slice(2)] }
}

/** @throws UsageError unless there is a label (i32) for each place */
export function checkLabels(op: string, input: Tensor, target: Tensor): void {
  const { shape } = classesOf(op, input)
  if (target.dtype !== 'i32')
    throw new UsageError(`${op}: target ${describe(target)}; expected labels of i32. Try to('i32').`)
  if (!sameShape(target.shape, shape))
    throw new UsageError(`${op}: input ${describe(input)} and target ${describe(target)}; expected labels i32[${shape.join(', ')}].`) // biome-ignore format: one line
}

/** @throws UsageError unless there is a weight of the same dtype for each class */
export function checkWeight(op: string, weight: Tensor | null | undefined, input: Tensor): void {
  if (weight === null || weight === undefined) return
  const { classes } = classesOf(op, input)
  if (weight.rank !== 1 || weight.size !== classes)
    throw new UsageError(`${op}: weight ${describe(weight)} for ${classes} classes; expected [${classes}].`)
  if (weight.dtype !== input.dtype)
    throw new UsageError(`${op}: weight ${describe(weight)} with input ${describe(input)}; expected one dtype. Try weight.to('${input.dtype}').`) // biome-ignore format: one line
}

/** The message for the label at `position` (row-major) of contiguous labels. */
export function badLabel(
  op: string,
  labels: Tensor,
  position: number,
  classes: number,
  ignoreIndex: number,
): UsageError {
  const where: number[] = []
  let rest = position
  for (const length of labels.shape.toReversed()) {
    where.unshift(rest % length)
    rest = Math.floor(rest / length)
  }
  const value = view(labels)[position]
  return new UsageError(`${op}: label ${value} at [${where.join(', ')}]; expected 0 to ${classes - 1}, or ${ignoreIndex} for what does not count.`) // biome-ignore format: one line
}

/** The first label that is neither a class nor ignored, or -1. */
export function findBadLabel(labels: Tensor, classes: number, ignoreIndex: number): number {
  return view(labels).findIndex((label) => label !== ignoreIndex && (label < 0 || label >= classes))
}
