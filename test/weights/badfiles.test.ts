/** Hostile and odd files given to every command that reads or writes weights: each has a result or one sentence, and nothing half-written is left. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/checkpoint/index.node.js'
import { NormballError } from '../../src/core/index.js'
import { check, clip, compress, convert, diff, prune, track } from '../../src/weights/index.node.js'
import type { BadCase } from '../badfiles.js'
import { hasShared, isLong, sharedJson, sharedPath } from '../shared.js'

const cases = hasShared ? sharedJson<BadCase[]>('badfiles', 'manifest.json').filter((one) => one.file) : []
/** Without the long sweeps every so many-th file. */
const step = isLong ? 1 : 12

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-bad-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const commands: Record<string, (path: string, output: string) => Promise<unknown>> = {
  convert: (path, output) => convert(path, output),
  clip: (path, output) => clip(path, output, { max: 0.5, allowNonfinite: true }),
  prune: (path, output) => prune(path, output, { amount: 0.5, allowNonfinite: true }),
  compress: (path, output) => compress(path, output, { rank: 1, allowNonfinite: true }),
  diff: (path) => diff(path, path, { workers: 0 }),
}

describe.skipIf(!hasShared)('bad files', () => {
  it.each(cases.filter((_, i) => i % step === 0).map(({ id, file }) => [id, file!]))(
    '%s: a result or one sentence from every command',
    { timeout: 300_000 },
    async (_, file) => {
      const path = sharedPath('badfiles', file)
      let tensors: number | null = null
      try {
        const checkpoint = await open(path)
        tensors = checkpoint.tensors.length
        await checkpoint.close()
      } catch {
        // What `open` refuses the commands must refuse as well.
      }
      for (const [command, run] of Object.entries(commands)) {
        const said = await run(path, join(folder, 'out.safetensors')).then(
          () => null,
          (error: unknown) => error,
        )
        if (said === null) expect(tensors, command).not.toBeNull()
        else {
          expect(said, command).toBeInstanceOf(NormballError)
          expect([2, 3, 4], command).toContain((said as NormballError).exitCode)
          expect((said as NormballError).message, command).not.toMatch(/\n|undefined|\[object/)
        }
        expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
        rmSync(join(folder, 'out.safetensors'), { force: true })
      }
      // These two go on with the files that can be read.
      const checked = await check(path)
      const tracked = await track([path, path])
      if (tensors === null) {
        expect(checked.errors.length).toBeGreaterThan(0)
        expect(tracked.errors.length).toBeGreaterThan(0)
      }
    },
  )
})
