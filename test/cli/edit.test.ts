/** The commands that write: what they say, their exit codes, and that a file is whole or as it was, whatever happens. */
import type { ChildProcess } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { EditReport } from '../../src/weights/index.js'
import { run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()

const small = join(folder, 'small.safetensors')
writeFileSync(
  small,
  safetensors({
    'fc.weight': { shape: [2, 3], values: [3, -4, 0, 0.5, -0.25, 1] },
    'fc.bias': { shape: [2], values: [5, 6] },
  }),
)

/** A file of `megabytes` of one f32 matrix. */
function large(path: string, megabytes: number): void {
  const rows = megabytes * 64
  const header = new TextEncoder().encode(
    JSON.stringify({ 'w.weight': { dtype: 'F32', shape: [rows, 4096], data_offsets: [0, rows * 16384] } }),
  )
  const fd = openSync(path, 'w')
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  writeSync(fd, length)
  writeSync(fd, header)
  const piece = new Float32Array(4096 * 64)
  for (let i = 0; i < piece.length; i++) piece[i] = ((i * 7919) % 2003) / 1000 - 1
  const bytes = new Uint8Array(piece.buffer)
  for (let i = 0; i < megabytes; i++) writeSync(fd, bytes)
  closeSync(fd)
}

const partial = (place: string): string[] => readdirSync(place).filter((name) => name.endsWith('.part'))

describe('clip and retain', () => {
  it('a table for people, with the honest sentence', async () => {
    const output = join(folder, 'a.safetensors')
    const { code, stdout, stderr } = await run(['clip', small, output, '--max', '1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('clipped 1 of 2 tensors')
    expect(stdout).toContain('The file is as large as before.')
    expect(stdout).toContain('it is a bias')
    expect(stdout).toContain(`normball diff ${small} ${output}`)
  })

  it('JSON as the contract has it', async () => {
    const output = join(folder, 'b.npz')
    const { code, stdout } = await run(['retain', small, output, '--fraction', '0.25', '--json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as EditReport
    expect(report).toMatchObject({ command: 'retain', input: small, output, format: 'npz', totals: { changed: 2 } })
    const [one] = report.tensors
    expect(one).toMatchObject({ name: 'fc.weight', before: { zeros: 1 }, after: { zeros: 3, linf: 4 }, changed: 2 })
    expect(one!.relativeError).toBeCloseTo(Math.sqrt(0.3125 / 26.3125), 12)
    expect(report.bytesIn).toBe(readFileSync(small).length)
    expect(report.bytesOut).toBe(readFileSync(output).length)
  })

  it.each([
    [
      ['clip', small, '--max', '1'],
      'clip: an output is missing. Try normball clip IN OUT, or --in-place, or --dry-run.',
      2,
    ],
    [
      ['clip', small, join(folder, 'c.safetensors')],
      'clip: how large the ball is is not said; expected exactly one of max, fraction, quantile, and norm with radius.',
      2,
    ],
    [
      ['clip', small, small, '--max', '1'],
      `the output '${small}' is also the input '${small}'. Choose another name for the output.`,
      2,
    ],
    [['clip', small, join(folder, 'c.safetensors'), '--max', '-1'], 'expected a number of at least 0', 2],
    [['clip', small, join(folder, 'c.safetensors'), '--max', '1', '--kinds', 'weights'], "'weights' is no kind", 2],
    [
      ['clip', small, join(folder, 'c.safetensors'), '--max', '1', '--tensors', 'fd.weight'],
      "matches none of the 2 tensors. Did you mean 'fc.weight'",
      2,
    ],
    [['clip', small, join(folder, 'c.safetensors'), '--norm', 'l7x', '--radius', '1'], 'l7x', 2],
    [['retain', small, join(folder, 'c.safetensors')], '--fraction', 2],
    [
      ['retain', join(folder, 'none.safetensors'), join(folder, 'c.safetensors'), '--fraction', '0.1'],
      'no such file',
      4,
    ],
    [['clip', small, join(folder, 'no', 'c.safetensors'), '--max', '1'], 'its folder does not exist', 4],
  ] as [string[], string, number][])('%j', async (args, sentence, expected) => {
    const { code, stderr, stdout } = await run([...args, '--json'])
    expect(stderr).toContain(sentence)
    expect(stderr).toMatch(/^normball: [^\n]*\n$/)
    expect(code).toBe(expected)
    expect(JSON.parse(stdout)).toHaveProperty('error.message')
    expect(existsSync(join(folder, 'c.safetensors'))).toBe(false)
  })

  it('NaN ends with 3 and names the tensor', async () => {
    const odd = join(folder, 'odd.safetensors')
    writeFileSync(odd, safetensors({ 'a.weight': { shape: [1, 2], values: [Number.NaN, 1] } }))
    const { code, stderr } = await run(['clip', odd, join(folder, 'd.safetensors'), '--max', '1'])
    expect(code).toBe(3)
    expect(stderr).toContain("tensor 'a.weight' holds NaN at element 0")
    const allowed = await run(['clip', odd, join(folder, 'd.safetensors'), '--max', '1', '--allow-nonfinite'])
    expect(allowed.code).toBe(0)
  })

  it('in place, and dry', async () => {
    const path = join(folder, 'place.safetensors')
    writeFileSync(path, readFileSync(small))
    expect((await run(['clip', path, '--max', '1', '--dry-run'])).stdout).toContain('nothing was written: dry run')
    expect(readFileSync(path)).toEqual(readFileSync(small))
    expect((await run(['clip', path, '--max', '1', '--in-place'])).code).toBe(0)
    expect(readFileSync(path)).not.toEqual(readFileSync(small))
  })
})

describe('interruption', () => {
  const input = join(folder, 'large.safetensors')
  large(input, 160)
  const place = join(folder, 'kill')
  mkdirSync(place)
  const output = join(place, 'out.safetensors')
  const args = ['clip', input, output, '--max', '0.5', '--spectra', 'none']

  const interrupted = async (signal: NodeJS.Signals, after: (child: ChildProcess) => Promise<void>) => {
    let child: ChildProcess | null = null
    const outcome = run(args, {
      onStart: (started) => {
        child = started
      },
    })
    await after(child!)
    child!.kill(signal)
    return outcome
  }
  /** Until the temporary file is there, and a little longer. */
  const writing = (more: number) => async (child: ChildProcess) => {
    for (let i = 0; i < 4000 && partial(place).length === 0 && child.exitCode === null; i++) await sleep(5)
    await sleep(more)
  }
  const whole = readFileSync(input).length

  it.each(['SIGINT', 'SIGTERM'] as const)('%s leaves the old file and nothing else', async (signal) => {
    writeFileSync(output, 'old')
    for (const more of [0, 20, 60]) {
      const { code, stderr } = await interrupted(signal, writing(more))
      if (code === 0) {
        // It was quicker than the signal.
        writeFileSync(output, 'old')
        continue
      }
      expect(code).toBe(130)
      expect(stderr).toBe('normball: interrupted; nothing half-written is left.\n')
      expect(readdirSync(place)).toEqual(['out.safetensors'])
      expect(readFileSync(output, 'utf8')).toBe('old')
    }
  })

  it('SIGKILL leaves the old file or the whole new one', async () => {
    for (const more of [0, 15, 40, 90, 160]) {
      writeFileSync(output, 'old')
      await interrupted('SIGKILL', writing(more))
      const size = readFileSync(output).length
      expect(size === 3 || size >= whole, `${size} bytes`).toBe(true)
    }
    // What a killed run has left behind is in nobody's way.
    const { code } = await run(args)
    expect(code).toBe(0)
    expect(readFileSync(output).length).toBeGreaterThanOrEqual(whole)
  })
})
