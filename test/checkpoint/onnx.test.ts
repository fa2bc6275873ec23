/** The ONNX reader: what lies where, under which name, and what is refused. */
import { describe, expect, it } from 'vitest'
import { onnxReader } from '../../src/checkpoint/onnx/reader.js'
import {
  attribute,
  type Bytes,
  bytes,
  concat,
  contentOf,
  doubles,
  fixed32,
  floats,
  graph,
  int,
  message,
  model,
  node,
  oneTensor,
  open,
  packed,
  raw,
  refusal,
  sourceOf,
  summary,
  tensor,
  text,
  varint,
} from './onnxBytes.js'

describe('a model by hand', () => {
  const content = model({
    nodes: [
      node('Constant', [], ['c'], attribute('value', message(5, tensor([], 7, '', packed(7, [-2]))))),
      node('Conv', ['x', 'w', 'b'], ['y'], attribute('group', int(3, 2))),
    ],
    initializers: [
      tensor([4, 1, 1], 1, 'w', raw(floats(1, 2, 3, 4))),
      tensor([4], 1, 'b', bytes(4, floats(5, 6, 7, 8))),
    ],
  })

  it('gives initializers first, then constants, with what the graph does with them', async () => {
    const { tensors, skipped, warnings, metadata } = await open(content)
    expect(tensors.map(({ data, ...facts }) => facts)).toEqual([
      {
        name: 'w',
        dtype: 'FLOAT',
        shape: [4, 1, 1],
        count: 4,
        kind: 'conv',
        outAxis: 0,
        groups: 2,
        group: 'model',
        sharesWith: null,
      },
      {
        name: 'b',
        dtype: 'FLOAT',
        shape: [4],
        count: 4,
        kind: 'bias',
        outAxis: null,
        groups: null,
        group: 'model',
        sharesWith: null,
      },
      {
        name: 'c',
        dtype: 'INT64',
        shape: [],
        count: 1,
        kind: 'constant',
        outAxis: null,
        groups: null,
        group: 'model',
        sharesWith: null,
      },
    ])
    expect([skipped, warnings]).toEqual([[], []])
    expect({ ...metadata, opsets: { ...(metadata['opsets'] as object) } }).toEqual({
      irVersion: 8,
      producerName: 'test',
      opsets: { 'ai.onnx': 17 },
      graph: 'g',
    })
  })

  it('leaves raw and packed floats where they lie in the file', async () => {
    const result = await open(content)
    expect(result.tensors.map(({ data }) => data.storage.kind)).toEqual(['range', 'range', 'bytes'])
    expect(await contentOf(result, 0)).toEqual(floats(1, 2, 3, 4))
    expect(await contentOf(result, 1)).toEqual(floats(5, 6, 7, 8))
    expect(await contentOf(result, 2)).toEqual([0xfe, 255, 255, 255, 255, 255, 255, 255])
  })

  it('reads no data to open: 8 MB of weights cost a window', async () => {
    const big = oneTensor([1000, 2000], 1, 'w', raw([]))
    // The payload is spliced in by hand, since an array of numbers of that size would be slow: raw_data is the last field.
    const payload = new Uint8Array(8_000_000)
    const head = model({ initializers: [] }).subarray(0, 8)
    const inner = [...int(1, 1000), ...int(1, 2000), ...int(2, 1), ...text(8, 'w')]
    const lengthOf = (size: number): number[] => bytes(9, []).slice(0, 1).concat(varint(size))
    const tensorSize = inner.length + lengthOf(payload.length).length + payload.length
    const graphSize = 1 + varint(tensorSize).length + tensorSize
    const content = concat(
      head,
      Uint8Array.from([0x3a, ...varint(graphSize), 0x2a, ...varint(tensorSize), ...inner, ...lengthOf(payload.length)]),
      payload,
    )
    expect(big.length).toBeLessThan(100)
    const source = sourceOf(content)
    const result = await onnxReader.open(source, { folder: null, signal: undefined })
    expect(summary(result)).toEqual([['w', 'FLOAT', '1000x2000']])
    expect(source.bytesRead).toBeLessThan(70_000)
  })
})

