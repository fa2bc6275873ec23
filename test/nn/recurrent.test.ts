/** Recurrent layers: the fused sequences against single steps and differences, laws of the layers, lengths, memory and messages. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import { GRU, GRUCell, LSTM, LSTMCell, RNN, RNNCell } from '../../src/nn/index.node.js'
import { gruSequence } from '../../src/nn/recurrent/gruSequence.js'
import { lstmSequence } from '../../src/nn/recurrent/lstmSequence.js'
import { rnnSequence } from '../../src/nn/recurrent/rnnSequence.js'
import type { Course, Weights } from '../../src/nn/recurrent/sequence.js'
import { blockOf, gruStep, lstmStep, rnnStep, type Step } from '../../src/nn/recurrent/steps.js'
import {
  add,
  backward,
  concat,
  flip,
  Generator,
  gradcheck,
  gradgradcheck,
  manualSeed,
  memory,
  noGrad,
  ones,
  randn,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/tensor/index.node.js'

const largestDifference = (a: Tensor, b: Tensor): number =>
  scope(() => (a.size === 0 ? 0 : (a.sub(b).abs().max() as Tensor).item()))

/** The fused sequences and the steps that say what they compute. */
const kinds = {
  lstm: { gates: 4, states: 2, step: (w: Weights): Step => lstmStep(w) },
  gru: { gates: 3, states: 1, step: (w: Weights): Step => gruStep(w) },
  'rnn tanh': { gates: 1, states: 1, step: (w: Weights): Step => rnnStep(w, false) },
  'rnn relu': { gates: 1, states: 1, step: (w: Weights): Step => rnnStep(w, true) },
} as const
type Layer = LSTM | GRU | RNN
type KindName = keyof typeof kinds

function fusedOf(name: KindName, x: Tensor, states: readonly Tensor[], weights: Weights, course: Course): Tensor {
  if (name === 'lstm') return lstmSequence(x, states[0]!, states[1]!, weights, course)
  if (name === 'gru') return gruSequence(x, states[0]!, weights, course)
  return rnnSequence(x, states[0]!, weights, name === 'rnn relu', course)
}

/** Seeded inputs of a sequence operation: x, states, weights. */
function inputsOf(
  name: KindName,
  T: number,
  N: number,
  I: number,
  H: number,
  dtype: 'f32' | 'f64',
  bias = true,
): Tensor[] {
  const generator = new Generator(T * 1000 + N * 100 + I * 10 + H)
  const { gates, states } = kinds[name]
  const shapes = [[T, N, I], ...Array.from({ length: states }, () => [N, H]), [gates * H, I], [gates * H, H]]
  if (bias) shapes.push([gates * H], [gates * H])
  return shapes.map((shape) => {
    const one = randn(shape, { dtype, generator })
    one.requiresGrad = true
    return one
  })
}

function split(name: KindName, inputs: readonly Tensor[]): [Tensor, Tensor[], Weights] {
  const { states } = kinds[name]
  const [weightIh, weightHh, biasIh = null, biasHh = null] = inputs.slice(1 + states) as [
    Tensor,
    Tensor,
    Tensor?,
    Tensor?,
  ]
  return [inputs[0]!, inputs.slice(1, 1 + states), { weightIh, weightHh, biasIh, biasHh }]
}

