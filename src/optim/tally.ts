/**
 * Sizes that come out of passes which are made anyway: of gradients from penalties and clipping, of weights and of what they moved by from updates.
 * Each is known with the version of what it was measured on, and is not used when that has changed.
 */
import { neural } from '../kernels/index.js'
import type { Tensor } from '../tensor/index.js'
import { empty, kernels, tidy, view } from '../tensor/internal.js'

/** Sums of squares, to 2e-6, of elements as `version` of the parameter has them, and of what the update moved them by. */
export interface Moved {
  readonly version: number
  readonly squares: number
  readonly moved: number
}

/** Whether updates of a parameter count. Squares of f64 may leave its range. */
export const canCount = (value: Tensor): boolean => value.dtype === 'f32' && value.isContiguous && value.size > 0

/** Where an update counts. @returns a tensor of the open scope */
export const newTally = (): Tensor => empty('f64', [2])

/** What it counted. */
export function readTally(tally: Tensor): { squares: number; moved: number } {
  const [squares, moved] = view(tally) as unknown as [number, number]
  return { squares, moved }
}

/** The same of contiguous tensors of f32, `after` and what it moved by from `before`: to the bit what an update tells of them. */
export function recounted(before: Tensor, after: Tensor): { squares: number; moved: number } {
  return tidy(() => {
    const tally = newTally()
    neural(kernels()).recount_f32(after.size, before.pointer, after.pointer, tally.pointer)
    return readTally(tally)
  })
}

/** Whether sums of squares have been added where lanes of f32 hold all their digits; 0 may be of squares that vanished. */
export const isSure = (squares: number): boolean => squares > 1e-24 && squares < 1e36

interface Known {
  readonly version: number
  readonly pointer: number
  readonly size: number
  readonly squares: number
}

const known = new WeakMap<object, Known>()

/** Remembers the sum of squares of a contiguous tensor as it is now. */
export function noteSquares(x: Tensor, squares: number): void {
  const { storage, pointer, size } = x
  known.set(storage, { version: storage.version, pointer, size, squares })
}

/** The sum of squares if it has been measured since the tensor changed. */
export function knownSquares(x: Tensor): number | null {
  const { storage, pointer, size } = x
  const one = known.get(storage)
  return one?.version === storage.version && one.pointer === pointer && one.size === size ? one.squares : null
}
