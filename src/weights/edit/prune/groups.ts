/** Whole groups by their norm, or by chance: outputs, inputs, kernels of a convolution, heads of attention. */
import { edits, type Kernels, type Pointer } from '../../../kernels/index.js'
import type { Chosen, EditContext, EntryRewriter, Rewrite } from '../types.js'
import { countOf } from './amount.js'
import { streamKey, wordBytes, writeWords } from './hash.js'
import type { GroupsMethod } from './options.js'
import { type Slots, type Unit, unitsOf } from './slots.js'
import { keepAs, showCount, showSize } from './sources.js'

const normCodes = { l1: 0, l2: 1, linf: 2 } as const
/** Indices of pruned groups in the report. */
const mostIndices = 4096

const words = { out: 'outputs', in: 'inputs', kernel: 'kernels', head: 'heads' } as const

/** `marks` takes down which groups of each tensor are pruned. */
export async function planGroups(
  context: EditContext,
  method: GroupsMethod,
  marks: Map<Chosen, Uint8Array> = new Map(),
): Promise<Map<Chosen, Rewrite>> {
  const plan = new Map<Chosen, Rewrite>()
  const { units, left } = unitsOf(context.chosen, method)
  for (const [one, why] of left) plan.set(one, keepAs(`left alone: ${why}`))
  const scores: Float64Array[] = []
  for (const unit of units) scores.push(await scoresOf(context, method, unit))
  if (method.global && units.length > 0) choose(method, units, scores, plan, marks)
  else for (const [i, unit] of units.entries()) choose(method, [unit], [scores[i]!], plan, marks)
  return plan
}

/** What each group of a unit is ranked by: its norm over all members, or a random word (after whole groups of zeros where these do not count). */
async function scoresOf(context: EditContext, method: GroupsMethod, unit: Unit): Promise<Float64Array> {
  if (method.seed !== null && !method.ofRemaining) return wordsOf(context.kernels, method.seed, unit)
  const { scale } = method
  const norms = new Float64Array(unit.groups)
  let size = 0
  for (const { one, slots } of unit.members) {
    const parts = await normsOf(context, one, slots, normCodes[method.norm])
    for (let g = 0; g < norms.length; g++) norms[g] = joined(method.norm, norms[g]!, parts[g]!)
    size += one.entry.count / unit.groups
  }
  if (method.seed !== null) {
    const random = wordsOf(context.kernels, method.seed, unit)
    return norms.map((norm, g) => (norm === 0 ? 0 : 1 + random[g]!))
  }
  if (!scale || method.norm === 'linf') return norms
  const divisor = method.norm === 'l1' ? size : Math.sqrt(size)
  return norms.map((norm) => norm / divisor)
}

function joined(norm: GroupsMethod['norm'], a: number, b: number): number {
  return norm === 'l1' ? a + b : norm === 'l2' ? Math.hypot(a, b) : Math.max(a, b)
}

function wordsOf(kernels: Kernels, seed: number, { groups, members }: Unit): Float64Array {
  const room = kernels.alloc(wordBytes(groups))
  try {
    const pointer = writeWords(kernels, streamKey(seed, members[0]!.one.entry.name), 0, groups, room)
    return Float64Array.from(new Uint32Array(kernels.memory.buffer, pointer, groups))
  } finally {
    kernels.free(room)
  }
}

/** The norm of each group of one tensor, in f64. */
async function normsOf(context: EditContext, one: Chosen, slots: Slots, norm: 0 | 1 | 2): Promise<Float64Array> {
  const { kernels } = context
  const { inner, period, map, groups } = slots
  const kernel = edits(kernels)
  const totals = kernels.alloc(16 * groups)
  const places = map === null ? 0 : kernels.alloc(4 * period)
  try {
    kernels.u8(totals, 16 * groups).fill(0)
    if (map !== null) kernels.i32(places, period).set(map)
    await context.read(
      one,
      (pointer, count, at, type) => {
        kernel[`groupSums_${type}`](norm, pointer, count, (at / inner) % period, inner, period, places, totals)
      },
      inner,
    )
    const pairs = kernels.f64(totals, 2 * groups)
    return Float64Array.from({ length: groups }, (_, g) => {
      const sum = pairs[2 * g]!
      return norm === 1 ? Math.sqrt(sum) * (pairs[2 * g + 1]! || 1) : sum
    })
  } finally {
    kernels.free(totals)
    if (places !== 0) kernels.free(places)
  }
}

