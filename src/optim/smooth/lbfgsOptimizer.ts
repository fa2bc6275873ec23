/** L-BFGS as an optimizer of a model, iterate for iterate PyTorch's. */
import { UsageError } from '../../core/index.js'
import { enableGrad, type Tensor, tensor } from '../../tensor/index.js'
import { checkTensor, describe, tidy } from '../../tensor/internal.js'
import { checkCount, checkNumber } from '../ending.js'
import { Flat } from '../flat.js'
import { Optimizer, type OptimizerState } from '../optimizer.js'
import type { Parameters } from '../params.js'
import { dot, largest, minus, plus, times } from '../vector.js'
import { LimitedMemory } from './memory.js'
import type { Evaluation } from './objective.js'
import { strongWolfe, wolfeDefaults } from './wolfe.js'

export interface LBFGSOptions {
  /** First step that is tried; the step itself without line search. Default 1. */
  lr: number
  /** Iterations of one `step`. Default 20. */
  maxIter: number
  /** Evaluations of the closure after which `step` ends. Default 1.25 maxIter. */
  maxEval: number
  /** `step` ends where no element of the gradient is larger. Default 1e-7. */
  toleranceGrad: number
  /** `step` ends where neither an unknown nor the loss changes by more. Default 1e-9. */
  toleranceChange: number
  /** Pairs of changes that are remembered. Default 100. */
  historySize: number
  /** `strong_wolfe`, or null for steps of length `lr`. Default null, as in PyTorch. */
  lineSearchFn: 'strong_wolfe' | null
}

/** What lives from one `step` to the next, beside the pairs. */
interface Last {
  direction: Float64Array
  gradient: Float64Array
  t: number
}

