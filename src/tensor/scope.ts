/** Scopes: what is made inside and not returned is freed at the end. */
import type { Lease } from './lease.js'
import { watch } from './lease.js'
import type { Tensor } from './tensor.js'

let current: Scope | null = null

/** An open scope. Every tensor made until it is closed belongs to it, unless a scope opened later is still open. */
export class Scope implements Disposable {
  #leases: Lease[] = []
  #parent: Scope | null
  #open = true

  constructor() {
    this.#parent = current
    current = this
  }

  /** For `track`. */
  add(lease: Lease): void {
    lease.owner = this
    this.#leases.push(lease)
  }

  /** Hands tensors to the scope outside, or to the garbage collector where there is none, and returns its argument. */
  keep<T>(result: T): T {
    const hand = (tensor: Tensor): void => {
      if (tensor.lease.owner === this) give(tensor, this.#parent)
    }
    forEachTensor(result, (tensor) => {
      hand(tensor)
      if (tensor.grad) hand(tensor.grad)
    })
    return result
  }

  /** Frees what belongs to it; again does nothing. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    if (current === this) current = this.#parent
    else for (let one = current; one !== null; one = one.#parent) if (one.#parent === this) one.#parent = this.#parent
    for (const lease of this.#leases) if (lease.owner === this) lease.end()
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
    watch(tensor, tensor.lease)
  }
}

/** Gives a new tensor to the scope that is open, or to the garbage collector. */
export function track(tensor: Tensor): void {
  if (current !== null) current.add(tensor.lease)
  else watch(tensor, tensor.lease)
}

/** Takes a tensor out of every scope: it lives until it is disposed of, or forgotten. */
export function keep<T extends Tensor>(tensor: T): T {
  give(tensor, null)
  if (tensor.grad) give(tensor.grad, null)
  return tensor
}

/**
 * Frees every tensor made inside but those that `fn` returns (also within arrays, objects, maps and sets). With an async function it ends
 * when the promise settles; tensors that other tasks make meanwhile belong to it too, so run one async scope at a time. Without a function
 * an open scope, for `using s = scope()`.
 *
 * @example
 * const loss = scope(() => x.matmul(w).sub(y).square().mean())
 */
export function scope(): Scope
export function scope<T>(fn: () => T): T
export function scope<T>(fn?: () => T): T | Scope {
  const inner = new Scope()
  if (fn === undefined) return inner
  let isAsync = false
  try {
    const result = fn()
    isAsync = result instanceof Promise
    if (!isAsync) return inner.keep(result)
    const settled = (result as Promise<unknown>).then((value) => inner.keep(value))
    return settled.finally(() => inner.close()) as T
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
