import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedPath } from '../shared.js'
import { models, parseNist, readNist } from './nist.js'
import { fitNist } from './nistFit.js'

/** These overshoot from start 1, far away, to where a parameter has no effect any more; see docs/training.md. */
const lost = ['BoxBOD']

describe.skipIf(!hasShared)("NIST's nonlinear regression", () => {
  const names = hasShared ? readdirSync(sharedPath('data', 'nist')).map((file) => file.replace('.dat', '')) : []

  it('every set has its model', () => {
    expect(names.toSorted()).toEqual(Object.keys(models).toSorted())
  })

  for (const name of names)
    for (const start of [0, 1] as const)
      it(`${name} from start ${start + 1}: 6 certified digits`, () => {
        const { parameters, history, sumOfSquares } = fitNist(readNist(name), start)
        for (let k = 1; k < history.length; k++) expect(history[k]!).toBeLessThanOrEqual(history[k - 1]!)
        if (start === 0 && lost.includes(name)) {
          expect(parameters).toBeLessThan(1)
          return
        }
        expect(parameters).toBeGreaterThanOrEqual(6)
        // The residuals of Lanczos1 are the rounding of its data, 1e-13 of y.
        if (name !== 'Lanczos1') expect(sumOfSquares).toBeGreaterThanOrEqual(6)
      })

  it.each(names.filter((name) => name !== 'Lanczos1'))('%s: standard deviations of the parameters', (name) => {
    expect(fitNist(readNist(name), 1).deviations).toBeGreaterThanOrEqual(5)
  })
})

describe('the parser', () => {
  it('reads where the header says', () => {
    const header = ['Dataset Name:  Tiny (Tiny.dat)', '   Certified Values  (lines 41 to 43)', '   Data   (lines 45 to 46)', 'Lower Level of Difficulty'] // biome-ignore format: a list
    const lines = [...header, ...new Array<string>(36).fill('')]
    lines.push('  b1 =   1   2   3.0E+00  4.0E-01', '', 'Residual Sum of Squares:   5.0E-01', '', '  7  8', '  9  10')
    expect(parseNist(lines.join('\n'))).toEqual({
      name: 'Tiny',
      level: 'Lower',
      starts: [[1], [2]],
      certified: [3],
      deviations: [0.4],
      sumOfSquares: 0.5,
      y: [7, 9],
      x: [[8, 10]],
    })
  })
})
