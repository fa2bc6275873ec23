/**
 * How often each word of a column comes: exact while there are few different ones; of more those that come most (Misra & Gries 1982, merged as by Agarwal
 * et al. 2012).
 */
export interface WordsJson {
  readonly most: number
  readonly count: number
  /** No count is too small by more than this; 0: all are exact. */
  readonly error: number
  /** In the order of their first appearance. */
  readonly counts: readonly (readonly [word: string, count: number])[]
}

export class WordCounts {
  readonly #counts = new Map<string, number>()
  #count = 0
  #error = 0

  /** `most`: different words that are kept. */
  constructor(readonly most: number) {}

  /** Rows that have a word. */
  get count(): number {
    return this.#count
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** A count may be too small by this, never too large; at most count / (most + 1). */
  get error(): number {
    return this.#error
  }

  add(words: Iterable<readonly [word: string, count: number]>): void {
    for (const [word, count] of words) {
      if (count === 0) continue
      this.#counts.set(word, (this.#counts.get(word) ?? 0) + count)
      this.#count += count
    }
    this.#shrink()
  }

  merge(other: WordCounts): void {
    for (const [word, count] of other.#counts) this.#counts.set(word, (this.#counts.get(word) ?? 0) + count)
    this.#count += other.#count
    this.#error += other.#error
    this.#shrink()
  }

  toJSON(): WordsJson {
    return { most: this.most, count: this.#count, error: this.#error, counts: [...this.#counts] }
  }

  /** Of checked data: see `json.ts`. */
  static from({ most, count, error, counts }: WordsJson): WordCounts {
    const made = new WordCounts(most)
    for (const [word, one] of counts) made.#counts.set(word, one)
    made.#count = count
    made.#error = error
    return made
  }

  /** Takes the count of the first word too many off all: it took that many rows of `most` words and its own with it, whence the bound. */
  #shrink(): void {
    if (this.#counts.size <= this.most) return
    const off = [...this.#counts.values()].sort((a, b) => b - a)[this.most]!
    this.#error += off
    for (const [word, count] of this.#counts) {
      if (count > off) this.#counts.set(word, count - off)
      else this.#counts.delete(word)
    }
  }
}
