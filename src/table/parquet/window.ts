/** Bytes of a column chunk, of which a window is in memory. */
import { partOf } from '../bytes.js'

export class Window {
  #bytes = new Uint8Array(0)
  /** Place in the file of the first byte that is in memory. */
  #start: number
  #at: number

  /** Reads from `from` to `to`, so many bytes at a time or what is asked for. */
  constructor(
    private readonly blob: Blob,
    from: number,
    private readonly to: number,
    private readonly size: number,
    private readonly file: string,
  ) {
    this.#start = from
    this.#at = from
  }

  get left(): number {
    return this.to - this.#at
  }

  /** `count` bytes from here on, and perhaps more. */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#at + count > this.#start + this.#bytes.length) {
      this.#bytes = await partOf(this.blob, this.#at, Math.min(this.to, this.#at + Math.max(count, this.size)), this.file) as Uint8Array<ArrayBuffer> // biome-ignore format: one line
      this.#start = this.#at
    }
    return this.#bytes.subarray(this.#at - this.#start)
  }

  skip(count: number): void {
    this.#at += count
  }
}
