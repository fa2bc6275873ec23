/** NumPy's .npy: one array. */
export { type NpyType, npyType } from './dtype.js'
export { type NpyHeader, looksLikeNpy, readNpyHeader } from './header.js'
export { npyReader } from './reader.js'
