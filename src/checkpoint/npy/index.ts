/** NumPy's .npy: one array. */
export { type NpyType, npyType } from './dtype.js'
export { looksLikeNpy, type NpyHeader, readNpyHeader } from './header.js'
export { npyReader } from './reader.js'
