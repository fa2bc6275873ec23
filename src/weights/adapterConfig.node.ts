/** What PEFT writes beside an adapter. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FormatError, SystemError } from '../core/index.js'

/** Beyond this it is no configuration. */
const mostBytes = 2 ** 20

/** The parsed adapter_config.json beside (or in the folder) `input`; null where `input` is no path or has none. */
export async function readAdapterConfig(input: unknown): Promise<unknown> {
  const path = input instanceof URL && input.protocol === 'file:' ? fileURLToPath(input) : input
  if (typeof path !== 'string' || /^https?:/i.test(path)) return null
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const file = join(folder, 'adapter_config.json')
  let text: string
  try {
    if (statSync(file).size > mostBytes)
      throw new FormatError('bad-adapter', 'adapter_config.json is larger than 1 MiB.', { file })
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (cause instanceof FormatError) throw cause
    throw new SystemError('cannot-read', 'adapter_config.json cannot be read.', { file, cause })
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new FormatError('bad-adapter', 'adapter_config.json is not JSON.', { file, cause })
  }
}