describe('a graph of several windows', () => {
  it('reads the same as a small one, wherever the borders fall', async () => {
    // 3000 layers of about 110 bytes: the 64 KiB window moves five times, in the middle of names, attributes and tensors.
    const layers = Array.from({ length: 3000 }, (_, i) => i)
    const result = await open(
      model({
        nodes: layers.map((i) =>
          node(
            'Conv',
            [`x${i}`, `w${i}`],
            [`y${i}`],
            text(3, `/layer.${i}/Conv`),
            attribute('group', int(3, (i % 7) + 1)),
          ),
        ),
        initializers: layers.map((i) => tensor([1, 1, i % 3], 1, `w${i}`, raw(floats(...Array(i % 3).fill(i))))),
      }),
    )
    expect(result.tensors.map(({ name, shape, kind, groups }) => [name, shape[2], kind, groups])).toEqual(
      layers.map((i) => [`w${i}`, i % 3, 'conv', (i % 7) + 1]),
    )
    for (const i of [2, 1001, 2999]) expect(await contentOf(result, i)).toEqual(floats(...Array(i % 3).fill(i)))
  })
})

describe('typed fields', () => {
  it.each<[string, number, number[], string, number[]]>([
    ['FLOAT one by one', 1, [...fixed32(4, 1), ...fixed32(4, -2)], 'f32', floats(1, -2)],
    ['FLOAT in two packed pieces', 1, [...bytes(4, floats(1)), ...bytes(4, floats(-2))], 'f32', floats(1, -2)],
    [
      'FLOAT packed and not, apart',
      1,
      [...bytes(4, floats(1)), ...text(12, 'doc'), ...fixed32(4, -2)],
      'f32',
      floats(1, -2),
    ],
    ['DOUBLE', 11, bytes(10, doubles(0.1, 1e300)), 'f64', doubles(0.1, 1e300)],
    ['COMPLEX64', 14, bytes(4, floats(1, 2, 3, 4)), 'c64', floats(1, 2, 3, 4)],
    ['INT32', 6, packed(5, [-1, 2 ** 31 - 1]), 'i32', [255, 255, 255, 255, 255, 255, 255, 127]],
    ['INT8', 3, packed(5, [-128, 127]), 'i8', [0x80, 0x7f]],
    ['UINT8 one by one', 2, [...int(5, 255), ...int(5, 1)], 'u8', [255, 1]],
    ['INT16', 5, packed(5, [-2, 258]), 'i16', [0xfe, 0xff, 2, 1]],
    ['UINT16', 4, packed(5, [65_535, 1]), 'u16', [255, 255, 1, 0]],
    ['BOOL', 9, packed(5, [1, 0]), 'bool', [1, 0]],
    ['FLOAT16 as bits', 10, packed(5, [0x3c00, 0xbc00]), 'f16', [0x00, 0x3c, 0x00, 0xbc]],
    ['BFLOAT16 as bits, sign-extended', 16, packed(5, [0x3f80, 0xbf80 - 65_536]), 'bf16', [0x80, 0x3f, 0x80, 0xbf]],
    ['FLOAT8E4M3FN', 17, packed(5, [0x38, 0xb8]), 'f8_e4m3fn', [0x38, 0xb8]],
    ['INT64', 7, packed(7, [-1n, 2n ** 62n]), 'i64', [...Array(8).fill(255), 0, 0, 0, 0, 0, 0, 0, 64]],
    ['UINT32', 12, packed(11, [2 ** 32 - 1, 1]), 'u32', [255, 255, 255, 255, 1, 0, 0, 0]],
    ['UINT64', 13, packed(11, [2n ** 64n - 1n, 1n]), 'u64', [...Array(8).fill(255), 1, 0, 0, 0, 0, 0, 0, 0]],
    ['UINT4, two to a number', 21, packed(5, [0x21]), 'u4', [0x21]],
  ])('%s', async (_, type, data, storage, expected) => {
    const result = await open(oneTensor([2], type, 'w', data))
    expect(result.tensors[0]!.data.type).toBe(storage)
    expect(await contentOf(result)).toEqual(expected)
  })

  it.each<[string, number, number[], string, number[]]>([
    // Three to a row that does not fill its last byte: first element in the low bits.
    ['INT4', 22, raw([0x9f, 0x07]), 'i8', [255, 0xf9, 7]],
    ['UINT4', 21, raw([0x9f, 0x07]), 'u8', [15, 9, 7]],
    ['UINT2', 25, raw([0b00_11_10_01]), 'u8', [1, 2, 3]],
    ['INT2', 26, raw([0b00_11_10_01]), 'i8', [1, 254, 255]],
    ['FLOAT4E2M1', 23, raw([0x91, 0x0f]), 'f32', floats(0.5, -0.5, -6)],
  ])('%s with a last byte that is not full is spread out', async (word, type, data, storage, expected) => {
    const result = await open(oneTensor([3], type, 'w', data))
    expect([result.tensors[0]!.dtype, result.tensors[0]!.data.type]).toEqual([word, storage])
    expect(await contentOf(result)).toEqual(expected)
  })

  it('leaves out what would take more memory decoded than a model may use, and says so', async () => {
    const count = 9 * 1024 * 1024
    const head = [...int(1, count), ...int(2, 7), ...text(8, 'w'), 0x3a, ...varint(count)]
    const size = head.length + count
    const content = concat(
      Uint8Array.from([
        ...int(1, 8),
        ...text(2, 'test'),
        0x3a,
        ...varint(1 + varint(size).length + size),
        0x2a,
        ...varint(size),
        ...head,
      ]),
      new Uint8Array(count),
    )
    const result = await open(content)
    expect(result.tensors).toEqual([])
    expect(result.skipped).toEqual([
      {
        name: 'w',
        dtype: 'INT64',
        shape: [count],
        what: 'tensor',
        why: 'Its numbers are spelled out one by one in the protobuf and would take 75 MB of memory decoded; save the model with raw_data to have it measured.',
      },
    ])
  })

  it('skips strings and segments with a reason', async () => {
    const content = model({
      initializers: [tensor([1], 8, 's', text(6, 'hello')), tensor([1], 1, 'p', message(3, int(1, 0)), raw(floats(1)))],
    })
    expect((await open(content)).skipped.map(({ name, dtype, why }) => [name, dtype, why])).toEqual([
      ['s', 'STRING', 'A string tensor holds text, not numbers; it is skipped.'],
      ['p', 'FLOAT', 'It is one segment of a tensor that is split over several files, which no writer of today makes.'],
    ])
  })
})

