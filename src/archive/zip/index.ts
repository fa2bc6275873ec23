/** Zip archives: a strict directory, members as byte streams. */
export { type Crc32, crc32 } from './crc32.js'
export { readZip } from './directory.js'
export { readComment } from './end.js'
export { type MemberOptions, openMember, type ZipMember } from './member.js'
