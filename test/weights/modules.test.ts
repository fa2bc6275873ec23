/** Totals along the module tree and of the whole model. */
import { describe, expect, it } from 'vitest'
import { moduleTree, totalsOf } from '../../src/weights/modules.js'
import type { TensorFigures } from '../../src/weights/types.js'

function figures(name: string, values: readonly number[], more: Partial<TensorFigures> = {}): TensorFigures {
  const finite = values.filter(Number.isFinite)
  return {
    name,
    dtype: 'F32',
    storage: 'f32',
    shape: [values.length],
    count: values.length,
    kind: 'unknown',
    outAxis: null,
    group: 'model',
    zeros: values.filter((value) => value === 0).length,
    nan: values.filter(Number.isNaN).length,
    posInf: values.filter((value) => value === Infinity).length,
    negInf: values.filter((value) => value === -Infinity).length,
    subnormals: 0,
    l0: 0,
    l1: finite.reduce((sum, value) => sum + Math.abs(value), 0),
    l2: Math.hypot(...finite),
    linf: Math.max(0, ...finite.map(Math.abs)),
    mean: 0,
    std: 0,
    min: 0,
    max: 0,
    bytes: 4 * values.length,
    exponents: { min: 0, counts: [] },
    rows: null,
    columns: null,
    matrix: null,
    conv: null,
    slices: [],
    sharesWith: null,
    flags: [],
    ...more,
  }
}

describe('totalsOf', () => {
  it('a hand-worked sum', () => {
    const tensors = [figures('a', [3, 0, -1]), figures('b', [4, NaN, Infinity, -Infinity])]
    // l1 = 3 + 1 + 4, l2 = sqrt(9 + 1 + 16)
    expect(totalsOf(tensors)).toEqual({
      tensors: 2,
      parameters: 7,
      bytes: 28,
      zeros: 1,
      nan: 1,
      posInf: 1,
      negInf: 1,
      l1: 8,
      l2: Math.sqrt(26),
      linf: 4,
    })
  })

  it('counts floating tensors only, and shared storage once', () => {
    const others = (['i64', 'u8', 'bool', 'u4', 'i16', 'c64', 'c128'] as const).map((storage) =>
      figures(storage, [100], { storage }),
    )
    const floating = ['f16', 'bf16', 'q4_k', 'iq2_xxs', 'f32', 'f64', 'f8_e4m3fn', 'mxfp4'] as const
    // The file's word counts for nothing: weights computed from packed integers keep it.
    const counted = floating.map((storage) => figures(storage, [1], { storage, dtype: 'I32' }))
    const shared = figures('tied', [50], { sharesWith: 'f16' })
    expect(totalsOf([...others, ...counted, shared])).toMatchObject({ tensors: floating.length, l1: floating.length })
  })

  it.each([1e-200, 1e-160, 1, 1e160, 1e200])('keeps the l2 of tensors of scale %g', (scale) => {
    const { l2 } = totalsOf([figures('a', [3 * scale]), figures('zero', [0]), figures('b', [4 * scale])])
    expect(Math.abs(l2 / (5 * scale) - 1)).toBeLessThan(1e-15)
  })

  it('of nothing are zero', () => {
    expect(totalsOf([])).toMatchObject({ tensors: 0, parameters: 0, l1: 0, l2: 0, linf: 0 })
  })
})

describe('moduleTree', () => {
  const paths = (...names: string[]): [string, number, number][] =>
    moduleTree(names.map((name) => figures(name, [1]))).map(({ path, depth, tensors }) => [path, depth, tensors])

  it('lists parents before children, in the order of the file, the whole first', () => {
    expect(paths('enc.1.w', 'head.w', 'enc.1.b', 'enc.0.w', 'scale')).toEqual([
      ['', 0, 5],
      ['enc', 1, 3],
      ['enc.1', 2, 2],
      ['enc.0', 2, 1],
      ['head', 1, 1],
    ])
  })

  it('splits at dots and slashes, of which a row counts as one', () => {
    expect(paths('If_0/then_branch//model/w', './a/b.w', 'x.')).toEqual([
      ['', 0, 3],
      ['If_0', 1, 1],
      ['If_0/then_branch', 2, 1],
      ['If_0/then_branch//model', 3, 1],
      ['./a', 1, 1],
      ['./a/b', 2, 1],
    ])
  })

  it('adds up norms and flags, and leaves optimizer state out', () => {
    const warning = { code: 'dead-rows', severity: 'warning', message: '' } as const
    const tree = moduleTree([
      figures('m.a', [3], { flags: [warning, { ...warning, severity: 'error' }] }),
      figures('m.b', [4], { flags: [warning] }),
      figures('m.c', [99], { group: 'optimizer' }),
    ])
    expect(tree[1]).toMatchObject({ path: 'm', l1: 7, l2: 5, linf: 4, flags: { error: 1, warning: 2, info: 0 } })
  })

  it('names made of separators cost nothing', () => {
    expect(moduleTree([figures('a.'.repeat(100_000), [1])]).length).toBe(25)
    expect(moduleTree([figures('.'.repeat(1_000_000), [1])]).length).toBe(1)
    expect(moduleTree([])).toEqual([])
  })
})
