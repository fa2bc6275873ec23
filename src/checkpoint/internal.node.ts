/** What folders above need of files and checksums on Node. Entered as an index is, but not public. */

export { crc32 } from '../archive/index.js'
export { fastCrc32 } from './crc32.node.js'
export { openFileSink } from './fileSink.node.js'
export { identity } from './identity.node.js'
export * from './internal.js'
