/** NumPy's .npz: named arrays in a zip archive. */
export { npzReader } from './reader.js'
