/** GGUF files built by hand: what is read of them, and the exact sentences for what is wrong with them. */
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { openSource } from '../../src/checkpoint/open.js'
import { readTensor } from '../../src/checkpoint/read.js'
import type { Checkpoint, Source } from '../../src/checkpoint/types.js'
import { FormatError, storageInfo } from '../../src/core/index.js'
import { array, f32, floats, ggufBytes, i32, type Spec, string, u32, type Value } from './ggufBytes.js'

const open = (bytes: Uint8Array): Promise<Checkpoint> => openSource(new BytesSource('model.gguf', bytes))
const openSpec = (spec: Spec): Promise<Checkpoint> => open(ggufBytes(spec))

async function errorOf(work: Promise<unknown>): Promise<FormatError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FormatError) return error
  throw new Error(`expected a FormatError, got ${error === null ? 'none' : String(error)}`)
}

async function elements({ tensors, sources }: Checkpoint, name: string): Promise<Uint8Array> {
  const reader = readTensor(tensors.find((one) => one.name === name)!.data, sources)
  const bytes = new Uint8Array(reader.byteLength)
  expect(await reader.next(bytes)).toBe(bytes.length)
  reader.close()
  return bytes
}

const matrix: Spec = {
  metadata: [['general.architecture', string('test')]],
  tensors: [{ name: 'w', dims: [3, 2], type: 0, offset: 0 }],
  data: floats([1, 2, 3, 4, 5, 6]),
}

describe('worked example', () => {
  // 4 magic, 4 version, 8 tensors, 8 pairs; key 8 + 20, type 4, value 8 + 4; name 8 + 1, axes 4, dims 16, type 4, offset 8: 109 bytes of
  // header. The data begin at the next multiple of 32, 128, and take 6 * 4 bytes: 152.
  it('a 2 x 3 matrix: dimensions are stored innermost first, data begin at the padded end of the header', async () => {
    const bytes = ggufBytes(matrix)
    expect(bytes.length).toBe(152)
    const checkpoint = await open(bytes)
    expect(checkpoint.format).toBe('gguf')
    expect(checkpoint.metadata).toEqual({ 'general.architecture': 'test' })
    expect(checkpoint.warnings).toEqual([])
    expect(checkpoint.tensors).toEqual([
      {
        name: 'w',
        dtype: 'F32',
        shape: [2, 3],
        count: 6,
        data: {
          storage: { kind: 'range', source: 0, offset: 128, length: 24 },
          type: 'f32',
          shape: [2, 3],
          offset: 0,
          strides: null,
          bigEndian: false,
        },
        kind: null,
        outAxis: null,
        groups: null,
        group: 'model',
        sharesWith: null,
      },
    ])
    expect(await elements(checkpoint, 'w')).toEqual(floats([1, 2, 3, 4, 5, 6]))
  })

  it('the version tells the byte order: big-endian files of versions 2 and 3 give the same', async () => {
    for (const version of [2, 3]) {
      const checkpoint = await openSpec({ ...matrix, version, bigEndian: true, data: floats([1, 2, 3, 4, 5, 6], true) })
      expect(checkpoint.metadata).toEqual({ 'general.architecture': 'test' })
      expect(checkpoint.tensors[0]!.shape).toEqual([2, 3])
      expect(await elements(checkpoint, 'w')).toEqual(floats([1, 2, 3, 4, 5, 6]))
    }
  })

  it('Q8_0 blocks of a big-endian file: the scale is turned around, the bytes are not', async () => {
    const scale = [0x38, 0x00] // 0.5 in half precision
    const codes = Array.from({ length: 32 }, (_, index) => index)
    const spec = { ...matrix, bigEndian: true, tensors: [{ name: 'q', dims: [32], type: 8, offset: 0 }] }
    const checkpoint = await openSpec({ ...spec, data: Uint8Array.from([...scale, ...codes]) })
    expect(await elements(checkpoint, 'q')).toEqual(Uint8Array.from([0x00, 0x38, ...codes]))
  })

  it('blocks whose big-endian layout is not settled are listed with the reason', async () => {
    const tensors = [{ name: 'q', dims: [256], type: 23, offset: 0 }]
    const checkpoint = await openSpec({ ...matrix, bigEndian: true, tensors, data: new Uint8Array(136) })
    expect(checkpoint.tensors).toEqual([])
    expect(checkpoint.skipped).toEqual([
      {
        name: 'q',
        dtype: 'IQ4_XS',
        shape: [256],
        what: 'tensor',
        why: 'The byte order inside IQ4_XS blocks is not settled in big-endian files.',
      },
    ])
  })
})

