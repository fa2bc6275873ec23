export { closest, editDistance } from './closest.js'
export {
  isFloating,
  type NumberClass,
  type StorageInfo,
  type StorageType,
  storageBytes,
  storageInfo,
  storageTypes,
} from './dtype.js'
export {
  type ErrorOptionsWithPlace,
  FormatError,
  InterruptedError,
  NormballError,
  NumericalError,
  type Place,
  type PlainError,
  SystemError,
  throwIfAborted,
  UsageError,
  withPlace,
} from './errors.js'
export { type PostedError, postableError, reviveError } from './posted.js'
export { elementCount, rowMajorStrides, showShape } from './shape.js'
export { inert, plural, showBytes } from './text.js'
export { turn, turns } from './turn.js'
export { version } from './version.js'
