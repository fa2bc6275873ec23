/** Which layers become two, under which names, and the line of PyTorch that builds them. */
import { describe, expect, it } from 'vitest'
import type { Kind, TensorEntry } from '../../src/checkpoint/index.js'
import { matmul, memory, randn, scope, sub } from '../../src/tensor/index.node.js'
import { formOf, layoutOf } from '../../src/weights/edit/compress/layout.js'
import { type Place, placeOf, pytorchLine, type Refusal } from '../../src/weights/edit/compress/modules.js'
import { entryOf } from './support.js'

describe('layouts', () => {
  const table = [
    {
      kind: 'linear',
      shape: [6, 4],
      outAxis: 0,
      form: 'outputsFirst',
      pair: [
        [2, 4],
        [6, 2],
      ],
    },
    {
      kind: 'linear',
      shape: [4, 6],
      outAxis: 1,
      form: 'outputsLast',
      pair: [
        [4, 2],
        [2, 6],
      ],
    },
    {
      kind: 'unknown',
      shape: [6, 4],
      outAxis: 0,
      form: 'outputsFirst',
      pair: [
        [2, 4],
        [6, 2],
      ],
    },
    {
      kind: 'conv',
      shape: [6, 4, 3],
      outAxis: 0,
      form: 'outputsFirst',
      pair: [
        [2, 4, 3],
        [6, 2, 1],
      ],
    },
    {
      kind: 'conv',
      shape: [6, 4, 3, 5],
      outAxis: 0,
      form: 'outputsFirst',
      pair: [
        [2, 4, 3, 5],
        [6, 2, 1, 1],
      ],
    },
    {
      kind: 'conv',
      shape: [3, 5, 4, 6],
      outAxis: 3,
      form: 'outputsLast',
      pair: [
        [3, 5, 4, 2],
        [1, 1, 2, 6],
      ],
    },
    {
      kind: 'convTranspose',
      shape: [4, 6, 2, 2],
      outAxis: 1,
      form: 'transposed',
      pair: [
        [4, 2, 1, 1],
        [2, 6, 2, 2],
      ],
    },
    {
      kind: 'embedding',
      shape: [9, 5],
      outAxis: 0,
      form: 'table',
      pair: [
        [9, 2],
        [5, 2],
      ],
    },
  ] as const

  it.each(table)('$kind $shape with outputs on axis $outAxis', ({ kind, shape, outAxis, form, pair }) => {
    const before = memory().tensors
    expect(formOf(kind, shape, outAxis)).toBe(form)
    const layout = layoutOf(form, shape)
    expect(layout.shapes(2)).toEqual(pair)
    scope(() => {
      const [P, Q] = [randn([layout.rows, 2]), randn([2, layout.columns])]
      const [first, second] = layout.arrange(P, Q)
      expect([first.shape, second.shape]).toEqual(pair)
      const [p, q] = layout.factors(first, second)
      expect(sub(matmul(p, q), matmul(P, Q)).abs().max().item()).toBe(0)
      expect(matmul(p, q).reshape(shape).shape).toEqual(shape)
    })
    expect(memory().tensors).toBe(before)
  })

  it('what two layers cannot replace has no form', () => {
    expect(formOf('linear', [8, 6, 4], 1)).toBeNull()
    expect(formOf('convTranspose', [3, 3, 6, 4], 2)).toBeNull()
    expect(formOf('embedding', [3, 4, 5], 0)).toBeNull()
  })
})

function entry(name: string, shape: readonly number[], extra: Partial<TensorEntry> = {}): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1)
  return { ...entryOf(new Float32Array(count), { name, shape }), ...extra }
}

function place(
  entries: readonly TensorEntry[],
  kind: Kind,
  more: { outAxis?: number; groups?: number | null; asked?: boolean } = {},
): Place | Refusal {
  const { outAxis = 0, groups = null, asked = false } = more
  return placeOf(
    { entry: entries[0]!, kind, outAxis, groups, storage: 'f32' },
    new Map(entries.map((one) => [one.name, one])),
    asked,
  )
}

