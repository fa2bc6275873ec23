/** Probability distributions: their tails, densities and quantiles, for tests of hypotheses. */
export { betaInc, binomialCdf, binomialPmf, binomialSf, binomialTest } from './beta.js'
export { gammaIncP, gammaIncQ, lnGamma } from './gamma.js'
export { kolmogorovSf } from './kolmogorov.js'
export { normalCdf, normalIsf, normalPdf, normalQuantile, normalSf } from './normal.js'
export { kolmogorovSmirnovSf, smirnovSf, twoSampleSf } from './smirnov.js'
export { chiSquaredIsf, chiSquaredSf, fSf, studentSf } from './tails.js'
export { andersonDarlingSf, cramerVonMisesSf } from './weighted.js'