describe('metadata', () => {
  const metadataOf = async (...metadata: [string, Value][]) => (await openSpec({ metadata, tensors: [] })).metadata

  it('keeps every scalar type; integers beyond 2^53 as digits', async () => {
    expect(
      await metadataOf(
        ['u8', { type: 'u8', value: 255 }],
        ['i8', { type: 'i8', value: -128 }],
        ['u16', { type: 'u16', value: 65535 }],
        ['i16', { type: 'i16', value: -32768 }],
        ['u32', u32(4294967295)],
        ['i32', i32(-2147483648)],
        ['f32', f32(1e-5)],
        ['single', f32(Math.fround(1 / 3))],
        ['infinite', f32(Number.NEGATIVE_INFINITY)],
        ['f64', { type: 'f64', value: 0.1 }],
        ['yes', { type: 'bool', value: 1 }],
        ['no', { type: 'bool', value: 0 }],
        ['u64', { type: 'u64', value: 2n ** 64n - 1n }],
        ['i64', { type: 'i64', value: -(2n ** 63n) }],
        ['small', { type: 'i64', value: -5n }],
        ['text', string('é')],
        ['list', array('i32', [i32(1), i32(-2)])],
        ['lists', array('array', [array('string', [string('a')]), array('u8', [])])],
      ),
    ).toEqual({
      u8: 255,
      i8: -128,
      u16: 65535,
      i16: -32768,
      u32: 4294967295,
      i32: -2147483648,
      f32: 1e-5,
      single: 0.33333334,
      infinite: Number.NEGATIVE_INFINITY,
      f64: 0.1,
      yes: true,
      no: false,
      u64: '18446744073709551615',
      i64: '-9223372036854775808',
      small: -5,
      text: 'é',
      list: [1, -2],
      lists: [['a'], []],
    })
  })

  it('shows the beginning of long arrays, of numbers and of strings, with their lengths, and goes on behind them', async () => {
    const tokens = Array.from({ length: 70_000 }, (_, index) => string(`t${index}`))
    const scores = Array.from({ length: 1000 }, (_, index) => i32(index))
    const metadata = await metadataOf(
      ['tokens', array('string', tokens)],
      ['scores', array('i32', scores)],
      ['after', u32(7)],
    )
    expect(metadata['tokens']).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', '… (70000 elements)'])
    expect(metadata['scores']).toEqual([0, 1, 2, 3, 4, 5, 6, 7, '… (1000 elements)'])
    expect(metadata['after']).toBe(7)
  })

  it('cuts long strings with a note of their length', async () => {
    const metadata = await metadataOf(['short', string('x'.repeat(5000))], ['long', string('y'.repeat(200_000))])
    expect(metadata['short']).toBe(`${'x'.repeat(4096)}… (5000 characters)`)
    expect(metadata['long']).toBe(`${'y'.repeat(4096)}… (200000 bytes)`)
  })

  it('keys of objects stay keys: __proto__ is a name like any other', async () => {
    const metadata = await metadataOf(['__proto__', string('x')], ['constructor', u32(1)])
    expect(Object.getPrototypeOf(metadata)).toBe(null)
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 1],
    ])
  })

  it('a string that is not UTF-8 is shown with replacement characters and a warning', async () => {
    const checkpoint = await openSpec({ ...matrix, metadata: [['broken', string(Uint8Array.of(0x61, 0xff))]] })
    expect(checkpoint.metadata).toEqual({ broken: 'a\ufffd' })
    expect(checkpoint.warnings).toEqual([
      "The metadata string 'broken' is not UTF-8; its broken characters are replaced.",
    ])
  })

  it('a wall of strings that are not UTF-8 gives a short list of warnings', async () => {
    const bad = string(Uint8Array.of(0xff))
    const metadata = Array.from({ length: 500 }, (_, index): [string, Value] => [
      `k${index}`,
      array('string', [bad, bad]),
    ])
    expect((await openSpec({ ...matrix, metadata })).warnings.length).toBeLessThan(20)
  })

  it('what is kept of hostile metadata is bounded', async () => {
    const long = string('z'.repeat(4096))
    const metadata = Array.from({ length: 60 }, (_, index): [string, Value] => [
      `k${index}`,
      array(
        'string',
        Array.from({ length: 60 }, () => long),
      ),
    ])
    const checkpoint = await openSpec({ ...matrix, metadata })
    expect(JSON.stringify(checkpoint.metadata).length).toBeLessThan(6e6)
    expect(checkpoint.tensors.length).toBe(1)
  })
})

