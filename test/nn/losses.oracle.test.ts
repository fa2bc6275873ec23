/** Losses against PyTorch (scripts/oracle/nn_losses.py). */
import * as nn from '../../src/nn/index.node.js'
import { frobenius, nuclear, spectral } from '../../src/norms/index.js'
import { type Tensor, tensor } from '../../src/tensor/index.node.js'
import { type Maker, testAgainstTorch } from './oracle.js'

type Fn = (...inputs: never[]) => Tensor

/** A loss whose last argument is options; class weights are lists in JSON. */
const of =
  (fn: Fn): Maker =>
  (_, { dtype, weight, posWeight, ...options }) =>
  (...inputs: unknown[]) => {
    const made = {
      ...options,
      ...(weight && { weight: tensor(weight, { dtype }) }),
      ...(posWeight && { posWeight: tensor(posWeight, { dtype }) }),
    }
    return fn(...([...inputs, made] as never[]))
  }

const functions: Record<string, Fn> = {
  mseLoss: nn.mseLoss,
  l1Loss: nn.l1Loss,
  // At kinks the cases have one input.
  huberLoss: (a: Tensor, b: Tensor, o?: nn.HuberOptions) =>
    o ? nn.huberLoss(a, b, o) : nn.huberLoss(a, a.mul(0).detach(), b as never),
  smoothL1Loss: (a: Tensor, b: Tensor, o?: nn.SmoothL1Options) =>
    o ? nn.smoothL1Loss(a, b, o) : nn.smoothL1Loss(a, a.mul(0).detach(), b as never),
  hingeEmbeddingLoss: nn.hingeEmbeddingLoss,
  poissonNLLLoss: nn.poissonNLLLoss,
  binaryCrossEntropy: nn.binaryCrossEntropy,
  binaryCrossEntropyWithLogits: nn.binaryCrossEntropyWithLogits,
  klDiv: nn.klDiv,
  cosineEmbeddingLoss: nn.cosineEmbeddingLoss,
  tripletMarginLoss: nn.tripletMarginLoss,
  crossEntropy: nn.crossEntropy,
  nllLoss: nn.nllLoss,
  multiMarginLoss: nn.multiMarginLoss,
  iouLoss: nn.iouLoss,
  giouLoss: nn.giouLoss,
}

const makers: Record<string, Maker> = {}
for (const [name, fn] of Object.entries(functions)) {
  makers[name] = of(fn)
  makers[`${name} weighted`] = of(fn)
}
for (const norm of [spectral, nuclear, frobenius])
  makers[`normLoss ${norm.name}`] = (_, { dtype, ...options }) => nn.normLoss(norm, options)

testAgainstTorch('losses', makers)
