/** What a stream of elements is measured for: statistics and line norms, in one pass where the kernels have one. */
import { type StorageType, storageInfo } from '../../core/index.js'
import { type Kernels, measures, type Pointer, type Statistics } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import { Counter } from './counter.js'
import type { LineLayout, LineResult } from './lines.js'
import type { SliceFacts } from './types.js'

export interface Uses {
  /** The next elements as they are stored, and in computing precision (not looked at when `needsReal` is false). */
  update(stored: Pointer, real: Pointer, count: number): void
  finish(): { statistics: Statistics; slices: readonly Statistics[]; lines: LineResult | null }
  dispose(): void
}

/** Which form of the elements each use works on. */
export interface Forms {
  readonly storage: StorageType
  /** Computing precision of lines and copy. */
  readonly real: Real
  /** The type that is counted: as stored, or as `real`. */
  readonly counts: StorageType
  /** The type of the pass that does all at once, or null: statistics and lines are then apart. */
  readonly together: 'f32' | 'bf16' | null
  /** Whether elements must be converted to `real`. */
  readonly converts: boolean
}

/** `type` is the storage type, `kept` the type of a copy in memory if there is one. */
export function formsOf(
  storage: StorageType,
  layout: LineLayout | null,
  kept: Real | null,
  slices: readonly SliceFacts[],
): Forms {
  const plain: Real | null = storage === 'f32' || storage === 'f64' ? storage : null
  const real = kept ?? plain ?? storageInfo(storage).compute
  const needed = (layout !== null || kept !== null) && plain !== real
  // Both 16-bit floats are exact in f32, whose pass is the faster one.
  const half = storage === 'bf16' || storage === 'f16'
  const counts = needed && half && real === 'f32' ? 'f32' : storage
  const atOnce = layout !== null && slices.length === 0 && real === 'f32'
  const together = !atOnce ? null : storage === 'bf16' ? 'bf16' : counts === 'f32' ? 'f32' : null
  return { storage, real, counts, together, converts: needed && (kept !== null || together !== 'bf16') }
}

export function usesOf(
  kernels: Kernels,
  forms: Forms,
  shape: readonly number[],
  layout: LineLayout | null,
  slices: readonly SliceFacts[],
): Uses {
  const { together, counts, storage } = forms
  if (together !== null && layout !== null) {
    const pass = measures(kernels).matrix(layout.rows, layout.columns, together)
    return {
      update: (stored, real, count) => pass.update(together === storage ? stored : real, count),
      finish: () => ({ ...pass.finish(), slices: [] }),
      dispose: () => pass.dispose(),
    }
  }
  const counter = new Counter(kernels, counts, shape, slices)
  const lines = layout === null ? null : measures(kernels).lines(layout.rows, layout.columns, forms.real)
  return {
    update(stored, real, count) {
      counter.update(counts === storage ? stored : real, count)
      lines?.update(real, count)
    },
    finish: () => ({ ...counter.finish(), lines: lines?.finish() ?? null }),
    dispose() {
      counter.dispose()
      lines?.dispose()
    },
  }
}