describe('tensors', () => {
  const placed = (tensors: Spec['tensors'], size: number, rest: Spec = {}) =>
    openSpec({ tensors: tensors ?? [], data: new Uint8Array(size), ...rest })

  it('every type number has its word and its block', async () => {
    const numbers = [0, 1, 2, 3, 6, 7, 8, 9, ...Array.from({ length: 21 }, (_, index) => index + 10), 34, 35, 39]
    const words: string[] = []
    for (const type of numbers) {
      const checkpoint = await placed([{ name: 't', dims: [256, 2], type, offset: 0 }], 4096)
      const { dtype, data } = checkpoint.tensors[0]!
      words.push(dtype)
      const { unit, unitBytes } = storageInfo(data.type)
      expect(data.storage).toMatchObject({ offset: 96, length: (512 / unit) * unitBytes })
      expect(dtype).toBe(data.type.toUpperCase())
    }
    expect(words.join(' ')).toBe(
      'F32 F16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 TQ1_0 TQ2_0 MXFP4',
    )
  })

  it('no dimensions are a scalar; a dimension of 0 is an empty tensor', async () => {
    const tensors = [
      { name: 'scalar', dims: [], type: 0, offset: 0 },
      { name: 'empty', dims: [0, 4], type: 0, offset: 32 },
    ]
    const checkpoint = await placed(tensors, 32)
    expect(checkpoint.tensors.map(({ name, shape, count }) => [name, shape, count])).toEqual([
      ['scalar', [], 1],
      ['empty', [4, 0], 0],
    ])
    expect(await elements(checkpoint, 'empty')).toEqual(new Uint8Array(0))
  })

  it('the order of the data is free, padding at the end is no waste, gaps and trailing bytes are named', async () => {
    const two = (a: number, b: number, size: number) =>
      placed(
        [
          { name: 'a', dims: [8], type: 0, offset: a },
          { name: 'b', dims: [6], type: 0, offset: b },
        ],
        size,
      )
    expect((await two(32, 0, 64)).warnings).toEqual([])
    expect((await two(0, 32, 56)).warnings).toEqual([])
    expect((await two(0, 32, 64)).warnings).toEqual([])
    expect((await two(0, 32, 65)).warnings).toEqual(['1 unused bytes follow the last tensor.'])
    expect((await two(0, 64, 96)).warnings).toEqual(['Unused gaps lie between the tensors (1).'])
  })

  it('general.alignment moves the data', async () => {
    const metadata: [string, Value][] = [['general.alignment', u32(64)]]
    const tensors = [{ name: 'a', dims: [1], type: 0, offset: 0 }]
    const checkpoint = await placed(tensors, 4, { metadata, alignment: 64 })
    expect(checkpoint.tensors[0]!.data.storage).toMatchObject({ offset: 128 })
  })

  it('a type newer than this program is listed, the others are measured', async () => {
    const tensors = [
      { name: 'new', dims: [64], type: 40, offset: 0 },
      { name: 'known', dims: [8], type: 0, offset: 64 },
    ]
    const checkpoint = await placed(tensors, 96)
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['known'])
    expect(checkpoint.skipped).toEqual([
      {
        name: 'new',
        dtype: 'NVFP4',
        shape: [64],
        what: 'tensor',
        why: 'The values of NVFP4 are not known: it is newer than this program.',
      },
    ])
  })
})

