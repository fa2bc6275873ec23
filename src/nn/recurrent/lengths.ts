/** Batches of sequences of different lengths, padded at the end. */
import { UsageError } from '../../core/index.js'
import { Tensor, tensor, toArray } from '../../tensor/index.js'

/** Sorted by length, longest first, so that the sequences that still run are the first rows of every step. */
export interface Ragged {
  /** Places in the batch in sorted order, and where each place went: i32 [N]. */
  readonly order: Tensor
  readonly back: Tensor
  /** Sequences that run at each step. */
  readonly active: readonly number[]
  /** 1 within a sequence and 0 behind its end, [T, N, 1] in sorted order. */
  readonly mask: Tensor
}

/** Checks lengths (whole numbers from 1 to `steps`, one for each sequence) and sorts them. */
export function raggedOf(
  op: string,
  lengths: readonly number[] | Tensor,
  steps: number,
  batch: number,
  dtype: 'f32' | 'f64',
): Ragged {
  // biome-ignore format: one line
  const list = lengths instanceof Tensor ? Array.from(toArray(lengths)) : [...lengths]
  if (list.length !== batch)
    throw new UsageError(`${op}: ${list.length} lengths for a batch of ${batch}; expected one for each sequence.`)
  for (const length of list)
    if (!Number.isInteger(length) || length < 1 || length > steps)
      throw new UsageError(`${op}: length ${length}; expected a whole number from 1 to the ${steps} steps of the input.`) // biome-ignore format: one line
  const order = list.map((_, i) => i).sort((a, b) => list[b]! - list[a]! || a - b)
  const back = order.map(() => 0)
  for (const [to, from] of order.entries()) back[from] = to
  const active = Array.from({ length: steps }, (_, t) => list.filter((length) => length > t).length)
  const mask = active.flatMap((running) => order.map((_, row) => (row < running ? 1 : 0)))
  return {
    order: tensor(order, { dtype: 'i32' }),
    back: tensor(back, { dtype: 'i32' }),
    active,
    mask: tensor(mask, { dtype }).reshape([steps, batch, 1]),
  }
}
