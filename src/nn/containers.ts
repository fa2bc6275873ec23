/** Modules made of modules. */
import { inert, UsageError } from '../core/index.js'
import { add, type Tensor } from '../tensor/index.js'
import { describe, sameShape, tidy } from '../tensor/internal.js'
import { type AnyModule, Module } from './module.js'

function checkModule(op: string, name: string, value: unknown): void {
  if (!(value instanceof Module))
    throw new UsageError(
      `${op}: module ${name} is ${value === null ? 'null' : typeof value}; expected a Module. Try new ReLU() for relu, or a class with forward().`,
    )
}

/**
 * Modules one after the other, named `0`, `1`, ... as in PyTorch.
 *
 * Throws UsageError for what is no module.
 *
 * @example
 * const net = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10))
 */
export class Sequential extends Module {
  readonly #list: Module[]

  constructor(...modules: Module[]) {
    super()
    for (const [i, module] of modules.entries()) checkModule('Sequential', String(i), module)
    this.#list = modules
  }

  get length(): number {
    return this.#list.length
  }

  /** The module at a place; negative from the end. */
  at(index: number): Module | undefined {
    return this.#list.at(index)
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.#list[Symbol.iterator]()
  }

  protected override *members(): Iterable<readonly [string, AnyModule]> {
    for (const [i, module] of this.#list.entries()) yield [String(i), module as unknown as AnyModule]
  }

  protected override setMember(name: string, value: unknown): void {
    checkModule('Sequential', name, value)
    this.#list[Number(name)] = value as Module
  }

  forward(x: Tensor): Tensor {
    let out = x
    for (const module of this.#list) out = module.forward(out)
    return out
  }
}

/**
 * A list of modules, named `0`, `1`, ...; what calls them is the module that holds it.
 *
 * @example
 * class Net extends Module {
 *   blocks = new ModuleList(Array.from({ length: 4 }, () => new Linear(16, 16)))
 *   forward(x: Tensor) { for (const block of this.blocks) x = relu(block.forward(x)); return x }
 * }
 */
export class ModuleList<M extends object = Module> extends Module<never, never> {
  readonly #list: M[]

  constructor(modules: Iterable<M> = []) {
    super()
    this.#list = [...modules]
    for (const [i, module] of this.#list.entries()) checkModule('ModuleList', String(i), module)
  }

  get length(): number {
    return this.#list.length
  }

  /** The module at a place; negative from the end. */
  at(index: number): M | undefined {
    return this.#list.at(index)
  }

  /** Puts one at the end. Returns itself. */
  append(module: M): this {
    checkModule('ModuleList', String(this.#list.length), module)
    this.#list.push(module)
    return this
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#list[Symbol.iterator]()
  }

  protected override *members(): Iterable<readonly [string, M]> {
    for (const [i, module] of this.#list.entries()) yield [String(i), module]
  }

  protected override setMember(name: string, value: unknown): void {
    checkModule('ModuleList', name, value)
    this.#list[Number(name)] = value as M
  }

  forward(): never {
    throw new UsageError('ModuleList: a list computes nothing. Try for (const module of list) x = module.forward(x).')
  }
}

/** Modules by name; what calls them is the module that holds it. Names have no dots. */
export class ModuleDict<M extends object = Module> extends Module<never, never> {
  readonly #map = new Map<string, M>()

  constructor(modules: Readonly<Record<string, M>> = {}) {
    super()
    for (const [name, module] of Object.entries(modules)) this.set(name, module)
  }

  get(name: string): M | undefined {
    return this.#map.get(name)
  }

  set(name: string, module: M): this {
    if (name === '' || name.includes('.'))
      throw new UsageError(`ModuleDict: name '${inert(name)}'; expected one without dots, not empty.`)
    checkModule('ModuleDict', `'${inert(name)}'`, module)
    this.#map.set(name, module)
    return this
  }

  keys(): Iterable<string> {
    return this.#map.keys()
  }

  [Symbol.iterator](): Iterator<[string, M]> {
    return this.#map[Symbol.iterator]()
  }

  protected override members(): Iterable<readonly [string, M]> {
    return this.#map
  }

  protected override setMember(name: string, value: unknown): void {
    this.set(name, value as M)
  }

  forward(): never {
    throw new UsageError('ModuleDict: a dictionary computes nothing. Try dict.get(name).forward(x).')
  }
}

/** Gives what it gets. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x
  }
}

export interface ResidualOptions {
  /** What the input goes through on its way around (a projection, where shapes differ); nothing by default. */
  shortcut?: Module
  /** What the sum goes through. */
  activation?: Module
}

/**
 * activation(body(x) + shortcut(x)): a residual block. Its parts are named `body`, `shortcut` and `activation`.
 *
 * Throws UsageError when body and shortcut give different shapes. Source: He, Zhang, Ren & Sun 2016.
 *
 * @example
 * new Residual(new Sequential(new Linear(8, 8), new ReLU(), new Linear(8, 8)))
 */
export class Residual extends Module {
  readonly body: Module
  readonly shortcut: Module | null
  readonly activation: Module | null

  constructor(body: Module, options: ResidualOptions = {}) {
    super()
    checkModule('Residual', 'body', body)
    this.body = body
    this.shortcut = options.shortcut ?? null
    this.activation = options.activation ?? null
  }

  forward(x: Tensor): Tensor {
    return tidy(() => {
      const [y, around] = [this.body.forward(x), this.shortcut === null ? x : this.shortcut.forward(x)]
      if (!sameShape(y.shape, around.shape))
        throw new UsageError(
          `Residual: the body gives ${describe(y)}, the way around ${describe(around)}; expected one shape. Try { shortcut: new Linear(..) }.`,
        )
      const sum = add(y, around)
      return this.activation === null ? sum : this.activation.forward(sum)
    })
  }
}
