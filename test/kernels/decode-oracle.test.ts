/**
 * The decoders against others' work: the digests that the GGUF authors' own reader gives for seeded blocks (scripts/oracle/decode.py), the file of all
 * common types that ggml wrote, and the odd files' expected norms.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type StorageType, storageBytes, storageInfo, storageTypes } from '../../src/core/index.js'
import { isDecoded } from '../../src/kernels/decode.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { decode, decodedBytes, seededBytes } from './decode-module.js'
import { ggufTensors, type RawTensor, safetensorsTensors } from './raw-tensors.js'

interface Oracle {
  seed: number
  blocks: number
  types: Record<string, { cleared: [number, number][]; first: number[]; sha256: string }>
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/decode.json', import.meta.url), 'utf8')) as Oracle

describe('seeded blocks have the bits that the reference reader gives', () => {
  it.each(Object.keys(oracle.types) as StorageType[])('%s', (type) => {
    const { cleared, first, sha256 } = oracle.types[type]!
    const { unit, unitBytes } = storageInfo(type)
    const bytes = seededBytes(oracle.blocks * unitBytes, oracle.seed)
    for (let at = 0; at < bytes.length; at += unitBytes)
      for (const [offset, mask] of cleared) bytes[at + offset] = bytes[at + offset]! & ~mask
    expect(decode(type, bytes, oracle.blocks * unit).slice(0, first.length)).toEqual(first)
    expect(
      createHash('sha256')
        .update(decodedBytes(oracle.blocks * unit))
        .digest('hex'),
    ).toBe(sha256)
  })

  it('covers every block type but those that only hold activations', () => {
    const blocks = storageTypes.filter((type) => storageInfo(type).numberClass === 'block' && type in oracle.types)
    expect(blocks.length).toBe(22)
    expect(['q8_1', 'q8_k'].some((type) => type in oracle.types)).toBe(false)
  })
})

interface Figures {
  zeros: number
  nan: number
  inf: number
  l1: number
  l2: number
  linf: number
  mean?: number
  std?: number
}

/** Figures over the finite elements; sums with Neumaier's correction. */
function figures(values: readonly number[]): Required<Figures> {
  const finite = values.filter(Number.isFinite)
  const sum = (of: (x: number) => number): number => {
    let [total, lost] = [0, 0]
    for (const value of finite) {
      const x = of(value)
      const next = total + x
      lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total
      total = next
    }
    return total + lost
  }
  const mean = finite.length === 0 ? 0 : sum((x) => x) / finite.length
  return {
    zeros: values.filter((x) => x === 0).length,
    nan: values.filter(Number.isNaN).length,
    inf: values.filter((x) => Math.abs(x) === Number.POSITIVE_INFINITY).length,
    l1: sum(Math.abs),
    l2: Math.sqrt(sum((x) => x * x)),
    linf: finite.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0),
    mean,
    std: Math.sqrt(sum((x) => (x - mean) ** 2) / finite.length),
  }
}

function expectFigures(tensor: RawTensor, expected: Figures): void {
  const found = figures(decode(tensor.type, tensor.bytes, tensor.count))
  for (const key of ['zeros', 'nan', 'inf'] as const) expect(found[key], `${tensor.name} ${key}`).toBe(expected[key])
  for (const key of ['l1', 'l2', 'linf', 'mean', 'std'] as const) {
    const value = expected[key]
    if (value !== undefined)
      expect(Math.abs(found[key] - value), `${tensor.name} ${key}`).toBeLessThanOrEqual(1e-12 * Math.abs(value))
  }
}

describe.skipIf(!hasShared)('the file of common types that ggml wrote', () => {
  const expected = hasShared
    ? sharedJson<{ tensors: (Figures & { name: string })[] }>('data/reference/lab-alltypes.gguf.json').tensors
    : []
  const tensors = hasShared ? ggufTensors(readFileSync(sharedPath('data/checkpoints/lab-alltypes.gguf'))) : []
  const decoded = tensors.filter(({ type }) => isDecoded(type))

  it('has the types', () => {
    expect(decoded.length).toBe(14)
    expect(tensors.length).toBe(expected.length)
  })

  it.each(decoded.map((tensor) => [tensor.name, tensor] as const))('%s', (name, tensor) => {
    expectFigures(tensor, expected.find((one) => one.name === name)!)
  })
})

interface Case {
  id: string
  file?: string
  format: string
  expect: string
  tensors?: Record<string, Figures & { dtype: string }>
}

describe.skipIf(!hasShared)('odd but valid files', () => {
  const readers: Record<string, (file: Uint8Array) => RawTensor[]> = {
    gguf: ggufTensors,
    safetensors: safetensorsTensors,
  }
  const cases = (hasShared ? sharedJson<Case[]>('badfiles/manifest.json') : []).filter(
    ({ file, format, expect, tensors }) =>
      file !== undefined &&
      expect === 'accept' &&
      readers[format] !== undefined &&
      Object.values(tensors ?? {}).some(({ dtype }) => isDecodedName(dtype)),
  )

  it('are found', () => {
    expect(cases.length).toBeGreaterThanOrEqual(12)
  })

  it.each(cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const tensors = readers[one.format]!(readFileSync(sharedPath('badfiles', one.file!)))
    for (const tensor of tensors.filter(({ type }) => isDecoded(type)))
      expectFigures(tensor, one.tensors![tensor.name]!)
  })
})

function isDecodedName(dtype: string): boolean {
  return (storageTypes as readonly string[]).includes(dtype) && isDecoded(dtype as StorageType)
}

describe.skipIf(!hasShared)('packed integers of ONNX', () => {
  // The raw data of the one initializer ends the file.
  it.each([
    ['raw-int4', 'i4', 32],
    ['raw-uint4', 'u4', 32],
  ] as const)('%s', (name, type, count) => {
    const manifest = sharedJson<Case[]>('badfiles/manifest.json')
    const { tensors, file } = manifest.find(({ id }) => id === `onnx/${name}`)!
    const bytes = readFileSync(sharedPath('badfiles', file!))
    const size = storageBytes(type, count)
    const start = bytes.indexOf(Buffer.from([0x4a, size])) + 2 // field 9, raw_data, length-delimited
    expectFigures({ name: 'w', type, count, bytes: bytes.subarray(start, start + size) }, tensors!['w']!)
  })
})
