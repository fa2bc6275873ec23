/** einsum, broadcasting, slices, reshapes and places as NumPy has them (`scripts/oracle/arrays.py`), with their gradients. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  concat,
  diag,
  einsum,
  flip,
  gather,
  gradcheck,
  gradgradcheck,
  indexAdd,
  indexSelect,
  maskedSelect,
  memory,
  oneHot,
  pad,
  permute,
  type Range,
  reshape,
  scatter,
  scatterAdd,
  scope,
  slice,
  split,
  squeeze,
  stack,
  type Tensor,
  tensor,
  trace,
  tril,
  triu,
  unsqueeze,
} from '../../src/tensor/index.js'

interface Result {
  shape: number[]
  values: number[]
}
interface Oracle {
  einsum: (Result & { equation: string; shapes: number[][] })[]
  broadcast: (Result & { a: number[]; b: number[] })[]
  slice: (Result & { of: number[]; ranges: string[] })[]
  reshape: (Result & { of: number[]; axes: number[] | null; to: number[] })[]
  places: {
    shape: number[]
    axis: number
    index: number[]
    indexShape: number[]
    line: number[]
    gather: Result
    select: Result
    scatterAdd: Result
    indexAdd: Result
  }[]
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/arrays.json', import.meta.url), 'utf8')) as Oracle

/** The generator's operand number n. */
function operand(n: number, shape: readonly number[], requiresGrad = false): Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const values = Float64Array.from({ length: size }, (_, i) => ((i * (7 + 2 * n) + 3 * n) % 11) - 5)
  return tensor(values, { shape, requiresGrad })
}

function expectResult(x: Tensor, result: Result): void {
  expect(x.shape).toEqual(result.shape)
  // + 0, because NumPy and we may end at zeros of different sign.
  expect(Array.from(x.toArray(), (value) => value + 0)).toEqual(result.values.map((value) => value + 0))
}

/** Checks first and second derivatives, and that nothing is left behind. */
function expectSmooth(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): void {
  const before = memory().tensors
  scope(() => {
    gradcheck(fn, inputs)
    gradgradcheck(fn, inputs)
  })
  expect(memory().tensors).toBe(before)
  // What the tape holds goes with the result.
  fn(...inputs).dispose()
  expect(memory().tensors).toBe(before)
}

describe('einsum', () => {
  it.each(oracle.einsum)('$equation of $shapes', ({ equation, shapes, ...result }) => {
    const inputs = shapes.map((shape, n) => operand(n, shape, true))
    expectResult(einsum(equation, ...inputs), result)
    if (inputs.every(({ size }) => size > 0)) expectSmooth((...all) => einsum(equation, ...all), inputs)
  })

  it('says what does not fit', () => {
    const [a, b] = [operand(0, [2, 3]), operand(1, [4, 2])]
    const fails = (equation: string, tensors: Tensor[], message: string): void =>
      expect(() => einsum(equation, ...tensors)).toThrow(message)
    fails('ij,jk->ik', [a, b], "einsum: 'ij,jk->ik': axis 'j' has sizes 3 and 4 (f64[4, 2]); expected equal ones.")
    fails('ij,jk->ik', [a], "einsum: 'ij,jk->ik' names 2 operands for 1 tensors.")
    fails('ijk->i', [a], "einsum: 'ijk->i' gives 'ijk' for f64[2, 3]; expected a letter for each axis.")
    fails('ij->k', [a], "einsum: 'ij->k' asks for 'k', which no operand has.")
    fails('ij->ii', [a], "einsum: 'ij->ii' asks for 'i' twice.")
    fails('i1->i', [a], "has a term 'i1'; expected letters and at most one '...'.")
    fails('ij->i->j', [a], "has more than one '->'.")
    fails('ii', [a], "einsum: 'ii': axis 'i' has sizes 2 and 3")
  })
})

describe('broadcasting', () => {
  it.each(oracle.broadcast)('$a with $b', ({ a, b, ...result }) => {
    const inputs = [operand(0, a, true), operand(1, b, true)]
    expectResult(inputs[0]!.mul(100).add(inputs[1]!), result)
    // Operands that are views themselves.
    expectResult(flip(flip(inputs[0]!)).mul(100).add(inputs[1]!), result)
    if (inputs.every(({ size }) => size > 0)) expectSmooth((x, y) => scope(() => x!.mul(100).add(y!).mul(y!)), inputs)
  })

  it('of shapes that do not fit names both, and the axis', () => {
    expect(() => operand(0, [2, 3]).add(operand(1, [2]))).toThrow(
      'add: shapes [2, 3] and [2] do not broadcast: 3 and 2 at axis -1; expected equal sizes, or 1.',
    )
  })
})

/** Python's slice notation. */
function range(word: string): Range {
  if (!word.includes(':')) return Number(word)
  const [start, stop, step] = word
    .split(':')
    .map((part) => (part === '' || part === undefined ? undefined : Number(part)))
  return {
    ...(start === undefined ? {} : { start }),
    ...(stop === undefined ? {} : { stop }),
    ...(step === undefined ? {} : { step }),
  }
}