describe('by hand', () => {
  /** A layer of one unit whose parameters are all the same. */
  const unit = <M extends RNN | GRU | LSTM>(layer: M, value: number): M => {
    noGrad(() => {
      for (const p of layer.parameters()) p.fill_(value)
    })
    return layer
  }
  const options = { dtype: 'f64' } as const
  const x = tensor([[[1]], [[2]]], options)
  const sigma = (a: number): number => 1 / (1 + Math.exp(-a))

  test('RNN: h1 = tanh(0.5 + 2 * 0.5), h2 = tanh(0.5 * 2 + 0.5 h1 + 1)', () => {
    const { output, h } = unit(new RNN(1, 1, options), 0.5).forward(x)
    const h1 = Math.tanh(1.5)
    const h2 = Math.tanh(2 + 0.5 * h1)
    expect(Array.from(output.toArray())).toEqual([expect.closeTo(h1, 14), expect.closeTo(h2, 14)])
    expect(h.item()).toBeCloseTo(h2, 14)
    expect(h.shape).toEqual([1, 1, 1])
  })

  test('LSTM: all gates see the same sum', () => {
    const { output, h, c } = unit(new LSTM(1, 1, options), 0.5).forward(x)
    let [hidden, cell] = [0, 0]
    const outputs = [1, 2].map((input) => {
      const sum = 0.5 * input + 0.5 * hidden + 1
      cell = sigma(sum) * cell + sigma(sum) * Math.tanh(sum)
      hidden = sigma(sum) * Math.tanh(cell)
      return hidden
    })
    expect(Array.from(output.toArray())).toEqual(outputs.map((one) => expect.closeTo(one, 14)))
    expect([h.item(), c.item()]).toEqual([expect.closeTo(hidden, 14), expect.closeTo(cell, 14)])
  })

  test('GRU: h1 = (1 - z) n with z = r = sigmoid(1.5), n = tanh(1 + 0.5 r)', () => {
    const { output } = unit(new GRU(1, 1, options), 0.5).forward(tensor([[[1]]], options))
    const z = sigma(1.5)
    expect(output.item()).toBeCloseTo((1 - z) * Math.tanh(1 + 0.5 * z), 14)
  })
})

describe('fused sequences', () => {
  const names = Object.keys(kinds) as KindName[]
  const courses: Course[] = [
    { reverse: false, active: null },
    { reverse: true, active: null },
    { reverse: false, active: [3, 2, 2, 1, 0] },
    { reverse: true, active: [3, 2, 2, 1, 0] },
  ]
  for (const name of names)
    for (const dtype of ['f32', 'f64'] as const)
      test(`${name}, ${dtype}: as step by step, and so are the gradients`, () => {
        for (const course of courses)
          for (const [N, I, H, bias] of [
            [3, 2, 1, true],
            [3, 1, 4, true],
            [3, 5, 7, false],
            [3, 3, 9, true],
          ] as const)
            scope(() => {
              const T = course.active?.length ?? 6
              const inputs = inputsOf(name, T, N, I, H, dtype, bias)
              const [x, states, weights] = split(name, inputs)
              const fused = fusedOf(name, x, states, weights, course)
              const steps = blockOf(kinds[name].step(weights), x, states, course)
              const tolerance = dtype === 'f32' ? 2e-5 : 1e-13
              expect(largestDifference(fused, steps) / Math.max(1, (steps.abs().max() as Tensor).item())).toBeLessThan(
                tolerance,
              )
              // Rows of the initial state take no gradient in use.
              const place = course.reverse ? T : 0
              const weight = concat([
                randn([place, N, H], { dtype }),
                zeros([1, N, H], { dtype }),
                randn([fused.shape[0]! - place - 1, N, H], { dtype }),
              ])
              const gradients = [fused, steps].map((block) => {
                block.mul(weight).sum().backward()
                const found = inputs.map((one) => one.grad!.clone())
                for (const one of inputs) one.zeroGrad()
                return found
              })
              for (const [i, g] of gradients[0]!.entries()) {
                const scale = Math.max(1, (gradients[1]![i]!.abs().max() as Tensor).item())
                expect(largestDifference(g, gradients[1]![i]!) / scale, `input ${i}`).toBeLessThan(5 * tolerance)
              }
            })
      })

  for (const name of names)
    test(`${name}: first and second derivatives by differences`, () => {
      for (const course of [
        { reverse: false, active: null },
        { reverse: true, active: [2, 1] },
      ] as Course[])
        scope(() => {
          const inputs = inputsOf(name, 2, 2, 2, 2, 'f64')
          const out = (...given: Tensor[]): Tensor => {
            const block = fusedOf(name, ...split(name, given), course)
            return slice(block, course.reverse ? { stop: 2 } : { start: 1 })
          }
          expect(gradcheck(out, inputs)).toBe(true)
          expect(gradgradcheck(out, inputs)).toBe(true)
        })
    })
})

