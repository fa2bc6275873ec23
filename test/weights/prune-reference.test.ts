/** Pruned files against PyTorch's torch.nn.utils.prune, against the textbook loops, and as PyTorch and NumPy open them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load, save } from '../../src/checkpoint/index.node.js'
import { tensor } from '../../src/tensor/index.node.js'
import { nodeEnvironment } from '../../src/weights/edit/environment.node.js'
import { runEdit } from '../../src/weights/edit/index.js'
import { type PruneOptions, pruneEdit } from '../../src/weights/edit/prune/index.js'
import type { EditReport } from '../../src/weights/edit/types.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { normals, zerosOf } from './pruning.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-prune-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const prune = (input: string, output: string | null, options: PruneOptions): Promise<EditReport> =>
  runEdit(nodeEnvironment, pruneEdit(options), input, output, { spectra: 'none', ...options })

let files = 0
/** Prunes to a file; its values by name, and the report. */
async function prunedFile(input: string, options: PruneOptions) {
  const path = join(folder, `${files++}.safetensors`)
  const report = await prune(input, path, options)
  const values = new Map<string, number[]>()
  for (const [name, x] of await load(path)) {
    values.set(name, Array.from(x.toArray()))
    x.dispose()
  }
  return { path, report, values, one: (name: string) => report.tensors.find((each) => each.name === name)! }
}

interface Reference {
  l1_unstructured: Record<
    string,
    Record<string, { zeros: number; kept_l1: number; kept_l2: number; largest_pruned_abs: number }>
  >
  'ln_structured_0.25': Record<string, { pruned_channels: number[] }>
  [global: `global_unstructured_${string}`]: Record<string, number>
}

describe.skipIf(!hasShared)("what PyTorch's prune does", () => {
  const reference = hasShared ? sharedJson<Reference>('data', 'reference', 'ops-digits-step0800.json') : null
  const input = hasShared ? sharedPath('data', 'checkpoints', 'digits-step0800.safetensors') : ''
  const weights = Object.keys(reference?.l1_unstructured ?? {})

  it.each(['0.1', '0.25', '0.5', '0.9'])('l1_unstructured(amount=%s)', async (amount) => {
    const { values, one } = await prunedFile(input, { amount: Number(amount) })
    for (const name of weights) {
      const expected = reference!.l1_unstructured[name]![amount]!
      expect(zerosOf(values.get(name)!), name).toBe(expected.zeros)
      const { after, details } = one(name)
      expect(after.l1 / expected.kept_l1).toBeCloseTo(1, 12)
      expect(after.l2 / expected.kept_l2).toBeCloseTo(1, 12)
      expect(details).toMatchObject({ threshold: expected.largest_pruned_abs, pruned: expected.zeros })
    }
    const bias = values.get('fc1.bias')!
    expect(zerosOf(bias), 'biases are left alone').toBe(0)
  })

  it.each(['0.3', '0.5', '0.9'])('global_unstructured(amount=%s)', async (amount) => {
    const { values } = await prunedFile(input, { amount: Number(amount), global: true })
    const zeros = Object.fromEntries(weights.map((name) => [name, zerosOf(values.get(name)!)]))
    expect(zeros).toEqual(reference![`global_unstructured_${amount}`])
  })

  it.each(Object.entries(reference?.['ln_structured_0.25'] ?? {}))('ln_structured %s', async (what, expected) => {
    const [, name, n, dim] = /^(.*)\|n=(\w+)\|dim=(\d)$/.exec(what)!
    // Transposed convolutions store [in, out].
    const along = (dim === '0') === (name !== 'up.weight') ? 'out' : 'in'
    const norm = n === '1' ? 'l1' : n === '2' ? 'l2' : 'linf'
    const { one } = await prunedFile(input, { tensors: name!, amount: 0.25, along, norm })
    expect(one(name!).details['indices']).toEqual(expected.pruned_channels)
  })

  it('the file opens in PyTorch with the same zeros', async () => {
    const { path, values } = await prunedFile(input, { amount: 0.5 })
    const script = `
import json, struct, sys, numpy as np, torch
data = open(sys.argv[1], 'rb').read()
size = struct.unpack('<Q', data[:8])[0]
header = json.loads(data[8:8 + size])
zeros = {}
for name, entry in header.items():
    if name == '__metadata__' or entry['dtype'] != 'F32': continue
    begin, end = entry['data_offsets']
    x = torch.from_numpy(np.frombuffer(data, '<f4', (end - begin) // 4, 8 + size + begin).reshape(entry['shape']).copy())
    zeros[name] = int((x == 0).sum())
print(json.dumps(zeros))`
    const zeros = python(script, path)
    if (zeros === null) return
    for (const [name, count] of Object.entries(zeros)) expect(count, name).toBe(zerosOf(values.get(name)!))
    expect(Object.keys(zeros).length).toBeGreaterThan(10)
  })
})

