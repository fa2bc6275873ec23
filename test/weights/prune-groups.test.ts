/** Pruning of whole groups: outputs, inputs, kernels, heads, in every layout of the axes. */
import { describe, expect, it } from 'vitest'
import { chooseRanks } from '../../src/weights/edit/prune/groups.js'
import { blockOf } from '../../src/weights/edit/prune/heads.js'
import { type Given, normals, pruned } from './pruning.js'

const norms = {
  l1: (values: readonly number[]) => values.reduce((sum, x) => sum + Math.abs(x), 0),
  l2: (values: readonly number[]) => Math.hypot(...values),
  linf: (values: readonly number[]) => Math.max(0, ...values.map(Math.abs)),
}

describe('rows and columns of a matrix', () => {
  const given: Given = { shape: [3, 2], values: [1, 1, 0, 1.8, -1.2, 0.7] }
  it('are chosen by their norm', async () => {
    // Rows: l1 2, 1.8, 1.9; l2 1.41, 1.8, 1.39; linf 1, 1.8, 1.2. Columns: l1 2.2, 3.5.
    const rows = async (norm: 'l1' | 'l2' | 'linf') =>
      (await pruned([given], { amount: 1, norm }))[0]!.details['indices']
    expect(await rows('l1')).toEqual([1])
    expect(await rows('l2')).toEqual([2])
    expect(await rows('linf')).toEqual([0])
    const [columns] = await pruned([given], { amount: 0.5, along: 'in', norm: 'l1' })
    expect(columns!.values).toEqual([0, 1, 0, 1.8, 0, 0.7].map(Math.fround))
    expect(columns!.note).toBe('1 of 2 inputs set to zero: l1 <= 2.2')
    expect(columns!.details).toMatchObject({ along: 'in', groups: 2, pruned: 1, indices: [0], indicesTruncated: false })
  })

  it('keep the lower index of equal ones, both ways', async () => {
    const equal: Given = { shape: [4, 1], values: [1, -1, 1, 1] }
    for (const which of ['smallest', 'largest'] as const)
      expect((await pruned([equal], { amount: 2, along: 'out', which }))[0]!.values).toEqual([1, -1, 0, 0])
  })

  it('of the remaining: rows of zeros are not counted', async () => {
    const some: Given = { shape: [5, 2], values: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4] }
    const left = async (of: 'all' | 'remaining') =>
      (await pruned([some], { amount: 0.4, along: 'out', of }))[0]!.details['indices']
    expect(await left('all')).toEqual([0, 1])
    expect(await left('remaining')).toEqual([0, 1, 2])
  })
})

/** Where the element at `at` of a tensor lies on each axis. */
function places(shape: readonly number[], at: number): number[] {
  const result: number[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result.unshift(at % shape[axis]!)
    at = Math.floor(at / shape[axis]!)
  }
  return result
}

const layouts: readonly {
  what: string
  given: Omit<Given, 'values'> & { shape: number[] }
  in: number
  kernel?: [number, number]
}[] = [
  { what: 'linear [out, in]', given: { shape: [6, 10] }, in: 1 },
  { what: 'Conv1D [in, out]', given: { shape: [10, 6], outAxis: 1 }, in: 0 },
  { what: 'convolution', given: { shape: [6, 4, 3, 3], kind: 'conv' }, in: 1, kernel: [0, 1] },
  { what: 'one-dimensional convolution', given: { shape: [6, 4, 5], kind: 'conv' }, in: 1, kernel: [0, 1] },
  {
    what: 'transposed convolution',
    given: { shape: [4, 6, 2, 2], kind: 'convTranspose', outAxis: 1 },
    in: 0,
    kernel: [0, 1],
  },
  { what: 'convolution of Keras', given: { shape: [3, 3, 4, 6], kind: 'conv', outAxis: 3 }, in: 2, kernel: [2, 3] },
]

