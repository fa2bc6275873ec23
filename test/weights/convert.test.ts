/** `convert`: every width against NumPy and PyTorch (scripts/oracle/convert.py), what it costs, and what it refuses. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { StateDict, tensor } from '../../src/tensor/index.node.js'
import { convert } from '../../src/weights/index.node.js'
import { hasShared, sharedPath } from '../shared.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-convert-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)

interface Stored {
  header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
  data: Buffer
}

/** A safetensors file taken apart, sharing nothing with the reader under test. */
function stored(path: string): Stored {
  const bytes = readFileSync(path)
  const length = Number(bytes.readBigUInt64LE(0))
  const { __metadata__, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, never>
  return { header, data: bytes.subarray(8 + length) }
}

function bytesOf({ header, data }: Stored, name: string): Buffer {
  return data.subarray(...header[name]!.data_offsets)
}

/** Writes one. */
function make(
  path: string,
  tensors: Record<string, readonly [dtype: string, shape: number[], bytes: Uint8Array]>,
): string {
  const header: Record<string, unknown> = {}
  let at = 0
  for (const [name, [dtype, shape, bytes]] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(path, Buffer.concat([length, text, ...Object.values(tensors).map(([, , bytes]) => bytes)]))
  return path
}

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)

const oracle = JSON.parse(readFileSync(new URL('../oracle/convert.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>
const bits = (name: string): Buffer => Buffer.from(oracle[name]!, 'hex')

describe('widths', () => {
  it.each([
    ['f32', 'f16', 'F16'],
    ['f64', 'f16', 'F16'],
    ['f64', 'f32', 'F32'],
    ['f32', 'bf16', 'BF16'],
  ] as const)('%s to %s is rounded as NumPy and PyTorch round', async (from, to, word) => {
    const values = bits(from)
    const source = make(file(`${from}.safetensors`), {
      x: [from.toUpperCase(), [values.length / (from === 'f64' ? 8 : 4)], values],
    })
    const target = file(`${from}-${to}.safetensors`)
    await convert(source, target, { dtype: to })
    const result = stored(target)
    expect(result.header['x']!.dtype).toBe(word)
    expect(bytesOf(result, 'x').toString('hex')).toBe(oracle[`${from}_${to}`])
  })

  it('wider and back is the same bits, and so is the same width again', async () => {
    const source = make(file('start.safetensors'), { x: ['F32', [bits('f32').length / 4], bits('f32')] })
    await convert(source, file('wide.safetensors'), { dtype: 'f64' })
    await convert(file('wide.safetensors'), file('back.safetensors'), { dtype: 'f32' })
    expect(bytesOf(stored(file('back.safetensors')), 'x').equals(bits('f32'))).toBe(true)
    for (const dtype of ['f16', 'bf16', 'f8_e5m2', 'f8_e4m3', 'f8_e5m2fnuz', 'f8_e4m3fnuz'] as const) {
      await convert(source, file('once.safetensors'), { dtype, saturate: true })
      await convert(file('once.safetensors'), file('f64.safetensors'), { dtype: 'f64' })
      await convert(file('f64.safetensors'), file('twice.safetensors'), { dtype })
      const [once, twice] = [stored(file('once.safetensors')), stored(file('twice.safetensors'))]
      expect(bytesOf(twice, 'x').equals(bytesOf(once, 'x')), dtype).toBe(true)
    }
  })

  it('by hand: 1/3 and 3 as bf16, with what it costs', async () => {
    const input = make(file('third.safetensors'), { x: ['F32', [2], floats(1 / 3, 3)] })
    const report = await convert(input, null, { dtype: 'bf16' })
    // bf16 has 8 significant bits: 1/3 = 0.0101010101..b becomes 171 / 512.
    const cost = 171 / 512 - Math.fround(1 / 3)
    expect(report.tensors[0]).toMatchObject({ edited: true, storage: 'bf16', note: 'f32 to bf16', changed: 1, details: { from: 'f32', to: 'bf16', saturated: 0 } }) // biome-ignore format: one object
    for (const key of ['l1', 'l2', 'linf'] as const) expect(report.tensors[0]!.delta[key]).toBeCloseTo(cost, 12)
    expect(report.tensors[0]!.relativeError).toBeCloseTo(cost / Math.hypot(1 / 3, 3), 8)
    expect(report.totals.changed).toBe(1)
  })

  it('biases too, whole numbers and truth values not; globs say otherwise', async () => {
    const source = make(file('kinds.safetensors'), {
      'fc.weight': ['F32', [2, 1], floats(1, 2)],
      'fc.bias': ['F32', [1], floats(3)],
      steps: ['I64', [1], new Uint8Array(8)],
      mask: ['BOOL', [2], Uint8Array.of(1, 0)],
    })
    const dtypes = async (options: Parameters<typeof convert>[2]): Promise<string[]> => {
      await convert(source, file('kinds-out.safetensors'), options)
      const { header } = stored(file('kinds-out.safetensors'))
      return ['fc.weight', 'fc.bias', 'steps', 'mask'].map((name) => header[name]!.dtype)
    }
    expect(await dtypes({ dtype: 'f16' })).toEqual(['F16', 'F16', 'I64', 'BOOL'])
    expect(await dtypes({ dtype: 'f16', tensors: '*.weight' })).toEqual(['F16', 'F32', 'I64', 'BOOL'])
    expect(await dtypes({ dtype: 'f16', kinds: ['bias'] })).toEqual(['F32', 'F16', 'I64', 'BOOL'])
    expect(await dtypes({})).toEqual(['F32', 'F32', 'I64', 'BOOL'])
  })
})

describe('what is too large', () => {
  const large = make(file('large.safetensors'), {
    fine: ['F32', [1], floats(1)],
    'a.weight': ['F32', [5], floats(65504, 65519, 65520, -1e30, 2)],
  })

  it('is an error that names the tensor and counts, and nothing is written', async () => {
    await expect(convert(large, file('none.safetensors'), { dtype: 'f16' })).rejects.toThrow(
      "convert: 2 elements of tensor 'a.weight' would become infinite as f16. Try a wider type, --saturate, or --allow-nonfinite.",
    )
    expect(() => readFileSync(file('none.safetensors'))).toThrow('ENOENT')
  })

  it('is counted over the whole tensor, not a part of it', async () => {
    const many = make(file('many.safetensors'), {
      x: ['F32', [200000], new Uint8Array(new Float32Array(200000).fill(1e5).buffer)],
    })
    await expect(convert(many, null, { dtype: 'f16' })).rejects.toThrow('convert: 200000 elements')
  })

  it('is held at the largest number by saturate', async () => {
    const report = await convert(large, file('held.safetensors'), { dtype: 'f16', saturate: true })
    const held = await load(file('held.safetensors'))
    expect(Array.from(held.get('a.weight')!.toArray())).toEqual([65504, 65504, 65504, -65504, 2])
    expect(report.tensors[1]!.details['saturated']).toBe(3)
    held.dispose()
    for (const [dtype, most] of [
      ['f8_e4m3', 448],
      ['f8_e5m2', 57344],
      ['f8_e4m3fnuz', 240],
      ['f8_e5m2fnuz', 57344],
    ] as const) {
      await convert(large, file('held8.safetensors'), { dtype, saturate: true }).catch((error: Error) => {
        // safetensors has no words for the fnuz types.
        expect(error.message).toContain('cannot hold')
        expect(dtype).toContain('fnuz')
      })
      if (dtype.includes('fnuz')) continue
      const eight = await load(file('held8.safetensors'))
      expect(eight.get('a.weight')!.toArray()[3], dtype).toBe(-most)
      eight.dispose()
    }
  })

  it('becomes infinite where that is allowed', async () => {
    await convert(large, file('inf.safetensors'), { dtype: 'f16', allowNonfinite: true })
    const result = await load(file('inf.safetensors'))
    expect(Array.from(result.get('a.weight')!.toArray())).toEqual([65504, 65504, Infinity, -Infinity, 2])
    result.dispose()
  })
})

describe('formats', () => {
  it('npz has no bf16', async () => {
    const input = new StateDict()
    input.set('x', tensor([1, 2]).keep())
    await expect(convert(input, file('x.npz'), { dtype: 'bf16' })).rejects.toThrow(
      'convert: npz cannot hold bf16. Try a .safetensors output.',
    )
    input.dispose()
  })

  it.skipIf(!hasShared)('every checkpoint of the reference keeps its numbers through safetensors and npz', async () => {
    const checkpoints = [
      'digits-step0800.npz',
      'digits-step0800-train.pt',
      'digits-step0800.onnx',
      'digits-step0800-f16.safetensors',
    ]
    for (const name of checkpoints) {
      const source = sharedPath('data', 'checkpoints', name)
      for (const ending of ['safetensors', 'npz']) {
        const target = file(`${name}.${ending}`)
        const report = await convert(source, target)
        expect(report.totals).toMatchObject({ changed: 0, relativeError: 0 })
        const [a, b] = [await load(source), await load(target)]
        expect([...b.keys()]).toEqual([...a.keys()])
        for (const [key, x] of a) expect(b.get(key)!.toArray(), key).toEqual(x.toArray())
        a.dispose()
        b.dispose()
      }
    }
  })

  it.each([
    [{ dtype: 'f8' }, /^convert: --dtype 'f8' cannot be written; expected f64, f32, f16, bf16, f8_e4m3, /],
    [{ saturate: true }, /^convert: --saturate belongs to a narrower type. Try --dtype f16.$/],
  ] as const)('refuses %j', async (options, message) => {
    const input = new StateDict()
    input.set('x', tensor([1, 2]).keep())
    await expect(convert(input, null, options as never)).rejects.toThrow(message)
    input.dispose()
  })
})
