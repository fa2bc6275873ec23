/** The last good state, to go back to when the monitor raises an alarm. */

import type { OptimizerState } from '../../optim/index.js'
import type { StateDict } from '../../tensor/index.js'
import type { Run } from './run.js'
import { copyDict } from './store.js'

/** Steps between states that are remembered. */
const every = 50
/** As often as this it goes back to one state; then it gives up. */
const mostTimes = 5

export class Rollback {
  #model: StateDict | null = null
  #optimizer: OptimizerState | null = null
  #step = -1
  #times = 0

  constructor(readonly run: Run) {}

  /** Before a step: remembers where it starts, now and then. */
  remember(): void {
    const { step, model, optimizer } = this.run
    if (this.#model !== null && step - this.#step < every) return
    this.dispose()
    this.#model = copyDict(model.stateDict())
    this.#optimizer = optimizer.stateDict()
    for (const value of this.#optimizer.tensors.values()) value.keep()
    this.#step = step
    this.#times = 0
  }

  /**
   * Parameters, buffers and the optimizer's memory as they were, and a smaller rate. Data and schedules go on: the same batches would lead to the
   * same place. False where that was done too often.
   */
  goBack(): boolean {
    if (this.#times++ >= mostTimes) return false
    const { model, rates, optimizer, options } = this.run
    const now = rates.get()
    model.loadStateDict(this.#model!)
    optimizer.loadStateDict(this.#optimizer!)
    rates.set(now)
    rates.shrink(options.rollbackFactor ?? 0.5)
    options.monitor?.reset?.()
    this.run.rollbacks++
    return true
  }

  dispose(): void {
    this.#model?.dispose()
    this.#optimizer?.tensors.dispose()
    this.#model = this.#optimizer = null
  }
}
