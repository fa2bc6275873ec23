/** zlib's CRC-32 where this Node has it (20.15 and newer), which is many times as fast as ours. */
import * as zlib from 'node:zlib'

type Crc32 = (bytes: Uint8Array, previous?: number) => number

export const fastCrc32: Crc32 | undefined = (zlib as { crc32?: Crc32 }).crc32
