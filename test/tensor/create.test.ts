/** Making tensors, reading them back, types and their mixing, printing. */
import { describe, expect, it } from 'vitest'
import {
  add,
  arange,
  type DType,
  div,
  dtypes,
  eye,
  full,
  linspace,
  mul,
  type Nested,
  ones,
  promoteTypes,
  tensor,
  zeros,
  zerosLike,
} from '../../src/tensor/index.js'

describe('tensor', () => {
  it('takes numbers, nested arrays and typed arrays', () => {
    expect(tensor(3).shape).toEqual([])
    expect(tensor([[1, 2, 3], [4, 5, 6]]).shape).toEqual([2, 3]) // biome-ignore format: a matrix
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
    expect(tensor(new Float64Array(6), { shape: [3, 2] }).dtype).toBe('f64')
  })

  it('takes a type from its values', () => {
    const cases: [Parameters<typeof tensor>[0], DType][] = [
      [1, 'f32'],
      [[true, false], 'bool'],
      [[true, 2], 'f32'],
      [Int32Array.of(1), 'i32'],
      [Uint8Array.of(255), 'i32'],
      [Int16Array.of(-1), 'i32'],
      [Uint32Array.of(2 ** 32 - 1), 'f64'],
      [Float32Array.of(1), 'f32'],
    ]
    for (const [values, dtype] of cases) expect(tensor(values).dtype).toBe(dtype)
    expect(tensor(Uint32Array.of(2 ** 32 - 1)).item()).toBe(2 ** 32 - 1)
  })

  it('refuses ragged arrays, with the place', () => {
    const fails = (values: unknown, message: string): void => expect(() => tensor(values as Nested)).toThrow(message)
    fails([[1, 2], [3]], 'tensor: the arrays are ragged: an array of 1 at [1]; expected 2, as before it.')
    fails([[1, 2], 3], 'tensor: the arrays are ragged: a number at [1]; expected an array of 2.')
    fails([1, [2]], 'tensor: the arrays are ragged: an array at [1]; expected a number, as before it.')
    fails([[1, 'x']], 'tensor: x (string) at [0, 1]; expected a number or boolean.')
    fails(null, 'tensor: null (object); expected a number or boolean.')
    fails(undefined, 'tensor: undefined (undefined); expected a number or boolean.')
  })

  it('refuses what does not fit the shape or type', () => {
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      'tensor: 3 values for shape [2, 2] of 4; expected as many.',
    )
    expect(() => tensor([1.5], { dtype: 'i32' })).toThrow(
      "tensor: 1.5 at place 0 is not an i32; expected whole numbers from -2^31 to 2^31 - 1. Try dtype: 'f64'.",
    )
    expect(() => tensor([1, 2 ** 31], { dtype: 'i32' })).toThrow('tensor: 2147483648 at place 1 is not an i32')
    expect(() => tensor([1], { dtype: 'f16' as DType })).toThrow(
      'tensor: dtype "f16" is not known; expected f32, f64, i32, bool.',
    )
    expect(() => zeros([-1])).toThrow('full: axis 0 of shape [-1] is -1; expected a whole number from 0 on.')
    expect(() => zeros([1.5])).toThrow('is 1.5; expected a whole number')
    expect(() => zeros([2 ** 20, 2 ** 20])).toThrow('more than 2^32 - 1 elements')
    expect(() => zeros(new Array(17).fill(1))).toThrow('has 17 axes; expected at most 16.')
  })
})

describe('rules', () => {
  it('fill, and count', () => {
    expect(full([2], 7).toNested()).toEqual([7, 7])
    expect(full([1], true).dtype).toBe('bool')
    expect(ones([2], { dtype: 'i32' }).toNested()).toEqual([1, 1])
    expect(zerosLike(tensor([true])).toNested()).toEqual([false])
    expect(eye(2, { m: 3, k: 1 }).toNested()).toEqual([[0, 1, 0], [0, 0, 1]]) // biome-ignore format: a matrix
    expect(eye(3, { k: -2 }).toNested()).toEqual([[0, 0, 0], [0, 0, 0], [1, 0, 0]]) // biome-ignore format: a matrix
    expect(eye(0).shape).toEqual([0, 0])
  })

  it('arange and linspace', () => {
    expect([arange(5).dtype, arange(5).toNested()]).toEqual(['i32', [0, 1, 2, 3, 4]])
    expect(arange(5, 0, -2).toNested()).toEqual([5, 3, 1])
    expect(arange(0, 1, 0.25).toNested()).toEqual([0, 0.25, 0.5, 0.75])
    expect(arange(3, 3).shape).toEqual([0])
    expect(() => arange(0, 1, 0)).toThrow('arange: from 0 to 1 by 0; expected finite numbers and a step that is not 0.')
    const line = linspace(0, 1, 11, { dtype: 'f64' }).toArray()
    expect([line[0], line[10], line.length]).toEqual([0, 1, 11])
    expect(linspace(2, 3, 1).toNested()).toEqual([2])
  })
})

