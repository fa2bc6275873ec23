/** Numbers in the attributes of operators other than `Constant`: measured where they are weights, named where they are not. */
import { describe, expect, it } from 'vitest'
import {
  attribute,
  type Bytes,
  bytes,
  contentOf,
  fixed32,
  floats,
  graph,
  int,
  message,
  model,
  node,
  open,
  packed,
  raw,
  summary,
  tensor,
  text,
} from './onnxBytes.js'

const inDomain = (domain: string): number[] => text(7, domain)
const ramp = (count: number): number[] => Array.from({ length: count }, (_, index) => index / 4)
const skippedOf = async (...nodes: Bytes[]): Promise<unknown[]> =>
  (await open(model({ nodes }))).skipped.map(({ name, dtype, shape, why }) => [name, dtype, shape, why])

describe('attributes', () => {
  it('a linear classifier by hand: coefficients and intercepts are tensors, its labels and settings are not', async () => {
    const classifier = node(
      'LinearClassifier',
      ['x'],
      ['label', 'scores'],
      text(3, 'clf'),
      inDomain('ai.onnx.ml'),
      attribute('coefficients', bytes(7, floats(1, -2, 3, -4))),
      attribute('intercepts', fixed32(7, 0.5), fixed32(7, -0.5)),
      attribute('classlabels_ints', packed(8, [0, 1])),
      attribute('multi_class', int(3, 1)),
    )
    const result = await open(model({ nodes: [classifier] }))
    expect(summary(result)).toEqual([
      ['clf/coefficients', 'FLOAT', '4'],
      ['clf/intercepts', 'FLOAT', '2'],
    ])
    expect(await contentOf(result, 0)).toEqual(floats(1, -2, 3, -4))
    expect(await contentOf(result, 1)).toEqual(floats(0.5, -0.5))
    expect(result.skipped).toEqual([])
  })

  it('tensors stand where their node stands, before its subgraphs, under the path of its graph', async () => {
    const inner = graph({
      nodes: [node('Fused', [], ['f'], attribute('table', message(5, tensor([1], 1, 't', raw(floats(7))))))],
    })
    const outer = node(
      'Custom',
      [],
      ['out'],
      attribute('body', bytes(6, inner)),
      attribute(
        'weights',
        message(10, tensor([2], 1, 'a', raw(floats(1, 2)))),
        message(10, tensor([], 7, 'b', packed(7, [3]))),
      ),
    )
    const constant = node('Constant', [], ['c'], attribute('value', message(5, tensor([], 1, '', raw(floats(9))))))
    const result = await open(model({ nodes: [outer, constant] }))
    expect(summary(result)).toEqual([
      ['out/body/f/table', 'FLOAT', '1'],
      ['out/weights_0', 'FLOAT', '2'],
      ['out/weights_1', 'INT64', ''],
      ['c', 'FLOAT', ''],
    ])
    expect(result.tensors.map(({ kind }) => kind)).toEqual(['scalar', null, 'constant', 'scalar'])
  })

  it('a sparse tensor is measured as a dense one', async () => {
    const sparse = message(
      22,
      message(1, tensor([1], 1, '', raw(floats(5)))),
      message(2, tensor([1], 7, '', packed(7, [2]))),
      int(3, 4),
    )
    const result = await open(model({ nodes: [node('Custom', [], ['s'], attribute('kernel', sparse))] }))
    expect(summary(result)).toEqual([['s/kernel', 'FLOAT', '4']])
    expect(await contentOf(result)).toEqual(floats(0, 0, 5, 0))
  })

  it('a value that has the name of an attribute does not lend it a purpose', async () => {
    const custom = node('Custom', [], ['n'], attribute('w', message(5, tensor([2, 2], 1, '', raw(floats(1, 2, 3, 4))))))
    const result = await open(model({ nodes: [custom, node('MatMul', ['x', 'n/w'], ['y'])] }))
    expect(result.tensors[0]).toMatchObject({ name: 'n/w', kind: null, outAxis: null })
  })

  it('settings of operators are no tensors: few floats, strides, the number a ConstantOfShape repeats', async () => {
    const result = await open(
      model({
        nodes: [
          node('RNN', ['x'], ['r'], attribute('activation_alpha', bytes(7, floats(...ramp(64))))),
          node('Conv', ['x', 'w'], ['y'], attribute('strides', packed(8, [2, 2]))),
          node('ConstantOfShape', ['n'], ['z'], attribute('value', message(5, tensor([1], 1, '', raw(floats(3)))))),
          node('LeakyRelu', ['y'], ['l'], attribute('alpha', fixed32(2, 0.1)), attribute('mode', text(4, 'constant'))),
        ],
      }),
    )
    expect([result.tensors, result.skipped]).toEqual([[], []])
  })

  it('long lists of floats are tensors in any domain', async () => {
    const long = node('Table', [], ['t'], inDomain('custom'), attribute('values', bytes(7, floats(...ramp(65)))))
    expect(summary(await open(model({ nodes: [long] })))).toEqual([['t/values', 'FLOAT', '65']])
  })

  it('long lists of integers and blocks of bytes are named, with the reason', async () => {
    const tree = node(
      'TreeEnsembleRegressor',
      ['x'],
      ['y'],
      inDomain('ai.onnx.ml'),
      attribute('nodes_featureids', packed(8, ramp(65).map(Math.floor))),
      attribute('nodes_treeids', packed(8, ramp(64).map(Math.floor))),
    )
    const engine = node(
      'EPContext',
      ['x'],
      ['e'],
      inDomain('com.microsoft'),
      attribute('ep_cache_context', text(4, 'x'.repeat(5000))),
    )
    expect(await skippedOf(tree, engine)).toEqual([
      [
        'y/nodes_featureids',
        'INTS',
        [65],
        'A list of 65 integers in the attribute of an operator (indices, ids), which are not weights; it is skipped.',
      ],
      [
        'e/ep_cache_context',
        'STRING',
        [],
        'A block of 5.0 KB in the attribute of an operator; if a runtime compiled weights into it, they cannot be read: open the model it was made from.',
      ],
    ])
  })
})
