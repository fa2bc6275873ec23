import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedPath } from '../shared.js'
import { run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const file = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const a = file(
  'a.safetensors',
  safetensors({
    'fc.weight': { shape: [2, 2], values: [3, 0, 0, 4] },
    'fc.bias': { shape: [2], values: [1, 2] },
    gone: { shape: [1], values: [1] },
  }),
)
const b = file(
  'b.safetensors',
  safetensors({
    'fc.weight': { shape: [2, 2], values: [3, 2, 0, 4] },
    'fc.bias': { shape: [2], values: [1, 2] },
    come: { shape: [1], values: [1] },
  }),
)
const broken = file('broken.safetensors', 'not a checkpoint at all')

describe('normball diff', () => {
  it('--json has the names of the contract, by hand-worked numbers', async () => {
    const { code, stdout, stderr } = await run(['diff', a, b, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ command: 'diff', a, b, onlyA: ['gone'], onlyB: ['come'], shapeChanged: [] })
    expect(report.tensors[0]).toMatchObject({
      name: 'fc.weight',
      nameB: 'fc.weight',
      shape: [2, 2],
      l2A: 5,
      deltaL1: 2,
      deltaL2: 2,
      deltaLinf: 2,
      relative: 0.4,
      changed: 1,
    })
    expect(report.tensors[0].deltaSpectral).toBeCloseTo(2, 12)
    expect(report.tensors[0].deltaNuclear).toBeCloseTo(2, 12)
    expect(report.tensors[0].deltaStableRank).toBeCloseTo(1, 12)
    expect(report.totals).toMatchObject({ tensors: 2, parameters: 6, changed: 1, deltaL2: 2 })
    expect(report.pairing[0]).toMatchObject({ by: 'name', how: 'the same name' })
  })

  it('says what moved most, and what has no counterpart', async () => {
    const { code, stdout } = await run(['diff', a, b])
    expect(code).toBe(0)
    expect(stdout).toContain('fc.weight moved most, by 40 % of its norm, and holds 100 % of the squared change.')
    expect(stdout).toContain('only in a: gone')
    expect(stdout.indexOf('fc.weight  ')).toBeLessThan(stdout.indexOf('fc.bias  '))
    const same = await run(['diff', a, a])
    expect(same.stdout).toContain('Nothing differs in the weights that were compared.')
  })

  it('non-finite figures are words in JSON', async () => {
    const zero = file('zero.safetensors', safetensors({ 'fc.bias': { shape: [2], values: [0, 0] } }))
    const { stdout } = await run(['diff', zero, a, '--json'])
    expect(JSON.parse(stdout).tensors[0]).toMatchObject({ relative: 'Infinity', cosine: null })
  })

  it('writes csv, html and --output', async () => {
    const [csv, html, out] = ['d.csv', 'd.html', 'd.json'].map((name) => join(folder, name)) as [string, string, string]
    const { code, stdout } = await run(['diff', a, b, '--csv', csv, '--html', html, '--json', '-o', out])
    expect([code, stdout]).toEqual([0, ''])
    expect(readFileSync(csv, 'utf8').split('\n')[0]).toContain('relative')
    expect(readFileSync(csv, 'utf8')).toContain('fc.weight')
    expect(readFileSync(html, 'utf8')).toContain('fc.weight moved most')
    expect(JSON.parse(readFileSync(out, 'utf8')).command).toBe('diff')
  })

  it('worker threads give what the main thread gives', async () => {
    const [one, many] = await Promise.all([
      run(['diff', a, b, '--json', '--workers', '0']),
      run(['diff', a, b, '--json', '--workers', '2']),
    ])
    expect(JSON.parse(many.stdout).tensors).toEqual(JSON.parse(one.stdout).tensors)
  })
})

describe('--fail-over', () => {
  it('exit code 1 above the limit, 0 at it', async () => {
    expect((await run(['diff', a, b, '--fail-over', '0.39', '-q'])).code).toBe(1)
    const { code, stdout } = await run(['diff', a, b, '--fail-over', '0.4', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).check).toEqual({ failOver: 0.4, worst: 'fc.weight', relative: 0.4, failed: false })
    expect((await run(['diff', a, a, '--fail-over', '0'])).code).toBe(0)
  })
})

describe('wrong usage and what cannot be read', () => {
  it.each([
    [['diff', a], 2, "missing required argument 'b'"],
    [['diff', a, b, '--sort', 'relativ'], 2, "--sort: there is no 'relativ'. Did you mean 'relative'?"],
    [['diff', a, b, '--fail-over', 'x'], 2, 'expected a number of at least 0.'],
    [['diff', a, b, '--map', join(folder, 'no.json')], 2, '--map: cannot read'],
    [['diff', a, b, '--lora'], 2, '--lora, but b holds no adapter'],
    [['diff', a, b, '--tensors', 'nothing'], 2, "--tensors: 'nothing' matches none of the 4 tensors."],
    [['diff', a, b, '-o', a], 2, 'is also the input'],
    [['diff', a, broken], 3, 'broken.safetensors'],
    [['diff', join(folder, 'absent.pt'), b], 4, 'absent.pt'],
  ] as const)('%j', async (args, code, message) => {
    const outcome = await run(args)
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).toMatch(/^normball: /)
    expect(outcome.stderr).toContain(message)
    expect(outcome.stdout).toBe('')
  })

  it.each([
    ['[1]', 'holds no object'],
    ['{', 'is not JSON'],
    ['{"x": 1}', 'is paired with something that is no name'],
    ['{"x": "y"}', 'none of its 1 entry names a tensor of a and one of b'],
  ])('--map with %s', async (text, message) => {
    const { code, stderr } = await run(['diff', a, b, '--map', file('map.json', text)])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('an error is JSON too', async () => {
    const { stdout } = await run(['diff', a, broken, '--json'])
    expect(JSON.parse(stdout).error).toMatchObject({ file: broken })
  })
})

it.skipIf(!hasShared)('a map of names across formats', async () => {
  const path = (name: string): string => sharedPath('data', 'checkpoints', name)
  const map = sharedPath('data', 'reference', 'silero-namemap.json')
  const files = [path('silero_vad_v6.2.1_16k_op15.onnx'), path('silero_vad_v6.2.1_16k.safetensors')]
  const { code, stdout } = await run(['diff', ...files, '--map', map, '--json', '--spectra', 'none'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).pairing.filter(({ by }: { by: string }) => by === 'map')).toHaveLength(15)
})
