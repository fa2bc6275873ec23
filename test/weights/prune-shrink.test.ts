/** Removing pruned outputs: what goes with them, that the network computes the same, and where they stay, why. */
import { describe, expect, it } from 'vitest'
import { memory, StateDict, type Tensor, tensor } from '../../src/tensor/index.node.js'
import type { Chain, EditReport, PruneOptions } from '../../src/weights/index.node.js'
import { prune } from '../../src/weights/index.node.js'
import { normals } from './pruning.js'

type Shapes = Readonly<Record<string, readonly number[]>>

function model(shapes: Shapes, seed = 5): StateDict {
  const dict = new StateDict()
  for (const [i, [name, shape]] of Object.entries(shapes).entries()) {
    const count = shape.reduce((a, b) => a * b, 1)
    dict.set(name, tensor(Array.from(normals(seed + i, count)), { dtype: 'f64', shape }))
  }
  return dict
}

interface Shrunk {
  readonly report: EditReport
  readonly shapes: Record<string, readonly number[]>
  readonly values: Record<string, number[]>
  note(name: string): string
}

async function shrunk(input: StateDict, options: PruneOptions): Promise<Shrunk> {
  const output = new StateDict()
  const report = await prune(input, output, { spectra: 'none', along: 'out', ...options })
  const entries = [...output]
  const result = {
    report,
    shapes: Object.fromEntries(entries.map(([name, x]) => [name, x.shape])),
    values: Object.fromEntries(entries.map(([name, x]) => [name, Array.from(x.toArray() as Float64Array)])),
    note: (name: string) => report.tensors.find((one) => one.name === name)!.note,
  }
  for (const x of output.values()) x.dispose()
  return result
}

const dispose = (dict: StateDict): void => {
  for (const x of dict.values()) x.dispose()
}

/** W x + b, row by row. */
function linear(W: readonly number[], b: readonly number[], x: readonly number[]): number[] {
  return b.map((bias, i) => x.reduce((sum, value, j) => sum + W[i * x.length + j]! * value, bias))
}

describe('two linear layers', () => {
  const shapes = { 'fc1.weight': [6, 4], 'fc1.bias': [6], 'fc2.weight': [3, 6], 'fc2.bias': [3] }
  const chain: Chain = [{ tensor: 'fc1.weight' }, { activation: 'relu' }, { tensor: 'fc2.weight' }]

  it('lose rows, biases and the inputs that read them, and compute what the zeros would', async () => {
    const before = memory().tensors
    const input = model(shapes)
    const options = { tensors: 'fc1.weight', amount: 0.5, shrink: true, chain }
    const { shapes: after, values, report, note } = await shrunk(input, options)
    expect(after).toEqual({ 'fc1.weight': [3, 4], 'fc1.bias': [3], 'fc2.weight': [3, 3], 'fc2.bias': [3] })
    expect(note('fc1.weight')).toBe('3 of 6 outputs removed')
    expect(note('fc2.weight')).toBe('3 of 6 inputs removed')
    expect(report.totals.multiplyAddsAfter).toBe(3 * 4 + 3 * 3)
    const masked = await shrunk(input, { tensors: 'fc1.weight', amount: 0.5 })
    const gone = report.tensors[0]!.details['indices'] as number[]
    const zeroBias = masked.values['fc1.bias']!.map((value, i) => (gone.includes(i) ? 0 : value))
    const relu = (x: number[]): number[] => x.map((value) => Math.max(0, value))
    const x = [0.3, -1, 2, 0.7]
    const large = linear(
      masked.values['fc2.weight']!,
      masked.values['fc2.bias']!,
      relu(linear(masked.values['fc1.weight']!, zeroBias, x)),
    )
    const small = linear(
      values['fc2.weight']!,
      values['fc2.bias']!,
      relu(linear(values['fc1.weight']!, values['fc1.bias']!, x)),
    )
    for (const [i, value] of small.entries()) expect(value).toBeCloseTo(large[i]!, 12)
    dispose(input)
    expect(memory().tensors).toBe(before)
  })

  it('the outputs of the last layer stay, as zeros', async () => {
    const input = model(shapes)
    const { shapes: after, values, note } = await shrunk(input, { amount: 0.34, shrink: true, chain })
    expect(after).toEqual({ 'fc1.weight': [4, 4], 'fc1.bias': [4], 'fc2.weight': [3, 4], 'fc2.bias': [3] })
    expect(values['fc2.weight']!.filter((value) => value === 0)).toHaveLength(4)
    expect(note('fc2.weight')).toMatch(
      /^2 of 6 inputs removed; 1 of 3 outputs set to zero: l2 <= .*; not removed: its outputs leave the chain$/,
    )
    dispose(input)
  })
})