describe('slice', () => {
  it.each(oracle.slice)('$of [$ranges]', ({ of, ranges, ...result }) => {
    const x = operand(0, of, true)
    const cut = (one: Tensor): Tensor => slice(one, ...ranges.map(range))
    const view = cut(x)
    expectResult(view, result)
    expect(view.storage).toBe(x.storage)
    if (view.size > 0) expectSmooth((one) => cut(one!), [x])
  })

  it('of a place or step that is none is an error', () => {
    const x = operand(0, [2, 3])
    expect(() => slice(x, 2)).toThrow('slice: place 2 at axis 0 of shape [2, 3]; expected a whole number from -2 to 1.')
    expect(() => slice(x, null, { step: 0 })).toThrow(
      'slice: step 0 at axis 1; expected a positive or negative whole number.',
    )
    expect(() => slice(x, null, { start: 0.5 })).toThrow('slice: start 0.5 at axis 1; expected a whole number.')
    expect(() => slice(x, 0, 0, 0)).toThrow('slice: 3 ranges for f64[2, 3]; expected at most 2.')
  })
})

describe('reshape', () => {
  it.each(oracle.reshape)('$of by $axes to $to', ({ of, axes, to, ...result }) => {
    const x = operand(0, of, true)
    const work = (one: Tensor): Tensor => scope(() => reshape(axes ? permute(one, axes) : one, to))
    expectResult(work(x), result)
    if (x.size > 0) expectSmooth((one) => work(one!), [x])
  })

  it('is a view where strides allow it', () => {
    const x = operand(0, [2, 3, 4])
    expect(reshape(x, [6, 4]).storage).toBe(x.storage)
    expect(reshape(permute(x, [1, 0, 2]), [3, 2, 2, 2]).storage).toBe(x.storage)
    expect(reshape(permute(x, [1, 0, 2]), [6, 4]).storage).not.toBe(x.storage)
  })

  it('to another number of elements is an error', () => {
    const x = operand(0, [2, 3])
    expect(() => reshape(x, [4])).toThrow('reshape: f64[2, 3] has 6 elements, and shape [4] 4; expected as many.')
    expect(() => reshape(x, [-1, 4])).toThrow('reshape: f64[2, 3] does not divide into shape [-1, 4]')
    expect(() => reshape(x, [-1, -1])).toThrow('expected one -1 at most')
  })
})

describe('places', () => {
  it.each(oracle.places)('along axis $axis of $shape', (one) => {
    const { shape, axis, indexShape } = one
    const [x, source] = [operand(0, shape, true), operand(1, indexShape, true)]
    const index = tensor(Int32Array.from(one.index), { shape: indexShape })
    const line = tensor(Int32Array.from(one.line))
    expectResult(gather(x, index, axis), one.gather)
    expectResult(indexSelect(x, line, axis), one.select)
    expectResult(scatterAdd(x, index, source, axis), one.scatterAdd)
    expectResult(indexAdd(x, line, source, axis), one.indexAdd)
    expectSmooth((a) => gather(a!, index, axis), [x])
    expectSmooth((a) => indexSelect(a!, line, axis), [x])
    expectSmooth((a, b) => scatterAdd(a!, index, b!, axis), [x, source])
    expectSmooth((a, b) => indexAdd(a!, line, b!, axis), [x, source])
  })

  it('scatter writes, and its gradient leaves out what was written over', () => {
    const x = operand(0, [2, 3], true)
    const source = operand(1, [2, 1], true)
    const index = tensor([[2], [0]], { dtype: 'i32' })
    expect(scatter(x, index, source, 1).toNested()).toEqual([[-5, 2, -2], [-4, 1, -3]].map((row, i) => row.with(i === 0 ? 2 : 0, source.toArray()[i]!))) // biome-ignore format: a matrix
    expectSmooth((a, b) => scatter(a!, index, b!, 1), [x, source])
  })

  it('out of range are named with their position', () => {
    const x = operand(0, [2, 3])
    const index = tensor([0, -4, 1], { dtype: 'i32' })
    expect(() => indexSelect(x, index, 1)).toThrow(
      'indexSelect: place -4 at position 1 of the index; axis 1 has 3 places, expected -3 to 2.',
    )
    expect(() => indexSelect(x, tensor([0]), 1)).toThrow(
      "indexSelect: the index is f32[1]; expected i32. Try to('i32').",
    )
    const flags = tensor([true, false])
    expect(() => scatterAdd(flags, tensor([0], { dtype: 'i32' }), tensor([true]), 0)).toThrow(
      "scatterAdd: bool[2] does not add up; expected numbers. Try to('i32').",
    )
    expect(() => oneHot(tensor([0, 3], { dtype: 'i32' }), 3)).toThrow('oneHot: place 3 at position 1')
  })

  it('maskedSelect takes what is set, row by row', () => {
    const x = operand(0, [2, 3], true)
    const mask = tensor([true, false, true])
    expect(maskedSelect(x, mask).toArray()).toEqual(Float64Array.from([0, 2, 3, 5].map((i) => x.toArray()[i]!)))
    expectSmooth((a) => maskedSelect(a!, mask), [x])
    expect(maskedSelect(x, tensor([false, false, false])).shape).toEqual([0])
  })

  it('oneHot sets one in each row', () => {
    expect(oneHot(tensor([2, 0], { dtype: 'i32' }), 3).toNested()).toEqual([[0, 0, 1], [1, 0, 0]]) // biome-ignore format: a matrix
  })
})

