/** Checkpoints that are open at the moment: each is opened when it is asked for and closed when it is no longer needed. */
import type { Checkpoint, TensorEntry } from '../../checkpoint/index.js'
import type { Openable } from '../inspect.js'

export interface Opened {
  readonly checkpoint: Checkpoint
  readonly entries: ReadonlyMap<string, TensorEntry>
}

export class Shelf {
  readonly #files: readonly Openable[]
  readonly #signal: AbortSignal | undefined
  readonly #open = new Map<number, Opened>()

  constructor(files: readonly Openable[], signal: AbortSignal | undefined) {
    this.#files = files
    this.#signal = signal
  }

  async take(index: number): Promise<Opened> {
    const known = this.#open.get(index)
    if (known) return known
    const checkpoint = await this.#files[index]!.open(this.#signal)
    const opened = { checkpoint, entries: new Map(checkpoint.tensors.map((entry) => [entry.name, entry])) }
    this.#open.set(index, opened)
    return opened
  }

  /** Closes what `keep` does not name. */
  async retain(keep: (index: number) => boolean): Promise<void> {
    for (const [index, { checkpoint }] of this.#open) {
      if (keep(index)) continue
      this.#open.delete(index)
      await checkpoint.close()
    }
  }

  async close(): Promise<void> {
    await this.retain(() => false)
  }
}