describe('Constant nodes', () => {
  it('read every attribute that holds numbers', async () => {
    const constant = (name: string, ...value: Bytes[]): number[] =>
      node('Constant', [], [name], attribute(name, ...value))
    const result = await open(
      model({
        nodes: [
          constant('value_float', fixed32(2, 1.5)),
          constant('value_floats', bytes(7, floats(1, 2))),
          constant('value_floats', ...[3, 4, 5].map((value) => fixed32(7, value))).map((byte) => byte),
          constant('value_int', int(3, -1)),
          constant('value_ints', packed(8, [1, 2, 3])),
          constant('value_string', text(4, 'hello')),
        ],
      }),
    )
    expect(summary(result)).toEqual([
      ['value_float', 'FLOAT', ''],
      ['value_floats', 'FLOAT', '2'],
      ['value_floats#2', 'FLOAT', '3'],
      ['value_int', 'INT64', ''],
      ['value_ints', 'INT64', '3'],
    ])
    expect(await contentOf(result, 0)).toEqual(floats(1.5))
    expect(await contentOf(result, 1)).toEqual(floats(1, 2))
    expect(await contentOf(result, 2)).toEqual(floats(3, 4, 5))
    expect(await contentOf(result, 3)).toEqual(Array(8).fill(255))
    expect(result.skipped.map(({ name, dtype }) => [name, dtype])).toEqual([['value_string', 'STRING']])
  })
})

describe('sparse initializers', () => {
  const sparse = (shape: number[], indexShape: number[], indices: number[]): Uint8Array =>
    model({
      sparse: [
        [
          ...message(1, tensor([2], 1, 's', raw(floats(0.5, -1)))),
          ...message(2, tensor(indexShape, 7, '', packed(7, indices))),
          ...shape.flatMap((size) => int(3, size)),
        ],
      ],
    })

  it.each([
    ['linear', [2], [1, 5]],
    ['by axis', [2, 2], [0, 1, 1, 2]],
  ])('%s indices are measured as the dense tensor', async (_, indexShape, indices) => {
    const result = await open(sparse([2, 3], indexShape, indices))
    expect(summary(result)).toEqual([['s', 'FLOAT', '2x3']])
    expect(await contentOf(result)).toEqual(floats(0, 0.5, 0, 0, 0, -1))
  })

  it('indices outside are refused, and a dense form of gigabytes is not built', async () => {
    expect(await refusal(sparse([2, 3], [2], [1, 6]))).toBe(
      "bad-index: onnx: sparse tensor 's': index number 1 lies outside of shape [2, 3].",
    )
    const { skipped } = await open(sparse([1e6, 1e6], [2], [1, 6]))
    expect(skipped[0]!.why).toBe('A sparse tensor with 2 stored values; its dense form of 4.0 TB is not built.')
  })
})

