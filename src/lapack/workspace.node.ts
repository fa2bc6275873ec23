/** What the LAPACK calls share: workspaces, and the reading of `info`. */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Frame } from './frame.node.js'
import type { Info, Real } from './lapack.js'

export type Letter = 'U' | 'L'

export const elementBytes: Record<Real, number> = { f32: 4, f64: 8 }

/** Allocates blocks of `sizes` bytes for the time of `body`. */
export function withWorkspace<T>(kernels: Kernels, sizes: readonly number[], body: (blocks: Pointer[]) => T): T {
  const blocks: Pointer[] = []
  try {
    for (const bytes of sizes) blocks.push(kernels.alloc(Math.max(8, bytes)))
    return body(blocks)
  } finally {
    for (const block of blocks) kernels.free(block)
  }
}

/** The elements a workspace query asked for in `cell`, which single precision may have rounded down. */
export function queried(frame: Frame, cell: number, type: Real): number {
  const answer = frame.realAt(cell, type)
  return Math.max(1, Math.ceil(type === 'f32' ? answer * (1 + 2 ** -22) : answer))
}

/** A non-negative `info`; a negative one names an argument that we passed wrongly, which is a defect of ours. */
export function finished(routine: string, info: number): Info {
  if (info < 0) throw new Error(`lapack: ${routine} refused argument ${-info}`)
  return info
}