describe('reading', () => {
  it('gives what was put in, also through views', () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]]) // biome-ignore format: a matrix
    expect(x.transpose().toArray()).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6))
    expect(x.transpose().toNested()).toEqual([[1, 4], [2, 5], [3, 6]]) // biome-ignore format: a matrix
    expect(() => x.transpose().data).toThrow(
      'data: f32[3, 2] is a strided view, whose elements do not lie together. Try contiguous() or toArray().',
    )
    expect(() => x.item()).toThrow('item: f32[2, 3] has 6 elements; expected one. Try toArray().')
    x.data[0] = 9
    expect(x.slice(0, 0).item()).toBe(9)
    expect(tensor(true).toNested()).toBe(true)
  })
})

describe('types', () => {
  it('mix as NumPy mixes them', () => {
    // bool, i32, f32, f64 against the same: numpy.promote_types of bool, int32, float32, float64.
    const table = [
      ['bool', 'i32', 'f32', 'f64'],
      ['i32', 'i32', 'f64', 'f64'],
      ['f32', 'f64', 'f32', 'f64'],
      ['f64', 'f64', 'f64', 'f64'],
    ]
    const order: DType[] = ['bool', 'i32', 'f32', 'f64']
    expect([...order].sort()).toEqual([...dtypes].sort())
    for (const [i, a] of order.entries())
      for (const [j, b] of order.entries()) {
        expect(promoteTypes(a, b)).toBe(table[i]![j])
        expect(mul(ones([2], { dtype: a }), ones([1], { dtype: b })).dtype).toBe(table[i]![j])
      }
  })

  it('of numbers follow the tensor', () => {
    const whole = tensor([1, 2], { dtype: 'i32' })
    expect([whole.add(1).dtype, whole.add(0.5).dtype, whole.mul(2 ** 31).dtype]).toEqual(['i32', 'f64', 'f64'])
    expect([tensor([true]).add(1).dtype, tensor([true]).mul(0.5).dtype]).toEqual(['i32', 'f32'])
    expect([add(1e300, tensor([1])).dtype, tensor([1], { dtype: 'f64' }).add(1).dtype]).toEqual(['f32', 'f64'])
    expect(div(1, whole).toNested()).toEqual([1, 0.5])
    expect([div(whole, whole).dtype, div(tensor([true]), tensor([true])).dtype]).toEqual(['f64', 'f64'])
  })

  it('convert as stated', () => {
    const x = tensor([1.9, -1.9, Number.NaN, 1e20, -1e20, 0])
    expect(x.to('i32').toNested()).toEqual([1, -1, 0, 2 ** 31 - 1, -(2 ** 31), 0])
    expect(x.to('bool').toNested()).toEqual([true, true, true, true, true, false])
    expect(x.to('f32')).toBe(x)
  })

  it('of sums hold them, or say so', () => {
    expect([tensor([true, true]).sum().dtype, tensor([true, true]).sum().item()]).toEqual(['i32', 2])
    expect(() => tensor([2 ** 31 - 1, 1], { dtype: 'i32' }).sum()).toThrow(
      "sums to 2147483648, which i32 does not hold. Try to('f64') first.",
    )
  })

  it('of what is no tensor are refused', () => {
    expect(() => add(tensor([1]), [1] as unknown as number)).toThrow(
      'add: got an array; expected a tensor. Try tensor(...).',
    )
    expect(() => add(1, 2 as never)).toThrow('add: got number; expected a tensor.')
    expect(() => tensor([1]).mul(null as never)).toThrow('mul: got null; expected a tensor.')
  })
})

describe('printing', () => {
  const shown = (values: Parameters<typeof tensor>[0], options?: Parameters<typeof tensor>[1]): string =>
    String(tensor(values, options))

  it('aligns columns, as NumPy does', () => {
    expect(shown([[1, -2.5], [10, 3]])).toBe('tensor([[ 1. , -2.5],\n        [10. ,  3. ]], f32[2, 2])') // biome-ignore format: a matrix
  })

  it('of whole numbers, booleans, scalars, nothing', () => {
    expect(shown([1, -20], { dtype: 'i32' })).toBe('tensor([  1, -20], i32[2])')
    expect(shown([true, false])).toBe('tensor([ true, false], bool[2])')
    expect(shown(2.5)).toBe('tensor(2.5, f32[])')
    expect(shown([])).toBe('tensor([], f32[0])')
  })

  it('of special values and far magnitudes', () => {
    expect(shown([1, Number.NaN, Infinity, -Infinity])).toBe('tensor([  1.,  nan,  inf, -inf], f32[4])')
    expect(shown([1e-10, 1], { dtype: 'f64' })).toBe('tensor([1.0000e-10, 1.0000e+00], f64[2])')
  })

  it('abbreviates long axes and breaks long lines', () => {
    const long = String(arange(2000))
    expect(long).toBe('tensor([   0,    1,    2, ..., 1997, 1998, 1999], i32[2000])')
    for (const line of String(arange(200)).split('\n')) expect(line.length).toBeLessThanOrEqual(90)
    expect(String(zeros([2, 2, 2]))).toBe(
      'tensor([[[0., 0.],\n         [0., 0.]],\n\n        [[0., 0.],\n         [0., 0.]]], f32[2, 2, 2])',
    )
  })
})