const layers = {
  RNN: (options: object) => new RNN(3, 4, options),
  'RNN relu': (options: object) => new RNN(3, 4, { nonlinearity: 'relu', ...options }),
  GRU: (options: object) => new GRU(3, 4, options),
  LSTM: (options: object) => new LSTM(3, 4, options),
  'LSTM with projection': (options: object) => new LSTM(3, 4, { projSize: 2, ...options }),
}

/** Whatever the layer, its result as a list of tensors. */
const run = (layer: Layer, x: Tensor, state?: object, options?: { lengths: number[] }): Tensor[] =>
  Object.values((layer as LSTM).forward(x, state as never, options))

describe('laws of the layers', () => {
  for (const [name, made] of Object.entries(layers)) {
    const layer = (options: object = {}): Layer => {
      manualSeed(5)
      return made({ dtype: 'f64', ...options })
    }
    const x = randn([6, 3, 3], { dtype: 'f64', generator: new Generator(9) })

    test(`${name}: two halves, with the state handed on, are the whole`, () => {
      for (const numLayers of [1, 2]) {
        const one = layer({ numLayers })
        const [output, ...ends] = run(one, x)
        const first = (one as LSTM).forward(slice(x, { stop: 2 }))
        const [rest, ...states] = run(one, slice(x, { start: 2 }), first)
        expect(largestDifference(concat([first.output, rest!]), output!)).toBeLessThan(1e-14)
        for (const [i, end] of ends.entries()) expect(largestDifference(states[i]!, end)).toBeLessThan(1e-14)
      }
    })

    test(`${name}: the way back is the way forth over the reversed input`, () => {
      const [both, forth] = [layer({ bidirectional: true }), layer()]
      const dict = both.stateDict()
      const back = new Map([...dict].filter(([key]) => key.endsWith('_reverse')).map(([key, value]) => [key.replace('_reverse', ''), value])) // biome-ignore format: one line
      forth.loadStateDict(back)
      const [output] = run(both, x)
      const [alone] = run(forth, flip(x, 0))
      const size = alone!.shape[2]!
      expect(largestDifference(slice(output!, null, null, { start: size }), flip(alone!, 0))).toBeLessThan(1e-14)
    })

    test(`${name}: a sequence is the same alone, in a batch, batch first and padded`, () => {
      const one = layer({ numLayers: 2, bidirectional: true })
      const first = layer({ numLayers: 2, bidirectional: true, batchFirst: true })
      const lengths = [4, 6, 1]
      const [output, ...ends] = run(one, x, undefined, { lengths })
      const [swapped] = run(first, x.transpose(0, 1), undefined, { lengths })
      expect(largestDifference(swapped!.transpose(0, 1), output!)).toBe(0)
      for (const [n, length] of lengths.entries()) {
        const [alone, ...states] = run(one, slice(x, { stop: length }, n))
        expect(largestDifference(slice(output!, { stop: length }, n), alone!)).toBeLessThan(1e-14)
        expect(slice(output!, { start: length }, n).countNonzero().item()).toBe(0)
        for (const [i, end] of ends.entries()) expect(largestDifference(slice(end, null, n), states[i]!)).toBeLessThan(1e-14) // biome-ignore format: one line
      }
    })

    test(`${name}: what lies behind the end of a sequence changes nothing and gets no gradient`, () => {
      const one = layer({ bidirectional: true })
      const padded = concat([slice(x, { stop: 4 }), randn([2, 3, 3], { dtype: 'f64' }).mul(1e6)]).detach()
      padded.requiresGrad = true
      const options = { lengths: [4, 4, 2] }
      const [output, ...ends] = run(one, padded, undefined, options)
      const [same] = run(one, slice(x, { stop: 4 }), undefined, options)
      expect(largestDifference(slice(output!, { stop: 4 }), same!)).toBe(0)
      backward([output!, ...ends].map((y) => sum(y)).reduce((a, b) => add(a, b)))
      expect(slice(padded.grad!, { start: 4 }).countNonzero().item()).toBe(0)
      expect(slice(padded.grad!, { start: 2 }, 2).countNonzero().item()).toBe(0)
    })

    test(`${name}: gradients by differences, also second ones, through two layers with lengths`, () => {
      const one = layer({ numLayers: 2, bidirectional: true })
      const input = randn([3, 2, 3], { dtype: 'f64', generator: new Generator(4) })
      input.requiresGrad = true
      const parameters = [...one.namedParameters()].filter(([key]) => /bias_hh_l0$|weight_hr_l1$|bias_ih_l1$/.test(key))
      const inputs = [input, ...parameters.map(([, value]) => value)]
      // Parameters are moved by the check, so the module holds those that it is given.
      const fn = (...given: Tensor[]): Tensor[] => {
        for (const [i, [key]] of parameters.entries()) Object.assign(one, { [key]: given[i + 1] ?? inputs[i + 1] })
        return run(one, given[0]!, undefined, { lengths: [2, 3] })
      }
      expect(gradcheck(fn, inputs)).toBe(true)
      if (name !== 'RNN relu') expect(gradgradcheck(fn, [input])).toBe(true)
    })

    test(`${name}: no tensor is left behind, with and without gradients`, () => {
      const one = layer({ numLayers: 2, bidirectional: true, dropout: 0.5 })
      const step = (): void =>
        scope(() => {
          one.zeroGrad()
          const outputs = run(one, x, undefined, { lengths: [6, 2, 3] })
          backward(outputs.map((y) => sum(y)).reduce((a, b) => add(a, b)))
          noGrad(() => run(one, x))
          one.zeroGrad()
        })
      step()
      const before = memory().tensors
      for (let i = 0; i < 3; i++) step()
      expect(memory().tensors).toBe(before)
    })
  }

  test('cells are layers of one step', () => {
    const x = randn([3, 2], { dtype: 'f64' })
    for (const [cell, layer] of [
      [new LSTMCell(2, 5, { dtype: 'f64' }), new LSTM(2, 5, { dtype: 'f64' })],
      [new GRUCell(2, 5, { dtype: 'f64' }), new GRU(2, 5, { dtype: 'f64' })],
      [new RNNCell(2, 5, { dtype: 'f64' }), new RNN(2, 5, { dtype: 'f64' })],
    ] as const) {
      layer.loadStateDict(cell.stateDict(), { map: (name) => `${name}_l0` })
      const given = (cell as LSTMCell).forward(x)
      const h = cell instanceof LSTMCell ? given.h : (given as unknown as Tensor)
      expect(largestDifference(h, layer.forward(x.reshape([1, 3, 2])).output.reshape([3, 5]))).toBe(0)
    }
  })

  test('dropout is between layers alone, and in training alone', () => {
    const x = ones([4, 2, 3])
    const one = new LSTM(3, 8, { dropout: 0.5 })
    expect(largestDifference(one.forward(x).output, one.forward(x).output)).toBe(0)
    const two = new LSTM(3, 8, { numLayers: 2, dropout: 0.5, generator: new Generator(3) })
    expect(largestDifference(two.forward(x).output, two.forward(x).output)).toBeGreaterThan(0)
    two.eval()
    expect(largestDifference(two.forward(x).output, two.forward(x).output)).toBe(0)
    expect([...two.generators()].map(([name]) => name)).toEqual(['generator'])
  })

  test('initial values are within 1 / sqrt(hidden) and follow the generator', () => {
    const made = (): LSTM => new LSTM(10, 16, { generator: new Generator(7) })
    const [a, b] = [made(), made()]
    for (const [name, p] of a.namedParameters()) {
      expect((p.abs().max() as Tensor).item(), name).toBeLessThanOrEqual(0.25)
      expect((p.abs().max() as Tensor).item(), name).toBeGreaterThan(0.15)
      expect(largestDifference(p, b.stateDict().get(name)!)).toBe(0)
    }
  })
})

