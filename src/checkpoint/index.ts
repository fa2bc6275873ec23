export { type ReadOptions, readTensor } from './read.js'
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
