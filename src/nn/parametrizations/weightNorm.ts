/** Weights as a length and a direction. */
import { inert, UsageError } from '../../core/index.js'
import { copy_, div, mul, noGrad, norm, type Tensor } from '../../tensor/index.js'
import { checkAxis, copyOf, tidy } from '../../tensor/internal.js'
import type { AnyModule } from '../module.js'
import { parameter } from '../parameter.js'
import { computeField, isComputed, parameterIn, restoreField } from './computed.js'

export interface WeightNormOptions {
  /** The axis each of whose places has a length of its own (0); null for one length of all. */
  axis?: number | null
}

/** Lengths of v's slices along an axis, in a shape that broadcasts to v. */
const lengths = (v: Tensor, axis: number | null): Tensor =>
  axis === null ? norm(v) : norm(v, { axis: v.shape.map((_, i) => i).filter((i) => i !== axis), keepDims: true }) // biome-ignore format: one line

/**
 * Has a weight computed as g v / |v|: its lengths g, one for each unit, and directions v are trained apart. Returns the module.
 *
 * State: `weight_g` and `weight_v` in the place of `weight`, as PyTorch's `weight_norm`; undone by `removeWeightNorm`. Gradient: to both.
 * Throws UsageError when there is no such parameter, or it has a parametrization. Source: Salimans & Kingma 2016.
 *
 * @example
 * const layer = weightNorm(new Linear(20, 40))
 */
export function weightNorm<M extends object>(module: M, name = 'weight', options: WeightNormOptions = {}): M {
  const weight = parameterIn('weightNorm', module, name)
  const { axis: given = 0 } = options
  const axis = given === null ? null : checkAxis('weightNorm', given, weight.shape)
  const fields = module as Record<string, Tensor>
  const [g, v] = [`${name}_g`, `${name}_v`]
  // The weight's own tensor becomes v, so that an optimizer that holds it goes on with it.
  fields[g] = parameter(tidy(() => noGrad(() => copyOf(lengths(weight, axis)))))
  fields[v] = weight
  const compute = (): Tensor => tidy(() => mul(fields[v]!, div(fields[g]!, lengths(fields[v]!, axis))))
  computeField(module as unknown as AnyModule, name, compute)
  return module
}

/** Makes a weight that `weightNorm` computes a plain parameter again, with its value. Throws UsageError when there is none. */
export function removeWeightNorm<M extends object>(module: M, name = 'weight'): M {
  const fields = module as Record<string, Tensor>
  const [g, v] = [`${name}_g`, `${name}_v`]
  if (!isComputed(module, name) || fields[g] === undefined)
    throw new UsageError(`removeWeightNorm: '${inert(name)}' has no weight norm; expected one that weightNorm made.`)
  const weight = fields[v]!
  tidy(() => noGrad(() => void copy_(weight, fields[name]!)))
  fields[g].dispose()
  delete fields[g]
  delete fields[v]
  restoreField(module as unknown as AnyModule, name, weight)
  return module
}
