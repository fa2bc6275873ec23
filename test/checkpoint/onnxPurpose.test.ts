/** What the ONNX reader learns about a tensor from the nodes that use it. */
import { describe, expect, it } from 'vitest'
import type { TensorEntry } from '../../src/checkpoint/types.js'
import {
  attribute,
  type Bytes,
  bytes,
  floats,
  graph,
  int,
  message,
  model,
  node,
  open,
  packed,
  raw,
  tensor,
  text,
} from './onnxBytes.js'

describe('what a tensor is for', () => {
  /** Kind, output axis, groups and gates of an initializer `w` in a graph. */
  async function purpose(shape: number[], nodes: Bytes[], ...more: Bytes[]): Promise<unknown[]> {
    const count = shape.reduce((a, b) => a * b, 1)
    const content = model(
      { nodes, initializers: [tensor(shape, 1, 'w', raw(floats(...Array(count).fill(1))))] },
      ...more,
    )
    const entry: TensorEntry = (await open(content)).tensors[0]!
    const facts: unknown[] = [entry.kind, entry.outAxis]
    if (entry.groups !== null) facts.push(entry.groups)
    if (entry.gates) facts.push(entry.gates.join(''))
    return facts
  }

  it.each<[string, number[], Bytes[], unknown[]]>([
    ['Conv', [4, 2, 3], [node('Conv', ['x', 'w'], ['y'])], ['conv', 0, 1]],
    [
      'ConvTranspose [in, out / g, ...]',
      [4, 2, 3],
      [node('ConvTranspose', ['x', 'w'], ['y'], attribute('group', int(3, 2)))],
      ['convTranspose', 1, 2],
    ],
    ['Gemm', [4, 2], [node('Gemm', ['x', 'w'], ['y'])], ['linear', 1]],
    ['Gemm with transB', [4, 2], [node('Gemm', ['x', 'w'], ['y'], attribute('transB', int(3, 1)))], ['linear', 0]],
    ['Gemm of a bias', [4], [node('Gemm', ['x', 'v', 'w'], ['y'])], ['bias', null]],
    ['MatMul from the right', [4, 2], [node('MatMul', ['x', 'w'], ['y'])], ['linear', 1]],
    ['MatMul from the right, stacked', [5, 4, 2], [node('MatMul', ['x', 'w'], ['y'])], ['linear', 2]],
    ['MatMul from the left', [4, 2], [node('MatMul', ['w', 'x'], ['y'])], ['linear', 0]],
    [
      'MatMul through Transpose',
      [4, 2],
      [node('Transpose', ['w'], ['t']), node('MatMul', ['x', 't'], ['y'])],
      ['linear', 0],
    ],
    [
      'MatMul through Transpose with perm and Cast',
      [4, 2, 3],
      [
        node('Cast', ['w'], ['c']),
        node('Transpose', ['c'], ['t'], attribute('perm', packed(8, [0, 2, 1]))),
        node('MatMul', ['x', 't'], ['y']),
      ],
      ['linear', 1],
    ],
    [
      'a quantized weight',
      [4, 2, 3],
      [node('DequantizeLinear', ['w', 's'], ['d']), node('Conv', ['x', 'd'], ['y'])],
      ['conv', 0, 1],
    ],
    ['a quantization scale', [4], [node('DequantizeLinear', ['q', 'w'], ['d'])], ['constant', null]],
    ['LSTM', [1, 8, 3], [node('LSTM', ['x', 'w', 'r'], ['y'])], ['recurrent', 1, 'iofc']],
    ['GRU', [1, 6, 2], [node('GRU', ['x', 'v', 'w'], ['y'])], ['recurrent', 1, 'zrh']],
    [
      'an LSTM whose PyTorch gates are reordered on the way',
      [8, 3],
      [
        node('Slice', ['w', 'a', 'b'], ['i']),
        node('Slice', ['w', 'b', 'c'], ['f']),
        node('Concat', ['i', 'f'], ['joined']),
        node('Unsqueeze', ['joined'], ['u'], attribute('axes', packed(8, [0]))),
        node('LSTM', ['x', 'u', 'r'], ['y']),
      ],
      ['recurrent', 0, 'ifgo'],
    ],
    ['Gather', [9, 4], [node('Gather', ['w', 'ids'], ['y'])], ['embedding', 0]],
    ['BatchNormalization scale', [4], [node('BatchNormalization', ['x', 'w', 'b', 'm', 'v'], ['y'])], ['norm', null]],
    [
      'BatchNormalization variance',
      [4],
      [node('BatchNormalization', ['x', 's', 'b', 'm', 'w'], ['y'])],
      ['state', null],
    ],
    ['LayerNormalization bias', [4], [node('LayerNormalization', ['x', 's', 'w'], ['y'])], ['bias', null]],
    ['an added vector', [1, 4], [node('Add', ['x', 'w'], ['y'])], ['bias', null]],
    ['an added matrix', [3, 4], [node('Add', ['x', 'w'], ['y'])], [null, null]],
    ['the same operator of a foreign domain', [4, 2], [node('Gemm', ['x', 'w'], ['y'], text(7, 'acme'))], [null, null]],
    ['nothing that we know', [4, 2], [node('Mystery', ['w'], ['y'])], [null, null]],
  ])('%s', async (_, shape, nodes, expected) => {
    expect(await purpose(shape, nodes)).toEqual(expected)
  })

  it('is found inside a branch that reads the outer tensor, but not where the branch has its own', async () => {
    const branch = (...initializers: Bytes[]): Bytes =>
      node(
        'If',
        ['c'],
        ['y'],
        attribute('then_branch', bytes(6, graph({ nodes: [node('Conv', ['x', 'w'], ['z'])], initializers }))),
      )
    expect(await purpose([4, 2, 3], [branch()])).toEqual(['conv', 0, 1])
    expect(await purpose([4, 2, 3], [branch(tensor([1], 1, 'w', raw(floats(1))))])).toEqual([null, null])
  })

  it('is found inside a function of the model', async () => {
    const layer = message(
      25,
      text(1, 'Layer'),
      text(4, 'input'),
      text(4, 'weight'),
      text(10, 'own'),
      bytes(7, node('MatMul', ['input', 'weight'], ['o'])),
    )
    expect(await purpose([4, 2], [node('Layer', ['x', 'w'], ['y'], text(7, 'own'))], layer)).toEqual(['linear', 1])
  })

  it('survives a cycle of nodes', async () => {
    expect(
      await purpose(
        [4, 2],
        [node('Identity', ['w'], ['a']), node('Identity', ['a'], ['w2']), node('Identity', ['w2'], ['a'])],
      ),
    ).toEqual([null, null])
  })
})
