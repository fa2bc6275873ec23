/** Levenberg-Marquardt as an optimizer of a model. */
import { NumericalError, UsageError } from '../../core/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { checkNumber } from '../ending.js'
import { Flat } from '../flat.js'
import { Optimizer, type OptimizerState } from '../optimizer.js'
import type { Parameters } from '../params.js'
import { freshDamping, iterate } from './iterate.js'
import { problemOf } from './problem.js'

export interface LevenbergMarquardtOptions {
  /** Not used: the damping decides how long a step is. Here because every optimizer has it. */
  lr: number
  /** First damping, relative to the Jacobian's columns. Default 1e-3. */
  damping: number
  /**
   * `none` (default): all parameters count alike. `jacobian`: by the norms of the Jacobian's columns, as `levenbergMarquardt` does for parameters
   * of different units; in networks it lets units saturate, whose parameters then hardly count.
   */
  scaling: 'jacobian' | 'none'
  /** `qr`: the Jacobian is formed; `cg`: products with it. `auto` (default): `qr` up to 1000 parameters. */
  solver: 'auto' | 'qr' | 'cg'
  /** Second-order correction of steps. Default false. */
  geodesic: boolean
}

/**
 * Levenberg-Marquardt for networks of up to a few thousand parameters and a loss that is a sum of squares. `step` needs a closure that returns
 * the residuals (in any shape, on the tape, without `backward()`): output minus target for mean squared error. It is called again for each trial,
 * off the tape, and must give the same residuals for the same parameters: the same batch, and no dropout. A step that does not lower the
 * loss is not taken.
 *
 * Dtypes: parameters f32 or f64, the method's own arithmetic in f64. `step` returns the mean of the squared residuals before it, a scalar.
 * Throws UsageError without closure, NumericalError where residuals or derivatives are not finite. Sources: see iterate.ts.
 *
 * @example
 * const optimizer = new LevenbergMarquardt(model.parameters())
 * optimizer.step(() => model.forward(x).sub(y))
 */
export class LevenbergMarquardt extends Optimizer<LevenbergMarquardtOptions> {
  #damping = freshDamping(1e-3)
  #steps = 0

  override get needsClosure(): boolean {
    return true
  }

  constructor(parameters: Parameters, options: Partial<LevenbergMarquardtOptions> = {}) {
    const all: LevenbergMarquardtOptions = { lr: 1, damping: 1e-3, scaling: 'none', solver: 'auto', geodesic: false, ...options } // biome-ignore format: one line
    checkNumber('LevenbergMarquardt', 'damping', all.damping, true)
    if (!['jacobian', 'none'].includes(all.scaling))
      throw new UsageError(`LevenbergMarquardt: scaling is '${all.scaling}'; expected 'jacobian' or 'none'.`)
    if (!['auto', 'qr', 'cg'].includes(all.solver))
      throw new UsageError(`LevenbergMarquardt: solver is '${all.solver}'; expected 'auto', 'qr' or 'cg'.`)
    super('LevenbergMarquardt', parameters, all)
    this.#damping = freshDamping(all.damping)
  }

  step(closure?: () => Tensor): Tensor {
    if (closure === undefined)
      throw new UsageError('LevenbergMarquardt: step() got no closure; expected one that returns the residuals.')
    const flat = new Flat('LevenbergMarquardt', this.parameters.flatMap(({ value }) => (value.requiresGrad ? [value] : []))) // biome-ignore format: one line
    // Parameters that were frozen or thawed since: scales are measured afresh.
    if (this.#damping.D?.length !== flat.n) this.#damping.D = null
    const { scaling, solver, geodesic } = this.paramGroups[0]!
    const { n } = flat
    const chosen = solver === 'auto' ? (n > 1000 ? 'cg' : 'qr') : solver
    const x = flat.read()
    const problem = problemOf('LevenbergMarquardt', flat, closure)
    const options = { scaling, solver: chosen, geodesic, cgTolerance: 1e-2, cgIterations: Math.min(n, 100) } as const
    let next = x
    try {
      const now = iterate(problem, x, this.#damping, options)
      if (now.nonFinite !== null)
        throw new NumericalError('non-finite', `LevenbergMarquardt: ${now.nonFinite} at step ${this.#steps + 1}. Try smaller initial weights, or scaled inputs.`) // biome-ignore format: one line
      this.#steps++
      next = now.x ?? x
      return tensor((2 * now.before) / now.count, { dtype: 'f64' })
    } finally {
      flat.write(next)
    }
  }

  /** The damping in use, relative to the Jacobian's columns. */
  get damping(): number {
    return this.#damping.mu
  }

  override stateDict(): OptimizerState {
    const saved = super.stateDict()
    const { name } = this.parameters[0]!
    const { mu, growth, D } = this.#damping
    if (D !== null) saved.tensors.set(`scales.${name}`, tensor(D, { dtype: 'f64' }))
    return { ...saved, numbers: { [name]: { step: this.#steps, mu, growth } } }
  }

  override loadStateDict(saved: OptimizerState): void {
    super.loadStateDict(saved)
    const state = this.state.get(this.parameters[0]!)
    const { step = 0, mu = this.paramGroups[0]!.damping, growth = 2 } = state?.numbers ?? {}
    const scales = state?.tensors['scales']
    this.#steps = step
    this.#damping = { mu, growth, D: scales ? Float64Array.from(scales.toArray()) : null }
    scales?.dispose()
    this.state.clear()
  }
}