describe.each(layouts)('groups of a $what', ({ given, in: inAxis, kernel }) => {
  const count = given.shape.reduce((a, b) => a * b, 1)
  const values = Array.from(normals(3, count), Math.fround)
  const axes = { out: [given.outAxis ?? 0], in: [inAxis], ...(kernel && { kernel }) }
  const alongs = Object.entries(axes) as ['out' | 'in' | 'kernel', number[]][]
  it.each(alongs)('along %s are the slices of the axes', async (along, groupAxes) => {
    const extents = groupAxes.map((axis) => given.shape[axis]!)
    const groupOf = (at: number): number => {
      const place = places(given.shape, at)
      return groupAxes.reduce((group, axis, i) => group * extents[i]! + place[axis]!, 0)
    }
    for (const norm of ['l1', 'l2', 'linf'] as const) {
      const groups: number[][] = Array.from({ length: extents.reduce((a, b) => a * b, 1) }, () => [])
      for (const [at, value] of values.entries()) groups[groupOf(at)]!.push(value)
      const k = Math.floor(groups.length * 0.4)
      const order = groups.map((_, g) => g).sort((a, b) => norms[norm](groups[a]!) - norms[norm](groups[b]!) || b - a)
      const out = new Set(order.slice(0, k))
      const expected = values.map((value, at) => (out.has(groupOf(at)) ? 0 : value))
      for (const storage of ['f32', 'f64'] as const)
        for (const chunk of [1, 17, 1000]) {
          const [one] = await pruned([{ ...given, values, storage }], { amount: k, along, norm }, chunk)
          expect(one!.values, `${norm} ${storage} in chunks of ${chunk}`).toEqual(expected)
        }
    }
  })
})

describe('stacked experts', () => {
  it('have outputs of their own', async () => {
    const given: Given = { shape: [2, 2, 2], outAxis: 1, values: [9, 9, 8, 8, 1, 1, 7, 7] }
    const [one] = await pruned([given], { amount: 1, along: 'out' })
    expect(one!.values).toEqual([9, 9, 8, 8, 0, 0, 7, 7])
    expect(one!.details).toMatchObject({ groups: 4, indices: [2] })
  })
})

describe('groups over all tensors', () => {
  const small: Given = { shape: [2, 1], values: [1, 1.1] }
  const wide: Given = { shape: [2, 16], values: new Array(32).fill(0.5) }
  it('compare norms as they are', async () => {
    const results = await pruned([small, wide], { amount: 0.5, along: 'out', global: true })
    expect(results.map(({ details }) => details['indices'])).toEqual([[0, 1], []])
  })
  it('or means, with scale: a wide row of small weights has a large norm', async () => {
    for (const norm of ['l1', 'l2', 'linf'] as const) {
      const results = await pruned([small, wide], { amount: 0.5, norm, global: true, scale: true })
      expect(results.map(({ details }) => details['indices'])).toEqual([[], [0, 1]])
    }
  })
})

describe('extreme sizes', () => {
  it('neither overflow nor vanish', async () => {
    const given: Given = { shape: [4, 2], storage: 'f64', values: [1e250, 1e250, 1e-250, 0, 2e250, 1, 3e-250, 0] }
    const [one] = await pruned([given], { amount: 0.5, along: 'out' })
    expect(one!.details).toMatchObject({ indices: [1, 3], threshold: 3e-250 })
    expect((await pruned([given], { amount: 3, along: 'out' }))[0]!.details['indices']).toEqual([0, 1, 3])
  })
  it('leave what is not finite alone', async () => {
    const given: Given = { shape: [2, 2], values: [Number.NaN, 1, 3, 4] }
    expect((await pruned([given], { amount: 1, along: 'out' }))[0]!.values).toEqual([Number.NaN, 0, 3, 4])
  })
  it('and tensors without elements or kernels are left alone, saying why', async () => {
    const none = await pruned(
      [
        { shape: [0, 4], values: [] },
        { shape: [2, 2], values: [1, 2, 3, 4] },
      ],
      {
        amount: 0.5,
        along: 'kernel',
      },
    )
    expect(none.map(({ note }) => note)).toEqual([
      'left alone: it has no elements',
      'left alone: it has no kernels: it is no convolution',
    ])
  })
})

