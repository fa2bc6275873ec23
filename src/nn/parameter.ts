/** What makes a tensor part of a model: parameters are trained, buffers go along. */
import { UsageError } from '../core/index.js'
import { keep, Tensor } from '../tensor/index.js'
import { describe, isFloat } from '../tensor/internal.js'

type Role = 'parameter' | 'buffer' | 'scratch'

const roles = new WeakMap<Tensor, Role>()

/** What a tensor is to the modules that hold it; null for others. */
export const roleOf = (x: Tensor): Role | null => roles.get(x) ?? null

/**
 * Makes a tensor a parameter: it requires a gradient and lives until it is disposed of. A field of a `Module` that holds it is found under the
 * field's name. Returns the tensor itself.
 *
 * Dtypes: f32, f64. Throws UsageError for others, and for results on the tape.
 *
 * @example
 * class Scale extends Module { weight = parameter(ones([8])); forward(x) { return x.mul(this.weight) } }
 */
export function parameter(x: Tensor): Tensor {
  if (!(x instanceof Tensor) || !isFloat(x.dtype))
    throw new UsageError(
      `parameter: got ${x instanceof Tensor ? describe(x) : typeof x}; expected an f32 or f64 tensor.`,
    )
  if (!x.isLeaf)
    throw new UsageError(`parameter: ${describe(x)} is a result on the tape; expected a leaf. Try detach().clone().`)
  roles.set(x, 'parameter')
  x.requiresGrad = true
  return keep(x)
}

/**
 * Makes a tensor a buffer: state that is saved and loaded with the model but not trained (running means). With `persistent: false` it is not
 * saved either. Returns the tensor itself.
 */
export function buffer(x: Tensor, options: { persistent?: boolean } = {}): Tensor {
  if (!(x instanceof Tensor)) throw new UsageError(`buffer: got ${typeof x}; expected a tensor.`)
  roles.set(x, (options.persistent ?? true) ? 'buffer' : 'scratch')
  return keep(x)
}
