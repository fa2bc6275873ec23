/** Parametrizations as PyTorch's `torch.nn.utils.parametrize` has them: a parameter as a function of another. */
import { inert, UsageError } from '../../core/index.js'
import { copy_, noGrad, type Tensor } from '../../tensor/index.js'
import { copyOf, describe, sameShape, tidy } from '../../tensor/internal.js'
import { type AnyModule, Module } from '../module.js'
import { parameter } from '../parameter.js'
import { computeField, isComputed, parameterIn, restoreField } from './computed.js'

/** A function from the parameter that is trained to the one that is used. */
export abstract class Parametrization extends Module {
  /** Where a value comes from: used to start from the weight that was there. Without it that weight is the parameter. */
  rightInverse?(value: Tensor): Tensor
  /** Called before `forward` when it belongs to a step of the module that holds it. */
  prepare?(original: Tensor): void
}

/** Held by the module under `parametrizations.<name>`: the parameter `original` and the functions `0`, `1`, ... */
class ParametrizationList extends Module<[]> {
  readonly functions: Parametrization[] = []

  constructor(public original: Tensor) {
    super()
  }

  protected override *members(): Iterable<readonly [string, unknown]> {
    yield ['original', this.original]
    for (const [i, one] of this.functions.entries()) yield [String(i), one]
  }

  forward(inForward = false): Tensor {
    return tidy(() => {
      let value = this.original
      for (const one of this.functions) {
        if (inForward) one.prepare?.(value)
        value = one.forward(value)
      }
      return value
    })
  }
}

/** Held by the module under `parametrizations`. */
class Parametrizations extends Module<never, never> {
  readonly lists = new Map<string, ParametrizationList>()

  protected override members(): Iterable<readonly [string, unknown]> {
    return this.lists
  }

  forward(): never {
    throw new UsageError('parametrizations: nothing to compute. Try the module that holds them.')
  }
}

interface Holder {
  parametrizations?: Parametrizations
}

/** Makes the list's original what the function's value comes from, and sees that shapes stay. */
function start(list: ParametrizationList, fn: Parametrization): void {
  const { original } = list
  const before = list.forward()
  let from = before
  if (fn.rightInverse !== undefined) {
    if (list.functions.length > 0)
      throw new UsageError('registerParametrization: a second function with rightInverse; expected it to be the first.')
    from = fn.rightInverse(before)
  }
  const value = fn.forward(from)
  if (!sameShape(value.shape, before.shape))
    throw new UsageError(`registerParametrization: ${describe(before)} becomes ${describe(value)}; expected the same shape.`) // biome-ignore format: one line
  if (from === before) return
  if (sameShape(from.shape, original.shape)) copy_(original, from)
  else list.original = parameter(copyOf(from))
}

/**
 * Has a parameter of a module computed from another: `module[name]` becomes fn(original), and its state has `parametrizations.<name>.original`
 * in its place, as in PyTorch. A second one is applied to the result of the first. Returns the module.
 *
 * The value is computed once in each `forward`. Throws UsageError when there is no such parameter, and when the function changes its shape.
 *
 * @example
 * class Symmetric extends Parametrization { forward(x) { return x.triu().add(x.triu(1).transpose()) } }
 * const layer = registerParametrization(new Linear(3, 3), 'weight', new Symmetric())
 */
export function registerParametrization<M extends object>(module: M, name: string, fn: Parametrization): M {
  const holder = module as M & Holder
  const known = holder.parametrizations?.lists.get(name)
  const list = known ?? new ParametrizationList(parameterIn('registerParametrization', module, name))
  tidy(() => noGrad(() => start(list, fn)))
  fn.train((module as unknown as Module).training)
  list.functions.push(fn)
  if (known === undefined) {
    holder.parametrizations ??= new Parametrizations()
    holder.parametrizations.lists.set(name, list)
    computeField(module as unknown as AnyModule, name, (inForward) => list.forward(inForward))
  }
  return module
}

/** Whether a parameter of a module (or any, without a name) is computed. */
export function isParametrized(module: object, name?: string): boolean {
  if (name !== undefined) return isComputed(module, name)
  return ((module as Holder).parametrizations?.lists.size ?? 0) > 0
}

/**
 * Makes a computed parameter a plain one again: with the value it had (`leaveParametrized`, the default), or with its `original`. Returns the
 * module. Throws UsageError when it has no parametrization.
 */
export function removeParametrizations<M extends object>(
  module: M,
  name: string,
  options: { leaveParametrized?: boolean } = {},
): M {
  const holder = module as M & Holder
  const list = holder.parametrizations?.lists.get(name)
  if (list === undefined)
    throw new UsageError(`removeParametrizations: '${inert(name)}' has no parametrization; expected one that registerParametrization made.`) // biome-ignore format: one line
  const { original } = list
  let plain = original
  if (options.leaveParametrized ?? true) {
    const value = tidy(() => noGrad(() => copyOf(list.forward())))
    if (sameShape(value.shape, original.shape)) {
      noGrad(() => void copy_(original, value))
      value.dispose()
    } else {
      plain = parameter(value)
      original.dispose()
    }
  }
  for (const one of list.functions) one.dispose()
  holder.parametrizations!.lists.delete(name)
  if (holder.parametrizations!.lists.size === 0) delete holder.parametrizations
  restoreField(module as unknown as AnyModule, name, plain)
  return module
}
