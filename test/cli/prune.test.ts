/** `normball prune` as a process: outputs, exit codes, messages, interruption. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const input = join(folder, 'in.safetensors')
writeFileSync(
  input,
  safetensors({
    'fc1.weight': { shape: [2, 4], values: [1, -4, 3, 2, 5, 0.5, -6, 7] },
    'fc1.bias': { shape: [2], values: [0.1, 0.2] },
    'fc2.weight': { shape: [1, 2], values: [0.25, 8] },
  }),
)

const output = (name: string): string => join(folder, name)
const valuesOf = async (path: string, name: string): Promise<number[]> =>
  Array.from((await load(path)).get(name)!.toArray())

describe('normball prune', () => {
  it('writes a checkpoint and tells what became zero', async () => {
    const path = output('half.safetensors')
    const { code, stdout, stderr } = await run(['prune', input, path, '--amount', '0.5'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('4 of 8 set to zero: |w| <= 3')
    expect(await valuesOf(path, 'fc1.weight')).toEqual([0, -4, 0, 0, 5, 0, -6, 7])
    expect(await valuesOf(path, 'fc1.bias')).toEqual([0.1, 0.2].map(Math.fround))
    expect(readFileSync(path, 'latin1')).toContain('amount')
  })

  it('gives the report as JSON', async () => {
    const { code, stdout } = await run(['prune', input, '--dry-run', '--amount', '4', '--global', '--json'])
    expect(code).toBe(0)
    const { tensors, totals, output: written, record } = JSON.parse(stdout)
    expect(written).toBe(null)
    expect(record).toMatchObject({ amount: '4', global: true })
    expect(totals).toMatchObject({ zerosBefore: 0, zerosAfter: 4, changed: 4 })
    expect(tensors.map((one: { details: object }) => one.details)).toEqual([
      { threshold: 2, pruned: 3, ties: 1, tiesKept: 0 },
      {},
      { threshold: 2, pruned: 1, ties: 0, tiesKept: 0 },
    ])
  })

  it.each([
    [
      ['--pattern', '2:4'],
      [0, -4, 3, 0, 0, 0, -6, 7],
    ],
    [
      ['--amount', '1', '--along', 'out', '--norm', 'l1'],
      [0, 0, 0, 0, 5, 0.5, -6, 7],
    ],
    [
      ['--amount', '50%', '--along', 'in', '--norm', 'linf'],
      [0, 0, 3, 2, 0, 0, -6, 7],
    ],
    [
      ['--amount', '0.25', '--which', 'largest'],
      [1, -4, 3, 2, 5, 0.5, 0, 0],
    ],
    [
      ['--fraction', '0.5'],
      [0, -4, 0, 0, 5, 0, -6, 7],
    ],
    [
      ['--fraction', '0.5', '--rule', 'article'],
      [1, 0, 3, 2, 0, 0.5, 0, 0],
    ],
    [
      ['--amount', '0.75', '--schedule', 'geometric', '--steps', '2', '--step', '1'],
      [0, -4, 0, 0, 5, 0, -6, 7],
    ],
    [
      ['--amount', '1.0', '--random'],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ])('%j', async (options, expected) => {
    const path = output('out.npz')
    const { code, stderr } = await run(['prune', input, path, '--tensors', 'fc1.weight', ...options])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await valuesOf(path, 'fc1.weight')).toEqual(expected)
  })

  it.each([
    [[], 'normball: prune: nothing given; expected one of amount, fraction, pattern. Try an amount of 0.5.'],
    [['--amount', '1.5'], 'normball: prune: amount 1.5; expected a share from 0 to 1, or a whole number of elements.'],
    [['--amount', '0.5', '--along', 'head'], "normball: prune: along 'head' without the number of heads"],
    [
      ['--amount', '0.5', '--steps', '3', '--step', '4'],
      'normball: prune: a schedule needs --amount, --steps and a --step',
    ],
    [['--amount', '0.5', '--along', 'diagonal'], 'normball: option'],
    [['--amount', '100'], 'prune: an amount of 100 elements, but there are 8.'],
  ])('wrong usage %j is exit code 2, and nothing is written', async (options, message) => {
    const path = output('never.safetensors')
    const { code, stderr, stdout } = await run(['prune', input, path, ...options])
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(existsSync(path)).toBe(false)
  })

  it('--shrink removes outputs along a chain', async () => {
    const chain = output('chain.json')
    writeFileSync(chain, JSON.stringify([{ tensor: 'fc1.weight' }, { activation: 'relu' }, { tensor: 'fc2.weight' }]))
    const path = output('small.safetensors')
    const options = ['--tensors', 'fc1.weight', '--amount', '1', '--along', 'out', '--shrink', '--chain', chain]
    const { code, stdout } = await run(['prune', input, path, ...options])
    expect(code).toBe(0)
    expect(stdout).toContain('1 of 2 outputs removed')
    expect(await valuesOf(path, 'fc1.weight')).toEqual([5, 0.5, -6, 7])
    expect(await valuesOf(path, 'fc1.bias')).toEqual([Math.fround(0.2)])
    expect(await valuesOf(path, 'fc2.weight')).toEqual([8])
    writeFileSync(chain, '[{')
    const broken = await run(['prune', input, path, ...options])
    expect(broken.code).toBe(2)
    expect(broken.stderr).toContain(`normball: --chain: '${chain}' is not JSON`)
  })

  it('a NaN is an error that names the tensor, unless it is allowed', async () => {
    const bad = output('nan.safetensors')
    writeFileSync(bad, safetensors({ 'a.weight': { shape: [2, 2], values: [1, Number.NaN, 3, 2] } }))
    const refused = await run(['prune', bad, output('never.safetensors'), '--amount', '0.5'])
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toContain("'a.weight' holds NaN at element 1")
    const path = output('nan-out.safetensors')
    expect((await run(['prune', bad, path, '--amount', '0.5', '--allow-nonfinite'])).code).toBe(0)
    expect(await valuesOf(path, 'a.weight')).toEqual([0, Number.NaN, 3, 2])
  })

  it('--help has examples', async () => {
    const { code, stdout } = await run(['prune', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('normball prune in.safetensors out.safetensors --pattern 2:4')
  })
})
