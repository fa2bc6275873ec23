/** Edits in a browser: inputs as elsewhere, state dicts as outputs. */
import { type Input, open } from '../../checkpoint/index.js'
import type { EditEnvironment } from './environment.js'

export const browserEnvironment: EditEnvironment<Input> = {
  open: (input, signal) => open(input, signal ? { signal } : {}),
  files: null,
  crc32: undefined,
}
