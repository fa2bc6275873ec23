/** When batches have told enough. */

/** Ends after so many batches that do not lower the exponentially smoothed inertia of a row, as scikit-learn's MiniBatchKMeans. */
export class Patience {
  #smoothed: number | null = null
  #least = Number.POSITIVE_INFINITY
  #waited = 0
  #batches = 0
  readonly #weight: number

  constructor(
    rows: number,
    batchSize: number,
    private readonly most: number,
  ) {
    this.#weight = Math.min(1, (2 * batchSize) / (rows + 1))
  }

  /** Takes the mean inertia of a batch; the first, which only tells of the start, does not count. */
  isOver(inertia: number): boolean {
    this.#batches++
    if (this.#batches === 1) return false
    this.#smoothed = this.#smoothed === null ? inertia : this.#smoothed * (1 - this.#weight) + inertia * this.#weight
    if (this.#smoothed < this.#least) {
      this.#least = this.#smoothed
      this.#waited = 0
    } else this.#waited++
    return this.#waited >= this.most
  }
}
