/** Activations, embeddings and parametrizations against PyTorch (scripts/oracle/nn_layers.py). */
import * as nn from '../../src/nn/index.node.js'
import { type Maker, testAgainstTorch } from './oracle.js'

const { Linear } = nn

/** Activations have no dtype: they take their input's. */
const plain =
  // biome-ignore lint/suspicious/noExplicitAny: constructors of any arguments
    (make: new (...args: any[]) => nn.Module): Maker =>
    (args, { dtype, ...options }) =>
      new make(...args, ...(Object.keys(options).length > 0 ? [options] : []))

const embedding: Maker = ([n, d], options) => new nn.Embedding(n, d, options)

testAgainstTorch('layers', {
  ReLU: plain(nn.ReLU),
  LeakyReLU: plain(nn.LeakyReLU),
  ELU: plain(nn.ELU),
  GELU: plain(nn.GELU),
  SiLU: plain(nn.SiLU),
  Sigmoid: plain(nn.Sigmoid),
  Tanh: plain(nn.Tanh),
  Softplus: plain(nn.Softplus),
  Softmax: plain(nn.Softmax),
  LogSoftmax: plain(nn.LogSoftmax),
  Flatten: plain(nn.Flatten),
  Unflatten: plain(nn.Unflatten),
  PReLU: ([n], options) => new nn.PReLU(n, options),
  Embedding: embedding,
  weightNorm: ([m, n], { dtype, ...options }) => nn.weightNorm(new Linear(m, n, { dtype }), 'weight', options),
  spectralNorm: ([m, n], { dtype, ...options }) => nn.spectralNorm(new Linear(m, n, { dtype }), 'weight', options),
  orthogonal: ([m, n], { dtype, ...options }) => nn.orthogonal(new Linear(m, n, { dtype }), 'weight', options),
})

// PyTorch divides by the norm plus 1e-7, where rows are projected here.
testAgainstTorch('embedding', { Embedding: embedding }, { tolerance: { f64: 1e-7 } })
