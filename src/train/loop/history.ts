/** Records of a run, thinned to what a page can show. */
import type { AlarmRecord, EpochRecord, FitReport, LayersRecord, LogRecord, StepRecord } from '../types.js'

/** Records kept of one kind: when there are more, every other goes, and from then on only every second, fourth, ... is taken. */
const most = 2000

class Thinned<R> {
  stride = 1
  seen = 0
  constructor(readonly list: R[] = []) {}

  add(record: R): void {
    if (this.seen++ % this.stride !== 0) return
    this.list.push(record)
    if (this.list.length <= most) return
    // In place: a report may hold the list.
    for (let i = 0; 2 * i < this.list.length; i++) this.list[i] = this.list[2 * i]!
    this.list.length = Math.ceil(this.list.length / 2)
    this.stride *= 2
  }
}

/** A history as it is saved: with the counts that thinning goes on from. */
export interface SavedHistory extends Mutable<FitReport['history']> {
  readonly counts: readonly [steps: number, stepStride: number, layers: number, layerStride: number]
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export class History {
  readonly #steps = new Thinned<StepRecord>()
  readonly #layers = new Thinned<LayersRecord>()
  readonly #epochs: EpochRecord[] = []
  readonly #alarms: AlarmRecord[] = []

  add(record: LogRecord): void {
    if (record.type === 'step') this.#steps.add(record)
    else if (record.type === 'layers') this.#layers.add(record)
    else if (record.type === 'epoch') this.#epochs.push(record)
    else if (record.type === 'alarm') this.#alarms.push(record)
  }

  get epochs(): readonly EpochRecord[] {
    return this.#epochs
  }

  value(): SavedHistory {
    return {
      steps: [...this.#steps.list],
      layers: [...this.#layers.list],
      epochs: [...this.#epochs],
      alarms: [...this.#alarms],
      counts: [this.#steps.seen, this.#steps.stride, this.#layers.seen, this.#layers.stride],
    }
  }

  restore(saved: SavedHistory): void {
    this.#steps.list.splice(0, Infinity, ...saved.steps)
    this.#layers.list.splice(0, Infinity, ...saved.layers)
    this.#epochs.splice(0, Infinity, ...saved.epochs)
    this.#alarms.splice(0, Infinity, ...saved.alarms)
    ;[this.#steps.seen, this.#steps.stride, this.#layers.seen, this.#layers.stride] = saved.counts
  }
}
