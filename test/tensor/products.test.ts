/** matmul: every layout, batches, vectors, types, and gradients. */
import { describe, expect, it } from 'vitest'
import {
  arange,
  gradcheck,
  gradgradcheck,
  matmul,
  memory,
  scope,
  setBackend,
  type Tensor,
  tensor,
} from '../../src/tensor/index.js'

setBackend('auto')

/** Small whole numbers, so that products are exact in every order. */
function whole(shape: readonly number[], seed: number, dtype: 'f32' | 'f64' = 'f64'): Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float64Array.from({ length: size }, (_, i) => ((i * 7 + seed) % 9) - 4),
    { shape, dtype },
  )
}

/** Products of matrices by their definition, in nested arrays. */
function reference(a: number[][], b: number[][]): number[][] {
  return a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))
}

describe('matmul', () => {
  it('multiplies [[1, 2], [3, 4]] by a column', () => {
    expect(matmul(tensor([[1, 2], [3, 4]]), tensor([[5], [6]])).toNested()).toEqual([[17], [39]]) // biome-ignore format: a matrix
  })

  const layouts: Record<string, (x: Tensor) => Tensor> = {
    straight: (x) => x.clone(),
    transposed: (x) => x.transpose().contiguous().transpose(),
    'with wide rows': (x) => x.pad([[0, 0], [0, 3]]).slice(null, { stop: x.shape[1]! }), // biome-ignore format: short
    'with steps': (x) =>
      x
        .unsqueeze(2)
        .broadcastTo([...x.shape, 2])
        .contiguous()
        .slice(null, null, 1),
    reversed: (x) => x.flip().contiguous().flip(),
  }

  it.each(Object.keys(layouts))('reads a matrix that lies %s', (name) => {
    for (const other of Object.keys(layouts))
      for (const [m, k, n] of [[1, 1, 1], [2, 3, 4], [5, 1, 3], [1, 6, 1], [7, 8, 9], [17, 33, 5]] as const) // biome-ignore format: a list
        for (const dtype of ['f32', 'f64'] as const) {
          const [a, b] = [whole([m, k], 1, dtype), whole([k, n], 5, dtype)]
          const product = matmul(layouts[name]!(a), layouts[other]!(b))
          expect(product.toNested()).toEqual(reference(a.toNested() as number[][], b.toNested() as number[][]))
          expect(product.dtype).toBe(dtype)
        }
  })

  it('of nothing is zeros', () => {
    expect(matmul(whole([2, 0], 1), whole([0, 3], 1)).toNested()).toEqual([[0, 0, 0], [0, 0, 0]]) // biome-ignore format: a matrix
    expect(matmul(whole([0, 2], 1), whole([2, 3], 1)).shape).toEqual([0, 3])
    expect(matmul(whole([3, 0, 2], 1), whole([2, 3], 1)).shape).toEqual([3, 0, 3])
  })

  it('of vectors drops their axes', () => {
    const [v, w, A] = [tensor([1, 2, 3]), tensor([4, 5, 6]), whole([3, 2], 1, 'f32')]
    expect(matmul(v, w).item()).toBe(32)
    expect(matmul(v, A).shape).toEqual([2])
    expect(matmul(A.transpose(), v).shape).toEqual([2])
    expect(matmul(whole([4, 2, 3], 2, 'f32'), v).shape).toEqual([4, 2])
  })

  it.each([
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [1, 3, 4],
      [6, 4, 1],
    ],
  ])('broadcasts batches: %j by %j', (first, second) => {
    const [a, b] = [whole(first, 1), whole(second, 2)]
    const product = matmul(a, b)
    const batch = product.shape.slice(0, -2)
    const [x, y] = [a.broadcastTo([...batch, ...first.slice(-2)]), b.broadcastTo([...batch, ...second.slice(-2)])]
    const matrices = batch.reduce((p, q) => p * q, 1)
    const flat = (one: Tensor): Tensor => one.reshape([matrices, ...one.shape.slice(-2)])
    for (let i = 0; i < matrices; i++)
      expect(flat(product).slice(i).toNested()).toEqual(
        reference(flat(x).slice(i).toNested() as number[][], flat(y).slice(i).toNested() as number[][]),
      )
  })

  it('promotes types, and computes whole numbers in f64', () => {
    expect(matmul(whole([2, 2], 1, 'f32'), whole([2, 2], 1)).dtype).toBe('f64')
    const whole32 = arange(4).reshape([2, 2])
    expect([matmul(whole32, whole32).dtype, matmul(whole32, whole32).toNested()]).toEqual(['f64', [[2, 3], [6, 11]]]) // biome-ignore format: a matrix
  })

  it.each([
    [
      [2, 3],
      [3, 2],
    ],
    [
      [2, 2, 3],
      [3, 2],
    ],
    [
      [3, 2],
      [2, 2, 3],
    ],
    [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
    [[3], [3, 2]],
    [[2, 3], [3]],
    [[3], [3]],
  ])('has gradients of gradients: %j by %j', (first, second) => {
    const inputs = [whole(first, 1), whole(second, 2)]
    for (const one of inputs) one.requiresGrad = true
    const before = memory().tensors
    scope(() => {
      gradcheck((a, b) => matmul(a!, b!), inputs)
      gradgradcheck((a, b) => matmul(a!, b!), inputs)
    })
    expect(memory().tensors).toBe(before)
  })

  it('leaves no temporaries', () => {
    const [a, b] = [whole([2, 3], 1), whole([3], 2, 'f32')]
    const strided = whole([6, 6], 1).slice({ step: 3 }, { step: 2 })
    const before = memory().tensors
    for (const product of [matmul(a, b), matmul(a, strided.transpose()), matmul(b, b)]) product.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('names both shapes when inner sizes differ', () => {
    expect(() => matmul(whole([2, 3], 1), whole([2, 3], 1))).toThrow(
      'matmul: f64[2, 3] and f64[2, 3]: inner sizes are 3 and 2; expected equal ones.',
    )
    expect(() => matmul(tensor(1), tensor([1]))).toThrow(
      'matmul: f32[] and f32[1]; expected vectors or matrices. Try mul().',
    )
    expect(() => matmul(whole([2, 2, 3], 1), whole([3, 3, 1], 1))).toThrow(
      'matmul: shapes [2] and [3] do not broadcast',
    )
  })
})
