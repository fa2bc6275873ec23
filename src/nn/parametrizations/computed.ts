/**
 * A weight that is computed: a field of a module is replaced by a getter, so that the module's own `forward` uses it unchanged. During one call
 * of `forward` it is computed once. The field keeps its place among the module's own, so that names come in the same order again when it is
 * put back.
 */
import { inert, UsageError } from '../../core/index.js'
import { Tensor } from '../../tensor/index.js'
import { type AnyModule, type HookHandle, Module } from '../module.js'
import { roleOf } from '../parameter.js'

/** By module and field, what takes the computation away. */
const computed = new WeakMap<object, Map<string, HookHandle>>()

/** Whether the field is computed (by whichever parametrization). */
export function isComputed(module: object, name: string): boolean {
  return computed.get(module)?.has(name) ?? false
}

/** The parameter in a field. @throws UsageError when there is none, or it is computed already */
export function parameterIn(op: string, module: unknown, name: string): Tensor {
  if (!(module instanceof Module)) throw new UsageError(`${op}: got ${module === null ? 'null' : typeof module}; expected a Module.`) // biome-ignore format: one line
  if (isComputed(module, name))
    throw new UsageError(`${op}: '${inert(name)}' has a parametrization already. Try removing it first.`)
  const value = Object.getOwnPropertyDescriptor(module, name)?.value
  if (!(value instanceof Tensor) || roleOf(value) !== 'parameter')
    throw new UsageError(`${op}: the module has no parameter '${inert(name)}' in a field of its own; expected a name such as 'weight'.`) // biome-ignore format: one line
  return value
}

/**
 * Replaces a field by what `compute` gives, anew at each use outside `forward` and once within (`inForward`).
 */
export function computeField(module: AnyModule, name: string, compute: (inForward: boolean) => Tensor): void {
  let current: Tensor | null = null
  const get = (): Tensor => current ?? compute(false)
  Object.defineProperty(module, name, { get, configurable: true, enumerable: false })
  const enter = (): void => {
    current = compute(true)
  }
  const leave = (): void => {
    current = null
  }
  const handle = module.registerForwardScope(enter, leave)
  const fields = computed.get(module) ?? new Map<string, HookHandle>()
  computed.set(module, fields.set(name, handle))
}

/** Puts a value into a computed field. */
export function restoreField(module: AnyModule, name: string, value: Tensor): void {
  const fields = computed.get(module)!
  fields.get(name)!.remove()
  fields.delete(name)
  Object.defineProperty(module, name, { value, configurable: true, enumerable: true, writable: true })
}