/**
 * L-BFGS: the inverse Hessian is that of the last changes of parameters and gradients. All parameters are one vector and there is one group.
 * `step` needs a closure, which clears the gradients, computes the loss, calls `backward()` and returns the loss; it is called several times.
 * With a batch that changes between calls of `step`, curvature is noise: use whole data, or large batches.
 *
 * Dtypes: parameters f32 or f64, the method's own arithmetic in f64 (PyTorch's is in the parameters' dtype). Returns the loss at the start.
 * Throws UsageError without closure. Source: PyTorch's `torch.optim.LBFGS`; Nocedal & Wright (2006), chapter 7.
 *
 * @example
 * const optimizer = new LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' })
 * optimizer.step(() => { optimizer.zeroGrad(); const loss = lossOf(model); loss.backward(); return loss })
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  readonly #flat: Flat
  readonly #memory: LimitedMemory
  #last: Last | null = null
  #iterations = 0
  #evaluations = 0

  override get needsClosure(): boolean {
    return true
  }

  constructor(parameters: Parameters, options: Partial<LBFGSOptions> = {}) {
    const { maxIter = 20 } = options
    const all: LBFGSOptions = {
      lr: 1,
      maxIter,
      maxEval: Math.floor((maxIter * 5) / 4),
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
      ...options,
    }
    for (const name of ['maxIter', 'maxEval', 'historySize'] as const) checkCount('LBFGS', name, all[name], 1)
    for (const name of ['lr', 'toleranceGrad', 'toleranceChange'] as const) checkNumber('LBFGS', name, all[name])
    if (all.lineSearchFn !== null && all.lineSearchFn !== 'strong_wolfe')
      throw new UsageError(`LBFGS: lineSearchFn is '${String(all.lineSearchFn)}'; expected 'strong_wolfe' or null.`)
    if ('groups' in options)
      throw new UsageError('LBFGS: groups of parameters are not offered: the step is one for all parameters together.')
    super('LBFGS', parameters, all)
    this.#flat = new Flat('LBFGS', this.parameters.map(({ value }) => value)) // biome-ignore format: one line
    this.#memory = new LimitedMemory(all.historySize)
  }

  step(closure?: () => Tensor): Tensor {
    if (closure === undefined)
      throw new UsageError('LBFGS: step() got no closure; expected one that computes the loss and its gradients.')
    const flat = this.#flat
    const { maxIter, maxEval, toleranceGrad, toleranceChange } = this.paramGroups[0]!
    const run = (): Tensor => {
      const loss = enableGrad(closure)
      checkTensor('LBFGS', loss)
      if (loss.size !== 1)
        throw new UsageError(`LBFGS: the closure gives ${describe(loss)}; expected one element. Try sum() at its end.`)
      return loss
    }
    const measure = (loss: Tensor): Evaluation => {
      this.#evaluations++
      return { value: loss.item(), gradient: flat.gather(flat.tensors.map(({ grad }) => grad)) }
    }
    const first = run()
    let now = measure(first)
    const from = this.#evaluations - 1
    if (largest(now.gradient) <= toleranceGrad) return first
    let x = flat.read()
    for (let round = 1; round <= maxIter; round++) {
      const { direction, t: before } = this.#direction(now)
      const slope = dot(now.gradient, direction)
      const value = now.value
      const initial = this.#iterations === 1 ? this.#firstStep(now) : this.paramGroups[0]!.lr
      this.#last = { direction, gradient: now.gradient, t: slope > -toleranceChange ? before : initial }
      if (slope > -toleranceChange) break
      const at = x
      const evaluate = (t: number): Evaluation => {
        flat.write(plus(at, t, direction))
        return tidy(() => measure(run()))
      }
      let t = initial
      if (this.paramGroups[0]!.lineSearchFn !== null) {
        const search = { ...wolfeDefaults, tolerance: toleranceChange }
        const { trial } = strongWolfe(evaluate, direction, now, slope, t, search)
        t = trial.t
        now = trial
      } else if (round < maxIter) now = evaluate(t)
      this.#last.t = t
      x = plus(at, t, direction)
      flat.write(x)
      // f32 parameters round: the next step starts where they are.
      if (flat.tensors.some(({ dtype }) => dtype === 'f32')) x = flat.read()
      const isDone =
        this.#evaluations - from >= maxEval ||
        largest(now.gradient) <= toleranceGrad ||
        t * largest(direction) <= toleranceChange ||
        Math.abs(now.value - value) < toleranceChange
      if (isDone || Number.isNaN(now.value)) break
    }
    return first
  }

  /** Takes the last change into memory and gives the next direction, with the step before it. */
  #direction({ gradient }: Evaluation): { direction: Float64Array; t: number } {
    this.#iterations++
    const last = this.#last
    if (last === null) return { direction: times(-1, gradient), t: 1 }
    const y = minus(gradient, last.gradient)
    const s = times(last.t, last.direction)
    const sy = dot(s, y)
    if (sy > 1e-10) this.#memory.add(s, y, sy)
    return { direction: this.#memory.direction(gradient), t: last.t }
  }

  #firstStep({ gradient }: Evaluation): number {
    const sum = gradient.reduce((total, value) => total + Math.abs(value), 0)
    return Math.min(1, 1 / sum) * this.paramGroups[0]!.lr
  }

  /** All evaluations of the closure, and iterations, so far. */
  get counts(): { readonly evaluations: number; readonly iterations: number } {
    return { evaluations: this.#evaluations, iterations: this.#iterations }
  }

  override stateDict(): OptimizerState {
    const saved = super.stateDict()
    const { name } = this.parameters[0]!
    const last = this.#last
    const { pairs, scale } = this.#memory
    const numbers = { n_iter: this.#iterations, func_evals: this.#evaluations, H_diag: scale, t: last?.t ?? 0 }
    if (last === null) return { ...saved, numbers: { [name]: numbers } }
    const put = (key: string, rows: readonly Float64Array[]): void => {
      const flat = new Float64Array(rows.length * this.#flat.n)
      for (const [i, row] of rows.entries()) flat.set(row, i * this.#flat.n)
      saved.tensors.set(`${key}.${name}`, tidy(() => tensor(flat, { dtype: 'f64' }).reshape([rows.length, this.#flat.n]))) // biome-ignore format: one line
    }
    put('d', [last.direction])
    put('prev_flat_grad', [last.gradient])
    put('old_dirs', pairs.map(({ y }) => y)) // biome-ignore format: one line
    put('old_stps', pairs.map(({ s }) => s)) // biome-ignore format: one line
    return { ...saved, numbers: { [name]: numbers } }
  }

  override loadStateDict(saved: OptimizerState): void {
    super.loadStateDict(saved)
    const state = this.state.get(this.parameters[0]!)
    this.#memory.clear()
    this.#last = null
    this.#iterations = state?.numbers['n_iter'] ?? 0
    this.#evaluations = state?.numbers['func_evals'] ?? 0
    const rows = (key: string): Float64Array[] => {
      const all = Float64Array.from(state?.tensors[key]?.toArray() ?? [])
      return Array.from({ length: all.length / this.#flat.n }, (_, i) => all.slice(i * this.#flat.n, (i + 1) * this.#flat.n)) // biome-ignore format: one line
    }
    const [[direction], [gradient]] = [rows('d'), rows('prev_flat_grad')]
    if (direction !== undefined && gradient !== undefined) {
      this.#last = { direction, gradient, t: state!.numbers['t']! }
      const [ys, steps] = [rows('old_dirs'), rows('old_stps')]
      for (const [i, s] of steps.entries()) this.#memory.add(s, ys[i]!, dot(s, ys[i]!))
      this.#memory.scale = state!.numbers['H_diag']!
    }
    // What is in arrays need not be in tensors as well.
    for (const one of Object.values(state?.tensors ?? {})) one.dispose()
    this.state.clear()
  }
}