/** Chooses among the groups of all units together and writes what follows for their members. */
function choose(
  method: GroupsMethod,
  units: readonly Unit[],
  scores: readonly Float64Array[],
  plan: Map<Chosen, Rewrite>,
  marks: Map<Chosen, Uint8Array>,
): void {
  const all = new Float64Array(scores.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  for (const one of scores) {
    all.set(one, at)
    at += one.length
  }
  let zeros = 0
  if (method.ofRemaining) for (const score of all) if (score === 0) zeros++
  const wanted = countOf(method.amount, all.length - zeros, 'groups') + (method.which === 'smallest' ? zeros : 0)
  const { isOut, threshold } = chooseRanks(all, wanted, method.which)
  at = 0
  for (const unit of units) {
    const own = isOut.subarray(at, at + unit.groups)
    for (const { one, slots } of unit.members) {
      plan.set(one, rewriteOf(method, slots, own, threshold))
      marks.set(one, own)
    }
    at += unit.groups
  }
}

/** Marks the k smallest (largest) scores; of equal ones those with the lower index stay. */
export function chooseRanks(
  scores: Float64Array,
  k: number,
  which: 'smallest' | 'largest',
): { isOut: Uint8Array; threshold: number | null } {
  const isOut = new Uint8Array(scores.length)
  if (k === 0) return { isOut, threshold: null }
  const sign = which === 'smallest' ? 1 : -1
  const sorted = scores.map((score) => sign * score).sort()
  const threshold = sorted[k - 1]!
  let ties = 0
  for (let i = k - 1; i >= 0 && sorted[i] === threshold; i--) ties++
  for (let g = scores.length - 1; g >= 0; g--) {
    const score = sign * scores[g]!
    if (score < threshold || (score === threshold && ties-- > 0)) isOut[g] = 1
  }
  return { isOut, threshold: sign * threshold }
}

function rewriteOf(method: GroupsMethod, slots: Slots, isOut: Uint8Array, threshold: number | null): Rewrite {
  const { along, norm, which, seed, scale } = method
  const indices: number[] = []
  for (let g = 0; g < isOut.length; g++) if (isOut[g] === 1) indices.push(g)
  const pruned = indices.length
  const details = {
    along,
    groups: slots.groups,
    pruned,
    indices: indices.slice(0, mostIndices),
    indicesTruncated: pruned > mostIndices,
    ...(seed === null ? { norm, scale, threshold } : { seed }),
  }
  const how =
    seed === null
      ? `${scale ? 'mean ' : ''}${norm} ${which === 'smallest' ? '<=' : '>='} ${showSize(threshold ?? 0)}`
      : `at random, seed ${seed}`
  const said = `${showCount(pruned)} of ${showCount(slots.groups)} ${words[along]} set to zero`
  if (pruned === 0) return keepAs(`0 of ${showCount(slots.groups)} ${words[along]} set to zero`, details)
  return {
    kind: 'entries',
    run: slots.inner,
    note: `${said}: ${how}`,
    details,
    start: (kernels, type) => slotZeroer(kernels, type, slots, isOut),
  }
}

/** Bytes of marks that are in the kernels' memory at a time. */
function slotZeroer(
  kernels: Kernels,
  type: 'f32' | 'f64',
  { inner, period, map }: Slots,
  isOut: Uint8Array,
): EntryRewriter {
  const kernel = edits(kernels)
  const marks = map === null ? isOut : Uint8Array.from(map, (group) => isOut[group]!)
  return {
    update(pointer, count, at) {
      const room: Pointer = kernels.alloc(period)
      try {
        kernels.u8(room, period).set(marks)
        kernel[`zeroSlots_${type}`](pointer, count, (at / inner) % period, inner, period, room)
      } finally {
        kernels.free(room)
      }
    },
  }
}
