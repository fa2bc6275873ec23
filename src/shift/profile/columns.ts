/** One column of two tables, compared by its profiles. */
import type { ColumnShift } from '../types.js'
import { type CountedWords, compareCounts } from '../univariate/categorical.js'
import { proportionTest } from '../univariate/chiSquared.js'
import { emptyNotes, namesTold } from '../univariate/columns.js'
import { type Measured, unmeasured } from '../univariate/numeric.js'
import type { Settings } from '../univariate/options.js'
import type { ColumnProfile } from './column.js'
import { compareSides } from './numbers.js'
import { sideOf } from './side.js'
import type { WordCounts } from './words.js'

/** As `compareColumns`, of the reference and the current table. */
export function compareColumnProfiles(a: ColumnProfile, b: ColumnProfile, settings: Settings): ColumnShift {
  const n = [a.rows - a.missing, b.rows - b.missing] as const
  const measured = n[0] > 0 && n[1] > 0 ? measure(a, b, settings) : unmeasured
  return {
    name: a.name,
    type: a.type,
    n,
    missing: [a.missing, b.missing],
    missingP: a.rows === 0 || b.rows === 0 ? null : proportionTest(a.missing, a.rows, b.missing, b.rows).p,
    ...measured,
    pHolm: measured.p,
    pBenjaminiHochberg: measured.p,
    detected: measured.p === null ? null : measured.p <= settings.alpha,
    newCategories: a.type === 'categorical' && b.type === 'categorical' ? newCategories(a.words, b.words) : null,
    notes: [...emptyNotes(n, [a.rows, b.rows]), ...measured.notes],
  }
}

function measure(a: ColumnProfile, b: ColumnProfile, settings: Settings): Measured {
  if (!a.isNumbers && !b.isNumbers) return words(a.words, b.words, settings)
  if (a.type !== b.type)
    return { ...unmeasured, notes: [`${a.type} in the reference and ${b.type} in the current table: not compared`] }
  const measured = compareSides(sideOf(a), sideOf(b), settings)
  if (a.type === 'text') return { ...measured, notes: [...measured.notes, 'texts are compared by their lengths in characters'] } // biome-ignore format: one line
  return a.type === 'time' ? { ...measured, p: null, notes: [...measured.notes, 'time moves by itself: measured, but not decided by'] } : measured // biome-ignore format: one line
}

/** Words that neither side has dropped are compared one by one, all others as one. */
function words(a: WordCounts, b: WordCounts, settings: Settings): Measured {
  const counted = [a, b].filter(({ error }) => error > 0)
  const shared = [...new Set([...a.counts.keys(), ...b.counts.keys()])].filter((word) => counted.every(({ counts }) => counts.has(word))) // biome-ignore format: one line
  const [reference, current] = [a, b].map(({ counts, count }) => {
    const own = shared.map((word) => counts.get(word) ?? 0)
    return counted.length === 0 ? own : [...own, count - own.reduce((sum, one) => sum + one, 0)]
  }) as [number[], number[]]
  const all: CountedWords = {
    words: counted.length === 0 ? shared : [...shared, '(other words)'],
    reference,
    current,
    // Asked for where rows are in the order of time alone.
    rowCodes: () => [new Int32Array(0), new Int32Array(0)],
  }
  const measured = compareCounts(all, { ...settings, timeOrder: false })
  if (counted.length === 0) return measured
  const note = `more than ${a.most} different words: the ${shared.length} that come most are compared, with counts too small by up to ${a.error} and ${b.error}, and all others as one`
  return { ...measured, notes: [...measured.notes, note] }
}

/** Null where the reference may have had a word that it does not know any more. */
function newCategories(a: WordCounts, b: WordCounts): ColumnShift['newCategories'] {
  if (a.error > 0) return null
  const fresh = [...b.counts].filter(([word]) => !a.counts.has(word))
  if (fresh.length === 0) return null
  return { names: fresh.slice(0, namesTold).map(([word]) => word), rows: fresh.reduce((sum, [, count]) => sum + count, 0) } // biome-ignore format: one line
}
