/** Tests of whole tables: beside figures of three pairs of tables, laws, and edge cases. */
import { describe, expect, it } from 'vitest'
import { classifierTwoSample, energyTest, mmd, reconstructionShift } from '../../src/shift/multivariate/index.js'
import { hasShared, sharedJson } from '../shared.js'
import { type Figures, matricesOf } from './tables.js'

function close(got: number, want: number, what: string, rtol = 1e-8): void {
  expect(Math.abs(got - want) <= rtol * Math.abs(want), `${what}: ${got}, expected ${want}`).toBe(true)
}

const names = ['wine_red_vs_white_500', 'elec2_early_vs_late_500', 'digits_label_shift_500']

describe.skipIf(!hasShared)('whole tables beside their figures', () => {
  it.each(names)('%s: maximum mean discrepancy and energy', (name) => {
    const figures = sharedJson<Figures>('oracle', 'multivariate', `${name}.json`)
    const [x, y] = matricesOf(name)
    for (const [which, one] of Object.entries(figures['mmd'] as Figures)) {
      const isMedian = which.startsWith('median')
      const found = mmd(x, y, { permutations: 199, bandwidth: isMedian ? 'median' : one.sigma })
      close(found.bandwidth, one.sigma, `${which} sigma`)
      close(found.squared, one.mmd2_unbiased, `${which} unbiased`)
      close(found.biased, one.mmd2_biased, `${which} biased`)
      expect(found.p).toBe(1 / 200)
    }
    const energy = energyTest(x, y, { permutations: 99 })
    close(energy.statistic, figures['energy'].V_statistic, 'energy V')
    close(energy.unbiased, figures['energy'].U_statistic, 'energy U')
    expect(energy.p).toBe(1 / 100)
  })

  it.each(names)('%s: classifier and reconstruction', (name) => {
    const figures = sharedJson<Figures>('oracle', 'multivariate', `${name}.json`)
    const [x, y] = matricesOf(name)
    const told = classifierTwoSample(x, y)
    // The folds are others.
    expect(Math.abs(told.auc - figures['classifier_two_sample'].oof_auc)).toBeLessThan(0.015)
    expect(told.p).toBeLessThan(1e-20)
    const found = reconstructionShift(x, y)
    const { n_components, explained, ref_error, cur_error, ratio } = figures['pca_reconstruction']
    expect(found.components).toBe(n_components)
    close(found.explained, explained, 'explained')
    close(found.referenceError, ref_error, 'reference error')
    close(found.currentError, cur_error, 'current error')
    close(found.ratio, ratio, 'ratio')
  })
})
