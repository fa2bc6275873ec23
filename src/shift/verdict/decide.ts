/**
 * From the four laws to the mechanism. A joint law is p(x) p(y | x), and as well p(y) p(x | y): where one factor moves and its partner holds, the
 * mechanism is named after the factor (covariate: p(x); label: p(y)); where p(y | x) moves and no change of priors explains it, it is concept.
 */
import type { Mechanism } from '../types.js'

export interface Laws {
  /** p-values, not corrected; null where the law could not be tested. */
  readonly x: number | null
  readonly y: number | null
  readonly yGivenX: number | null
  readonly xGivenY: number | null
}

export interface Decision {
  readonly found: Readonly<Record<Mechanism, boolean>>
  /** Which line of the table of decisions: keys of the sentences. */
  readonly rule:
    | 'nothing'
    | 'covariate'
    | 'label'
    | 'concept'
    | 'covariate-and-label'
    | 'covariate-and-concept'
    | 'covariate-or-label'
    | 'label-or-covariate'
    | 'faint'
  readonly level: number
}

/** A law with a p-value of at least this holds plainly. */
const plainly = 0.1

const none = { covariate: false, label: false, concept: false }

/**
 * Gate: some of p(x), p(y), p(y | x) has a p-value under alpha over their number, so that of verdicts on unchanged data at most alpha are false alarms.
 * The same level then says of each law whether it moved. `beyondPriors`: the p-value of "p(y | x) moved by more than an offset of each class's log odds",
 * asked only where it decides: where p(y) and p(y | x) both moved.
 */
export function decide(laws: Laws, alpha: number, beyondPriors: () => number | null): Decision {
  const asked = [laws.x, laws.y, laws.yGivenX].filter((p) => p !== null)
  const level = alpha / Math.max(1, asked.length)
  const moved = (p: number | null): boolean => p !== null && p <= level
  const [x, y, yGivenX, xGivenY] = [laws.x, laws.y, laws.yGivenX, laws.xGivenY].map(moved) as [
    boolean,
    boolean,
    boolean,
    boolean,
  ]
  const say = (rule: Decision['rule'], ...names: Mechanism[]): Decision => ({
    found: { ...none, ...Object.fromEntries(names.map((name) => [name, true])) },
    rule,
    level,
  })
  if (!x && !y && !yGivenX) return say('nothing')
  const beyond = (): boolean => {
    const p = beyondPriors()
    return p !== null && p <= level
  }
  // Other priors move y given x by offsets alone; where it moved in another way, x given y did too, though its test is too weak to see it.
  const byPriors = y && !xGivenY && !(yGivenX && beyond())
  const byInputs = x && !yGivenX
  if (byPriors && byInputs) {
    // Both explain it. Other shares of y are the simpler story of the two, where x given y holds plainly; else the one whose partner holds better.
    const isLabel = (laws.xGivenY ?? 0) >= Math.min(plainly, laws.yGivenX ?? 0)
    return isLabel ? say('label-or-covariate', 'label') : say('covariate-or-label', 'covariate')
  }
  if (byPriors) return say('label', 'label')
  if (byInputs) return say('covariate', 'covariate')
  if (!yGivenX) return (laws.x ?? 1) < (laws.yGivenX ?? 1) ? say('faint', 'covariate') : say('faint', 'concept')
  if (!x) return say('concept', 'concept')
  if (y && xGivenY) {
    const p = beyondPriors()
    if (p !== null && p > level) return say('covariate-and-label', 'covariate', 'label')
  }
  return say('covariate-and-concept', 'covariate', 'concept')
}
