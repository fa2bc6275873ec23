import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { Generator } from '../../src/tensor/index.node.js'
import { type LogRecord, readRunLog } from '../../src/train/index.node.js'
import { trainee } from './trainee.js'

const root = mkdtempSync(join(tmpdir(), 'normball-resume-'))
const repository = fileURLToPath(new URL('../..', import.meta.url))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What must be the same in the logs: all but times, and where it was cut. */
async function told(folder: string): Promise<unknown[]> {
  const records = await readRunLog(join(folder, 'log.ndjson'))
  const timeless = (record: LogRecord): unknown => {
    const { seconds, rate, time, ...rest } = record as unknown as Record<string, unknown>
    return 'file' in rest ? { ...rest, file: String(rest['file']).split('/').at(-1) } : rest
  }
  return records.filter(({ type }) => type !== 'start' && type !== 'checkpoint').map(timeless)
}

describe('resume', () => {
  let whole: Awaited<ReturnType<typeof trainee>>
  beforeAll(async () => {
    whole = await trainee(join(root, 'whole'))
  })

  it('the uninterrupted run keeps the last checkpoints, as PyTorch names them', async () => {
    expect(whole.report).toMatchObject({ outcome: 'done', steps: 36, epochs: 6 })
    expect(readdirSync(join(root, 'whole/checkpoints'))).toEqual(['step-00000032.safetensors', 'step-00000036.safetensors']) // biome-ignore format: one line
    const dict = await load(join(root, 'whole/checkpoints/step-00000036.safetensors'))
    expect([...dict.keys()].sort()).toEqual(['0.bias', '0.weight', '3.bias', '3.weight'])
    expect(dict.metadata).toMatchObject({ step: '36', epoch: '6' })
    expect([...dict.keys()].flatMap((name) => Array.from(dict.get(name)!.toArray())).sort()).toEqual([...whole.bits].sort()) // biome-ignore format: one line
    dict.dispose()
  })

  it.each([1, 4, 6, 7, 12, 35])('goes on bit for bit from an interruption after step %i', async (interruptAt) => {
    const folder = join(root, `interrupted-${interruptAt}`)
    const first = await trainee(folder, { interruptAt })
    expect(first.report).toMatchObject({ outcome: 'interrupted', steps: interruptAt })
    const second = await trainee(folder)
    expect((await readRunLog(join(folder, 'log.ndjson'))).findLast(({ type }) => type === 'start')).toMatchObject({ from: interruptAt }) // biome-ignore format: one line
    expect(second.bits).toEqual(whole.bits)
    expect(await told(folder)).toEqual(await told(join(root, 'whole')))
    expect(second.report.final).toEqual(whole.report.final)
    expect(second.report.best).toEqual(whole.report.best)
    expect(second.report.history.steps.map(({ loss }) => loss)).toEqual(whole.report.history.steps.map(({ loss }) => loss)) // biome-ignore format: one line
  })

  it('goes on bit for bit after SIGKILL at any time', { timeout: 120_000 }, async () => {
    const folder = join(root, 'killed')
    const chance = new Generator(Date.now() % 1000)
    const waits: number[] = []
    for (let kill = 0; kill < 4; kill++) {
      const child = spawn(process.execPath, ['--import', 'tsx', 'test/train/trainee.ts', '--run', folder, '15'], { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] }) // biome-ignore format: one line
      // Killed after so many steps of its own: at times in the middle of a step, at times of a checkpoint.
      const steps = 5 + (chance.split(1)[0]!.state[0] % 5)
      waits.push(steps)
      let told = 0
      await new Promise<void>((resolve) => {
        child.on('close', resolve)
        child.stdout.on('data', (text: Buffer) => {
          told += text.toString().split('\n').length - 1
          if (told >= steps) resolve()
        })
      })
      await new Promise((resolve) => setTimeout(resolve, chance.split(1)[0]!.state[0] % 15))
      if (child.exitCode !== null) break
      child.kill('SIGKILL')
      await new Promise((resolve) => child.on('close', resolve))
    }
    const end = await trainee(folder)
    expect((await readRunLog(join(folder, 'log.ndjson'))).findLast(({ type }) => type === 'start')).toMatchObject({ from: expect.toSatisfy((step: number) => step > 0) }) // biome-ignore format: one line
    expect(end.bits, `killed after ${waits.join(', ')} steps`).toEqual(whole.bits)
    expect(await told(folder)).toEqual(await told(join(root, 'whole')))
  })

  it.each([
    [
      'the model is cut short',
      (folder: string) => truncateSync(join(folder, 'checkpoints/step-00000036.safetensors'), 300),
    ],
    ['the state is cut short', (folder: string) => truncateSync(join(folder, 'state/step-00000036.safetensors'), 300)],
    ['the state is missing', (folder: string) => rmSync(join(folder, 'state/step-00000036.safetensors'))],
    ['the model is missing', (folder: string) => rmSync(join(folder, 'checkpoints/step-00000036.safetensors'))],
    [
      'a byte of the model is another',
      (folder: string) => {
        const path = join(folder, 'checkpoints/step-00000036.safetensors')
        const bytes = readFileSync(path)
        bytes[bytes.length - 5]! ^= 1
        writeFileSync(path, bytes)
      },
    ],
    [
      'the model is of another save',
      (folder: string) =>
        cpSync(join(folder, 'checkpoints/step-00000032.safetensors'), join(folder, 'checkpoints/step-00000036.safetensors')), // biome-ignore format: one line
    ],
  ])('passes over the last checkpoint where %s', async (_, damage) => {
    const folder = join(root, 'damaged')
    rmSync(folder, { recursive: true, force: true })
    cpSync(join(root, 'whole'), folder, { recursive: true })
    damage(folder)
    const end = await trainee(folder)
    expect((await readRunLog(join(folder, 'log.ndjson'))).findLast(({ type }) => type === 'start')).toMatchObject({ from: 32 }) // biome-ignore format: one line
    expect(end.bits).toEqual(whole.bits)
  })

  it('a full disk is one clear sentence, and nothing half-written stays', async (context) => {
    const folder = join(root, 'full')
    spawnSync('mkdir', ['-p', folder])
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder]).status !== 0) return context.skip()
    try {
      await expect(trainee(folder)).rejects.toMatchObject({
        code: 'cannot-write',
        exitCode: 4,
        message: expect.stringMatching(/^cannot write '.*': the disk is full\. Try another place for the output\.$/),
      })
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      expect(files.filter((name) => name.includes('.part'))).toEqual([])
      for (const record of await readRunLog(join(folder, 'log.ndjson'))) expect(record).toHaveProperty('type')
    } finally {
      spawnSync('umount', [folder])
    }
  })
})
