/** GGUF: being written. */
import { FormatError } from '../../core/index.js'
import type { Reader } from '../types.js'

export const ggufReader: Reader = {
  format: 'gguf',
  matches: (head) => head[0] === 0x47 && head[1] === 0x47 && head[2] === 0x55 && head[3] === 0x46,
  async open() {
    throw new FormatError('unsupported', 'gguf: not read yet.')
  },
}
