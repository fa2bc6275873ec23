/** What layers, losses and optimizers compute with: the module `nn`, on the memory of kernels that are there. */
import { nnWasm } from './embedded/nn.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Names are `op_dtype`, as in `assembly/nn/`. Counts are elements. Nothing is allocated. */
export interface NeuralKernels {
  // ---- linear layers
  /** y [rows, columns] += bias [columns], row by row. */
  addRows_f32(y: Pointer, rows: number, columns: number, bias: Pointer): void
  addRows_f64(y: Pointer, rows: number, columns: number, bias: Pointer): void

  // ---- convolution and pooling

  // ---- normalization

  // ---- recurrence and attention

  // ---- losses

  // ---- optimizers
}

const known = new WeakMap<Kernels, NeuralKernels>()

/** The nn kernels on the memory of `kernels`: the same each time. */
export function neural(kernels: Kernels): NeuralKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'nn', nnWasm) as unknown as NeuralKernels
    known.set(kernels, found)
  }
  return found
}
