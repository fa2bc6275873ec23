/** Lines of rows, kept where their difference changes: one number for a file that has a row on each line. */

export class Lines {
  readonly #rows: number[] = []
  readonly #offsets: number[] = []

  /** Rows in order. */
  set(row: number, line: number): void {
    const offset = line - row
    if (this.#offsets.at(-1) === offset) return
    this.#rows.push(row)
    this.#offsets.push(offset)
  }

  /** A function that tells the line of a row. */
  lineOf(): (row: number) => number {
    const rows = Int32Array.from(this.#rows)
    const offsets = Int32Array.from(this.#offsets)
    return (row) => {
      let [low, high] = [0, rows.length]
      while (high - low > 1) {
        const middle = (low + high) >>> 1
        if (rows[middle]! <= row) low = middle
        else high = middle
      }
      return row + (offsets[low] ?? 1)
    }
  }
}
