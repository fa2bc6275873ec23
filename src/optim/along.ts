/** Parameters as penalties and constraints see them: whole, or unit by unit, or by input feature. */
import { inert, UsageError } from '../core/index.js'
import { neural } from '../kernels/index.js'
import type { Regularizer } from '../norms/index.js'
import { ruleOf } from '../norms/internal.js'
import { reshape, type Tensor } from '../tensor/index.js'
import { describe, kernels, together } from '../tensor/internal.js'
import { type Choice, changing, type NamedParameter } from './params.js'

/**
 * What of a parameter is one vector: the `whole` tensor; the weights of each unit, row of [shape[0], rest] (`units`, `channels`); or all weights
 * that one input feature or channel goes through, places on axis 1 (`features`).
 */
export type Along = 'whole' | 'units' | 'channels' | 'features'

export const alongs: readonly Along[] = ['whole', 'units', 'channels', 'features']

/** A parameter as a regularizer takes it: the tensor it sees (on the tape if the parameter is), and along which axes. */
export interface Seen {
  readonly x: Tensor
  readonly options: { readonly axis?: readonly number[] | undefined }
}

/** Vectors are columns where units or matrices are asked for. */
export function seenAlong(regularizer: Regularizer | null, x: Tensor, along: Along): Seen {
  const isMatrix = regularizer !== null && 'matrix' in ruleOf(regularizer)
  if (along === 'whole') return { x: isMatrix && x.rank < 2 ? reshape(x, [x.size, 1]) : x, options: {} }
  const whole = x.rank < 2 ? reshape(x, [x.size, 1]) : x
  const at = along === 'features' ? 1 : 0
  return { x: whole, options: { axis: whole.shape.map((_, axis) => axis).filter((axis) => axis !== at) } }
}

/** Throws UsageError, naming the parameter, where a regularizer or its slices do not fit. */
export function checkAlong(
  op: string,
  regularizer: Regularizer | null,
  parameters: readonly NamedParameter[],
  along: Along,
): void {
  if (!alongs.includes(along)) throw new UsageError(`${op}: along '${String(along)}'; expected ${alongs.join(', ')}.`)
  const rule = regularizer === null ? null : ruleOf(regularizer)
  if (along !== 'whole' && rule !== null && ('matrix' in rule || 'shaped' in rule))
    throw new UsageError(`${op}: ${rule.name} along ${along}; expected a norm of vectors, as l2. Try along 'whole'.`)
  if (along !== 'features') return
  for (const { name, value } of parameters)
    if (value.rank < 2)
      throw new UsageError(`${op}: '${inert(name)}', ${describe(value)}, has no input features; expected two axes or more. Try on: '*weight'.`) // biome-ignore format: one line
}

/** Writes `next`, of as many elements in the same order, over a parameter; returns the distance. */
export function moveTo(value: Tensor, next: Tensor): number {
  const from = together(next)
  let sum = 0
  changing(value, (pointer) => {
    sum = neural(kernels())[`replace_${value.dtype as 'f32' | 'f64'}`](value.size, pointer, from.pointer)
  })
  if (from !== next) from.dispose()
  return Math.sqrt(sum)
}

/** What it is about, as names have it: `*weight, units`. */
export function showAbout(on: Choice | undefined, along: Along): string {
  const which = on === undefined ? '*' : typeof on === 'function' ? 'chosen' : [on].flat().map((one) => inert(one)).join(', ') // biome-ignore format: one line
  return along === 'whole' ? which : `${which}, ${along}`
}
