/**
 * How a tensor divides into groups: a row of segments of `inner` consecutive elements; segment s is in slot s % period, and a map says the
 * group of each slot. Outputs, inputs, kernels and heads are all of this form.
 */
import { UsageError } from '../../../core/index.js'
import { slicesOf } from '../../kinds.js'
import type { Chosen } from '../types.js'
import { inAxisOf, isStack, viewAlong } from './axes.js'
import { blockOf, isOutput } from './heads.js'
import type { GroupsMethod } from './options.js'

export interface Slots {
  readonly inner: number
  readonly period: number
  /** Null where each slot is a group. */
  readonly map: Int32Array | null
  readonly groups: number
}

/** Tensors whose groups are chosen together: the projections of one attention block, otherwise one tensor. */
export interface Unit {
  readonly groups: number
  readonly members: readonly { readonly one: Chosen; readonly slots: Slots }[]
}

/** The slots of one tensor, or why it has none. */
export function slotsOf(one: Chosen, method: GroupsMethod): Slots | string {
  const { entry, outAxis } = one
  const { shape } = entry
  const inAxis = inAxisOf(one)
  if (method.along === 'head') return headSlots(one, method)
  if (method.along === 'out') {
    if (outAxis >= shape.length) return 'it has no axis of outputs'
    const { outer, length, inner } = viewAlong(shape, outAxis)
    const period = isStack(one) ? outer * length : length
    return { inner, period, map: null, groups: period }
  }
  if (inAxis === null) return 'it has no axis of inputs'
  if (method.along === 'in') {
    const { length, inner } = viewAlong(shape, inAxis)
    return { inner, period: length, map: null, groups: length }
  }
  if (shape.length < 3 || isStack(one)) return 'it has no kernels: it is no convolution'
  const first = Math.min(inAxis, outAxis)
  const { inner } = viewAlong(shape, first + 1)
  const period = shape[first]! * shape[first + 1]!
  return { inner, period, map: null, groups: period }
}

function headSlots(one: Chosen, { heads, kvHeads }: GroupsMethod): Slots | string {
  const { entry, kind, outAxis } = one
  const block = blockOf(entry.name)
  const inAxis = inAxisOf(one)
  if (block === null || entry.shape.length !== 2 || inAxis === null) return 'it is no projection of attention'
  const { role } = block
  const fewer = kvHeads !== null && kvHeads !== heads
  if (fewer && (role === 'key' || role === 'value'))
    return `each of its ${kvHeads} heads serves ${heads! / kvHeads} query heads`
  const axis = isOutput(role) ? inAxis : outAxis
  const { length, inner } = viewAlong(entry.shape, axis)
  const parts = role === 'fused' ? slicesOf(entry, kind, { outAxis, gates: null }).length : 1
  if (role === 'fused' && fewer) return 'query, key and value are fused, with fewer key and value heads'
  // Without whole blocks of query, key and value the heads are interleaved, each with all three.
  const part = parts === 3 ? length / 3 : length
  if (part % heads! !== 0)
    throw new UsageError(`prune: ${heads} heads do not divide the ${part} ${isOutput(role) ? 'inputs' : 'outputs'}.`, {
      tensor: entry.name,
    })
  const size = part / heads!
  return {
    inner,
    period: length,
    map: Int32Array.from({ length }, (_, j) => Math.floor((j % part) / size)),
    groups: heads!,
  }
}

/** Chosen tensors in units, and why others are in none. */
export function unitsOf(chosen: readonly Chosen[], method: GroupsMethod): { units: Unit[]; left: Map<Chosen, string> } {
  const left = new Map<Chosen, string>()
  const units: Unit[] = []
  const blocks = new Map<string, { groups: number; members: { one: Chosen; slots: Slots }[] }>()
  for (const one of chosen) {
    const slots = one.entry.count === 0 ? 'it has no elements' : slotsOf(one, method)
    if (typeof slots === 'string') {
      left.set(one, slots)
      continue
    }
    const key = method.along === 'head' ? blockOf(one.entry.name)!.block : null
    const known = key === null ? undefined : blocks.get(key)
    if (known) {
      known.members.push({ one, slots })
      continue
    }
    const unit = { groups: slots.groups, members: [{ one, slots }] }
    units.push(unit)
    if (key !== null) blocks.set(key, unit)
  }
  return { units, left }
}
