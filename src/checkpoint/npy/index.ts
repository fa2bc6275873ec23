/** NumPy's .npy as a checkpoint of one tensor. */
export { npyReader } from './reader.js'