describe('names', () => {
  const inner = (name: string): number[] => graph({ initializers: [tensor([1], 1, name, raw(floats(1)))] })
  const branching = (label: string): number[] =>
    node(
      'If',
      ['c'],
      ['y'],
      text(3, label),
      attribute('then_branch', bytes(6, inner('w'))),
      attribute('else_branch', bytes(6, inner('w'))),
    )

  it('of subgraphs are paths: node/branch/name', async () => {
    const result = await open(model({ nodes: [branching('if1')], initializers: [tensor([1], 1, 'w', raw(floats(1)))] }))
    expect(result.tensors.map(({ name }) => name)).toEqual(['w', 'if1/then_branch/w', 'if1/else_branch/w'])
  })

  it('of nodes without one are their output; equal paths are told apart', async () => {
    const result = await open(model({ nodes: [branching(''), branching('')] }))
    expect(result.tensors.map(({ name }) => name)).toEqual([
      'y/then_branch/w',
      'y/else_branch/w',
      'y/then_branch/w#2',
      'y/else_branch/w#2',
    ])
  })

  it('of functions and training begin with where they are; training is not the model', async () => {
    const f = message(25, text(1, 'f'), bytes(7, node('Constant', [], ['k'], attribute('value_float', fixed32(2, 1)))))
    const training = message(20, bytes(2, inner('momentum')))
    const result = await open(model({ initializers: [tensor([1], 1, 'w', raw(floats(1)))] }, f, training))
    expect(result.tensors.map(({ name, group }) => [name, group])).toEqual([
      ['w', 'model'],
      ['training_info_0/algorithm/momentum', 'optimizer'],
      ['f/k', 'model'],
    ])
  })

  it('of metadata cannot reach a prototype', async () => {
    const { metadata } = await open(
      model({}, message(14, text(1, '__proto__'), text(2, 'x')), message(14, text(1, 'irVersion'), text(2, 'y'))),
    )
    expect(Object.getPrototypeOf(metadata)).toBeNull()
    expect(Object.entries(metadata)).toEqual(
      expect.arrayContaining([
        ['__proto__', 'x'],
        ['property irVersion', 'y'],
      ]),
    )
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})

describe('errors', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'a size that does not fit the shape',
      oneTensor([3], 1, 'w', raw(floats(1, 2))),
      "size-mismatch: onnx: tensor 'w' of type FLOAT and shape [3] needs 12 bytes, but its data has 8 bytes.",
    ],
    [
      'too few numbers',
      oneTensor([3], 7, 'w', packed(7, [1, 300])),
      "size-mismatch: onnx: tensor 'w' of type INT64 and shape [3] needs 3 numbers in int64_data, but has 2.",
    ],
    [
      'a shape that no data could fill',
      oneTensor([2 ** 40], 7, 'w', packed(7, [1])),
      "size-mismatch: onnx: tensor 'w' of type INT64 and shape [1099511627776] needs 1099511627776 numbers in int64_data, but has at most 1.",
    ],
    [
      'a number that does not fit its type',
      oneTensor([1], 2, 'w', packed(5, [256])),
      "bad-value: onnx: tensor 'w' of type UINT8 holds the number 256 in int32_data, which does not fit that type.",
    ],
    [
      'data in the wrong field',
      oneTensor([1], 1, 'w', packed(7, [1])),
      "wrong-field: onnx: tensor 'w' has type FLOAT, whose elements belong in raw_data or float_data, but its data is in int64_data.",
    ],
    [
      'data in two fields',
      oneTensor([1], 1, 'w', raw(floats(1)), bytes(4, floats(1))),
      "ambiguous-data: onnx: tensor 'w' gives its data twice, in both float_data and raw_data; which of them counts is unknown.",
    ],
    [
      'an unknown type',
      oneTensor([1], 99, 'w', raw([0])),
      "bad-dtype: onnx: tensor 'w' has data_type 99, which is unknown; expected one of onnx.proto's element types 1 to 26.",
    ],
    [
      'a negative dim',
      oneTensor([], 1, 'w', int(1, -2)),
      "bad-shape: onnx: tensor 'w' has a dim of -2, which is negative.",
    ],
    [
      'a name given twice',
      model({ initializers: [tensor([0], 1, 'a\u202eb'), tensor([0], 1, 'a\u202eb')] }),
      "duplicate-name: onnx: two initializers of one graph have the same name 'a\\u{202e}b'; a name must not be given twice.",
    ],
    [
      'no graph',
      Uint8Array.from(int(1, 8)),
      'no-graph: onnx: the protobuf has no graph field, so it is no model; it may be truncated.',
    ],
  ])('%s', async (_, content, expected) => {
    expect(await refusal(content)).toBe(expected)
  })

  it('say which tensor and where', async () => {
    const content = oneTensor([3], 1, 'w', raw(floats(1, 2)))
    await expect(open(content)).rejects.toMatchObject({ tensor: 'w', offset: 13, exitCode: 3 })
  })

  it('nested graphs end at a limit, whatever the stack', async () => {
    let inner = graph({ initializers: [tensor([1], 1, 'w', raw(floats(1)))] })
    for (let depth = 0; depth < 200; depth++) {
      inner = graph({ nodes: [node('If', ['c'], ['y'], attribute('then_branch', bytes(6, inner)))] })
    }
    const content = Uint8Array.from([...int(1, 8), ...text(2, 'test'), ...bytes(7, inner)])
    expect(await refusal(content)).toMatch(
      /^deep-nesting: onnx: graphs nest more than 100 deep at byte \d+ of the protobuf/,
    )
  })
})

