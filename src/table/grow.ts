/** Typed arrays that grow. */

export class Growing<A extends Float64Array | Int32Array> {
  #values: A
  length = 0

  constructor(readonly make: (length: number) => A) {
    this.#values = make(1024)
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.make(2 * this.length)
      larger.set(this.#values as never)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }

  at(place: number): number {
    return this.#values[place]!
  }

  /** The values, without the room behind them. */
  take(): A {
    return this.#values.slice(0, this.length) as A
  }
}
