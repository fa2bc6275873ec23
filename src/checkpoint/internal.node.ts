/** What folders above need of files and checksums on Node. Entered as an index is, but not public. */
export { isSpecial, refusal, removeUnfinished, writeAll, writeFileAtomically } from './atomic.node.js'
export { fastCrc32 } from './crc32.node.js'
