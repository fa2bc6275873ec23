/** Memory that a driver borrows for one call. */
import type { Kernels, Pointer } from '../../kernels/index.js'

/** Runs `work` with an allocator whose memory is freed when `work` ends, however it ends. */
export function borrow<R>(kernels: Kernels, work: (take: (bytes: number) => Pointer) => R): R {
  const taken: Pointer[] = []
  try {
    return work((bytes) => {
      const pointer = kernels.alloc(Math.max(bytes, 8))
      taken.push(pointer)
      return pointer
    })
  } finally {
    for (const pointer of taken.reverse()) kernels.free(pointer)
  }
}
