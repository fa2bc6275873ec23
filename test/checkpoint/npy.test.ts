/** NumPy's .npy: literals, dtypes, headers, and the array in its file. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { npyType, readNpyHeader } from '../../src/archive/index.js'
import { type LiteralDict, parseLiteral } from '../../src/archive/npy/literal.js'
import { BytesSource } from '../../src/archive/source.js'
import { npyReader } from '../../src/checkpoint/npy/index.js'
import { readTensor } from '../../src/checkpoint/read.js'
import { makeNpy } from './npyBytes.js'

const context = { folder: null, signal: undefined }
const open = (bytes: Uint8Array, name = 'weights.npy') => npyReader.open(new BytesSource(name, bytes), context)
const header = (text: string, version = 1) => {
  const bytes = makeNpy(text, new Uint8Array(24), version)
  return readNpyHeader(async (offset, length) => bytes.slice(offset, offset + length), bytes.length)
}

describe('parseLiteral', () => {
  it('reads the literals that a header has', () => {
    expect(parseLiteral('(\'a\', "b", 3, -4L, True, None, [1, 2,], (5), (5,), ())')).toEqual({
      kind: 'tuple',
      items: [
        'a',
        'b',
        3,
        -4,
        true,
        null,
        { kind: 'list', items: [1, 2] },
        5,
        { kind: 'tuple', items: [5] },
        { kind: 'tuple', items: [] },
      ],
    })
    expect(parseLiteral(String.raw`'\x3cf4\\\''`)).toBe("<f4\\'")
  })

  it('keeps odd keys as data', () => {
    const value = parseLiteral("{'__proto__': 1, 'constructor': 2}") as LiteralDict
    expect([...value.entries]).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it.each([
    ['', 'unexpected end at character 0'],
    ["{'a': 1} x", "unexpected 'x' at character 9"],
    ['1 + 1', "unexpected '+ 1' at character 2"],
    ['f(1)', "unexpected 'f(1)' at character 0"],
    ["{'a': 1, 'a': 2}", "the key 'a' is repeated (duplicate)"],
    ['{1: 2}', 'a key is not a string'],
    ["'abc", 'a string is not terminated'],
    [String.raw`'\N{DASH}'`, 'a string holds an escape that no dtype needs'],
    ['1.5', "unexpected '1.5' at character 0"],
    ['('.repeat(50_000), 'it nests deeper than 16 levels'],
  ])('refuses %.20s', (text, message) => {
    expect(() => parseLiteral(text)).toThrow(
      `npy: the header is not a plain Python dict literal: ${message}; nothing of it was run.`,
    )
  })
})

describe('npyType', () => {
  it.each([
    ['<f4', 'f32', false],
    ['>f8', 'f64', true],
    ['=i2', 'i16', false],
    ['|u1', 'u8', false],
    ['|b1', 'bool', false],
    ['?', 'bool', false],
    ['<c8', 'c64', false],
    ['>c16', 'c128', true],
    ['float32', 'f32', false],
    ['|f4', 'f32', false],
  ])('%s is %s', (word, type, bigEndian) => {
    expect(npyType(word)).toEqual({ word, type, bigEndian, why: null })
  })

  it.each([
    ['|O', /object array, which is a pickle/],
    ['<U4', /text/],
    ['<M8[ns]', /dates/],
    ['<V2', /bfloat16/],
    ['<f3', /not supported/],
    ['<f4,<f4', /not supported/],
    ['__proto__', /not supported/],
    ['>float32', /not supported/],
  ])('%s is refused', (word, why) => {
    const type = npyType(word)
    expect(type.type).toBeNull()
    expect(type.why).toMatch(why)
  })
})

describe('readNpyHeader', () => {
  const plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

  it.each([1, 2, 3])('reads version %i', async (version) => {
    const dataOffset = (version === 1 ? 10 : 12) + plain.length + 1
    expect(await header(`${plain}\n`, version)).toMatchObject({
      dtype: '<f4',
      shape: [2, 3],
      count: 6,
      strides: null,
      dataOffset,
      dataSize: 24,
    })
  })

  it('gives Fortran order as strides, and none where it makes no difference', async () => {
    const fortran = (shape: string) => header(`{'descr': '|i1', 'fortran_order': True, 'shape': ${shape}}`)
    expect((await fortran('(2, 3, 4)')).strides).toEqual([1, 2, 6])
    expect((await fortran('(1, 5)')).strides).toBeNull()
    expect((await fortran('()')).strides).toBeNull()
  })

  it.each([
    [plain.replace('(2, 3)', '(2, 4)'), 'the data of <f4[2, 4] need 32 bytes and there are 24'],
    [plain.replace('(2, 3)', '[2, 3]'), "the header's shape is not a tuple of integers"],
    [plain.replace('(2, 3)', '(-2, 3)'), 'a dimension of the shape is not a non-negative integer'],
    [
      plain.replace('(2, 3)', '(134217728, 67108864)'),
      'the size of shape [134217728, 67108864] is too large (overflow)',
    ],
    [plain.replace('(2, 3)', `(${'1,'.repeat(65)})`), 'the shape has rank 65, more dimensions than the 64 of NumPy'],
    [plain.replace('False', '0'), "the header's fortran_order is not a bool (True or False)"],
    [plain.replace("'descr'", "'dascr'"), "the header's key descr is missing"],
    [plain.replace(', }', ", 'x': 1}"), "the header has an unexpected extra key 'x'"],
  ])('refuses %s', async (text, message) => {
    await expect(header(text)).rejects.toThrow(message)
  })
})

describe('npyReader', () => {
  it('names the array after its file and reads it in row-major order', async () => {
    // Fortran order of [[1, 2, 3], [4, 5, 6]] stores the columns one after the other, here as big-endian 16-bit integers.
    const data = new Uint8Array([0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6])
    const { tensors, sources, warnings } = await open(
      makeNpy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", data),
    )
    expect(tensors[0]).toMatchObject({
      name: 'weights',
      dtype: '>i2',
      shape: [2, 3],
      count: 6,
      group: 'model',
      sharesWith: null,
    })
    const values = new Int16Array(6)
    await readTensor(tensors[0]!.data, sources).next(new Uint8Array(values.buffer))
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6])
    expect(warnings).toEqual([])
  })

  it('says that bytes behind the array were not read', async () => {
    const { warnings } = await open(
      makeNpy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", new Uint8Array(5)),
    )
    expect(warnings).toEqual(['3 bytes behind the array (a second array?) were not read.'])
  })

  it('refuses objects without a look at their pickle', async () => {
    const bytes = makeNpy(
      "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
      new TextEncoder().encode('cos\nsystem\n'),
    )
    await expect(open(bytes)).rejects.toThrow(
      "npy: the dtype '|O' is unsupported: it is an object array, which is a pickle and is never loaded. Arrays of numbers can be measured.",
    )
  })

  const hasNumpy = (() => {
    try {
      execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()

  it.skipIf(!hasNumpy)('reads what NumPy writes [numpy]', async () => {
    const script = `
import sys, io, numpy as np
rng = np.random.default_rng(5)
for dtype in ['<f4', '>f8', '<f2', '|i1', '>i4', '<u8', '|b1', '<c8']:
  for shape in [(), (0,), (5,), (3, 4), (2, 3, 4)]:
    for order in 'CF':
      a = np.asarray(rng.integers(0, 2, shape) * rng.integers(-9, 9, shape) if dtype != '|b1' else rng.integers(0, 2, shape)).astype(dtype)
      b = io.BytesIO(); np.save(b, np.asarray(a, order=order))
      print(b.getvalue().hex(), np.ascontiguousarray(a).astype(a.dtype.newbyteorder('<')).tobytes().hex() or '-', dtype, order)
`
    const lines = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
    expect(lines).toHaveLength(80)
    for (const line of lines) {
      const [file, wanted] = line.split(' ')
      const { tensors, sources } = await open(new Uint8Array(Buffer.from(file!, 'hex')))
      const reader = readTensor(tensors[0]!.data, sources)
      const bytes = new Uint8Array(reader.byteLength)
      if (bytes.length > 0) await reader.next(bytes)
      expect(Buffer.from(bytes).toString('hex') || '-', line).toBe(wanted)
    }
  })
})