describe('matches', () => {
  const matches = (content: Uint8Array | readonly number[], size = content.length): boolean =>
    onnxReader.matches(Uint8Array.from(content), size)

  it('models, also in pieces, without a version, and with a graph beyond the first bytes', () => {
    const whole = model({ initializers: [tensor([1], 1, 'w', raw(floats(1)))] })
    expect(matches(whole)).toBe(true)
    expect(matches(whole.subarray(0, 20), 1e9)).toBe(true)
    expect(matches(bytes(7, graph({ nodes: [node('Relu', ['x'], ['y'])] })))).toBe(true)
    expect(matches([...int(1, 8), ...text(2, 'pytorch'), ...text(6, 'x'.repeat(70_000))].slice(0, 65_536), 1e9)).toBe(
      true,
    )
  })

  it.each<[string, readonly number[]]>([
    ['nothing', []],
    ['zeros', Array(100).fill(0)],
    ['text', [...new TextEncoder().encode('name: "x"\ngraph { }')]],
    ['HTML', [...new TextEncoder().encode('<!doctype html><html>')]],
    ['JSON', [...new TextEncoder().encode('{"irVersion": 8}')]],
    ['a zip', [0x50, 0x4b, 3, 4, 20, 0, 0, 0]],
    ['gzip', [0x1f, 0x8b, 8, 0, 0, 0]],
    ['npy', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]],
    ['a pickle', [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]],
    ['GGUF', [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0]],
    ['safetensors with a header of 58 bytes', [58, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22]],
    [
      'safetensors with a header of 666,170 bytes',
      [0x3a, 0x2a, 0x0a, 0, 0, 0, 0, 0, 0x7b, 0x22, ...Array(100).fill(0x20)],
    ],
    ['a TensorFlow SavedModel', [...int(1, 1), ...message(2, message(1, text(1, 'v')))]],
    [
      'a CoreML model',
      [...int(1, 4), ...message(2, message(1, message(1, text(1, 'input')))), ...message(500, int(1, 1))],
    ],
    ['a Caffe model', [...text(1, 'net'), ...message(100, text(1, 'layer'))]],
    ['some other protobuf', [...int(1, 8), ...text(2, 'hello')]],
  ])('not %s', (_, content) => {
    expect(matches(content)).toBe(false)
  })
})
