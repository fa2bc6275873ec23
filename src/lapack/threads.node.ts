/** How many threads a call gets: as many as asked for where the work is large, else one, which is faster below an order of about 256. */

/** Multiply-adds above which a product of two matrices gains from a second thread. */
export const threadedWork = 256 ** 3
/** Orders from which a decomposition does: much of it is matrix-vector work that has to be worth sharing. */
export const threadedOrder = 384
/** The same for LU and Cholesky, which are products nearly throughout. */
export const threadedFactor = 256

export class Threads {
  private wanted = 1
  private current = 0
  private readonly set: ((n: number) => void) | null

  constructor(set: ((n: number) => void) | null) {
    this.set = set
  }

  get count(): number {
    return this.set ? this.wanted : 1
  }

  /** Takes effect with the next call. The library keeps one number for the whole process. */
  want(n: number): void {
    this.wanted = Math.max(1, Math.floor(n))
    this.current = 0
  }

  /** One thread, or all that are wanted for `large` work. */
  use(large: boolean): void {
    const n = large ? this.wanted : 1
    if (n === this.current) return
    this.current = n
    this.set?.(n)
  }
}
