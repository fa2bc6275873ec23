/** The tensors of a model by name. */
import type { Tensor } from './tensor.js'

/** A map from names to tensors, in the order of the file or model, with the file's own text metadata. */
export class StateDict extends Map<string, Tensor> {
  /** Text that the file carries beside its tensors (safetensors' `__metadata__`). */
  readonly metadata: Record<string, string> = Object.create(null)

  /** Number of elements of all tensors. */
  get parameters(): number {
    let n = 0
    for (const tensor of this.values()) n += tensor.size
    return n
  }

  /** Frees every tensor. */
  dispose(): void {
    for (const tensor of this.values()) tensor.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
