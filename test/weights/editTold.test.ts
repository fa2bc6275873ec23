/** What an edit tells of f32 elements agrees with the statistics of `inspect`, whatever the chunks. */
import { describe, expect, it } from 'vitest'
import { createKernels, measures } from '../../src/kernels/index.js'
import { toldPass } from '../../src/weights/edit/told.js'
import { randomOf } from './track-random.js'

const kernels = createKernels()

/** Both passes over the same elements, cut into chunks of `size`. */
function both(values: readonly number[], size: number) {
  const pointer = kernels.alloc(4 * Math.max(1, values.length))
  kernels.f32(pointer, values.length).set(values)
  const passes = [toldPass(kernels, 'f32'), measures(kernels).statistics('f32')] as const
  for (let at = 0; at < values.length; at += size)
    for (const pass of passes) pass.update(pointer + 4 * at, Math.min(size, values.length - at))
  const [told, whole] = passes.map((pass) => pass.finish())
  for (const pass of passes) pass.dispose()
  kernels.free(pointer)
  return { told: told!, whole: whole! }
}

const random = randomOf(5)
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const cases: Record<string, (n: number) => number[]> = {
  'weights around 0': (n) => Array.from({ length: n }, () => 0.02 * normal()),
  'weights close to 1': (n) => Array.from({ length: n }, () => 1 + 1e-4 * normal()),
  'half of them zero, some negative zero': (n) =>
    Array.from({ length: n }, (_, i) => (i % 2 ? 0 : i % 3 ? normal() : -0)),
  'the largest and the smallest f32': (n) => Array.from({ length: n }, (_, i) => (i % 2 ? 3e38 : 1e-45)),
  'a constant': (n) => new Array(n).fill(0.1),
  'all negative': (n) => Array.from({ length: n }, () => -1 - random()),
  'a few that are not finite': (n) =>
    Array.from({ length: n }, (_, i) => (i % 97 === 5 ? Number.NaN : i % 89 === 3 ? -Infinity : normal())),
  'none that is finite': (n) => new Array(n).fill(Number.POSITIVE_INFINITY),
}

describe('told of f32', () => {
  it('by hand: 0, 3, -4, 1', () => {
    const { told } = both([0, 3, -4, 1], 4)
    expect(told).toEqual({ count: 4, zeros: 1, nan: 0, posInf: 0, negInf: 0, l1: 8, l2: Math.sqrt(26), linf: 4, mean: 0, std: Math.sqrt(6.5), min: -4, max: 3 }) // biome-ignore format: one row
  })

  for (const [name, make] of Object.entries(cases))
    for (const [length, size] of [
      [0, 1],
      [1, 1],
      [3, 2],
      [4, 4],
      [5, 4],
      [1000, 64],
      [1031, 333],
      [5000, 5000],
    ] as const)
      it(`${name}: ${length} elements in chunks of ${size}`, () => {
        const { told, whole } = both(make(length), size)
        for (const exact of ['count', 'zeros', 'nan', 'posInf', 'negInf', 'linf', 'min', 'max'] as const)
          expect(told[exact], exact).toBe(whole[exact])
        for (const near of ['l1', 'l2', 'mean', 'std'] as const) {
          const scale = Math.max(Math.abs(whole[near]), near === 'mean' || near === 'std' ? 1e-13 * whole.linf : 0)
          expect(Math.abs(told[near] - whole[near]), near).toBeLessThanOrEqual(1e-12 * scale)
        }
      })
})
