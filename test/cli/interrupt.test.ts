import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readdirSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { bin, run, temporaryFolder } from './run.js'

const folder = temporaryFolder()

/** A safetensors file of one f32 matrix of seeded numbers. */
function bigMatrix(name: string, rows: number, columns: number): string {
  const path = join(folder, name)
  const header = new TextEncoder().encode(
    JSON.stringify({ w: { dtype: 'F32', shape: [rows, columns], data_offsets: [0, rows * columns * 4] } }),
  )
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  const fd = openSync(path, 'w')
  writeSync(fd, length)
  writeSync(fd, header)
  const row = new Float32Array(columns)
  let state = 1
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      row[j] = state / 2 ** 32 - 0.5
    }
    writeSync(fd, new Uint8Array(row.buffer))
  }
  return path
}

describe('interruption', () => {
  it.each(['system', 'portable'])(
    'Ctrl-C ends at once with 130 while linear algebra computes (%s)',
    async (backend) => {
      if (backend === 'system' && process.env['NORMBALL_BACKEND'] === 'portable') return
      const path = bigMatrix(`big-${backend}.safetensors`, 4200, 4200)
      const place = join(folder, `out-${backend}`)
      mkdirSync(place)
      let child: ChildProcess | null = null
      const args = [
        'inspect',
        path,
        '--spectra',
        'exact',
        '--workers',
        '1',
        '--backend',
        backend === 'system' ? 'auto' : backend,
        '-o',
        join(place, 'r.txt'),
      ]
      const outcome = run(args, {
        onStart: (started) => {
          child = started
        },
      })
      await sleep(1500)
      const pressed = Date.now()
      child!.kill('SIGINT')
      const { code, stderr } = await outcome
      expect(code).toBe(130)
      // Long LAPACK calls take many seconds here; the bound only tells "at once" from "when the call is over".
      expect(Date.now() - pressed).toBeLessThan(3000)
      expect(stderr).toMatch(/interrupted/)
      expect(readdirSync(place)).toEqual([])
    },
  )

  it('a reader that goes away ends the command quietly', async () => {
    const path = bigMatrix('small.safetensors', 8, 8)
    const code = await new Promise<string>((resolve) => {
      const shell = spawn(
        'bash',
        [
          '-c',
          `"${process.execPath}" "${bin}" inspect "${path}" --json 2>&1 >&3 3>&- | head -c 100; echo "\${PIPESTATUS[0]}"`,
        ],
        { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
      )
      let text = ''
      shell.stdout!.on('data', (chunk: Buffer) => {
        text += chunk
      })
      ;(shell.stdio[3] as NodeJS.ReadableStream & { destroy(): void }).destroy()
      shell.on('close', () => resolve(text.trim()))
    })
    expect(code).toBe('0')
  })
})

describe('a file that changes while it is read', () => {
  it('is an error, not a wrong number', async () => {
    const path = bigMatrix('changing.safetensors', 3000, 3000)
    const outcome = run(['inspect', path, '--spectra', 'exact', '--workers', '1', '--json'])
    // Anywhere between opening and the end: either it was read whole before, or the change is noticed.
    await sleep(150)
    truncateSync(path, 1000)
    utimesSync(path, new Date(), new Date(Date.now() + 5000))
    const { code, stderr, stdout } = await outcome
    if (code === 0) expect(JSON.parse(stdout).files[0].tensors[0].count).toBe(9_000_000)
    else {
      expect(code).toBe(3)
      expect(stderr).toMatch(/changing\.safetensors/)
      expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    }
  })

  it('truncated before it is opened is refused', async () => {
    const path = bigMatrix('cut.safetensors', 30, 30)
    truncateSync(path, 500)
    expect(await run(['inspect', path])).toMatchObject({ code: 3, stderr: expect.stringMatching(/cut\.safetensors/) })
    writeFileSync(path, '')
    expect(await run(['inspect', path])).toMatchObject({ code: 3, stderr: expect.stringMatching(/empty/) })
  })
})
