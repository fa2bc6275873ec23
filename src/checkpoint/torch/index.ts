/** PyTorch's checkpoints. */
export { torchReader } from './reader.js'
