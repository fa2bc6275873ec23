/** Which words there are, and texts as their places. */
import { inert, UsageError } from '../../core/index.js'

export interface VocabularyOptions {
  /** Words that come less often are left out, as if they were not in the text (5). */
  minCount?: number
  /** At most so many words, the most frequent (all). */
  maxWords?: number
}

export interface Vocabulary {
  /** The most frequent first; of equally frequent ones that which came first. */
  readonly words: readonly string[]
  readonly counts: Float64Array
  readonly places: ReadonlyMap<string, number>
}

/** The vocabulary of texts. Throws UsageError for impossible options. */
export function vocabularyOf(documents: readonly (readonly string[])[], options: VocabularyOptions = {}): Vocabulary {
  const { minCount = 5, maxWords = Number.POSITIVE_INFINITY } = options
  for (const [name, value] of Object.entries({ minCount, maxWords }))
    if (!(value >= 1)) throw new UsageError(`vocabulary: ${name} ${value}; expected a number from 1 on.`)
  const counts = new Map<string, number>()
  for (const words of documents) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  // Sorting is stable, and a map keeps the order of first appearance.
  const kept = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxWords)
  return {
    words: kept.map(([word]) => word),
    counts: Float64Array.from(kept, ([, count]) => count),
    places: new Map(kept.map(([word], place) => [word, place])),
  }
}

/** All texts as places of words, each followed by -1; words that are not in the vocabulary are left out before windows are laid. */
export function encodeWords(documents: readonly (readonly string[])[], { places }: Vocabulary): Int32Array {
  const out = new Int32Array(documents.reduce((sum, words) => sum + words.length + 1, 0))
  let n = 0
  for (const words of documents) {
    for (const word of words) {
      const place = places.get(word)
      if (place !== undefined) out[n++] = place
    }
    out[n++] = -1
  }
  return out.slice(0, n)
}

/** Throws UsageError for a vocabulary without words, and says what there was. */
export function checkWords(
  op: string,
  documents: readonly (readonly string[])[],
  { words }: Vocabulary,
  minCount: number,
): void {
  if (words.length > 0) return
  const first = documents.find((document) => document.length > 0)?.[0]
  const many = documents.reduce((sum, document) => sum + document.length, 0)
  throw new UsageError(
    first === undefined
      ? `${op}: the text has no words; expected at least one.`
      : `${op}: none of ${many} words, such as '${inert(first)}', comes ${minCount} times. Try a longer text, or a lower minCount.`,
  )
}
