/** What checkpoints and tables share: sources of bytes, zip archives, NumPy's arrays in files and archives. Not public. */

export { type NpyType, npyType } from './npy/dtype.js'
export { looksLikeNpy, type NpyHeader, readNpyHeader } from './npy/header.js'
export { parseLiteral } from './npy/literal.js'
export { holdsArrays, type NpzArray, readNpz } from './npz.js'
export { BytesSource, checkRange, FileSource } from './source.js'
export type { Source, SourceLocator, ZipStorage } from './types.js'
export { type Crc32, crc32, type MemberOptions, openMember, readComment, readZip, type ZipMember } from './zip/index.js'
