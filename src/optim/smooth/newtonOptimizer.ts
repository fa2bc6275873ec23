/** Newton's method as an optimizer of a model. */
import { NumericalError, UsageError } from '../../core/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { checkCount, checkNumber } from '../ending.js'
import { Flat } from '../flat.js'
import { Optimizer, type OptimizerState } from '../optimizer.js'
import type { Parameters } from '../params.js'
import { badEvaluation } from './descend.js'
import { newtonStep, type Region } from './newtonStep.js'
import { objectiveOf } from './objective.js'

export interface NewtonCGOptimizerOptions {
  /** Not used: the trust region decides how long a step is. Here because every optimizer has it. */
  lr: number
  /** First radius of the trust region; null for the norm of the parameters, at least 1. Default null. */
  radius: number | null
  /** Products with the Hessian in one step. Default 50. */
  maxProducts: number
}

/**
 * Newton's method for a model. `step` needs a closure that returns the loss on the tape, without `backward()`: it is called once for the loss with
 * its first and second derivatives and again for each trial. A step that does not lower the loss is not taken. The same batch must give the
 * same loss each time: no dropout.
 *
 * Dtypes: parameters f32 or f64, the method's own arithmetic in f64. `step` returns the loss before it, a scalar. Throws UsageError without
 * closure, NumericalError where the loss or its gradient is not finite. Source: as `newtonCG`.
 *
 * @example
 * const optimizer = new NewtonCG(model.parameters())
 * optimizer.step(() => lossOf(model))
 */
export class NewtonCG extends Optimizer<NewtonCGOptimizerOptions> {
  readonly #region: Region
  #steps = 0

  override get needsClosure(): boolean {
    return true
  }

  constructor(parameters: Parameters, options: Partial<NewtonCGOptimizerOptions> = {}) {
    const all: NewtonCGOptimizerOptions = { lr: 1, radius: null, maxProducts: 50, ...options }
    checkCount('NewtonCG', 'maxProducts', all.maxProducts, 1)
    if (all.radius !== null) checkNumber('NewtonCG', 'radius', all.radius, true)
    super('NewtonCG', parameters, all)
    this.#region = { radius: all.radius ?? 0, first: 0 }
  }

  step(closure?: () => Tensor): Tensor {
    if (closure === undefined)
      throw new UsageError('NewtonCG: step() got no closure; expected one that returns the loss.')
    const flat = new Flat('NewtonCG', this.parameters.flatMap(({ value }) => (value.requiresGrad ? [value] : []))) // biome-ignore format: one line
    const x = flat.read()
    let next = x
    try {
      const step = newtonStep(objectiveOf('NewtonCG', flat, closure), x, this.#region, this.paramGroups[0]!.maxProducts)
      const bad = badEvaluation(step.before)
      if (bad !== null)
        throw new NumericalError('non-finite', `NewtonCG: ${bad} at step ${this.#steps + 1}. Try smaller initial weights, or scaled inputs.`) // biome-ignore format: one line
      this.#steps++
      next = step.x ?? x
      return tensor(step.before.value, { dtype: 'f64' })
    } finally {
      flat.write(next)
    }
  }

  /** Radius of the trust region in use. */
  get radius(): number {
    return this.#region.radius
  }

  override stateDict(): OptimizerState {
    const { name } = this.parameters[0]!
    return { ...super.stateDict(), numbers: { [name]: { step: this.#steps, ...this.#region } } }
  }

  override loadStateDict(saved: OptimizerState): void {
    super.loadStateDict(saved)
    const { step = 0, radius = 0, first = 0 } = this.state.get(this.parameters[0]!)?.numbers ?? {}
    this.#steps = step
    Object.assign(this.#region, { radius, first })
    this.state.clear()
  }
}
