/** Files as they are given where there are no paths: a `File` or `Blob`, or bytes. */
import { UsageError } from '../../core/index.js'

export type BytesInput = Blob | ArrayBuffer | Uint8Array

/** All bytes, and a `File`'s own name. */
export async function bytesOf(input: BytesInput, name: string): Promise<{ bytes: Uint8Array; name: string }> {
  if (input instanceof Uint8Array) return { bytes: input, name }
  if (input instanceof ArrayBuffer) return { bytes: new Uint8Array(input), name }
  if (input instanceof Blob)
    return { bytes: new Uint8Array(await input.arrayBuffer()), name: 'name' in input ? String(input.name) : name }
  throw new UsageError(`expected a file or bytes, got ${typeof input}. Paths can be read on Node only.`)
}
