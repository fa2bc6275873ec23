/** Paths of the shared test material, which a user's clone does not have: tests that need it skip visibly. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../shared', import.meta.url))

/** False on a user's clone. Use `describe.skipIf(!hasShared)`. */
export const hasShared: boolean = existsSync(folder)

/** The long sweeps, run by `npm run test:long`. */
export const isLong: boolean = process.env['NORMBALL_LONG'] === '1'

export function sharedPath(...parts: string[]): string {
  return join(folder, ...parts)
}

export function sharedJson<T>(...parts: string[]): T {
  return JSON.parse(readFileSync(sharedPath(...parts), 'utf8')) as T
}