/** What a script prints as JSON; null (said on stderr) where Python or a module is missing. */
function python(script: string, ...args: string[]): Record<string, number> | null {
  const cwd = join(folder, 'python')
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'script.py'), script)
  const { status, stdout, stderr } = spawnSync(process.env['PYTHON'] ?? '/usr/bin/python3', ['script.py', ...args], {
    cwd,
    encoding: 'utf8',
  })
  if (status === 0) return JSON.parse(stdout) as Record<string, number>
  if (/ModuleNotFoundError/.test(stderr ?? '') || status === null) {
    console.warn('skipped: no Python with NumPy and PyTorch')
    return null
  }
  throw new Error(stderr)
}

describe.skipIf(!hasShared)('the textbook loops', () => {
  interface Article {
    weights: {
      case: string
      op: string
      fraction: number
      changed: number
      l0: number
      l1: number
      frobenius: number
      linf: number
    }[]
  }
  const articles = hasShared ? sharedJson<Article>('oracle', 'articles', 'articles.json') : null
  it.each(['uniform', 'normal', 'ties'])('prune %s weights, element by element', async (name) => {
    const all = await load(sharedPath('oracle', 'articles', 'weights.npz'))
    for (const { op, fraction, ...expected } of articles!.weights.filter((one) => one.case === name)) {
      if (op === 'clip') continue
      const given = join(folder, `${name}.npz`)
      await save(given, { W: all.get(`${name}.W`)! })
      const options = op === 'prune' ? { fraction, rule: 'article' as const } : { fraction }
      const { values, one } = await prunedFile(given, options)
      const shown = `${name}.${op}.${fraction === 1 ? '1.0' : fraction}`
      expect(values.get('W'), shown).toEqual(Array.from(all.get(shown)!.toArray()))
      const { after, changed } = one('W')
      expect({ l0: after.l0, linf: after.linf, changed }).toEqual({
        l0: expected.l0,
        linf: expected.linf,
        changed: expected.changed,
      })
      expect(after.l1 / expected.l1).toBeCloseTo(1, 12)
      expect(after.l2 / expected.frobenius).toBeCloseTo(1, 12)
    }
    for (const x of all.values()) x.dispose()
  })
})

/** Seeded finite elements as they are stored: random bits, of which those for NaN and infinity are left out. */
const stored = {
  F32: { bytes: 4, isNumber: (bits: number) => (bits & 0x7f800000) !== 0x7f800000 },
  F16: { bytes: 2, isNumber: (bits: number) => (bits & 0x7c00) !== 0x7c00 },
  BF16: { bytes: 2, isNumber: (bits: number) => (bits & 0x7f80) !== 0x7f80 },
  F8_E4M3: { bytes: 1, isNumber: (bits: number) => (bits & 0x7f) !== 0x7f },
  F8_E5M2: { bytes: 1, isNumber: (bits: number) => (bits & 0x7c) !== 0x7c },
} as const

function safetensors(dtype: keyof typeof stored, count: number): Buffer {
  const { bytes, isNumber } = stored[dtype]
  const data = Buffer.alloc(count * bytes)
  const random = normals(bytes, 4 * count).map((x) => Math.abs(x * 1e9) % 1)
  for (let i = 0, at = 0; i < count; at++) {
    const bits = Math.floor(random[at]! * 2 ** (8 * bytes))
    if (isNumber(bits)) data.writeUIntLE(bits, bytes * i++, bytes)
  }
  const header = JSON.stringify({ 'fc.weight': { dtype, shape: [20, count / 20], data_offsets: [0, data.length] } })
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([size, Buffer.from(header), data])
}

describe('storage types', () => {
  it.each(Object.keys(stored) as (keyof typeof stored)[])('elements stored as %s are pruned exactly', async (dtype) => {
    const given = join(folder, `given-${dtype}.safetensors`)
    writeFileSync(given, safetensors(dtype, 600))
    const x = (await load(given)).get('fc.weight')!
    const before = Array.from(x.toArray())
    x.dispose()
    const zeros = zerosOf(before)
    for (const amount of [0.3, 0.77]) {
      const { values, one } = await prunedFile(given, { amount })
      const kept = values.get('fc.weight')!
      expect(zerosOf(kept)).toBe(Math.max(zeros, Math.round(amount * 600)))
      expect(one('fc.weight')).toMatchObject({ dtype, count: 600, edited: true })
      expect(kept.every((value, i) => value === 0 || value === before[i])).toBe(true)
      const smallestKept = Math.min(...kept.filter((value) => value !== 0).map(Math.abs))
      const largestPruned = Math.max(...before.filter((_, i) => kept[i] === 0).map(Math.abs))
      expect(largestPruned).toBeLessThanOrEqual(smallestKept)
    }
  })

  it('an empty tensor and the seed pass through, and the record says what was done', async () => {
    const given = join(folder, 'empty.safetensors')
    const [x, none] = [tensor([1, 2, 3, 4], { shape: [2, 2] }), tensor([], { shape: [0, 5] })]
    await save(given, { 'a.weight': x, 'b.weight': none })
    x.dispose()
    none.dispose()
    const { report, path } = await prunedFile(given, { amount: 0.5, random: true, seed: 3 })
    expect(report.record).toMatchObject({ amount: 0.5, random: true, seed: 3 })
    expect(report.totals).toMatchObject({ zerosBefore: 0, zerosAfter: 2 })
    expect(readFileSync(path).includes('prune')).toBe(true)
  })
})
