/** Tables that come a batch of rows at a time. */
import { UsageError } from '../core/index.js'
import type { Tensor } from '../tensor/index.js'

export type Batches = AsyncIterable<Tensor> | Iterable<Tensor>

/** Gives each batch to `add`, with whether it is the first. Throws UsageError where there is none. */
export async function eachBatch(
  op: string,
  batches: Batches,
  add: (batch: Tensor, isFirst: boolean) => void,
): Promise<void> {
  let isFirst = true
  for await (const batch of batches) {
    add(batch, isFirst)
    isFirst = false
  }
  if (isFirst) throw new UsageError(`${op}: there was no batch; expected at least one.`)
}
