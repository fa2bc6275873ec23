/** What norms, edits and comparisons of weights compute with: the module `edit`, on the memory of kernels that are there. */
import { editWasm } from './embedded/edit.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Names are `op_dtype`, as in `assembly/edit/`. Counts are elements. Nothing is allocated. */
export interface EditKernels {
  /** x <- a x, in place. */
  scale_f32(x: Pointer, count: number, a: number): void
  scale_f64(x: Pointer, count: number, a: number): void

  /** Figures of two arrays side by side; `PairPass` in pairs.ts reads the state of `pairs_bytes` bytes. */
  pairs_bytes(): number
  pairs_init(state: Pointer): void
  pairs_f32(state: Pointer, a: Pointer, b: Pointer, count: number): void
  pairs_f64(state: Pointer, a: Pointer, b: Pointer, count: number): void
}

const known = new WeakMap<Kernels, EditKernels>()

/** The edit kernels on the memory of `kernels`: the same each time. */
export function edits(kernels: Kernels): EditKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'edit', editWasm) as unknown as EditKernels
    known.set(kernels, found)
  }
  return found
}