describe('places', () => {
  it('a linear layer and its bias', () => {
    const found = place(
      [entry('enc.0.fc1.weight', [6, 4]), entry('enc.0.fc1.bias', [6]), entry('enc.0.fc2.weight', [3, 6])],
      'linear',
    )
    expect(found).toEqual({
      form: 'outputsFirst',
      names: ['enc.0.fc1.0.weight', 'enc.0.fc1.1.weight'],
      bias: ['enc.0.fc1.bias', 'enc.0.fc1.1.bias'],
      module: 'enc.0.fc1',
      assumed: null,
    })
    expect(pytorchLine(found as Place, [6, 4], 2)).toBe(
      'model.enc[0].fc1 = nn.Sequential(nn.Linear(4, 2, bias=False), nn.Linear(2, 6))',
    )
  })

  it('convolutions keep stride, padding and dilation with their kernel', () => {
    const conv = place([entry('conv.weight', [6, 4, 3, 5]), entry('conv.bias', [6])], 'conv')
    expect(conv).toMatchObject({ assumed: 'assuming one group, which the file does not tell' })
    expect(pytorchLine(conv as Place, [6, 4, 3, 5], 2)).toBe(
      'm = model.conv; model.conv = nn.Sequential(nn.Conv2d(4, 2, (3, 5), stride=m.stride, padding=m.padding, dilation=m.dilation, padding_mode=m.padding_mode, bias=False), nn.Conv2d(2, 6, 1))',
    )
    const up = place([entry('up.weight', [6, 4, 3])], 'convTranspose', { outAxis: 1, groups: 1 })
    expect(up).toMatchObject({ assumed: null, bias: null })
    expect(pytorchLine(up as Place, [6, 4, 3], 2)).toBe(
      'm = model.up; model.up = nn.Sequential(nn.ConvTranspose1d(6, 2, 1, bias=False), nn.ConvTranspose1d(2, 4, 3, stride=m.stride, padding=m.padding, dilation=m.dilation, output_padding=m.output_padding, bias=False))',
    )
  })

  it('names of other houses', () => {
    expect(
      place([entry('dense/kernel:0', [4, 6]), entry('dense/bias:0', [6])], 'linear', { outAxis: 1 }),
    ).toMatchObject({
      names: ['dense/0/kernel:0', 'dense/1/kernel:0'],
      bias: ['dense/bias:0', 'dense/1/bias:0'],
    })
    expect(place([entry('weight', [6, 4]), entry('bias', [6])], 'linear')).toMatchObject({
      names: ['0.weight', '1.weight'],
      bias: ['bias', '1.bias'],
      module: '',
    })
    expect(place([entry('W1', [6, 4]), entry('b1', [6])], 'unknown')).toMatchObject({
      names: ['W1.0', 'W1.1'],
      bias: null,
    })
    const hostile = place([entry('x); import os; (.weight', [6, 4])], 'linear')
    expect(pytorchLine(hostile as Place, [6, 4], 2)).toBeNull()
  })

  it.each([
    ['a vector', [entry('a.weight', [4])], 'norm', {}, 'it has fewer than two axes'],
    ['nothing', [entry('a.weight', [0, 4])], 'linear', {}, 'it is empty'],
    [
      'a recurrent weight',
      [entry('rnn.weight_ih_l0', [8, 4])],
      'recurrent',
      {},
      'a recurrent layer reads it as one matrix (--dense keeps it one)',
    ],
    [
      'a table that nobody asked for',
      [entry('emb.weight', [9, 4])],
      'embedding',
      {},
      'it is a table of rows that are looked up (--tensors or --kinds chooses it)',
    ],
    [
      'experts',
      [entry('experts.down_proj', [2, 4, 4])],
      'linear',
      { outAxis: 1 },
      'its layout [2, 4, 4] is not that of one matrix between inputs and outputs',
    ],
    [
      'groups that the graph tells',
      [entry('c.weight', [8, 2, 3, 3])],
      'conv',
      { groups: 4 },
      'it is a convolution of 4 groups',
    ],
    [
      'one channel',
      [entry('c.weight', [8, 1, 3, 3])],
      'conv',
      {},
      'it is depthwise, or has one channel: the file does not tell its groups (--groups does)',
    ],
    [
      'shared storage',
      [entry('head.weight', [8, 4]), entry('emb.weight', [8, 4], { sharesWith: 'head.weight' })],
      'linear',
      {},
      "it is the same storage as 'emb.weight'",
    ],
    [
      'a fused projection',
      [entry('attn.in_proj_weight', [12, 4])],
      'attention',
      {},
      "'in_proj_weight' is a parameter inside a module and no layer of its own",
    ],
    [
      'what nn.MultiheadAttention reads',
      [entry('attn.out_proj.weight', [4, 4]), entry('attn.in_proj_weight', [12, 4])],
      'attention',
      {},
      'nn.MultiheadAttention reads its out_proj as one matrix (--dense keeps it one)',
    ],
    [
      'a module with more in it',
      [entry('q.weight', [4, 4]), entry('q.lora_A.weight', [2, 4])],
      'linear',
      {},
      "its module also holds 'q.lora_A.weight', so it is no plain layer",
    ],
  ] as const)('leaves alone: %s', (_, entries, kind, more, reason) => {
    expect(place(entries, kind, more)).toEqual({ reason })
  })

  it('an embedding that was asked for is a narrower table and a linear layer', () => {
    const found = place([entry('emb.weight', [9, 4])], 'embedding', { asked: true })
    expect(pytorchLine(found as Place, [9, 4], 2)).toBe(
      'model.emb = nn.Sequential(nn.Embedding(9, 2), nn.Linear(2, 4, bias=False))',
    )
  })

  it('one channel of a known single group is a plain convolution', () => {
    expect(place([entry('c.weight', [8, 1, 3, 3])], 'conv', { groups: 1 })).toMatchObject({ form: 'outputsFirst' })
  })
})