describe('refused with one sentence', () => {
  const one = { name: 'w', dims: [8], type: 0, offset: 0 }
  const table: [string, Spec, string, RegExp][] = [
    ['version 1', { version: 1 }, 'bad-version', /version 1 .* no longer read; convert the model again/],
    ['version 4', { version: 4 }, 'bad-version', /version 4 is unsupported: versions 2 and 3 are read/],
    ['version 1, big-endian', { version: 1, bigEndian: true }, 'bad-version', /version 1 /],
    ['2^40 pairs', { pairCount: 2n ** 40n }, 'truncated', /metadata count 1099511627776 is more than fits/],
    ['2^63 tensors', { tensorCount: 2n ** 63n }, 'truncated', /tensor count 9223372036854775808 is more than fits/],
    ['an empty key', { metadata: [['', u32(1)]] }, 'bad-key', /a metadata key is empty/],
    [
      'a key twice',
      {
        metadata: [
          ['k', u32(1)],
          ['k', u32(1)],
        ],
      },
      'duplicate-key',
      /'k' is there more than once/,
    ],
    ['a bool of 2', { metadata: [['k', { type: 'bool', value: 2 }]] }, 'bad-value', /a bool with the value 2/],
    [
      'alignment 12',
      { metadata: [['general.alignment', u32(12)]] },
      'bad-alignment',
      /is 12, and has to be a multiple of 8/,
    ],
    ['alignment 0', { metadata: [['general.alignment', u32(0)]] }, 'bad-alignment', /is 0, and/],
    [
      'alignment as text',
      { metadata: [['general.alignment', string('32')]] },
      'bad-alignment',
      /not of the type uint32/,
    ],
    ['a name twice', { tensors: [one, { ...one, offset: 32 }] }, 'duplicate-name', /'w' is there more than once/],
    ['five axes', { tensors: [{ ...one, dims: [1, 1, 1, 1, 1] }] }, 'bad-shape', /has 5 dimensions/],
    [
      'a product of 2^65',
      { tensors: [{ ...one, dims: [2n ** 63n, 4] }] },
      'overflow',
      /\[9223372036854775808, 4\], a size beyond 2\^53/,
    ],
    ['a removed type', { tensors: [{ ...one, type: 31 }] }, 'bad-type', /type 31, a type that ggml has removed/],
    ['an unknown type', { tensors: [{ ...one, type: 2 ** 31 }] }, 'bad-type', /type 2147483648, an unknown type/],
    [
      'rows of half a block',
      { tensors: [{ ...one, dims: [16, 4], type: 2 }] },
      'bad-shape',
      /multiple of the block size 32 of Q4_0/,
    ],
    [
      'a misaligned offset',
      { tensors: [{ ...one, offset: 4 }] },
      'bad-offset',
      /offset 4, which is not a multiple of the alignment 32/,
    ],
    [
      'an offset past the end',
      { tensors: [{ ...one, offset: 96 }] },
      'truncated',
      /past the end of the file, which has 64 bytes of data/,
    ],
    [
      'an offset of 2^64 - 32',
      { tensors: [{ ...one, offset: 2n ** 64n - 32n }] },
      'bad-offset',
      /18446744073709551584, beyond the end/,
    ],
    [
      'an empty tensor past the end',
      { tensors: [{ ...one, dims: [0], offset: 128 }] },
      'truncated',
      /past the end of the file/,
    ],
    [
      'a shared byte range',
      {
        tensors: [
          { ...one, dims: [16] },
          { ...one, name: 'v', offset: 32 },
        ],
      },
      'overlap',
      /'v' at offset 32 overlaps tensor 'w', which ends at 64/,
    ],
  ]
  it.each(table)('%s', async (_name, spec, code, message) => {
    const error = await errorOf(openSpec({ data: new Uint8Array(64), ...spec }))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
    expect(error.file).toBe('model.gguf')
  })

  it('the whole sentence of a tensor that is cut off', async () => {
    const error = await errorOf(open(ggufBytes(matrix).subarray(0, 151)))
    expect(error.message).toBe(
      "gguf: tensor 'w' ends at 24 of the data, past the end of the file, which has 23 bytes of data: it is truncated, download it again.",
    )
    expect(error.tensor).toBe('w')
  })

  it('every shorter file', async () => {
    const bytes = ggufBytes(matrix)
    // Less than the magic could be anything.
    for (let length = 4; length < bytes.length; length++) {
      const error = await errorOf(open(bytes.subarray(0, length)))
      expect(error.message, `cut at ${length}`).toMatch(
        /truncated|past the end of the file|more than fits into the file/,
      )
    }
  })

  it('names are shown inert', async () => {
    const error = await errorOf(
      openSpec({ tensors: [{ ...one, name: '\u001b[2Jw', type: 5 }], data: new Uint8Array(64) }),
    )
    expect(error.message).toContain("tensor '\\u{1b}[2Jw'")
  })

  it('arrays nested too deep', async () => {
    let value = array('u8', [])
    for (let depth = 0; depth < 500; depth++) value = array('array', [value])
    const error = await errorOf(openSpec({ metadata: [['k', value]] }))
    expect(error.code).toBe('deep-nesting')
  })
})