describe('heads of attention', () => {
  const projection = (name: string, shape: number[], of: (row: number, column: number) => number): Given => ({
    name,
    shape,
    kind: 'attention',
    values: Array.from({ length: shape[0]! * shape[1]! }, (_, i) => of(Math.floor(i / shape[1]!), i % shape[1]!)),
  })

  it('go in all projections of a block together: rows of query, key and value, columns of the output', async () => {
    // Head 0 is larger in the query, head 1 by more in the others.
    const block = 'layers.0.self_attn'
    const results = await pruned(
      [
        projection(`${block}.q_proj.weight`, [4, 3], (row) => (row < 2 ? 2 : 1)),
        projection(`${block}.k_proj.weight`, [4, 3], (row) => (row < 2 ? 1 : 3)),
        projection(`${block}.v_proj.weight`, [4, 3], (row) => (row < 2 ? 1 : 3)),
        projection(`${block}.o_proj.weight`, [3, 4], (_, column) => (column < 2 ? 1 : 3)),
        projection('layers.1.self_attn.q_proj.weight', [4, 3], (row) => (row < 2 ? 2 : 1)),
        { name: 'layers.1.mlp.up_proj.weight', shape: [2, 2], values: [1, 2, 3, 4] },
      ],
      { amount: 1, along: 'head', heads: 2 },
    )
    expect(results.map(({ details }) => details['indices'])).toEqual([[0], [0], [0], [0], [1], undefined])
    expect(results[0]!.values).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    expect(results[3]!.values).toEqual([0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3, 3])
    expect(results[5]!.note).toBe('left alone: it is no projection of attention')
  })

  it('are in each third of a fused projection', async () => {
    const fused = projection('h.0.attn.c_attn.weight', [2, 6], (_, column) => 1 + column)
    const [one] = await pruned([{ ...fused, outAxis: 1 }], { amount: 1, along: 'head', heads: 2 })
    expect(one!.values).toEqual([0, 2, 0, 4, 0, 6, 0, 2, 0, 4, 0, 6])
  })

  it('are left where several queries share them', async () => {
    const results = await pruned(
      [
        projection('a.self_attn.q_proj.weight', [4, 2], (row) => row + 1),
        projection('a.self_attn.k_proj.weight', [2, 2], () => 1),
      ],
      { amount: 1, along: 'head', heads: 4, kvHeads: 2 },
    )
    expect(results.map(({ note }) => note)).toEqual([
      '1 of 4 heads set to zero: l2 <= 1.41421',
      'left alone: each of its 2 heads serves 2 query heads',
    ])
  })

  it('must divide the projection', async () => {
    await expect(
      pruned([projection('a.self_attn.q_proj.weight', [4, 2], () => 1)], { amount: 1, along: 'head', heads: 3 }),
    ).rejects.toThrow('prune: 3 heads do not divide the 4 outputs.')
  })

  it.each([
    ['model.layers.3.self_attn.q_proj.weight', 'model.layers.3.self_attn', 'query'],
    ['bert.encoder.layer.0.attention.self.value.weight', 'bert.encoder.layer.0.attention', 'value'],
    ['bert.encoder.layer.0.attention.output.dense.weight', 'bert.encoder.layer.0.attention', 'output'],
    ['transformer.h.0.attn.c_proj.weight', 'transformer.h.0.attn', 'output'],
    ['layers.0.self_attn.in_proj_weight', 'layers.0.self_attn', 'fused'],
    ['blk.5.attn_output.weight', 'blk.5', 'output'],
    ['mlp.c_proj.weight', null, null],
    ['output.weight', null, null],
  ])('%s is of block %s: %s', (name, block, role) => {
    expect(blockOf(name)).toEqual(block === null ? null : { block, role })
  })
})

describe('chooseRanks', () => {
  it('marks exactly k, of equal ones the later', () => {
    for (const which of ['smallest', 'largest'] as const)
      for (let k = 0; k <= 6; k++) {
        const { isOut } = chooseRanks(Float64Array.of(0, 2, 1, 2, 0, 1), k, which)
        expect(isOut.reduce((sum, one) => sum + one, 0)).toBe(k)
      }
    expect(Array.from(chooseRanks(Float64Array.of(0, -0, 1), 1, 'smallest').isOut)).toEqual([0, 1, 0])
  })
})
