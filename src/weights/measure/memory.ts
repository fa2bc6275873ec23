/** Working memory that is given back whatever happens. */
import { SystemError } from '../../core/index.js'
import type { Kernels, Pointer } from '../../kernels/index.js'

/** Hands out kernel memory and frees all of it at once. */
export class Arena {
  readonly #kernels: Kernels
  readonly #held = new Set<Pointer>()

  constructor(kernels: Kernels) {
    this.#kernels = kernels
  }

  alloc(bytes: number): Pointer {
    const pointer = this.#kernels.alloc(Math.max(8, bytes))
    this.#held.add(pointer)
    return pointer
  }

  free(pointer: Pointer): void {
    if (this.#held.delete(pointer)) this.#kernels.free(pointer)
  }

  release(): void {
    for (const pointer of this.#held) this.#kernels.free(pointer)
    this.#held.clear()
  }
}

/** Runs `work` with an arena and frees what it allocated. */
export async function withArena<T>(kernels: Kernels, work: (arena: Arena) => T | Promise<T>): Promise<T> {
  const arena = new Arena(kernels)
  try {
    return await work(arena)
  } finally {
    arena.release()
  }
}

export function isOutOfMemory(error: unknown): error is SystemError {
  return error instanceof SystemError && error.code === 'out-of-memory'
}