describe('scales and special values', () => {
  test('saturated gates: 1e4, infinities, and gradients of zero rather than NaN', () => {
    for (const made of [layers.LSTM, layers.GRU, layers.RNN])
      for (const dtype of ['f32', 'f64'] as const) {
        const one = made({ dtype })
        const x = tensor([[[1e4, -1e4, 1e4]], [[-1e4, 1e4, 1e4]], [[1e4, 1e4, -1e4]]], { dtype })
        x.requiresGrad = true
        const { output } = one.forward(x)
        for (const value of output.toArray()) expect(Math.abs(value)).toBeLessThanOrEqual(1)
        backward(sum(output))
        expect(x.grad!.toArray().every(Number.isFinite)).toBe(true)
      }
  })

  test('NaN spreads to its own sequence and no other', () => {
    for (const made of Object.values(layers)) {
      const x = tensor([[[1, 2, 3], [NaN, 0, 0]], [[1, 1, 1], [1, 1, 1]]], { dtype: 'f32' }) // biome-ignore format: one line
      const { output } = made({}).forward(x)
      expect(slice(output, null, 0).toArray().some(Number.isNaN)).toBe(false)
      expect(slice(output, null, 1).toArray().every(Number.isNaN)).toBe(true)
    }
  })

  test('a batch of none', () => {
    const { output, h, c } = new LSTM(3, 4, { bidirectional: true }).forward(zeros([5, 0, 3]))
    expect([output.shape, h.shape, c.shape]).toEqual([[5, 0, 8], [2, 0, 4], [2, 0, 4]]) // biome-ignore format: one line
  })
})

