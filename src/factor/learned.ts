/** What estimators do alike: they hold what they learned by name, tell it as JSON, are restored from both, and end. */
import { FormatError, inert, showShape, UsageError } from '../core/index.js'
import { keep, StateDict, type Tensor } from '../tensor/index.js'
import { describe, type Shape, sameShape, tidy } from '../tensor/internal.js'
import type { Estimator, EstimatorJson, Method, Second } from './estimator.js'

/** Figures of a fit; what is left out is null. */
export type Figures = Pick<EstimatorJson, 'k' | 'rows' | 'columns'> & Partial<EstimatorJson>

/** An estimator whose learned tensors are kept by name. Classes add a getter for each, and what they compute. */
export abstract class Learned implements Estimator {
  abstract readonly method: Method
  /** The class's name, for messages. */
  protected abstract readonly op: string
  #json: EstimatorJson | null = null
  #tensors: Map<string, Tensor> = new Map()

  /** `options`: as given to the constructor, for JSON. */
  protected constructor(protected readonly given: Readonly<Record<string, unknown>>) {}

  abstract fit(x: Tensor, y?: Second): this
  abstract transform(x: Tensor): Tensor
  abstract inverseTransform(z: Tensor): Tensor
  abstract score(x: Tensor, y?: Second): number
  /** Shapes of what it learned, by name: what a saved one must have. */
  protected abstract shapes(json: EstimatorJson): Readonly<Record<string, Shape>>

  /** Takes over the tensors of a fit in place of those before; `more` are figures of the method's own. */
  protected learn(
    figures: Figures,
    tensors: Readonly<Record<string, Tensor>>,
    more: Readonly<Record<string, unknown>> = {},
  ): this {
    this.dispose()
    for (const [name, tensor] of Object.entries(tensors)) this.#tensors.set(name, keep(tensor))
    this.#json = {
      method: this.method,
      options: this.given,
      explainedVarianceRatio: null,
      singularValues: null,
      reconstructionError: null,
      inertia: null,
      logLikelihood: null,
      iterations: null,
      ...figures,
      ...more,
    } as EstimatorJson
    return this
  }

  /** Whether it was fitted or restored, and not disposed of. */
  get isFitted(): boolean {
    return this.#json !== null
  }

  /** What it learned under this name. Throws UsageError before `fit`. */
  protected learned(name: string): Tensor {
    this.figures()
    return this.#tensors.get(name)!
  }

  /** Figures of the fit. Throws UsageError before `fit`. */
  protected figures(): EstimatorJson {
    if (this.#json === null) throw new UsageError(`${this.op}: it was not fitted. Try fit(x) first.`)
    return this.#json
  }

  toJSON(): EstimatorJson {
    return this.figures()
  }

  stateDict(): StateDict {
    this.figures()
    const state = new StateDict()
    for (const [name, tensor] of this.#tensors) state.set(name, tensor.clone())
    return state
  }

  /** Makes it what was saved; the tensors are copied. Throws FormatError for tensors that are missing or of other shapes. */
  restore(json: EstimatorJson, state: StateDict): this {
    const tensors: Record<string, Tensor> = Object.create(null)
    for (const [name, shape] of Object.entries(this.shapes(json))) {
      const tensor = state.get(name)
      if (tensor === undefined || !sameShape(tensor.shape, shape)) {
        const got = tensor === undefined ? 'nothing' : describe(tensor)
        throw new FormatError(
          'bad-estimator',
          `${this.op}: the saved ${inert(name)} is ${got}; expected [${showShape(shape).slice(1, -1)}].`,
        )
      }
    }
    for (const name of Object.keys(this.shapes(json))) tensors[name] = tidy(() => state.get(name)!.to('f64').clone())
    return this.learn(json, tensors)
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose()
    this.#tensors.clear()
    this.#json = null
  }
}
