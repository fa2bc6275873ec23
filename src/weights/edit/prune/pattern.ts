/** N:M sparsity along the inputs: of each M inputs that follow each other at most N stay, for each output and each place of a kernel. */
import { edits, type Kernels, type Pointer } from '../../../kernels/index.js'
import type { Chosen, EditContext, EntryRewriter, Rewrite } from '../types.js'
import { type AxisView, inAxisOf, viewAlong } from './axes.js'
import type { Method } from './options.js'
import { keepAs } from './sources.js'

type PatternMethod = Extract<Method, { kind: 'pattern' }>

export function planPattern(context: EditContext, method: PatternMethod): Map<Chosen, Rewrite> {
  const plan = new Map<Chosen, Rewrite>()
  for (const one of context.chosen) if (one.entry.count > 0) plan.set(one, rewriteOf(one, method))
  return plan
}

function rewriteOf(one: Chosen, { keep, of }: PatternMethod): Rewrite {
  const axis = inAxisOf(one)
  if (axis === null) return keepAs('left alone: it has no axis of inputs')
  const view = viewAlong(one.entry.shape, axis)
  const rest = view.length % of
  if (view.length <= keep) return keepAs(`left alone: of ${view.length} inputs ${keep} stay anyway`)
  const tail = rest === 0 ? '' : `; of the last ${rest} ${Math.min(keep, rest)} stay`
  return {
    kind: 'entries',
    // A run of M inputs where they divide the axis, or where there is one axis only and the rest comes last; otherwise all inputs of an output.
    run: view.inner * (rest === 0 || view.outer === 1 ? of : view.length),
    note: `${keep} of each ${of} inputs kept${tail}`,
    details: { pattern: `${keep}:${of}`, inputs: view.length, rest },
    start: (kernels, type) => patterner(kernels, type, view, keep, of),
  }
}

/**
 * Whole runs of M inputs, and at the end of each row the rest, which is as if filled up with zeros: of it too at most N stay (NVIDIA's ASP does
 * the same).
 */
function patterner(
  kernels: Kernels,
  type: 'f32' | 'f64',
  { length, inner }: AxisView,
  keep: number,
  of: number,
): EntryRewriter {
  const kernel = edits(kernels)[`pattern_${type}`]
  const bytes = type === 'f32' ? 4 : 8
  return {
    update(pointer, count, at) {
      const sizes: Pointer = kernels.alloc(16 * of)
      try {
        let input = (at / inner) % length
        for (let done = 0; done < count; ) {
          // As many whole runs as this chunk has before the row ends; rows without a rest follow each other as one.
          const inputs = length % of === 0 ? (count - done) / inner : Math.min((count - done) / inner, length - input)
          const runs = Math.floor(inputs / of)
          kernel(pointer + done * bytes, runs, of, inner, keep, sizes)
          const rest = inputs - runs * of
          if (rest > 0)
            kernel(pointer + (done + runs * of * inner) * bytes, 1, rest, inner, Math.min(keep, rest), sizes)
          done += inputs * inner
          input = 0
        }
      } finally {
        kernels.free(sizes)
      }
    },
  }
}
