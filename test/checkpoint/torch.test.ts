/** The PyTorch reader on archives made here: names, views, sharing, placeholders, refusals. */
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { readTensor } from '../../src/checkpoint/read.js'
import { torchReader } from '../../src/checkpoint/torch/index.js'
import { Sharing } from '../../src/checkpoint/torch/share.js'
import type { ReaderResult } from '../../src/checkpoint/types.js'
import { archive, floats, legacy, pickleBytes, py, tensor, whole } from './torchBytes.js'
import { ascii, makeZip } from './zipBytes.js'

const open = (bytes: Uint8Array) =>
  torchReader.open(new BytesSource('a.pt', bytes), { folder: null, signal: undefined })

async function valuesOf({ tensors, sources }: ReaderResult, name: string): Promise<number[]> {
  const entry = tensors.find((one) => one.name === name)!
  const values = new Float32Array(entry.count)
  const reader = readTensor(entry.data, sources)
  const bytes = new Uint8Array(values.buffer)
  for (let at = 0; at < bytes.length; ) at += await reader.next(bytes.subarray(at))
  return [...values]
}

const six = floats(1, 2, 3, 4, 5, 6)

describe('tensors', () => {
  it('reads a state dict: name, dtype, shape, values', async () => {
    const result = await open(archive(py.dict({ 'fc.weight': whole('0', [2, 3]) }), { 0: six }))
    expect(result.tensors).toHaveLength(1)
    expect(result.tensors[0]).toMatchObject({
      name: 'fc.weight',
      dtype: 'F32',
      shape: [2, 3],
      count: 6,
      group: 'model',
      sharesWith: null,
    })
    expect(result.tensors[0]!.data.strides).toBeNull()
    expect(await valuesOf(result, 'fc.weight')).toEqual([1, 2, 3, 4, 5, 6])
    expect([...result.warnings, ...result.skipped]).toEqual([])
  })

  it.each([
    ['a transposed view', { size: [3, 2], stride: [1, 3] }, [1, 4, 2, 5, 3, 6]],
    ['a column', { offset: 1, size: [2], stride: [3] }, [2, 5]],
    ['an expanded scalar', { offset: 2, size: [2, 2], stride: [0, 0] }, [3, 3, 3, 3]],
    ['a sliding window', { size: [4, 3], stride: [1, 1] }, [1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6]],
    ['a scalar', { offset: 5, size: [], stride: [] }, [6]],
    ['any stride for an axis of one', { size: [1, 6], stride: [999, 1] }, [1, 2, 3, 4, 5, 6]],
    ['nothing', { size: [3, 0], stride: [1, 1] }, []],
  ] as const)('reads %s', async (_, view, values) => {
    const result = await open(archive(py.dict({ w: tensor({ count: 6, ...view }) }), { 0: six }))
    expect(result.tensors[0]).toMatchObject({ shape: view.size, count: values.length })
    expect(await valuesOf(result, 'w')).toEqual(values)
  })

  it('reads big-endian archives', async () => {
    const swapped = Uint8Array.from([0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0])
    const bytes = makeZip([
      { name: 'm/data.pkl', data: pickleBytes(py.dict({ w: whole('0', [2]) })) },
      { name: 'm/byteorder', data: ascii('big') },
      { name: 'm/data/0', data: swapped },
    ])
    expect(await valuesOf(await open(bytes), 'w')).toEqual([1, -2])
  })

  it('reads legacy files, and views of their storages', async () => {
    const view = tensor({ key: '7', count: 6, size: [2], stride: [2] }, py.tuple(py.text('8'), py.int(1), py.int(4)))
    const result = await open(legacy(py.dict({ all: whole('7', [6]), view }), [['7', six]]))
    expect(await valuesOf(result, 'all')).toEqual([1, 2, 3, 4, 5, 6])
    expect(await valuesOf(result, 'view')).toEqual([2, 4])
    expect(result.tensors[1]!.sharesWith).toBe('all')
  })

  it('reads NumPy arrays that the pickle itself holds', async () => {
    const dtype = `${py.call('numpy', 'dtype', py.text('f4'), '\x89', '\x88')}${py.tuple(py.int(3), py.text('<'), 'N', 'N', 'N')}b`
    const empty = py.call(
      'numpy.core.multiarray',
      '_reconstruct',
      py.global('numpy', 'ndarray'),
      py.tuple(py.int(0)),
      'C\x01b',
    )
    const data = `B${String.fromCharCode(8, 0, 0, 0)}${Buffer.from(floats(1.5, -2)).toString('latin1')}`
    const array = `${empty}${py.tuple(py.int(1), py.tuple(py.int(2)), dtype, '\x89', data)}b`
    const result = await open(archive(py.dict({ mean: array, w: whole('0', [6]) }), { 0: six }))
    expect(result.tensors[0]).toMatchObject({ name: 'mean', dtype: '<f4', shape: [2] })
    expect(await valuesOf(result, 'mean')).toEqual([1.5, -2])
  })
})

