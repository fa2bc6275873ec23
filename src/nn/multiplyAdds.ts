/** How many multiplications with its weights a layer does, each with its addition: one rule for each kind of layer. */
import { Tensor } from '../tensor/index.js'
import { MultiheadAttention } from './attention/multihead.js'
import { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d } from './convLayers.js'
import { Embedding } from './embedding.js'
import { Linear } from './linear.js'
import { LowRankLinear } from './lowRank.js'
import type { AnyModule } from './module.js'
import { GRUCell, LSTMCell, RNNCell } from './recurrent/cells.js'
import { Recurrent } from './recurrent/recurrent.js'

const sizeOf = (x: unknown): number => (x instanceof Tensor ? x.size : 0)

/** Elements of the module's own weights, of two axes or more. */
function ownWeights(module: Pick<AnyModule, 'namedParameters'>): number {
  let n = 0
  for (const [name, x] of module.namedParameters())
    if (x.rank > 1 && (!name.includes('.') || name.startsWith('parametrizations.'))) n += x.size
  return n
}

/** The three projections of its inputs, and the products of queries with keys and of weights with values; the output's is a layer below. */
function ofAttention(module: MultiheadAttention, [query, key, value]: readonly Tensor[]): number {
  const size = module.embedDim
  const batch = query!.rank === 3 ? query!.shape[module.batchFirst ? 0 : 1]! : 1
  const [rows, columns] = [query!.size / size, key!.size / module.kdim]
  return size * (query!.size + key!.size + value!.size) + (2 * size * rows * columns) / Math.max(1, batch)
}

/** Of one call; null where the module has weights of its own that no rule is known for. */
export function multiplyAddsOf(module: AnyModule, inputs: readonly unknown[], output: unknown): number | null {
  if ('multiplyAdds' in module && typeof module.multiplyAdds === 'function')
    return module.multiplyAdds(inputs, output) as number
  const [x] = inputs
  if (module instanceof Linear) return sizeOf(output) * module.inFeatures
  if (module instanceof LowRankLinear) return (sizeOf(output) / module.outFeatures) * (module.U.size + module.V.size)
  // Each weight meets every place of the output, or of a transposed convolution's input.
  if (module instanceof Conv1d || module instanceof Conv2d || module instanceof Conv3d)
    return (sizeOf(output) / module.outChannels) * module.weight.size
  if (module instanceof ConvTranspose1d || module instanceof ConvTranspose2d)
    return (sizeOf(x) / module.inChannels) * module.weight.size
  if (module instanceof Recurrent) return (sizeOf(x) / module.inputSize) * ownWeights(module)
  if (module instanceof LSTMCell || module instanceof GRUCell || module instanceof RNNCell)
    return (sizeOf(x) / module.inputSize) * ownWeights(module)
  if (module instanceof MultiheadAttention) return ofAttention(module, inputs as readonly Tensor[])
  return module instanceof Embedding || ownWeights(module) === 0 ? 0 : null
}
