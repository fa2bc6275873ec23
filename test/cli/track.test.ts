import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planted } from '../weights/track-series.js'
import { run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const write = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const other = temporaryFolder()
const jump = planted.jumping({ seed: 1, length: 9, size: 64 })
const quiet = planted.walking({ seed: 2, length: 9, size: 64 })
const paths = jump.steps.map((step, t) =>
  write(
    `net-step${step}.safetensors`,
    safetensors({
      'quiet.weight': { shape: [8, 8], values: quiet.weights[t]! },
      'jumping.weight': { shape: [8, 8], values: jump.weights[t]! },
    }),
  ),
)

describe('normball track', () => {
  it('leads to the layer that jumped, worst first', async () => {
    const { code, stdout, stderr } = await run(['track', ...[...paths].reverse()])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('sudden jump at 600')
    expect(stdout.indexOf('jumping.weight')).toBeLessThan(stdout.indexOf('quiet.weight'))
  })

  it('--json has checkpoints, points and verdicts', async () => {
    const { code, stdout } = await run(['track', folder, '--json', '--spectra', 'none'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report.command).toBe('track')
    expect(report.checkpoints.map(({ step }: { step: number }) => step)).toEqual(jump.steps)
    expect(
      report.tensors.map(({ name, verdict }: { name: string; verdict: { code: string; step: number } }) => [
        name,
        verdict.code,
        verdict.step,
      ]),
    ).toEqual([
      ['quiet.weight', 'moving', null],
      ['jumping.weight', 'jump', 600],
    ])
    expect(report.tensors[0].points).toHaveLength(9)
  })

  it('writes a page with charts, and CSV', async () => {
    const [html, csv] = [join(folder, 'track.html'), join(folder, 'track.csv')]
    const { code } = await run(['track', ...paths, '--html', html, '--csv', csv, '-o', join(folder, 'track.txt')])
    expect(code).toBe(0)
    const page = readFileSync(html, 'utf8')
    expect(page).toContain('<svg')
    expect(page).toContain('Size of updates')
    expect(readFileSync(csv, 'utf8').split('\n')[1]).toMatch(/^jumping\.weight,sudden jump,600,/)
  })

  it('ends with the exit code of the contract', async () => {
    expect((await run(['track', paths[0]!])).code).toBe(2)
    expect((await run(['track', ...paths, '--order', 'sideways'])).code).toBe(2)
    const broken = join(other, 'broken.safetensors')
    writeFileSync(broken, 'no checkpoint')
    const { code, stdout, stderr } = await run(['track', ...paths, broken])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^normball: .*broken\.safetensors/)
    expect(stdout).toContain('sudden jump')
    expect((await run(['track', join(folder, 'nowhere'), ...paths])).code).toBe(4)
  })
})
