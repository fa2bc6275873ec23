/** A decision in words: a finding for each mechanism, one sentence for all, and what to do. */
import { inert } from '../../core/index.js'
import type { Finding, Mechanism } from '../types.js'
import type { Decision, Laws } from './decide.js'
import type { Advice, ErrorEffect } from './types.js'

export interface Facts {
  readonly decision: Decision
  readonly laws: Laws
  /** Sizes: of p(x) 0 to 1 (twice the area under the curve less 1), of p(y), of p(y | x). */
  readonly effects: {
    readonly x: number | null
    readonly y: number | null
    readonly yGivenX: number | null
    readonly spread: number | null
  }
  /** Number of questions that the level is shared by. */
  readonly questions: number
  /** The inputs that moved most. */
  readonly movers: readonly string[]
  readonly isRegression: boolean
  /** Of numbers whose law given x moved: their mean given x holds, their noise does not. */
  readonly isNoise: boolean
  readonly error: ErrorEffect | null
}

/** 3e-11, 0.012. */
export function showP(p: number | null): string {
  if (p === null) return 'not tested'
  return p >= 0.001 ? `p = ${Number(p.toPrecision(2))}` : p < 1e-300 ? 'p < 1e-300' : `p = ${p.toExponential(0)}`
}

const size = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(2))))

/** That the inputs moved, how far, and which most. */
export function movedWords(p: number | null, effect: number | null, movers: readonly string[]): string {
  const most = movers.length > 0 ? `most in ${movers.map((name) => `'${inert(name)}'`).join(', ')}` : 'together, no column alone' // biome-ignore format: one line
  return `The inputs moved (${showP(p)}${effect === null ? '' : `, effect ${size(effect)} of 1`}, ${most})`
}

/** After correction for the number of questions. */
const corrected = (p: number | null, questions: number): number | null =>
  p === null ? null : Math.min(1, p * questions)

export function findingsOf(facts: Facts): Record<Mechanism, Finding> {
  const { decision, laws, effects, questions } = facts
  const p = {
    x: corrected(laws.x, questions),
    y: corrected(laws.y, questions),
    yGivenX: corrected(laws.yGivenX, questions),
  }
  return {
    covariate: { detected: decision.found.covariate, p: p.x, effect: effects.x, why: covariateWhy(facts, p) },
    label: { detected: decision.found.label, p: p.y, effect: effects.y, why: labelWhy(facts, p) },
    concept: {
      detected: laws.yGivenX === null && !decision.found.concept ? null : decision.found.concept,
      p: p.yGivenX,
      effect: effects.yGivenX,
      why: conceptWhy(facts, p),
    },
  }
}

type Ps = Readonly<Record<'x' | 'y' | 'yGivenX', number | null>>

function covariateWhy({ decision: { rule, level }, laws, effects, movers }: Facts, p: Ps): string {
  const moved = laws.x !== null && laws.x <= level
  if (laws.x === null) return 'There is no column to compare.'
  if (!moved && rule !== 'faint') return `The inputs are distributed alike (${showP(p.x)}).`
  const where = movedWords(p.x, effects.x, movers)
  switch (rule) {
    case 'covariate':
      return laws.yGivenX === null ? `${where}; whether y given x holds cannot be told.` : `${where}, and y given x holds (${showP(p.yGivenX)}).` // biome-ignore format: one line
    case 'covariate-or-label':
      return `${where}, and y given x holds (${showP(p.yGivenX)}); x given y holds nearly as well, so that a change of priors is not ruled out.`
    case 'label':
    case 'label-or-covariate':
      return `${where} as a change of priors alone would move them: x given y holds (${showP(laws.xGivenY)}).`
    case 'covariate-and-label':
    case 'covariate-and-concept':
      return `${where}.`
    case 'faint':
      return `The inputs moved faintly, if at all (${showP(p.x)}).`
    default:
      return `${where}.`
  }
}

function labelWhy({ decision: { rule, level }, laws, effects, isRegression }: Facts, p: Ps): string {
  if (laws.y === null) return 'p(y) was not compared.'
  const moved = laws.y <= level
  const name = isRegression ? 'y' : 'the class shares'
  if (!moved) return `${isRegression ? 'y is' : 'The class shares are'} distributed alike (${showP(p.y)}).`
  const where = `p(y) moved (${showP(p.y)}, effect ${size(effects.y)} of 1)`
  switch (rule) {
    case 'label':
      return `${where}, and x given y holds (${showP(laws.xGivenY)}).`
    case 'label-or-covariate':
      return `${where}, and x given y holds (${showP(laws.xGivenY)}); y given x holds nearly as well, so that a shift of the inputs is not ruled out.`
    case 'covariate-and-label':
      return `${where}; y given x moved only as other priors would move it, though x given y moved too (${showP(laws.xGivenY)}).`
    case 'concept':
    case 'covariate-and-concept':
      return `${where} as a consequence: x given y moved too (${showP(laws.xGivenY)}), so ${name} did not move alone.`
    default:
      return `${where} as a consequence of the inputs: y given x holds (${showP(p.yGivenX)}).`
  }
}

