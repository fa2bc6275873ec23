/** Selection by size, against sorting. */
import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { Selection, selectLargest } from '../../src/norms/internal.js'
import { Random } from '../lapack/random.js'

const kernels = createKernels()

/** The elements with all but the k largest (smallest) in size zeroed, by sorting; of equals the first stay. */
function bySorting(x: readonly number[], k: number, largest: boolean): number[] {
  const rank = (value: number): number => (Number.isNaN(value) ? Number.MAX_VALUE * 2 : Math.abs(value))
  const isAbove = (i: number, j: number): number =>
    Number(Number.isNaN(x[j])) - Number(Number.isNaN(x[i])) || rank(x[j]!) - rank(x[i]!) || 0
  const order = [...x.keys()].sort((i, j) => (largest ? isAbove(i, j) : isAbove(j, i)) || i - j)
  const kept = new Set(order.slice(0, k))
  return x.map((value, i) => (kept.has(i) ? value : 0))
}

function place(type: 'f32' | 'f64', x: readonly number[]): number {
  const pointer = kernels.alloc(8 * Math.max(1, x.length))
  kernels[type](pointer, x.length).set(x)
  return pointer
}

const random = new Random(11)
const normals = Array.from({ length: 1000 }, () => Math.fround(random.normal()))
const inputs: Record<string, readonly number[]> = {
  normal: normals,
  ties: normals.map((value) => Math.round(2 * value)),
  'all equal': normals.map((value) => Math.sign(value)),
  'mostly zero': normals.map((value) => (value > 1.5 ? value : 0)),
  'all scales': normals.map((value, i) => Math.fround(value * 2 ** ((i % 250) - 125))),
  subnormal: normals.map((value) => Math.fround(value * 2 ** -140)),
  'not finite': [1, Number.NaN, -Infinity, 3, Infinity, -0, 0, Number.NaN, 2],
  'one element': [-3],
  none: [],
}

describe('selectLargest', () => {
  it('keeps the two largest in size, of equals the first', () => {
    const pointer = place('f32', [1, -2, 3, 2, -2])
    expect(selectLargest(kernels, 'f32', [{ pointer, length: 5 }], 2)).toBe(2)
    expect(Array.from(kernels.f32(pointer, 5))).toEqual([0, -2, 3, 0, 0])
  })

  for (const type of ['f32', 'f64'] as const)
    for (const [name, x] of Object.entries(inputs))
      it(`keeps what sorting keeps: ${name}, ${type}`, () => {
        for (const largest of [true, false])
          for (const k of new Set([0, 1, 2, 7, x.length >> 1, x.length - 1, x.length, x.length + 5])) {
            if (k < 0) continue
            const pointer = place(type, x)
            const third = Math.floor(x.length / 3)
            const width = type === 'f32' ? 4 : 8
            const spans = [
              { pointer, length: third },
              { pointer: pointer + width * third, length: x.length - third },
            ]
            selectLargest(kernels, type, spans, k, largest)
            expect(Array.from(kernels[type](pointer, x.length)), `k = ${k}, largest ${largest}`).toEqual(
              bySorting(x, k, largest),
            )
            kernels.free(pointer)
          }
      })

  it('keeps f64 apart that are one f32', () => {
    const x = [1, 1 + 2 ** -52, 1 - 2 ** -53, 1 + 2 ** -51]
    const pointer = place('f64', x)
    selectLargest(kernels, 'f64', [{ pointer, length: 4 }], 2)
    expect(Array.from(kernels.f64(pointer, 4))).toEqual([0, x[1], 0, x[3]])
  })

  it('gives its memory back', () => {
    const before = kernels.bytesInUse
    const selection = new Selection(kernels, 'f32', 1)
    selection[Symbol.dispose]()
    selection[Symbol.dispose]()
    expect(kernels.bytesInUse).toBe(before)
  })
})
