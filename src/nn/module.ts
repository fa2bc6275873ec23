/**
 * `Module`: a part of a network with its parameters, buffers and parts of its own. What a module holds is found in its fields: tensors that
 * `parameter()` or `buffer()` marked, and modules, in the order in which they were set, under the fields' names; PyTorch's names follow where
 * the fields have PyTorch's names.
 */
import { closest, inert, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'
import { Generator, StateDict, Tensor } from '../tensor/index.js'
import { castOf, isFloat } from '../tensor/internal.js'
import { type LoadOptions, type LoadReport, loadInto } from './load.js'
import { buffer, parameter, roleOf } from './parameter.js'

/** A module of whatever inputs and output. */
export type AnyModule = Module<never[], unknown>

/** Called before `forward` with the inputs, which it may replace by returning others. */
export type PreHook<In extends unknown[]> = (module: AnyModule, inputs: In) => In | undefined
/** Called after `forward`; returns another output, or nothing. */
export type ForwardHook<In extends unknown[], Out> = (module: AnyModule, inputs: In, output: Out) => Out | undefined

/** Undoes what was installed. */
export interface HookHandle {
  remove(): void
}

interface Hooks {
  readonly before: Set<PreHook<unknown[]>>
  readonly after: Set<ForwardHook<unknown[], unknown>>
  readonly around: Set<{ readonly enter: () => void; readonly leave: () => void }>
  /** Takes them off the object. */
  readonly end: () => void
}

const hooksOf = new WeakMap<object, Hooks>()

/**
 * A part of a network. Subclasses set fields and write `forward`.
 *
 * @example
 * class Net extends Module {
 *   hidden = new Linear(784, 128)
 *   out = new Linear(128, 10)
 *   forward(x: Tensor) { return this.out.forward(relu(this.hidden.forward(x))) }
 * }
 */
export abstract class Module<In extends unknown[] = [Tensor], Out = Tensor> {
  /** Whether it is being trained: dropout drops and batch norm measures. `train()` and `eval()` set it here and below. */
  training = true

  /** What it computes. */
  abstract forward(...inputs: In): Out

  /** What is held, by name: modules, and tensors that are parameters or buffers. Containers say here what they hold. */
  protected *members(): Iterable<readonly [string, unknown]> {
    yield* Object.entries(this)
  }

  /** Puts another value where `members` says `name`: in the field that holds what is there. Containers say where else that is. */
  protected setMember(name: string, value: unknown): void {
    const fields = this as unknown as Record<string, unknown>
    let before: unknown
    for (const [one, held] of this.members()) if (one === name) before = held
    const key = Object.keys(fields).find((field) => fields[field] === before)
    if (key === undefined || before === undefined)
      throw new UsageError(`setMember: '${inert(name)}' is in no field of ${this.constructor.name}.`)
    fields[key] = value
  }

  // ---- what there is

  /** Modules held directly, by name. */
  *namedChildren(): Iterable<[string, AnyModule]> {
    for (const [name, value] of this.members()) if (value instanceof Module) yield [name, value as AnyModule]
  }

  /** This module (under the name '') and all below it, each once, parents first. */
  *namedModules(prefix = '', seen = new Set<unknown>()): Iterable<[string, AnyModule]> {
    if (seen.has(this)) return
    seen.add(this)
    yield [prefix, this as unknown as AnyModule]
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix === '' ? name : `${prefix}.${name}`, seen)
  }

  /** This module and all below it. */
  *modules(): Iterable<AnyModule> {
    for (const [, module] of this.namedModules()) yield module
  }

  *#own(role: readonly string[], prefix: string): Iterable<[string, Tensor]> {
    for (const [name, value] of this.members())
      if (value instanceof Tensor && role.includes(roleOf(value) ?? ''))
        yield [prefix === '' ? name : `${prefix}.${name}`, value]
  }

  *#named(role: readonly string[]): Iterable<[string, Tensor]> {
    const seen = new Set<Tensor>()
    for (const [prefix, module] of this.namedModules())
      for (const [name, value] of (module as unknown as Module).#own(role, prefix))
        if (!seen.has(value)) {
          seen.add(value)
          yield [name, value]
        }
  }

  /** Parameters of this module and those below, by path (`encoder.0.weight`); shared ones once, under the first name. */
  namedParameters(): Iterable<[string, Tensor]> {
    return this.#named(['parameter'])
  }

  /** Parameters of this module and those below. */
  *parameters(): Iterable<Tensor> {
    for (const [, value] of this.namedParameters()) yield value
  }

  /** Buffers of this module and those below, saved or not. */
  namedBuffers(): Iterable<[string, Tensor]> {
    return this.#named(['buffer', 'scratch'])
  }

  /** The module at a path (`encoder.0`); '' is this one. Throws UsageError when there is none, with the nearest paths. */
  getSubmodule(path: string): AnyModule {
    let found: AnyModule | undefined = this as unknown as AnyModule
    for (const part of path === '' ? [] : path.split('.')) {
      found = found && new Map(found.namedChildren()).get(part)
    }
    if (found !== undefined) return found
    const near = closest(path, [...this.namedModules()].map(([name]) => name), 3) // biome-ignore format: one line
    throw new UsageError(
      `getSubmodule: there is no module '${inert(path)}'.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`,
    )
  }

  /** Puts another module in the place of the one at a path; returns the one that was there. Throws as `getSubmodule` does. */
  setSubmodule(path: string, module: AnyModule): AnyModule {
    const before = this.getSubmodule(path)
    const cut = path.lastIndexOf('.')
    if (path === '' || !(module instanceof Module))
      throw new UsageError(`setSubmodule: got ${path === '' ? 'an empty path' : typeof module}; expected a path and a Module.`) // biome-ignore format: one line
    this.getSubmodule(cut < 0 ? '' : path.slice(0, cut)).setMember(path.slice(cut + 1), module)
    return before
  }

  /** Generators that modules draw from (dropout with its own), by path: for resuming. */
  *generators(): Iterable<[string, Generator]> {
    for (const [prefix, module] of this.namedModules())
      for (const [name, value] of (module as unknown as Module).members())
        if (value instanceof Generator) yield [prefix === '' ? name : `${prefix}.${name}`, value]
  }

  // ---- state

  /**
   * Parameters and saved buffers by PyTorch's names, in its order: of each module parameters, buffers, then the modules below. The tensors are
   * the model's own (without gradient), not copies; shared ones stand under each of their names.
   */
  stateDict(): StateDict {
    const dict = new StateDict()
    const walk = (module: Module, prefix: string): void => {
      for (const role of ['parameter', 'buffer'])
        for (const [name, value] of module.#own([role], prefix)) dict.set(name, value)
      for (const [name, child] of module.namedChildren())
        walk(child as unknown as Module, prefix === '' ? name : `${prefix}.${name}`)
    }
    walk(this as unknown as Module, '')
    return dict
  }

  /**
   * Copies tensors of a state dict into parameters and buffers, converting floats to the model's dtype. `strict` (the default) throws when a
   * name is missing, left over, or has another shape; else the report tells. `map` renames the dict's names first; `only` are globs over the
   * model's names, and the others are left as they are.
   */
  loadStateDict(dict: ReadonlyMap<string, Tensor>, options: LoadOptions = {}): LoadReport {
    return loadInto(this.stateDict(), dict, options)
  }

  /**
   * Converts parameters and buffers that are floats to another dtype. They become other tensors: make optimizers afterwards. Returns itself.
   * Throws UsageError for a dtype that is no float.
   */
  to(dtype: 'f32' | 'f64'): this {
    if (dtype !== 'f32' && dtype !== 'f64') throw new UsageError(`to: dtype ${String(dtype)}; expected f32 or f64.`)
    const made = new Map<Tensor, Tensor>()
    for (const module of this.modules())
      for (const [name, value] of [...(module as unknown as Module).members()]) {
        if (!(value instanceof Tensor) || roleOf(value) === null || !isFloat(value.dtype) || value.dtype === dtype)
          continue
        const next = made.get(value) ?? converted(value, dtype)
        made.set(value, next)
        ;(module as unknown as Module).setMember(name, next)
      }
    for (const before of made.keys()) before.dispose()
    return this
  }

  // ---- modes

  /** Sets `training` here and below. Returns itself. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode
    return this
  }

  /** `train(false)`. */
  eval(): this {
    return this.train(false)
  }

  /** Calls a function with every module below and then this one, children first. Returns itself. */
  apply(fn: (module: AnyModule) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(fn)
    fn(this as unknown as AnyModule)
    return this
  }

  /**
   * Makes parameters whose names match a glob want no gradient (all without one): they stay as they are while the rest is trained. Returns how
   * many. Throws UsageError for a glob that matches nothing, with the nearest names.
   */
  freeze(...globs: string[]): number {
    return this.#setFrozen('freeze', globs, true)
  }

  /** Undoes `freeze`. */
  unfreeze(...globs: string[]): number {
    return this.#setFrozen('unfreeze', globs, false)
  }

  #setFrozen(op: string, globs: readonly string[], frozen: boolean): number {
    const all = [...this.namedParameters()]
    let n = 0
    for (const glob of globs.length === 0 ? ['*'] : globs) {
      const matches = globMatcher(glob)
      const found = all.filter(([name]) => matches(name))
      if (found.length === 0 && globs.length > 0) {
        const near = closest(glob.replaceAll('*', ''), all.map(([name]) => name), 3) // biome-ignore format: one line
        throw new UsageError(
          `${op}: '${inert(glob)}' matches none of the ${all.length} parameters.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`,
        )
      }
      for (const [, value] of found) {
        if (value.requiresGrad === !frozen) continue
        value.requiresGrad = !frozen
        n++
      }
    }
    return n
  }

  /** Frees the gradients of all parameters. */
  zeroGrad(): void {
    for (const value of this.parameters()) if (value.requiresGrad) value.zeroGrad()
  }

  /** Frees parameters and buffers. */
  dispose(): void {
    for (const [, value] of this.#named(['parameter', 'buffer', 'scratch'])) value.dispose()
  }

  // ---- hooks

  /** Has `hook` called before `forward` of this module. */
  registerForwardPreHook(hook: PreHook<In>): HookHandle {
    const hooks = this.#hooks()
    return handle(hooks, hooks.before, hook as unknown as PreHook<unknown[]>)
  }

  /** Has `hook` called after `forward` of this module: to look at activations, or to change them. */
  registerForwardHook(hook: ForwardHook<In, Out>): HookHandle {
    const hooks = this.#hooks()
    return handle(hooks, hooks.after, hook as unknown as ForwardHook<unknown[], unknown>)
  }

  /** Has `enter` called before `forward` (and its hooks) and `leave` when it ends, also by an error. */
  registerForwardScope(enter: () => void, leave: () => void): HookHandle {
    const hooks = this.#hooks()
    return handle(hooks, hooks.around, { enter, leave })
  }

  /**
   * The hooks; with the first, `forward` of this object becomes one that calls them, until the last is removed: modules without hooks pay
   * nothing.
   */
  #hooks(): Hooks {
    let hooks = hooksOf.get(this)
    if (hooks !== undefined) return hooks
    const field = Object.getOwnPropertyDescriptor(this, 'forward')
    const end = (): void => {
      hooksOf.delete(this)
      if (field === undefined) Reflect.deleteProperty(this, 'forward')
      else Object.defineProperty(this, 'forward', field)
    }
    hooks = { before: new Set(), after: new Set(), around: new Set(), end }
    hooksOf.set(this, hooks)
    const { before, after, around } = hooks
    const plain = this.forward as unknown as (...inputs: unknown[]) => unknown
    const self = this as unknown as AnyModule
    const forward = (...given: unknown[]): unknown => {
      try {
        for (const { enter } of around) enter()
        let inputs = given
        for (const hook of before) inputs = hook(self, inputs) ?? inputs
        let output = plain.apply(this, inputs)
        for (const hook of after) output = hook(self, inputs, output) ?? output
        return output
      } finally {
        for (const { leave } of around) leave()
      }
    }
    Object.defineProperty(this, 'forward', { value: forward, configurable: true, writable: true, enumerable: false })
    return hooks
  }
}

/** A tensor of the same role in another dtype. */
function converted(x: Tensor, dtype: 'f32' | 'f64'): Tensor {
  const next = castOf(x, dtype)
  if (roleOf(x) !== 'parameter') return buffer(next, { persistent: roleOf(x) === 'buffer' })
  parameter(next).requiresGrad = x.requiresGrad
  return next
}

function handle<T>(hooks: Hooks, set: Set<T>, hook: T): HookHandle {
  set.add(hook)
  return {
    remove: () => {
      if (set.delete(hook) && hooks.before.size + hooks.after.size + hooks.around.size === 0) hooks.end()
    },
  }
}
