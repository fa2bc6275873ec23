/** Differences of matrices too large to keep: read again, panel by panel. */
import { beforeAll, describe, expect, it } from 'vitest'
import { panelsOfPair } from '../../src/weights/compare/panels.js'
import { krylovSpectrum, withArena } from '../../src/weights/measure/index.js'
import { noise, planted } from './diff-files.js'
import { engines, entryOf, type TestEngine } from './support.js'

let engine: TestEngine
beforeAll(async () => {
  engine = (await engines())[0]!.engine
})

const options = { spectra: 'estimate', convNorms: false, seed: 1 } as const

describe('panels of a difference', () => {
  it.each([
    ['f32', 7, 3, 2],
    ['f64', 7, 3, 7],
    ['f32', 300, 500, 11],
    ['f32', 1, 200_000, 1],
    ['f64', 70_000, 2, 1000],
  ] as const)('%s [%i, %i], %i rows at a time', async (type, rows, columns, step) => {
    const [x, y] = [noise(1, rows * columns), noise(2, rows * columns)]
    const pair = [entryOf(x, { shape: [rows, columns], type }), entryOf(y, { shape: [rows, columns], type })] as const
    const seen: number[] = []
    let wrong = 0
    await withArena(engine.kernels, async (arena) => {
      const panels = panelsOfPair(pair, { rows, columns }, [], engine, options, type, arena, step)
      for (let visit = 0; visit < 2; visit++)
        await panels.each((values, first, count) => {
          if (visit === 0) seen.push(count)
          const delta = engine.kernels.f64(values, count * columns)
          for (const [i, value] of delta.entries()) {
            const at = first * columns + i
            if (value !== y[at]! - x[at]!) wrong++
          }
        })
    })
    expect(wrong).toBe(0)
    expect(seen.reduce((a, b) => a + b, 0)).toBe(rows)
    expect(seen.slice(0, -1).every((count) => count === step)).toBe(true)
  })

  it('give the spectrum of the difference', async () => {
    const shape = { rows: 150, columns: 140 }
    const zeros = entryOf(new Float32Array(150 * 140), { shape: [150, 140] })
    const moved = entryOf(planted(3, 150, 140, 0.2), { shape: [150, 140] })
    const wanted = { seed: 1, wanted: 4, block: 8, most: 140, tolerance: 1e-9 }
    const [top] = await withArena(engine.kernels, async (arena) => {
      const panels = panelsOfPair([zeros, moved], shape, [], engine, options, 'f32', arena, 40)
      return (await krylovSpectrum(engine.lapack, panels, wanted, arena)).values
    })
    const [bottom] = await withArena(engine.kernels, async (arena) => {
      const panels = panelsOfPair([moved, zeros], shape, [], engine, options, 'f32', arena)
      return (await krylovSpectrum(engine.lapack, panels, wanted, arena)).values
    })
    expect(top! / bottom!).toBeCloseTo(1, 9)
    expect(top).toBeGreaterThan(100)
  })
})
