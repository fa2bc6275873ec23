/** Tests and distances of columns beside SciPy's figures and two monitoring libraries' on three pairs of tables. */
import { describe, expect, it } from 'vitest'
import {
  andersonDarling,
  benjaminiHochberg,
  binCounts,
  bonferroni,
  chiSquaredTest,
  compareColumns,
  cramerVonMises,
  energyDistance1,
  hellinger,
  holm,
  jensenShannon,
  ksTest,
  mannWhitney,
  psi,
  totalVariation,
  wasserstein1,
  welch,
} from '../../src/shift/index.js'
import type { NumericColumn } from '../../src/table/index.js'
import { hasShared, sharedJson } from '../shared.js'
import { type Figures, pairOf } from './tables.js'

const numeric = (name: string, values: Float64Array): NumericColumn => ({
  name,
  type: 'numeric',
  values,
  missing: 0,
  absent: null,
})

function close(got: number | null, want: number, what: string, rtol = 1e-8, atol = 1e-12): void {
  expect(got, what).not.toBeNull()
  const error = Math.abs(got! - want)
  expect(error <= atol + rtol * Math.abs(want), `${what}: ${got}, expected ${want}`).toBe(true)
}

function checkNumeric(name: string, a: Float64Array, b: Float64Array, figures: Figures): void {
  const ks = ksTest(a, b)
  close(ks.statistic, figures.ks.D, `${name} D`)
  close(ks.signed, figures.ks.signed, `${name} signed`)
  close(ks.location, figures.ks.argmax_value, `${name} location`, 1e-14)
  expect(ks.method, name).toBe(figures.ks.mode === 'exact' ? 'exact' : 'asymptotic')
  close(ks.p, figures.ks.p_scipy_auto, `${name} p auto`, 1e-8, 1e-298)
  close(ksTest(a, b, { method: 'asymptotic' }).p, figures.ks.p_scipy_asymp, `${name} p asymptotic`, 1e-8, 1e-300)
  close(ksTest(a, b, { method: 'limit' }).p, figures.ks.p_kolmogorov_limit, `${name} p limit`, 1e-8, 1e-300)
  close(wasserstein1(a, b), figures.wasserstein1, `${name} wasserstein`)
  close(energyDistance1(a, b), figures.energy_distance_scipy, `${name} energy`)
  const cvm = cramerVonMises(a, b)
  close(cvm.statistic, figures.cramer_von_mises.T, `${name} T`)
  // SciPy's series stops at terms of 1e-7, and its large terms cancel for large T.
  close(cvm.p, figures.cramer_von_mises.p_asymptotic, `${name} p of T`, 1e-6, 4e-7)
  const ad = andersonDarling(a, b)
  if (typeof figures.anderson_darling_ksamp_midrank === 'object')
    close(ad.standardized, figures.anderson_darling_ksamp_midrank.A2kN_standardised, `${name} A2`)
  const mw = mannWhitney(a, b)
  expect(mw.statistic, name).toBe(figures.mann_whitney.U_ref)
  close(mw.p, figures.mann_whitney.p_asymptotic_cc, `${name} p of U`, 1e-8, 1e-300)
  const t = welch(a, b)
  if (figures.welch_t.t === 'NaN') expect(t.statistic).toBeNaN()
  else {
    close(t.statistic, figures.welch_t.t, `${name} t`)
    close(t.p, figures.welch_t.p, `${name} p of t`, 1e-8, 1e-300)
  }
  checkBins(name, a, b, figures)
}

function checkBins(name: string, a: Float64Array, b: Float64Array, figures: Figures): void {
  const column = compareColumns(numeric(name, a), numeric(name, b))
  close(column.js, figures.jensenshannon_evidently.value, `${name} JS`)
  if (figures.hellinger_sturges_pooled !== undefined && figures.jensenshannon_evidently.binning.startsWith('sturges'))
    close(column.hellinger, figures.hellinger_sturges_pooled, `${name} Hellinger`)
  const deciles = figures.psi['ref_deciles_outer_inf_floor1e-4']
  if (deciles.value === null) expect(column.psi, name).toBeNull()
  else close(column.psi, deciles.value, `${name} PSI deciles`)
  const width = figures.psi['ref_10_equal_width_outer_inf_floor1e-4']
  if (width) close(column.psiEqualWidth, width.value, `${name} PSI width`)
}

function checkCategorical(name: string, figures: Figures): void {
  const [a, b] = [figures.counts_ref, figures.counts_cur]
  const chi = chiSquaredTest(a, b)
  close(chi.statistic, figures.chi2_contingency_no_correction.stat, `${name} chi2`)
  close(chi.p, figures.chi2_contingency_no_correction.p, `${name} p`, 1e-8, 1e-300)
  close(chi.minExpected, figures.chi2_contingency_no_correction.min_expected, `${name} expected`)
  close(chi.g, figures.g_test.stat, `${name} G`)
  close(chi.gP, figures.g_test.p, `${name} p of G`, 1e-8, 1e-300)
  close(chi.cramersV, figures.cramers_v, `${name} V`)
  close(totalVariation(a, b), figures.tvd, `${name} TV`)
  close(jensenShannon(a, b), figures.jensenshannon_base_e, `${name} JS e`)
  close(jensenShannon(a, b, { base: 2 }), figures.jensenshannon_base_2, `${name} JS 2`)
  close(hellinger(a, b), figures.hellinger, `${name} Hellinger`)
  close(psi(a, b), figures['psi_floor1e-4'], `${name} PSI`)
}

describe.skipIf(!hasShared)('columns of three pairs of tables', () => {
  const oracle = (name: string) => sharedJson<Figures>('oracle', 'univariate', `${name}.json`)

  it.each(['wine_red_vs_white', 'elec2_early_vs_late', 'digits_label_shift'])('%s', (name) => {
    const [reference, current] = pairOf(name)
    const { columns, multiple_testing: many } = oracle(name)
    for (const [column, figures] of Object.entries(columns as Figures)) {
      if (figures.type === 'categorical') checkCategorical(column, figures)
      else checkNumeric(column, reference.get(column)!, current.get(column)!, figures)
    }
    for (const [method, fn] of Object.entries({ bonferroni, holm, benjamini_hochberg: benjaminiHochberg }))
      for (const [i, p] of fn(many.p).entries()) close(p, many[method][i], `${name} ${method}`, 1e-12, 1e-300)
  })
})

it('bins are closed below, the last one on both sides', () => {
  expect(binCounts([0, 1, 1, 2, 3, Number.NaN], [0, 1, 2])).toEqual([1, 3])
})
