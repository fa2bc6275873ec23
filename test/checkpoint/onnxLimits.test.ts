/** What a small file could multiply: each count ends at a limit far above real models. */
import { describe, expect, it } from 'vitest'
import { attribute, type Bytes, bytes, graph, int, message, model, node, refusal, text } from './onnxBytes.js'

const repeated = (count: number, part: (index: number) => Bytes): number[] => {
  const all: number[] = []
  for (let index = 0; index < count; index++) for (const byte of part(index)) all.push(byte)
  return all
}
/** Fields of a graph, in a model. */
const inGraph = (fields: Bytes): Uint8Array => model({}, bytes(7, fields))

describe('limits', () => {
  it('of tensors', async () => {
    const tensors = (count: number): Uint8Array =>
      inGraph(repeated(count, (index) => bytes(5, [...int(1, 0), ...int(2, 1), ...text(8, index.toString(36))])))
    expect(await refusal(tensors(50_000))).toBe('accepted')
    expect(await refusal(tensors(50_001))).toBe(
      'too-many: onnx: the model has more than 50000 tensors; nothing real does.',
    )
  })

  it('of graphs and functions together', async () => {
    const branches = message(
      1,
      ...[node('If', [], ['y'])],
      repeated(10_001, () => attribute('g', bytes(6, []))),
    )
    const functions = repeated(10_000, () => bytes(25, text(1, 'f')))
    expect(await refusal(Uint8Array.from([...model({}), ...bytes(7, branches), ...functions]))).toMatch(
      /^too-many: onnx: the model has more than 20000 graphs and functions; nothing real does\.$/,
    )
  })

  it('of axes in all shapes', async () => {
    const shape = bytes(1, Array<number>(250).fill(1))
    const tensors = repeated(2001, (index) => bytes(5, [...shape, ...int(2, 1), ...text(8, `${index}`)]))
    expect(await refusal(inGraph(tensors))).toBe(
      'too-many: onnx: the model has more than 500000 axes in the shapes of its tensors; nothing real does.',
    )
  })

  it('none of which touch a graph of ordinary parts', async () => {
    expect(
      await refusal(Uint8Array.from(model({ nodes: [node('If', [], ['y'], attribute('g', bytes(6, graph({}))))] }))),
    ).toBe('accepted')
  })
})
