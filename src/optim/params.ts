/** What optimizers, penalties, constraints and clipping are about: parameters with their names, in groups. */
import { inert, NumericalError, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'
import type { Pointer } from '../kernels/index.js'
import { noGrad, Tensor } from '../tensor/index.js'
import { copyOf, tidy } from '../tensor/internal.js'

/** Tensors, or tensors with their names: `model.parameters()`, `model.namedParameters()`. */
export type Parameters = Iterable<Tensor> | Iterable<readonly [string, Tensor]>

export interface NamedParameter {
  readonly name: string
  readonly value: Tensor
}

/** Parameters with names; those without one are called by their number. @throws UsageError for none, for what is no tensor, for one given twice */
export function named(op: string, parameters: Parameters): NamedParameter[] {
  if (parameters instanceof Tensor || typeof (parameters as Iterable<unknown>)?.[Symbol.iterator] !== 'function')
    throw new UsageError(`${op}: got no list of parameters. Try model.namedParameters().`)
  const list: NamedParameter[] = []
  const seen = new Set<Tensor>()
  for (const one of parameters as Iterable<Tensor | readonly [string, Tensor]>) {
    const [name, value] = one instanceof Tensor ? [String(list.length), one] : one
    if (!(value instanceof Tensor)) throw new UsageError(`${op}: parameter ${list.length} is no tensor.`)
    if (seen.has(value)) throw new UsageError(`${op}: parameter '${inert(name)}' is given twice.`)
    seen.add(value)
    list.push({ name, value })
  }
  if (list.length === 0) throw new UsageError(`${op}: there are no parameters. Try model.namedParameters().`)
  return list
}

/**
 * Has `work` write over a parameter's elements, which it finds row-major at an address: its own memory, or for a strided view a copy that is put
 * back. Off the tape; what saved the old elements for a gradient notices.
 */
export function changing(value: Tensor, work: (pointer: Pointer) => void): void {
  if (value.isContiguous) {
    work(value.pointer)
    value.storage.version++
    return
  }
  tidy(() => {
    const whole = copyOf(value)
    work(whole.pointer)
    noGrad(() => value.copy_(whole))
  })
}

/** Runs what concerns one parameter: a numerical failure is told with its name. */
export function concerning<T>(what: string, { name }: NamedParameter, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error
    throw new NumericalError(error.code, `${what} '${inert(name)}': ${error.message}`, { cause: error })
  }
}

/** What is chosen among parameters: globs over their names, or a test. */
export type Choice = string | readonly string[] | ((parameter: NamedParameter) => boolean)

/** Those whose names match one of the globs, or that pass the test; all without globs. @throws UsageError for a glob that matches nothing */
export function selected(op: string, parameters: readonly NamedParameter[], globs?: Choice): NamedParameter[] {
  if (globs === undefined) return [...parameters]
  if (typeof globs === 'function') return parameters.filter(globs)
  const chosen = new Set<NamedParameter>()
  for (const glob of typeof globs === 'string' ? [globs] : globs) {
    const matches = globMatcher(glob)
    const found = parameters.filter(({ name }) => matches(name))
    if (found.length === 0)
      throw new UsageError(
        `${op}: '${inert(glob)}' matches none of the ${parameters.length} parameters; the first is '${inert(parameters[0]!.name)}'.`,
      )
    for (const one of found) chosen.add(one)
  }
  return parameters.filter((one) => chosen.has(one))
}
