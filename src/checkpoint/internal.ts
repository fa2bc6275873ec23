/** What folders above need of files on every platform. Entered as an index is, but not public. */

export type { Crc32 } from '../archive/index.js'
export { loadTensors } from './load.js'
export { isNumpyType } from './write/npy.js'
export { type Described, isSafetensorsType } from './write/safetensors.js'
export type { FileSink, Sink, TensorSink } from './write/sink.js'
export { npzSink, safetensorsSink } from './write/stream.js'
