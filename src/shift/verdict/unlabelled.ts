/** The verdict where the current table has no labels, or where nothing is to be predicted: what x alone can tell. */
import type { Finding, Mechanism } from '../types.js'
import { movedWords, showP } from './conclude.js'
import type { Advice } from './types.js'

export interface UnlabelledFacts {
  readonly pX: number | null
  readonly effect: number | null
  readonly alpha: number
  readonly movers: readonly string[]
  readonly hasTarget: boolean
  /** Whether the reference with the classes in other shares has the inputs of the current table: p-value; null where it was not asked. */
  readonly mixture: { readonly p: number; readonly moved: number; readonly shares: readonly number[] } | null
}

const cannotTell = 'Cannot tell without labels.'

export function unlabelledFindings(facts: UnlabelledFacts): {
  verdict: Record<Mechanism, Finding>
  summary: string
  advice: Advice[]
} {
  const { pX, effect, alpha, movers, hasTarget, mixture } = facts
  const moved = pX !== null && pX <= alpha
  // As strict as with labels, where three questions share alpha.
  const isMixture = moved && mixture !== null && mixture.p > alpha / 3
  const where = movedWords(pX, effect, movers)
  const unknown: Finding = { detected: null, p: null, effect: null, why: hasTarget ? cannotTell : 'Nothing is to be predicted: name the target column.' } // biome-ignore format: one line
  const covariate: Finding = {
    detected: pX === null ? null : moved && !isMixture,
    p: pX,
    effect,
    why:
      pX === null
        ? 'There is no column to compare.'
        : !moved
          ? `The inputs are distributed alike (${showP(pX)}).`
          : isMixture
            ? `${where}, and other shares of the classes explain how (${showP(mixture.p)}).`
            : `${where}${mixture ? `, and no shares of the classes explain how (${showP(mixture.p)})` : ''}${hasTarget ? '; whether y given x holds cannot be told without labels' : ''}.`,
  }
  const label = labelFinding(facts, moved, isMixture, unknown)
  const summary = !moved
    ? `The inputs are distributed alike${hasTarget ? '; whether y given x holds cannot be told without labels' : ''}.`
    : isMixture
      ? 'Probably label shift: other shares of the classes explain how the inputs moved; labels would confirm it.'
      : `Covariate shift: the inputs moved${hasTarget ? '; whether y given x holds cannot be told without labels' : ''}.`
  const labels: Advice = { what: 'get-labels', why: 'Some labels of current rows would tell whether y given x holds.' }
  const advice: Advice[] = !moved
    ? hasTarget ? [labels] : [{ what: 'nothing', why: 'The inputs look like samples of one population.' }] // biome-ignore format: one line
    : isMixture
      ? [{ what: 'correct-priors', why: 'Multiply the model’s probabilities by the estimated priors over the old and normalize (--posteriors).' }, labels] // biome-ignore format: one line
      : [{ what: 'reweight', why: `${hasTarget ? 'If y given x holds, importance' : 'Importance'} weights (--weights) fit the next model to the current inputs${hasTarget ? '' : ', where what it predicts still depends on them in the same way'}.` }, ...(hasTarget ? [labels] : [])] // biome-ignore format: one line
  return { verdict: { covariate, label, concept: unknown }, summary, advice }
}

function labelFinding({ mixture, pX }: UnlabelledFacts, moved: boolean, isMixture: boolean, unknown: Finding): Finding {
  if (mixture === null) return unknown
  if (!moved) return { detected: false, p: pX, effect: mixture.moved, why: 'Other shares of the classes would have moved the inputs, which hold.' } // biome-ignore format: one line
  const shares = `the shares would have moved by ${Number(mixture.moved.toPrecision(2))}`
  return isMixture
    ? { detected: true, p: pX, effect: mixture.moved, why: `The inputs moved as other shares of the classes move them (test against it: ${showP(mixture.p)}): ${shares}; that x given y holds is assumed.` } // biome-ignore format: one line
    : { detected: false, p: pX, effect: mixture.moved, why: `No shares of the classes explain how the inputs moved (${showP(mixture.p)}); that they moved as well cannot be ruled out without labels.` } // biome-ignore format: one line
}