describe('large files', () => {
  /** Zeros after `head`, without holding them. */
  function sparse(head: Uint8Array, size: number, counts: { reads: number; bytes: number }): Source {
    const fill = (offset: number, target: Uint8Array) => {
      counts.reads++
      counts.bytes += target.length
      target.fill(0)
      if (offset < head.length) target.set(head.subarray(offset, Math.min(head.length, offset + target.length)))
    }
    return {
      name: 'model.gguf',
      size,
      locator: null,
      async read(offset, length) {
        const bytes = new Uint8Array(length)
        fill(offset, bytes)
        return bytes
      },
      readInto: fill,
      async close() {},
    }
  }

  it('metadata are read forward once, in pieces, and tensors not at all', async () => {
    const tokens = Array.from({ length: 300_000 }, () => string('abcd'))
    const head = ggufBytes({
      metadata: [['tokens', array('string', tokens)]],
      tensors: [{ name: 'w', dims: [2 ** 30], type: 0, offset: 0 }],
      data: new Uint8Array(32),
    })
    const counts = { reads: 0, bytes: 0 }
    const checkpoint = await openSource(sparse(head, head.length + 2 ** 32, counts))
    expect(checkpoint.tensors[0]!.count).toBe(2 ** 30)
    expect(counts.bytes).toBeLessThan(head.length + 4 * 2 ** 20)
    expect(counts.reads).toBeLessThan(12)
  })

  it('walls of nested arrays and of strings end soon', async () => {
    for (const [type, count] of [
      [9, 65_536],
      [8, 4 * 2 ** 20],
      [9, 65_537],
      [8, 4 * 2 ** 20 + 1],
    ] as const) {
      const head = ggufBytes({ metadata: [['k', array('string', [])]] })
      const view = new DataView(head.buffer)
      view.setUint32(head.length - 12, type, true)
      view.setBigUint64(head.length - 8, BigInt(count), true)
      const started = process.cpuUsage()
      const opening = openSource(sparse(head, head.length + 2 ** 26, { reads: 0, bytes: 0 }))
      if (count % 2 === 1) expect((await errorOf(opening)).code).toBe('too-large')
      else expect((await opening).metadata['k']).toHaveLength(9)
      expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2)
    }
  })

  it('a long array of numbers is stepped over', async () => {
    const head = ggufBytes({ metadata: [['k', array('i32', [])]] })
    new DataView(head.buffer).setBigUint64(head.length - 8, 2n ** 28n, true)
    const counts = { reads: 0, bytes: 0 }
    const checkpoint = await openSource(sparse(head, head.length + 2 ** 30, counts))
    expect(checkpoint.metadata['k']).toEqual([0, 0, 0, 0, 0, 0, 0, 0, '… (268435456 elements)'])
    expect(counts.bytes).toBeLessThan(4 * 2 ** 20)
  })
})
