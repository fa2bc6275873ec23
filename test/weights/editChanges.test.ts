/** What changed between two arrays, against sums in a loop. */
import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { changePass } from '../../src/weights/edit/changes.js'
import { gaussian } from './editFiles.js'

const kernels = createKernels()

/** The pass over pieces of `step` elements, `shift` elements off any alignment. */
function changes(type: 'f32' | 'f64', before: readonly number[], after: readonly number[], step: number, shift = 0) {
  const bytes = type === 'f64' ? 8 : 4
  const [a, b] = [kernels.alloc((before.length + 4) * bytes), kernels.alloc((before.length + 4) * bytes)]
  const [x, y] = [a + shift * bytes, b + shift * bytes]
  const write = type === 'f64' ? kernels.f64.bind(kernels) : kernels.f32.bind(kernels)
  write(x, before.length).set(before)
  write(y, after.length).set(after)
  const pass = changePass(kernels, type)
  for (let at = 0; at < before.length; at += step)
    pass.update(x + at * bytes, y + at * bytes, Math.min(step, before.length - at))
  const found = pass.finish()
  pass.dispose()
  kernels.free(a)
  kernels.free(b)
  return found
}

describe.each(['f32', 'f64'] as const)('%s', (type) => {
  it('by hand: NaN equals NaN, -0 equals 0, infinities that stay are no change', () => {
    const before = [3, Number.NaN, 0, Number.POSITIVE_INFINITY, -4, 1]
    const after = [1, Number.NaN, -0, Number.POSITIVE_INFINITY, -1, 1]
    const { changed, deltaL1, deltaL2, deltaLinf } = changes(type, before, after, 100)
    expect({ changed, deltaL1, deltaLinf }).toEqual({ changed: 2, deltaL1: 5, deltaLinf: 3 })
    expect(deltaL2).toBeCloseTo(Math.sqrt(13), 14)
  })

  it('a number that became infinite has changed, and is in no norm', () => {
    const { changed, deltaL1 } = changes(
      type,
      [1, 2, 3, 4, 5],
      [1, Number.POSITIVE_INFINITY, 3, 3, Number.NEGATIVE_INFINITY],
      5,
    )
    expect({ changed, deltaL1 }).toEqual({ changed: 3, deltaL1: 1 })
  })

  it.each([0, 1, 3, 4, 5, 8, 11, 64, 1003])('%i elements in any pieces, at any alignment', (count) => {
    const next = gaussian(count + 1)
    const round = (value: number): number => (type === 'f32' ? Math.fround(value) : value)
    const before = Array.from({ length: count }, () => round(next()))
    const after = before.map((value, i) => (i % 3 === 0 ? value : round(value * next())))
    const sizes = before.map((value, i) => Math.abs(after[i]! - value))
    for (const [step, shift] of [
      [7, 0],
      [64, 1],
      [2000, 3],
    ] as const) {
      const found = changes(type, before, after, step, shift)
      expect(found.changed).toBe(sizes.filter((size) => size > 0).length)
      expect(found.deltaL1).toBeCloseTo(
        sizes.reduce((sum, size) => sum + size, 0),
        10,
      )
      expect(found.deltaL2).toBeCloseTo(Math.hypot(...sizes), 10)
      expect(found.deltaLinf).toBe(Math.max(0, ...sizes))
    }
  })
})

it('f32 at the ends of its range', () => {
  const found = changes('f32', [3.4e38, 1e-45, 0], [-3.4e38, 0, 0], 3)
  expect(found.changed).toBe(2)
  expect(found.deltaL2 / (2 * Math.fround(3.4e38))).toBeCloseTo(1, 12)
  expect(changes('f32', [1e-45], [0], 1).deltaL2).toBe(Math.fround(1e-45))
})
