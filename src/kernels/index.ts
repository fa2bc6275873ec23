export {
  type ArrayKernels,
  type BinaryOp,
  binaryOps,
  type ElementType,
  elementBytes,
  elementTypes,
  largestRank,
  planPointer,
  planWords,
  type ReduceOp,
  reduceOps,
  scanOps,
  type UnaryOp,
  unaryOps,
} from './array.js'
export { type DataKernels, dataKernels } from './data.js'
export { type EditKernels, type EncodedType, edits } from './edit.js'
export { encodeNumbers, isEncodable, roundedDown } from './encode.js'
export { createKernels } from './kernels.js'
export { measures } from './measures.js'
export { type NeuralKernels, neural } from './nn.js'
export { mergePairs, type PairFigures, PairPass, type PairSums, pairFigures } from './pairs.js'
export type { Kernels, LinePass, MatrixPass, Measures, Pointer, Statistics, StatisticsPass } from './types.js'