function conceptWhy({ decision: { rule, level }, laws, effects, isRegression }: Facts, p: Ps): string {
  if (laws.yGivenX === null)
    return 'y given x could not be compared: y has a single value, or there are too few rows or no input.'
  const by = isRegression ? `its mean by ${size(effects.yGivenX)} deviations of y on average${spreadWords(effects.spread)}` : `by ${size(effects.yGivenX)} of probability on average` // biome-ignore format: one line
  const where = `y given x moved (${showP(p.yGivenX)}, ${by})`
  const moved = laws.yGivenX <= level
  switch (rule) {
    case 'label':
    case 'label-or-covariate':
      return moved
        ? `${where}, but no more than the change of priors explains.`
        : `y given x holds (${showP(p.yGivenX)}).`
    case 'covariate-and-label':
      return `${where}, but no more than a change of priors explains.`
    case 'concept':
      return laws.y !== null && laws.y <= level
        ? `${where}, beyond what a change of priors explains.`
        : `${where}, while the inputs hold.`
    case 'covariate-and-concept':
      return `${where}, beyond what a change of the inputs or of the priors explains.`
    default:
      return `y given x holds (${showP(p.yGivenX)}).`
  }
}

const spreadWords = (spread: number | null): string =>
  spread === null ? '' : `, its noise to ${size(spread)} times of what it was`

const sentences: Record<Decision['rule'], string> = {
  nothing: 'No shift was found.',
  covariate: 'Covariate shift: the inputs moved, and y given x holds.',
  label: 'Label shift: the priors of y moved, and x given y holds.',
  concept: 'Concept shift: y given x moved.',
  'covariate-and-label':
    'Covariate and label shift: the inputs and the priors moved; y given x moved no more than other priors explain.',
  'covariate-and-concept': 'Concept shift, and covariate shift: y given x moved, and so did the inputs.',
  'covariate-or-label': 'Covariate shift, more likely than label shift: the inputs and y moved together.',
  'label-or-covariate': 'Label shift, more likely than covariate shift: y and the inputs moved together.',
  faint: 'Something moved, faintly: p(y) did, and the tests cannot tell what moved it.',
}

export const summaryOf = ({ rule }: Decision): string => sentences[rule]

export function adviceOf({ decision: { rule }, error, isRegression, isNoise }: Facts): Advice[] {
  const worse = error?.current && error.current.value - error.reference.value > 2 * Math.hypot(error.current.standardError, error.reference.standardError) // biome-ignore format: one line
  switch (rule) {
    case 'nothing':
      return [{ what: 'nothing', why: 'The tables look like samples of one population.' }]
    case 'covariate':
    case 'covariate-or-label':
      return [
        worse === false
          ? { what: 'nothing', why: 'A model of the reference errs no more on the current table; importance weights (--weights) would fit the next one to it.' }
          : { what: 'reweight', why: 'y given x holds: fit the next model with importance weights (--weights), or on more rows like the current ones.' }, // biome-ignore format: one line
      ]
    case 'label':
    case 'label-or-covariate':
      return [
        {
          what: 'correct-priors',
          why: isRegression
            ? 'x given y holds: fit again with each row weighted by how much more often its y comes now than in the reference, or on current labels.'
            : 'x given y holds: multiply the model’s probabilities by the new priors over the old and normalize (--posteriors).',
        },
      ]
    case 'covariate-and-label':
      return [
        { what: 'correct-priors', why: 'y given x moved as other priors move it.' },
        { what: 'reweight', why: 'The inputs moved too.' },
      ]
    case 'concept':
    case 'covariate-and-concept':
      return [{ what: 'retrain', why: isNoise ? 'The noise of y given x moved, and its mean holds: predictions stay as good as they can be, but intervals around them are wrong; fit those on current labels.' : 'y given x moved: no weights and no priors mend a model of the old relation; fit it on current labels.' }] // biome-ignore format: one line
    case 'faint':
      return [{ what: 'look', why: 'Get more current rows, and look at the columns with the largest effects.' }]
  }
}
