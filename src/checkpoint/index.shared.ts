/** What `normball/checkpoint` offers on Node and in browsers alike. */
export {
  dequantizeFp8Blocks,
  dequantizeGptq,
} from './dequantize.js'
export { filesFolder } from './folder.js'
export { openHttp } from './http.js'
export type { Listed, OpenOptions, SourceInput } from './inputs.js'
export { openSource, type SourceOptions } from './open.js'
export { type QuantizedLayout, quantizedLayout } from './quantized.js'
export { type ReadOptions, readTensor } from './read.js'
export { BytesSource, FileSource } from './source.js'
export type {
  Checkpoint,
  Folder,
  Format,
  Kind,
  Metadata,
  MetadataValue,
  Reader,
  ReaderContext,
  ReaderResult,
  Skipped,
  Source,
  SourceLocator,
  Storage,
  TensorData,
  TensorEntry,
  TensorReader,
} from './types.js'
