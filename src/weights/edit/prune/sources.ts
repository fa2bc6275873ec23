/** The chosen tensors as what selections read, and what all methods of pruning say the same way. */
import type { Chosen, EditContext, Rewrite } from '../types.js'

/** All chosen tensors together, or each by itself; empty ones nowhere. */
export function setsOf(context: EditContext, global: boolean): Chosen[][] {
  const filled = context.chosen.filter(({ entry }) => entry.count > 0)
  if (global) return filled.length > 0 ? [filled] : []
  return filled.map((one) => [one])
}

/** Elements that are not zero. */
export async function countNonzero(context: EditContext, one: Chosen): Promise<number> {
  const { kernels } = context
  const out = kernels.alloc(16)
  let sum = 0
  try {
    await context.read(one, (pointer, count, _at, type) => {
      kernels.array.reduce(8, type === 'f32' ? 0 : 1, 1, count, 1, pointer, out)
      sum += kernels.i32(out, 1)[0]!
    })
    return sum
  } finally {
    kernels.free(out)
  }
}

export const keepAs = (note: string, details?: Record<string, unknown>): Rewrite =>
  details === undefined ? { kind: 'keep', note } : { kind: 'keep', note, details }

const grouped = new Intl.NumberFormat('en-US')
export const showCount = (count: number): string => grouped.format(count)
export const showSize = (value: number): string => String(Number(value.toPrecision(6)))