describe('names', () => {
  const w = whole('0', [6])

  it('joins nested keys by dots, keeps optimizer state apart, and puts small values into the metadata', async () => {
    const root = py.dict({
      model: py.dict({ 'conv1.weight': w }),
      optimizer: py.dict({
        state: py.pairs([py.int(0), py.dict({ exp_avg: w })]),
        param_groups: py.list(py.dict({ lr: py.float(0.5), params: py.list(py.int(0)) })),
      }),
      ema_optim: py.list(w),
      epoch: py.int(3),
      note: 'N',
    })
    const { tensors, metadata } = await open(archive(root, { 0: six }))
    expect(tensors.map(({ name, group }) => [name, group])).toEqual([
      ['model.conv1.weight', 'model'],
      ['optimizer.state.0.exp_avg', 'optimizer'],
      ['ema_optim.0', 'optimizer'],
    ])
    expect({ ...metadata }).toEqual({
      'optimizer.param_groups.0.lr': 0.5,
      'optimizer.param_groups.0.params': [0],
      epoch: 3,
      note: null,
    })
  })

  it('names keys that are no text as Python shows them', async () => {
    const root = py.pairs(
      [py.int(7), w],
      [py.tuple(py.text('a'), py.int(1)), w],
      ['N', w],
      ['\x88', w],
      [py.text('__proto__'), w],
    )
    const { tensors } = await open(archive(root, { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['7', "('a', 1)", 'None', 'True', '__proto__'])
  })

  it('keeps names apart that would be the same', async () => {
    const root = py.pairs([py.text('a.b'), w], [py.text('a'), py.dict({ b: w })], [py.int(1), w], [py.text('1'), w])
    const { tensors } = await open(archive(root, { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['a.b', 'a/b', '1', '1#2'])
  })

  it('names the tensors of a whole module as its state dict would', async () => {
    const linear = py.object(
      'torch.nn.modules.linear',
      'Linear',
      py.dict({
        training: '\x88',
        in_features: py.int(6),
        _parameters: py.call(
          'collections',
          'OrderedDict',
          py.list(py.tuple(py.text('weight'), w), py.tuple(py.text('bias'), 'N')),
        ),
        _buffers: py.dict({ scale: w }),
        _modules: py.dict({}),
      }),
    )
    const net = py.object('__main__', 'Net', py.dict({ _parameters: py.dict({}), _modules: py.dict({ fc: linear }) }))
    const { tensors, warnings, metadata } = await open(archive(net, { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['fc.weight', 'fc.scale'])
    expect(tensors.map(({ kind }) => kind)).toEqual(['linear', null])
    expect({ ...metadata }).toEqual({})
    expect(warnings).toEqual([
      '1 object of the unknown class __main__.Net stayed an inert placeholder; its code was not loaded.',
      '1 object of the unknown class torch.nn.modules.linear.Linear stayed an inert placeholder; its code was not loaded.',
    ])
  })

  it('names attributes of TorchScript objects, and measures constants of the code', async () => {
    const sub = py.object('__torch__.torch.nn.modules.conv', 'Conv1d', py.dict({ weight: w, stride: py.int(1) }))
    const root = py.object('__torch__', 'Net', py.dict({ training: '\x89', conv: sub }))
    const constants = py.tuple(whole('0', [2]), whole('1', [0]))
    const { tensors, skipped, warnings } = await open(
      archive(root, { 0: six }, [
        { name: 'archive/constants.pkl', data: pickleBytes(constants) },
        { name: 'archive/constants/0', data: floats(1, 2) },
        { name: 'archive/code/__torch__.py', data: ascii('import os') },
      ]),
    )
    expect(tensors.map(({ name, kind }) => [name, kind])).toEqual([
      ['conv.weight', 'conv'],
      ['constants.0', 'constant'],
    ])
    expect(skipped.map(({ name }) => name)).toEqual(['constants.1'])
    expect(warnings).toEqual([])
  })
})

describe('sharing', () => {
  const view = (name: string, offset: number, shape: number[], strides: number[]) => ({ name, offset, shape, strides })

  it('names the first tensor that uses the same elements', async () => {
    const root = py.dict({
      a: whole('0', [6]),
      b: whole('0', [6]),
      c: whole('1', [6]),
      part: tensor({ count: 6, offset: 4, size: [2], stride: [1] }),
    })
    const { tensors } = await open(archive(root, { 0: six, 1: six }))
    expect(tensors.map(({ sharesWith }) => sharesWith)).toEqual([null, 'a', null, 'a'])
  })

  it.each([
    ['pieces of a flat buffer', view('a', 0, [2, 3], [3, 1]), view('b', 6, [4], [1]), false],
    ['even and odd elements', view('a', 0, [3], [2]), view('b', 1, [3], [2]), false],
    ['columns of one matrix', view('a', 0, [4, 3], [10, 1]), view('b', 3, [4, 7], [10, 1]), false],
    ['columns that meet', view('a', 0, [4, 4], [10, 1]), view('b', 3, [4, 7], [10, 1]), true],
    ['a matrix and its transpose', view('a', 0, [2, 3], [3, 1]), view('b', 0, [3, 2], [1, 3]), true],
    ['a matrix and one of its rows', view('a', 0, [4, 5], [5, 1]), view('b', 10, [5], [1]), true],
    ['empty views', view('a', 0, [0], [1]), view('b', 0, [5], [1]), false],
  ])('%s: %#', (_, a, b, shares) => {
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      const sharing = new Sharing()
      expect(sharing.add('s', first)).toBeNull()
      expect(sharing.add('s', second)).toBe(shares ? first.name : null)
      expect(sharing.add('another storage', second)).toBeNull()
    }
  })

  it('never says "apart" for views that have an element in common (random views against their sets)', () => {
    let state = 11
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const elements = ({ offset, shape, strides }: ReturnType<typeof view>) => {
      let all = [offset]
      for (const [axis, size] of shape.entries())
        all = all.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * strides[axis]!))
      return new Set(all)
    }
    let apart = 0
    for (let round = 0; round < 3000; round++) {
      const make = (name: string) => {
        const rank = 1 + random(3)
        return view(
          name,
          random(12),
          Array.from({ length: rank }, () => 1 + random(4)),
          Array.from({ length: rank }, () => random(13)),
        )
      }
      const [a, b] = [make('a'), make('b')]
      const sharing = new Sharing()
      sharing.add('s', a)
      if (sharing.add('s', b) !== null) continue
      apart++
      const common = [...elements(a)].filter((at) => elements(b).has(at))
      expect(common, JSON.stringify([round, a, b])).toEqual([])
    }
    expect(apart).toBeGreaterThan(500)
  })
})

describe('what is skipped, and what stands in', () => {
  const w = whole('0', [6])

  it('lists quantized, sparse and meta tensors with a reason', async () => {
    const root = py.dict({
      w,
      q: py.call(
        'torch._utils',
        '_rebuild_qtensor',
        `${py.tuple(py.text('storage'), py.global('torch', 'QInt8Storage'), py.text('1'), py.text('cpu'), py.int(4))}Q`,
        py.int(0),
        py.tuple(py.int(4)),
        py.tuple(py.int(1)),
        'N',
        '\x89',
        'N',
      ),
      s: py.call(
        'torch._utils',
        '_rebuild_sparse_tensor',
        py.global('torch', 'sparse_coo'),
        py.tuple(w, w, py.tuple(py.int(9), py.int(9))),
      ),
      m: py.call(
        'torch._utils',
        '_rebuild_meta_tensor_no_storage',
        py.global('torch', 'float32'),
        py.tuple(py.int(2)),
        py.tuple(py.int(1)),
        '\x89',
      ),
    })
    const { tensors, skipped } = await open(archive(root, { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['w'])
    expect(skipped.map(({ name, dtype, shape, why }) => [name, dtype, shape, why])).toEqual([
      ['q', 'QINT8', [4], 'a quantized tensor is not supported; dequantize() it before saving.'],
      ['s', 'F32', [9, 9], 'a sparse tensor (sparse_coo) is not supported; to_dense() it before saving.'],
      ['m', null, [2], 'it is a meta tensor, which has no data.'],
    ])
  })

  it('does not measure a view that repeats its elements without end', async () => {
    const { tensors, skipped } = await open(
      archive(py.dict({ w: tensor({ count: 1, size: [2 ** 30, 2 ** 30], stride: [0, 0] }) }), { 0: floats(1) }),
    )
    expect(tensors).toEqual([])
    expect(skipped[0]!.why).toMatch(/repeats 1 stored element to the size \[1073741824, 1073741824\]/)
  })

  it.each([
    ['an enum member', py.call('mylib.types', 'Mode', py.int(1)), 'mylib.types.Mode'],
    ['a path', py.call('pathlib', 'PosixPath', py.text('a')), 'pathlib.PosixPath'],
    [
      'a configuration',
      py.object('omegaconf.dictconfig', 'DictConfig', py.dict({})),
      'omegaconf.dictconfig.DictConfig',
    ],
    ['a namespace', `${py.global('argparse', 'Namespace')})\x81${py.dict({ lr: py.float(1) })}b`, 'argparse.Namespace'],
  ])('keeps %s as an inert placeholder and says so', async (_, value, name) => {
    const { tensors, warnings } = await open(archive(py.dict({ w, config: value }), { 0: six }))
    expect(tensors).toHaveLength(1)
    expect(warnings).toEqual([
      `1 object of the unknown class ${name} stayed an inert placeholder; its code was not loaded.`,
    ])
  })

  it('finds tensors inside objects of unknown classes', async () => {
    const box = py.object('mylib', 'Box', py.dict({ inner: w }))
    const { tensors } = await open(archive(py.dict({ box }), { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['box.inner'])
  })

  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['subprocess', 'Popen'],
    ['OS', 'System'],
    ['oѕ', 'System'],
    ['torch', 'os.system'],
    ['functools', 'partial'],
    ['mylib', 'build_model'],
    ['torch.hub', 'load'],
    ['numpy', 'load'],
    ['builtins', 'getattr'],
    ['copyreg', '__newobj__'],
  ])('refuses a call of %s.%s, naming it and its place', async (module, name) => {
    const call = Buffer.from(py.call('@', '@', py.text('id')).replace('@\n@\n', `${module}\n${name}\n`)).toString(
      'latin1',
    )
    await expect(open(archive(py.dict({ w, x: call }), { 0: six }))).rejects.toThrow(
      new RegExp(
        `^torch: the pickle calls the global ${module}\\.${name.replace('.', '\\.')} \\(byte \\d+ of data\\.pkl\\), which is not allowed`,
      ),
    )
  })
})

describe('damage', () => {
  const w = (more: object) =>
    archive(py.dict({ w: tensor({ count: 6, size: [2, 3], stride: [3, 1], ...more }) }), { 0: six })

  it.each([
    [
      { count: 7 },
      "the storage '0' should have 7 elements of 4 bytes, and its entry has 24 bytes: a size mismatch (tensor 'w')",
    ],
    [{ count: 5 }, 'ends past the bounds of its storage of 5 elements'],
    [
      { offset: 1 },
      'a tensor of size [2, 3], stride [3, 1] and offset 1 ends past the bounds of its storage of 6 elements',
    ],
    [{ offset: -1 }, "the tensor's storage offset is -1, which is negative"],
    [{ stride: [3] }, 'a tensor has the size [2, 3] and the stride [3]: their ranks differ'],
    [{ stride: [-3, 1] }, "an item of the tensor's stride is -3, which is negative"],
    [{ size: [2 ** 40, 2 ** 40] }, 'ends past the bounds'],
    [{ key: '9' }, "the storage '9' is missing: there is no entry 'archive/data/9' in the archive (tensor 'w')"],
    [{ key: '../data.pkl' }, "the storage '../data.pkl' is missing"],
    [
      { type: 'FooStorage' },
      'the type of a storage is the global torch.FooStorage, an unknown or unsupported storage class',
    ],
  ])('refuses %j', async (more, message) => {
    await expect(open(w(more))).rejects.toThrow(message)
  })

  it('refuses an archive with two checkpoints, without a pickle, with more behind the pickle, or without tensors', async () => {
    const data = pickleBytes(py.dict({}))
    await expect(
      open(
        makeZip([
          { name: 'a/data.pkl', data },
          { name: 'b/data.pkl', data },
        ]),
      ),
    ).rejects.toThrow('more than one data.pkl')
    await expect(open(makeZip([{ name: 'a/data/0', data: six }]))).rejects.toThrow('has no data.pkl')
    await expect(open(makeZip([{ name: 'a/data.pkl', data: new Uint8Array([...data, 1, 2]) }]))).rejects.toThrow(
      '2 bytes of code or data behind the end of its pickle',
    )
    await expect(open(makeZip([{ name: 'a/data.pkl', data }]))).rejects.toThrow('holds no tensors at all')
  })

  it('refuses every prefix of a legacy file', async () => {
    const bytes = legacy(py.dict({ w: whole('0', [6]) }), [['0', six]])
    expect((await open(bytes)).tensors).toHaveLength(1)
    for (let cut = 0; cut < bytes.length; cut++)
      await expect(open(bytes.slice(0, cut)), `cut at ${cut}`).rejects.toThrow(/^(torch|the pickle)/)
  })

  it('ends for parts that contain themselves and for parts that refer to one another without end', async () => {
    const cycle = `}q\x01(${py.text('self')}h\x01${py.text('w')}${whole('0', [6])}u`
    const { tensors, warnings } = await open(archive(cycle, { 0: six }))
    expect(tensors.map(({ name }) => name)).toEqual(['w'])
    expect(warnings).toEqual(['The checkpoint contains itself; each part was read once along a path.'])
    let laughs = `${whole('0', [6])}q\x00`
    for (let level = 1; level < 25; level++)
      laughs += `0](${`h${String.fromCharCode(level - 1)}`.repeat(10)}eq${String.fromCharCode(level)}`
    await expect(open(archive(laughs, { 0: six }))).rejects.toThrow('more paths to its values than bytes')
    await expect(open(archive(`${']('.repeat(5000)}${'e'.repeat(5000)}`, { 0: six }))).rejects.toThrow(
      'nests deeper than 200 levels',
    )
  })

  it('tells plain pickles from checkpoints without loading them', async () => {
    await expect(open(pickleBytes(py.call('os', 'system', py.text('id'))))).rejects.toThrow(
      "a plain pickle without PyTorch's magic number",
    )
    const tar = new Uint8Array(1024)
    tar.set(ascii('sys_info'))
    tar.set(ascii('ustar'), 257)
    expect(torchReader.matches(tar, 1024)).toBe(true)
    await expect(open(tar)).rejects.toThrow('the tar format of PyTorch before 0.1.10')
  })
})