describe('messages', () => {
  const lstm = new LSTM(3, 4, { batchFirst: true })
  const cases: Record<string, [() => unknown, string]> = {
    'input size': [
      () => lstm.forward(zeros([2, 5, 7])),
      'LSTM: input f32[2, 5, 7]; expected f32[N, T, 3], or [T, 3] for one sequence.',
    ],
    dtype: [
      () => new GRU(3, 4).forward(zeros([2, 5, 3], { dtype: 'f64' })),
      'GRU: input f64[2, 5, 3]; expected f32[T, N, 3], or [T, 3] for one sequence.',
    ],
    'no steps': [() => lstm.forward(zeros([2, 0, 3])), 'LSTM: input f32[2, 0, 3] has no steps; expected at least one.'],
    state: [
      () => lstm.forward(zeros([2, 5, 3]), { h: zeros([1, 3, 4]), c: zeros([1, 2, 4]) }),
      'LSTM: initial state h is f32[1, 3, 4]; expected f32[1, 2, 4], which is [layers * directions, batch, size].',
    ],
    'how many lengths': [
      () => lstm.forward(zeros([2, 5, 3]), undefined, { lengths: [5] }),
      'LSTM: 1 lengths for a batch of 2; expected one for each sequence.',
    ],
    length: [
      () => lstm.forward(zeros([2, 5, 3]), undefined, { lengths: [5, 6] }),
      'LSTM: length 6; expected a whole number from 1 to the 5 steps of the input.',
    ],
    sizes: [() => new RNN(3, 0), 'RNN: hiddenSize = 0; expected a whole number of at least 1.'],
    dropout: [() => new RNN(3, 2, { dropout: 2 }), 'RNN: dropout = 2; expected a probability from 0 to 1.'],
    projection: [
      () => new LSTM(3, 2, { projSize: 2 }),
      'LSTM: projSize = 2; expected a whole number from 0 up to hiddenSize - 1.',
    ],
    nonlinearity: [
      () => new RNN(3, 2, { nonlinearity: 'gelu' as never }),
      "RNN: nonlinearity = \"gelu\"; expected 'tanh' or 'relu'.",
    ],
    'unknown option': [
      () => new GRU(3, 2, { hidden: 1 } as never),
      /^GRU: option "hidden" is not known; expected /.source,
    ],
    'state of a cell': [
      () => new GRUCell(3, 2).forward(zeros([2, 3]), zeros([2, 3])),
      'GRUCell: state f32[2, 3]; expected f32[2, 2].',
    ],
    'input of a cell': [
      () => new LSTMCell(3, 2).forward(zeros([2, 4])),
      'LSTMCell: input f32[2, 4]; expected f32[N, 3] or [3].',
    ],
  }
  for (const [name, [wrong, message]] of Object.entries(cases))
    test(name, () => {
      if (message.startsWith('^')) expect(wrong).toThrow(new RegExp(message))
      else expect(wrong).toThrow(new UsageError(message))
    })
})
