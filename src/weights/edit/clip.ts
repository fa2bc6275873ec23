/** `clip`: onto a norm ball. */
import { edits, roundedDown } from '../../kernels/index.js'
import { impossible } from './options.js'
import type { Edit, EditContext, EditOptions, Rewrite } from './types.js'

/** Exactly one of the ways to say how large a ball. */
export interface ClipOptions extends EditOptions {
  /** No element larger than this in magnitude. */
  max?: number | undefined
}

/** The edit that `clip` runs. Throws UsageError for impossible options. */
export function clipEdit(options: ClipOptions): Edit {
  const { max } = options
  if (max === undefined || !Number.isFinite(max) || max < 0)
    throw impossible('clip', 'max', max, 'a number of at least 0')
  return {
    command: 'clip',
    record: { max },
    async plan({ chosen }: EditContext) {
      const rewrite: Rewrite = {
        kind: 'entries',
        note: `clipped to magnitudes of at most ${max}`,
        details: { max },
        start(kernels, type, storage) {
          const bound = roundedDown(kernels, max, storage)
          return { update: (pointer, count) => edits(kernels)[`clip_${type}`](pointer, count, bound, pointer) }
        },
      }
      return new Map(chosen.map((one) => [one, rewrite]))
    },
  }
}