describe('joining', () => {
  const [a, b] = [operand(0, [2, 3], true), operand(1, [2, 2], true)]

  it('concat and split are reverses', () => {
    const both = concat([a, b], -1)
    expect(both.shape).toEqual([2, 5])
    const [first, second] = split(both, [3, 2], 1)
    expect(first!.toNested()).toEqual(a.toNested())
    expect(second!.toNested()).toEqual(b.toNested())
    expectSmooth((x, y) => concat([x!, y!], 1), [a, b])
    expect(split(a, 2, 1).map(({ shape }) => shape)).toEqual([[2, 2], [2, 1]]) // biome-ignore format: a list
  })

  it('stack makes an axis', () => {
    const [row, other] = [operand(0, [3], true), operand(1, [3], true)]
    expect(stack([row, other], 1).toNested()).toEqual([0, 1, 2].map((i) => [row.toArray()[i], other.toArray()[i]]))
    expectSmooth((x, y) => stack([x!, y!], -1), [row, other])
  })

  it('pad surrounds', () => {
    expect(pad(tensor([[1, 2]]), [[1, 0], [0, 2]], 9).toNested()).toEqual([[9, 9, 9, 9], [1, 2, 9, 9]]) // biome-ignore format: a matrix
    expectSmooth((x) => pad(x!, [[0, 1], [2, 0]]), [a]) // biome-ignore format: short
  })

  it('promotes types', () => {
    expect(concat([tensor([true]), tensor([2], { dtype: 'i32' })]).dtype).toBe('i32')
    expect(concat([tensor([1]), tensor([2], { dtype: 'i32' })]).dtype).toBe('f64')
  })

  it('says what does not fit', () => {
    expect(() => concat([])).toThrow('concat: no tensors; expected a list of at least one.')
    expect(() => concat([a, b])).toThrow(
      'concat: f64[2, 3] and f64[2, 2] along axis 0; expected equal sizes on the other axes.',
    )
    expect(() => stack([a, b])).toThrow('stack: f64[2, 3] and f64[2, 2]; expected equal shapes.')
    expect(() => split(a, [1, 1], 1)).toThrow(
      'split: sizes [1, 1] for axis 1 of f64[2, 3]; expected whole numbers that sum to 3.',
    )
    expect(() => pad(a, [[-1, 0]])).toThrow(
      'pad: widths [[-1,0]] for f64[2, 3]; expected at most 2 pairs of whole numbers from 0 on.',
    )
  })
})

describe('axes', () => {
  const x = operand(0, [2, 1, 3], true)

  it('come and go', () => {
    expect(squeeze(x).shape).toEqual([2, 3])
    expect(unsqueeze(x, -1).shape).toEqual([2, 1, 3, 1])
    expect(() => squeeze(x, 0)).toThrow('squeeze: axis 0 of f64[2, 1, 3] has length 2; expected 1.')
    expect(() => permute(x, [0, 0, 1])).toThrow(
      'permute: axes [0, 0, 1] for f64[2, 1, 3]; expected each of 0 to 2 once.',
    )
    const works: ((one: Tensor) => Tensor)[] = [
      (one) => squeeze(one),
      (one) => unsqueeze(one, 1),
      (one) => flip(one, [0, 2]),
    ]
    for (const work of works) expectSmooth((one) => work(one!), [x])
  })
})

describe('triangles', () => {
  const x = operand(0, [2, 3, 4], true)
  const rows = (one: Tensor): number[][] => one.slice(0).toNested() as number[][]

  it.each([-4, -1, 0, 1, 2, 5])('tril and triu share the diagonal %i, which is diag', (k) => {
    const [low, high, all] = [rows(tril(x, k)), rows(triu(x, k)), rows(x)]
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 4; j++) {
        expect(low[i]![j]).toBe(j - i <= k ? all[i]![j] : 0)
        expect(high[i]![j]).toBe(j - i >= k ? all[i]![j] : 0)
      }
    const line = diag(x, k).slice(0).toNested() as number[]
    expect(line).toEqual(all.flatMap((row, i) => (i + k >= 0 && i + k < 4 ? [row[i + k]!] : [])))
    const works: ((one: Tensor, k: number) => Tensor)[] = [tril, triu, diag]
    for (const work of works) expectSmooth((one) => work(one!, k), [x])
  })

  it('diag of a vector is a matrix, trace its sum', () => {
    const line = operand(0, [2], true)
    expect(diag(line, 1).toNested()).toEqual([[0, -5, 0], [0, 0, 2], [0, 0, 0]]) // biome-ignore format: a matrix
    expect(trace(diag(line)).item()).toBe(-3)
    expectSmooth((one) => diag(one!, -1), [line])
    expectSmooth((one) => trace(one!), [x])
  })
})
