/** Scopes: what is made inside and not returned is freed at the end. */
import type { Lease } from './lease.js'
import { watch } from './lease.js'
import { asyncContext } from './runtime.js'
import type { Tensor } from './tensor.js'

/** The scope that was opened last, in whatever asynchronous function. */
let current: Scope | null = null
/** Scopes of asynchronous functions that have not settled. While there is none, `current` is all there is to know. */
let unsettled = 0

/** The scope that what is made now belongs to. */
function owner(): Scope | null {
  if (unsettled === 0) return current
  const context = asyncContext()
  // Without a context of the host's, all that runs meanwhile is taken to belong to the asynchronous scope.
  if (context === null) return current
  const outer = (context.get() as Scope | undefined) ?? null
  return current !== null && (current === outer || current.context === outer) ? current : outer
}

/** As many leases as are not worth a look. */
const fewest = 1024

/** An open scope. Every tensor made until it is closed belongs to it, unless a scope opened later is still open. */
export class Scope implements Disposable {
  /** For this file: the scope of the asynchronous function that it was opened in. */
  readonly context: Scope | null
  #leases: Lease[] = []
  /** So many leases are looked through for those that have ended, so that a long loop in one scope that disposes of its tensors holds none. */
  #full = fewest
  /** What it hands tensors to. */
  readonly #outer: Scope | null
  /** What was opened before it. */
  #before: Scope | null
  #open = true

  constructor() {
    this.context = unsettled === 0 ? null : ((asyncContext()?.get() as Scope | undefined) ?? null)
    this.#outer = owner()
    this.#before = current
    current = this
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** For `track`. */
  add(lease: Lease): void {
    lease.owner = this
    this.#leases.push(lease)
    if (this.#leases.length >= this.#full) this.#compact()
  }

  #compact(): void {
    // A lease that ended, or was handed on, has another owner.
    this.#leases = this.#leases.filter((lease) => lease.owner === this)
    this.#full = Math.max(fewest, 2 * this.#leases.length)
  }

  /** Hands tensors to the scope outside, or to the garbage collector where there is none, and returns its argument. */
  keep<T>(result: T): T {
    const outer = this.#outer?.isOpen ? this.#outer : null
    const hand = (tensor: Tensor): void => {
      if (tensor.lease.owner === this) give(tensor, outer)
    }
    forEachTensor(result, (tensor) => {
      hand(tensor)
      if (tensor.grad) hand(tensor.grad)
    })
    return result
  }

  /** For `scope`: steps back, open still, while its function waits. */
  recede(): void {
    if (current === this) current = this.#before
    else for (let one = current; one !== null; one = one.#before) if (one.#before === this) one.#before = this.#before
  }

  /** Frees what belongs to it; again does nothing. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.recede()
    const leases = this.#leases
    for (let i = 0; i < leases.length; i++) if (leases[i]!.owner === this) leases[i]!.end()
    this.#leases = []
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Hands a tensor to a scope, or to the garbage collector. */
export function give(tensor: Tensor, to: Scope | null): void {
  if (to !== null) to.add(tensor.lease)
  else {
    tensor.lease.owner = null
    watch(tensor)
  }
}

/** Gives a new tensor to the scope that is open, or to the garbage collector. */
export function track(tensor: Tensor): void {
  const to = owner()
  if (to !== null) to.add(tensor.lease)
  else watch(tensor)
}

/** Takes a tensor out of every scope: it lives until it is disposed of, or forgotten. */
export function keep<T extends Tensor>(tensor: T): T {
  give(tensor, null)
  if (tensor.grad) give(tensor.grad, null)
  return tensor
}

/** `scope` for functions that are not asynchronous: what operations use. */
export function tidy<T>(fn: () => T): T {
  const inner = new Scope()
  try {
    return inner.keep(fn())
  } finally {
    inner.close()
  }
}

/**
 * Frees every tensor made inside but those that `fn` returns (also within arrays, objects, maps and sets). With an async function it ends
 * when the promise settles; on Node several may run at a time, in browsers (which do not tell whose turn it is) one after the other. Without
 * a function an open scope, for `using s = scope()`.
 *
 * @example
 * const loss = scope(() => x.matmul(w).sub(y).square().mean())
 */
export function scope(): Scope
export function scope<T>(fn: () => T): T
export function scope<T>(fn?: () => T): T | Scope {
  const inner = new Scope()
  if (fn === undefined) return inner
  const context = asyncContext()
  let isAsync = false
  try {
    const result = context === null ? fn() : context.run(inner, fn)
    isAsync = result instanceof Promise
    if (!isAsync) return inner.keep(result)
    unsettled++
    if (context !== null) inner.recede()
    const settled = (result as Promise<unknown>).then((value) => inner.keep(value))
    const end = (): void => {
      unsettled--
      inner.close()
    }
    return settled.finally(end) as T
  } finally {
    if (!isAsync) inner.close()
  }
}

/** What marks a tensor where its class cannot be imported. */
export const isTensorMark: unique symbol = Symbol('normball.tensor')

function isTensor(value: object): value is Tensor {
  return isTensorMark in value
}

/** Visits the tensors in a value: itself, or inside arrays, maps, sets and objects, each once. */
export function forEachTensor(value: unknown, visit: (tensor: Tensor) => void): void {
  const seen = new Set<object>()
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one) || seen.has(one)) return
    seen.add(one)
    if (isTensor(one)) visit(one)
    else if (one instanceof Map) {
      for (const [key, inner] of one) {
        walk(key)
        walk(inner)
      }
    } else if (Array.isArray(one) || one instanceof Set) for (const inner of one) walk(inner)
    else for (const key of Object.keys(one)) walk((one as Record<string, unknown>)[key])
  }
  walk(value)
}