describe('convolutions', () => {
  const shapes = {
    'conv1.weight': [4, 1, 3, 3],
    'conv1.bias': [4],
    'bn1.weight': [4],
    'bn1.bias': [4],
    'bn1.running_mean': [4],
    'bn1.running_var': [4],
    'dw.weight': [4, 1, 3, 3],
    'dw.bias': [4],
    'conv2.weight': [6, 4, 3, 3],
    'fc.weight': [2, 54],
  }
  const chain: Chain = [
    { tensor: 'conv1.weight' },
    { normalization: 'bn1' },
    { activation: 'relu' },
    { tensor: 'dw.weight' },
    { tensor: 'conv2.weight' },
    { pooling: 'max', kernel: 2 },
    { tensor: 'fc.weight' },
  ]

  it('lose channels through normalization, depthwise layers and flattening', async () => {
    const input = model(shapes)
    const options = { tensors: ['conv1.weight', 'conv2.weight'], amount: 0.5, shrink: true, chain }
    const { shapes: after, values, report } = await shrunk(input, options)
    expect(after).toEqual({
      'conv1.weight': [2, 1, 3, 3],
      'conv1.bias': [2],
      'bn1.weight': [2],
      'bn1.bias': [2],
      'bn1.running_mean': [2],
      'bn1.running_var': [2],
      'dw.weight': [2, 1, 3, 3],
      'dw.bias': [2],
      'conv2.weight': [3, 2, 3, 3],
      'fc.weight': [2, 27],
    })
    const gone = report.tensors[0]!.details['indices'] as number[]
    const kept = [0, 1, 2, 3].filter((i) => !gone.includes(i))
    const mean = Array.from(input.get('bn1.running_mean')!.toArray())
    expect(values['bn1.running_mean']).toEqual(kept.map((i) => mean[i]))
    const out = report.tensors.find(({ name }) => name === 'conv2.weight')!.details['indices'] as number[]
    const fc = Array.from((input.get('fc.weight') as Tensor).toArray())
    expect(values['fc.weight']).toEqual(fc.filter((_, i) => !out.includes(Math.floor((i % 54) / 9))))
    dispose(input)
  })

  it.each([
    [
      [{ tensor: 'conv1.weight' }, { residual: [{ tensor: 'conv2.weight' }] }],
      'its outputs are added to others by a residual branch',
    ],
    [
      [{ tensor: 'conv1.weight' }, { constant: 1 }, { tensor: 'conv2.weight' }],
      'a layer follows of which only a bound is declared',
    ],
    [[{ tensor: 'conv1.weight' }, { activation: 'softmax' }, { tensor: 'conv2.weight' }], 'softmax mixes its outputs'],
    [[{ tensor: 'conv2.weight' }, { tensor: 'fc.weight' }], 'the chain does not name it'],
  ] as [Chain, string][])('keep their channels where the chain %j cannot tell', async (given, why) => {
    const input = model(shapes)
    const { shapes: after, note } = await shrunk(input, {
      tensors: 'conv1.weight',
      amount: 0.5,
      shrink: true,
      chain: given,
    })
    expect(after).toEqual(shapes)
    expect(note('conv1.weight')).toContain(`2 of 4 outputs set to zero`)
    expect(note('conv1.weight')).toContain(`; not removed: ${why}`)
    dispose(input)
  })
})

describe('a chain that does not fit', () => {
  const input = model({ 'fc1.weight': [6, 4], 'fc2.weight': [3, 5] })
  it.each([
    [
      { chain: [{ tensor: 'fc1.weight' }, { tensor: 'fc2.weight' }] },
      "prune: the chain has 'fc2.weight' with 5 inputs after 6 outputs; expected as many, or a multiple for a linear layer.",
    ],
    [
      { chain: [{ tensor: 'fc9.weight' }] },
      "prune: the chain names 'fc9.weight', which the file does not have. Did you mean 'fc1.weight'",
    ],
    [
      { chain: [{ tensor: 'fc1.weight' }, { tensor: 'fc1.weight' }] },
      "prune: the chain has 'fc1.weight' with 4 inputs after 6 outputs",
    ],
    [{ chain: [{ wrong: 1 }] as unknown as Chain }, 'prune: a link of the chain is {"wrong":1}; expected one of'],
    [
      {},
      'prune: shrink without a chain: a checkpoint does not say which layer reads the outputs of which. Try --chain chain.json.',
    ],
    [{ along: 'in' as const, chain: [] }, "prune: shrink with along 'in'; expected along 'out' and finite weights."],
  ])('is refused: %j', async (options, message) => {
    await expect(shrunk(input, { tensors: 'fc1.weight', amount: 0.5, shrink: true, ...options })).rejects.toThrow(
      message,
    )
  })
})
