/** One column of words (or of yes and no) in two tables. */
import type { ColumnShift } from '../types.js'
import { chiSquaredTest, exactCounts } from './chiSquared.js'
import { hellinger, jensenShannon, psi, totalVariation } from './divergence.js'
import { blocksNote, type Measured, orderOptions, unmeasured } from './numeric.js'
import type { Settings } from './options.js'
import { countsInOrder } from './ordered.js'
import { isFine } from './stability.js'
import { jensenShannonThreshold, permutedThreshold, psiThreshold } from './thresholds.js'

export const variationEffect = 'total variation distance'

/** Categories of both tables, those of the reference first, and how often each occurs. */
export interface CountedWords {
  readonly words: readonly string[]
  readonly reference: readonly number[]
  readonly current: readonly number[]
  /** Places in `words` of the rows that have one, in order. */
  rowCodes(): readonly [reference: Int32Array, current: Int32Array]
}

/** Bars of a picture: more categories than that share the last. */
const shownWords = 20

/** Counts words by code; codes below 0 are missing. Both columns' own lists of categories are brought together. */
export function countWords(
  reference: { codes: ArrayLike<number>; categories: readonly string[] },
  current: { codes: ArrayLike<number>; categories: readonly string[] },
): CountedWords {
  const place = new Map(reference.categories.map((word, i) => [word, i]))
  for (const word of current.categories) if (!place.has(word)) place.set(word, place.size)
  const count = ({ codes, categories }: typeof reference): number[] => {
    const own = new Float64Array(categories.length)
    for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) own[codes[i]!] = own[codes[i]!]! + 1
    const all = new Array<number>(place.size).fill(0)
    for (const [i, word] of categories.entries()) all[place.get(word)!] = own[i]!
    return all
  }
  const codesOf = ({ codes, categories }: typeof reference): Int32Array =>
    Int32Array.from(codes)
      .filter((code) => code >= 0)
      .map((code) => place.get(categories[code]!)!)
  return {
    words: [...place.keys()],
    reference: count(reference),
    current: count(current),
    rowCodes: () => [codesOf(reference), codesOf(current)],
  }
}

/** Compares counts of categories. */
export function compareCounts(counted: CountedWords, settings: Settings): Measured {
  const kept = counted.words.map((_, i) => i).filter((i) => counted.reference[i]! + counted.current[i]! > 0)
  const [a, b] = [kept.map((i) => counted.reference[i]!), kept.map((i) => counted.current[i]!)]
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  const [n, m] = [sum(a), sum(b)]
  if (n === 0 || m === 0) return unmeasured
  const { statistic, df, p, minExpected } = chiSquaredTest(a, b)
  const { floor, seed } = settings
  // Work of a split is the number of categories: of very many, fewer splits.
  const draws = Math.min(settings.permutations, Math.max(99, Math.floor(4e6 / kept.length)))
  const stable = (x: ArrayLike<number>, y: ArrayLike<number>): number => psi(x, y, { floor })
  const reached = permutedThreshold(a, b, [totalVariation, stable, jensenShannon], { draws, seed })
  const fine = isFine(a, b, floor)
  const ordered = settings.timeOrder
    ? countsInOrder(...counted.rowCodes(), counted.words.length, orderOptions(settings))
    : null
  const isSmall = !ordered && df > 0 && minExpected < 5
  const exact = isSmall
    ? exactCounts(a, b, { permutations: Math.max(draws, Math.min(9999, Math.floor(4e6 / kept.length))), seed })
    : null
  return {
    ...unmeasured,
    chi2: { statistic, df, p },
    psi: stable(a, b),
    js: jensenShannon(a, b),
    hellinger: hellinger(a, b),
    p: ordered?.p ?? exact?.p ?? p,
    effect: totalVariation(a, b),
    effectName: variationEffect,
    thresholds: {
      psi: fine ? psiThreshold(n, m, kept.length) : reached[1]!,
      js: fine ? jensenShannonThreshold(n, m, kept.length) : reached[2]!,
      effect: ordered?.threshold ?? reached[0]!,
    },
    histogram: bars(counted, kept, n, m),
    notes: ordered ? [blocksNote(ordered, n + m)] : exact ? [smallNote(minExpected, exact.method)] : [],
  }
}

function smallNote(minExpected: number, method: 'fisher' | 'permutation'): string {
  const how = method === 'fisher' ? "Fisher's exact test" : 'random splits of the pooled values'
  return `an expected count is ${minExpected.toPrecision(2)}, below 5: the deciding p-value is from ${how}, not from the chi-squared limit`
}

function bars(counted: CountedWords, kept: readonly number[], n: number, m: number): ColumnShift['histogram'] {
  const bySize = [...kept].sort(
    (i, j) => counted.reference[j]! / n + counted.current[j]! / m - counted.reference[i]! / n - counted.current[i]! / m,
  )
  const shown = bySize.length <= shownWords ? kept : bySize.slice(0, shownWords - 1)
  const share = (counts: readonly number[], total: number): number[] => {
    const shares = shown.map((i) => counts[i]! / total)
    return shown.length === kept.length ? shares : [...shares, 1 - shares.reduce((sum, one) => sum + one, 0)]
  }
  const categories = shown.map((i) => counted.words[i]!)
  if (shown.length < kept.length) categories.push(`(${kept.length - shown.length} others)`)
  return { edges: null, categories, reference: share(counted.reference, n), current: share(counted.current, m) }
}
